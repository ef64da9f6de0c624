/** Deals by their ids, and whose they are. */
import { ContactId, DealId, type TenantId } from "@clientele/core/domain/Ids"
import { DealLookup } from "@clientele/core/ports/DealLookup"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<DealLookup, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  DealLookup,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { deals } = tables(yield* TablePrefix)

    const find = Effect.fn("DealLookup.find")(
      (tenantId: TenantId, ids: ReadonlyArray<DealId>) =>
        Effect.map(
          decodeDeals(sql`
            SELECT id, contact_id FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}`),
          (rows) => new Map(rows.map((row) => [row.id, { contactId: row.contact_id }]))
        ),
      Effect.mapError(toStorageError("DealLookup.find"))
    )

    return DealLookup.of({ find })
  })
)

// internal

const decodeDeals = decodeRows(Schema.Struct({ id: DealId, contact_id: Schema.NullOr(ContactId) }))

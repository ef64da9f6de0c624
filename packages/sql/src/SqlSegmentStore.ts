/** Saved segments in a table of their own. */
import type { TenantId } from "@clientele/core/domain/Ids"
import { SegmentDefinition } from "@clientele/core/domain/Segment"
import { SegmentStore } from "@clientele/core/ports/SegmentStore"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"
import { json } from "./internal/columns.ts"

export const layer: Layer.Layer<SegmentStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  SegmentStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { segments } = tables(yield* TablePrefix)
    const selection = sql.literal(`key, name, ${dialect.read("predicate", "json")} AS predicate`)

    const find = Effect.fn("SegmentStore.find")(
      (tenantId: TenantId, key: string) =>
        Effect.map(
          decodeSegments(
            sql`SELECT ${selection} FROM ${sql(segments.name)} WHERE tenant_id = ${tenantId} AND key = ${key}`
          ),
          Arr.head
        ),
      Effect.mapError(toStorageError("SegmentStore.find"))
    )

    const all = Effect.fn("SegmentStore.all")(
      (tenantId: TenantId) =>
        decodeSegments(sql`SELECT ${selection} FROM ${sql(segments.name)} WHERE tenant_id = ${tenantId} ORDER BY key`),
      Effect.mapError(toStorageError("SegmentStore.all"))
    )

    const insert = Effect.fn("SegmentStore.insert")(
      function* (tenantId: TenantId, { key, name, predicate }: SegmentDefinition) {
        const row = { tenant_id: tenantId, key, name, predicate: JSON.stringify(predicate) }
        const written = yield* dialect.insert(segments, [row], "ON CONFLICT DO NOTHING RETURNING key")
        return written.length > 0
      },
      Effect.mapError(toStorageError("SegmentStore.insert"))
    )

    const replace = Effect.fn("SegmentStore.replace")(
      function* (tenantId: TenantId, { key, name, predicate }: SegmentDefinition) {
        const written = yield* sql`
          UPDATE ${sql(segments.name)}
          SET name = ${name}, predicate = ${dialect.value("json", JSON.stringify(predicate))}
          WHERE tenant_id = ${tenantId} AND key = ${key} RETURNING key`
        return written.length > 0
      },
      Effect.mapError(toStorageError("SegmentStore.replace"))
    )

    const remove = Effect.fn("SegmentStore.remove")(
      (tenantId: TenantId, key: string) =>
        Effect.map(
          sql`DELETE FROM ${sql(segments.name)} WHERE tenant_id = ${tenantId} AND key = ${key} RETURNING key`,
          (removed) => removed.length > 0
        ),
      Effect.mapError(toStorageError("SegmentStore.remove"))
    )

    return SegmentStore.of({ find, all, insert, replace, remove })
  })
)

// internal

const { key, name, predicate } = SegmentDefinition.fields
const decodeSegments = decodeRows(Schema.Struct({ key, name, predicate: json(predicate) }))

/**
 * The archive of deleted deals: one row each, holding the deal's row and its notes. Their history stays where it is, for
 * what the pipeline was like while they were there, and is forgotten with them.
 */
import type { DealRecord } from "@clientele/core/domain/DealRecord"
import { type ContactId, DealId, TenantId, type UserId } from "@clientele/core/domain/Ids"
import { Note } from "@clientele/core/domain/Note"
import type { ArchivedDeal } from "@clientele/core/ports/DealStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import { RecordRow, toRecord, toRow } from "./dealRows.ts"
import { decodeRows } from "./storage.ts"
import { json } from "./columns.ts"

export const dealArchive = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const { dialect, sql } = options
  const { activities, dealArchive: archive, dealHistory, deals, notes, tasks } = options.tables
  const noteSelection = Object.entries(notes.columns)
    .map(([column, kind]) => `${dialect.read(column, kind)} AS ${column}`)
    .join(", ")

  const put = Effect.fnUntraced(function* (
    tenantId: TenantId,
    deal: DealRecord,
    deletion: { readonly at: DateTime.Utc; readonly by: UserId }
  ) {
    const ofDeal = sql`${sql(notes.name)} WHERE tenant_id = ${tenantId} AND deal_id = ${deal.id}`
    const kept = yield* sql`SELECT ${sql.literal(noteSelection)} FROM ${ofDeal}`
    yield* sql`DELETE FROM ${ofDeal}`
    // What is about the contact as well stays with it.
    for (const { name } of [activities, tasks]) {
      yield* sql`UPDATE ${sql(name)} SET deal_id = NULL WHERE tenant_id = ${tenantId} AND deal_id = ${deal.id}`
    }
    yield* dialect.insert(archive, [
      {
        tenant_id: tenantId,
        deal_id: deal.id,
        contact_id: deal.fields.contactId,
        deleted_at: DateTime.formatIso(deletion.at),
        deleted_by: deletion.by,
        record: JSON.stringify({ deal: toRow(tenantId, deal), notes: kept })
      }
    ])
    yield* sql`DELETE FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND id = ${deal.id}`
  })

  const purge = Effect.fnUntraced(function* (deletedBefore: DateTime.Utc) {
    const purged = yield* decodePurged(sql`
      DELETE FROM ${sql(archive.name)} WHERE deleted_at < ${dialect.value("timestamp", DateTime.formatIso(deletedBefore))}
      RETURNING tenant_id, deal_id`)
    const given = dialect.given({ tenant_id: "text", deal_id: "text" }, purged)
    if (purged.length > 0) {
      yield* sql`
        DELETE FROM ${sql(dealHistory.name)}
        WHERE (tenant_id, deal_id) IN (SELECT given.tenant_id, given.deal_id FROM ${given} AS given)`
    }
    return purged.length
  })

  const ofContacts = (tenantId: TenantId, ids: ReadonlyArray<ContactId>) =>
    Effect.map(
      decodeArchived(sql`
        SELECT ${sql.literal(dialect.read("record", "json"))} AS record FROM ${sql(archive.name)}
        WHERE tenant_id = ${tenantId} AND contact_id ${dialect.among(ids)} ORDER BY deal_id`),
      (rows) =>
        rows.map(({ record: { deal, notes } }): ArchivedDeal => ({
          record: toRecord(deal),
          notes: Arr.sort(notes, newestFirst)
        }))
    )

  return { ofContacts, put, purge }
}

// internal

const newestFirst = Order.flip(
  Order.combine(
    Order.mapInput(DateTime.Order, ({ createdAt }: Note) => createdAt),
    Order.mapInput(Order.String, ({ id }: Note) => id)
  )
)

const decodeArchived = decodeRows(
  Schema.Struct({ record: json(Schema.Struct({ deal: RecordRow, notes: Schema.Array(Note) })) })
)

const decodePurged = decodeRows(Schema.Struct({ tenant_id: TenantId, deal_id: DealId }))

/**
 * The archive of deleted contacts: one row each, holding the rows that the contact and its children had in the live
 * tables. Nothing deleted stays in a live table, so no query can forget to leave it out.
 *
 * Activities and tasks that name a deal, too, are the deal's as well: they stay, about no contact any more, and remember
 * whose they were.
 */
import type { ContactRecord } from "@clientele/core/domain/ContactRecord"
import { type ContactId, DealId, type TenantId, type UserId } from "@clientele/core/domain/Ids"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { Table, Tables } from "../Table.ts"
import { ArchivedDealIds, type contactRows, RecordRow } from "./contactRows.ts"
import { decodeRows, selectionOf } from "./storage.ts"
import { json } from "./columns.ts"

export const contactArchive = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
  readonly rows: ReturnType<typeof contactRows>
}) => {
  const { dialect, rows, sql, tables } = options
  const archive = tables.contactArchive.name
  const deals = tables.deals.name
  const trackedEvents: Table = tables.contactEvents
  const shared: ReadonlyArray<Table> = [tables.activities, tables.tasks]
  // What goes and comes back with a contact, where it is the contact's alone.
  const children: { readonly [name: string]: Table } = {
    notes: tables.notes,
    events: trackedEvents,
    history: tables.contactHistory,
    enrichment: tables.contactEnrichment,
    activities: tables.activities,
    tasks: tables.tasks
  }

  const put = Effect.fnUntraced(function* (
    tenantId: TenantId,
    record: ContactRecord,
    deletion: { readonly at: DateTime.Utc; readonly by: UserId }
  ) {
    const ofContact = sql`tenant_id = ${tenantId} AND contact_id = ${record.id}`
    const belongings: Record<string, unknown> = {}
    for (const [name, table] of Object.entries(children)) {
      const alone = shared.includes(table) ? sql`${ofContact} AND deal_id IS NULL` : ofContact
      belongings[name] =
        yield* sql`SELECT ${sql.literal(selectionOf(dialect, table))} FROM ${sql(table.name)} WHERE ${alone}`
      yield* sql`DELETE FROM ${sql(table.name)} WHERE ${alone}`
    }
    for (const { name } of shared) {
      yield* sql`UPDATE ${sql(name)} SET contact_id = NULL, former_contact_id = ${record.id} WHERE ${ofContact}`
    }
    // Deals stay, and are remembered: the command that deletes has locked them by way of their contact.
    const unlinked = yield* decodeDealIds(sql`
      UPDATE ${sql(deals)} SET contact_id = NULL, version = version + 1 WHERE ${ofContact} RETURNING id`)
    belongings["deals"] = unlinked.map(({ id }) => id)
    yield* dialect.insert(tables.contactArchive, [
      {
        tenant_id: tenantId,
        contact_id: record.id,
        deleted_at: DateTime.formatIso(deletion.at),
        deleted_by: deletion.by,
        record: JSON.stringify({ contact: rows.toRow(tenantId, record), ...belongings })
      }
    ])
  })

  /** Takes a contact out of the archive; `putBack` writes its children once the contact itself is live again. */
  const take = Effect.fnUntraced(function* (tenantId: TenantId, id: ContactId, deletedSince: DateTime.Utc) {
    const [found] = yield* decodeArchived(sql`
      DELETE FROM ${sql(archive)} WHERE tenant_id = ${tenantId} AND contact_id = ${id}
        AND deleted_at >= ${dialect.value("timestamp", DateTime.formatIso(deletedSince))}
      RETURNING ${sql.literal(dialect.read("record", "json"))} AS record`)
    if (found === undefined) return Option.none()
    const { contact, deals: dealIds, ...belongings } = found.record
    const putBack = Effect.gen(function* () {
      for (const [name, kept] of Object.entries(belongings)) {
        const table = children[name]
        if (table !== undefined) yield* table === trackedEvents ? putBackEvents(kept) : dialect.insert(table, kept)
      }
      for (const { name } of shared) {
        yield* sql`
          UPDATE ${sql(name)} SET contact_id = former_contact_id, former_contact_id = NULL
          WHERE tenant_id = ${tenantId} AND former_contact_id = ${id} AND contact_id IS NULL`
      }
      yield* linkAgain(tenantId, id, dealIds)
    })
    return Option.some({ record: rows.toRecord(contact), putBack })
  })

  /** Deals that are another's by now, or deleted, stay so. */
  const linkAgain = Effect.fnUntraced(function* (tenantId: TenantId, id: ContactId, dealIds: ReadonlyArray<DealId>) {
    const free = sql`tenant_id = ${tenantId} AND id ${dialect.among(dealIds)} AND contact_id IS NULL`
    yield* sql`SELECT id FROM ${sql(deals)} WHERE ${free} ORDER BY id ${dialect.forUpdate}`
    yield* sql`UPDATE ${sql(deals)} SET contact_id = ${id}, version = version + 1 WHERE ${free}`
  })

  /** An event that was sent again meanwhile, about another contact, is that one's under its client id. */
  const putBackEvents = Effect.fnUntraced(function* (kept: typeof KeptRows.Type) {
    const written = yield* decodeIds(dialect.insert(trackedEvents, kept, "ON CONFLICT DO NOTHING RETURNING id"))
    const ids = new Set<unknown>(written.map(({ id }) => id))
    const known = kept.filter(({ id }) => !ids.has(id))
    yield* dialect.insert(
      trackedEvents,
      known.map((row) => ({ ...row, client_id: null }))
    )
  })

  const purge = (deletedBefore: DateTime.Utc) =>
    Effect.map(
      sql`DELETE FROM ${sql(archive)} WHERE deleted_at < ${dialect.value("timestamp", DateTime.formatIso(deletedBefore))}
        RETURNING contact_id`,
      Arr.length
    )

  return { put, take, purge }
}

// internal

const KeptRows = Schema.Array(Schema.Record(Schema.String, Schema.NullOr(Schema.Union([Schema.String, Schema.Finite]))))

const decodeDealIds = decodeRows(Schema.Struct({ id: DealId }))

const decodeIds = decodeRows(Schema.Struct({ id: Schema.String }))

const decodeArchived = decodeRows(
  Schema.Struct({
    record: json(
      Schema.Struct({
        contact: RecordRow,
        notes: KeptRows,
        events: KeptRows,
        history: KeptRows,
        deals: ArchivedDealIds,
        // Of contacts that were deleted before there were any.
        enrichment: Schema.optionalKey(KeptRows),
        activities: Schema.optionalKey(KeptRows),
        tasks: Schema.optionalKey(KeptRows)
      })
    )
  })
)

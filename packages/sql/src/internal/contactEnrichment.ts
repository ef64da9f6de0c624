/** What enrichment found of contacts: a row of JSON for each of which anything is known. */
import type { ContactRecord } from "@clientele/core/domain/ContactRecord"
import { Enriched, unite } from "@clientele/core/domain/Enrichment"
import { ContactId, type TenantId } from "@clientele/core/domain/Ids"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import { json } from "./columns.ts"
import { decodeRows } from "./storage.ts"

/** What is kept of a contact, as JSON text. */
export const EnrichedText = json(Enriched)

export const contactEnrichment = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const { dialect, sql, tables } = options
  const { name } = tables.contactEnrichment
  const selection = sql.literal(`contact_id, ${dialect.read("enriched", "json")} AS enriched`)
  const ofContacts = (tenantId: TenantId, ids: ReadonlyArray<ContactId>) =>
    sql`tenant_id = ${tenantId} AND contact_id ${dialect.among(ids)}`

  const find = (tenantId: TenantId, ids: ReadonlyArray<ContactId>) =>
    Effect.map(
      decodeFound(sql`SELECT ${selection} FROM ${sql(name)} WHERE ${ofContacts(tenantId, ids)}`),
      (rows): ReadonlyMap<ContactId, Enriched> => new Map(rows.map((row) => [row.contact_id, row.enriched]))
    )

  const write = Effect.fnUntraced(function* (
    tenantId: TenantId,
    entries: ReadonlyArray<{ readonly contactId: ContactId; readonly enriched: Enriched }>
  ) {
    const rows = yield* Effect.forEach(entries, ({ contactId, enriched }) =>
      Effect.map(encode(enriched), (text) => ({ tenant_id: tenantId, contact_id: contactId, enriched: text }))
    )
    yield* dialect.insert(
      tables.contactEnrichment,
      rows,
      "ON CONFLICT (tenant_id, contact_id) DO UPDATE SET enriched = excluded.enriched"
    )
  })

  /** What is known of contacts becomes that of the one which they become. */
  const merge = Effect.fnUntraced(function* (
    tenantId: TenantId,
    several: ReadonlyArray<ContactRecord>,
    { fields, id }: ContactRecord
  ) {
    const ids = several.map((record) => record.id)
    const found = yield* find(tenantId, ids)
    if (found.size === 0) return
    yield* sql`DELETE FROM ${sql(name)} WHERE ${ofContacts(tenantId, ids)}`
    yield* write(tenantId, [{ contactId: id, enriched: unite(found, several, fields) }])
  })

  return { find, write, merge }
}

// internal

const encode = Schema.encodeEffect(EnrichedText)

const decodeFound = decodeRows(Schema.Struct({ contact_id: ContactId, enriched: EnrichedText }))

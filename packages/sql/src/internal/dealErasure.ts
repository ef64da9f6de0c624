/** Takes a person's name out of the texts of deals: of live ones and archived ones, of their notes and their history. */
import { erase as eraseDeal } from "@clientele/core/domain/DealRecord"
import { ContactId, DealId, NoteId, type TenantId } from "@clientele/core/domain/Ids"
import { erasedText } from "@clientele/core/domain/Personal"
import type { DealChange } from "@clientele/core/ports/DealStore"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Dialect } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import { decodeRecords } from "./dealRows.ts"
import { decodeRows } from "./storage.ts"
import { json } from "./columns.ts"

/** Says of a text whether the person is named in it. */
type Names = (text: string) => boolean

export const dealErasure = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
  /** What a statement reads of a deal's record. */
  readonly selection: Fragment
}) => {
  const { dialect, selection, sql } = options
  const { dealArchive, dealHistory, deals, notes } = options.tables

  /** The changes that erasing makes to live deals, which are locked. */
  const changesOf = (tenantId: TenantId, ids: ReadonlyArray<DealId>, names: Names) =>
    Effect.map(
      decodeRecords(sql`
        SELECT ${selection} FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}
        ORDER BY id ${dialect.forUpdate}`),
      (found) =>
        found.flatMap((before): ReadonlyArray<DealChange> => {
          const after = eraseDeal(before, names)
          return after === before ? [] : [{ before, after }]
        })
    )

  const inNotes = Effect.fnUntraced(function* (tenantId: TenantId, ids: ReadonlyArray<DealId>, names: Names) {
    const found = yield* decodeNotes(sql`
      SELECT id, content FROM ${sql(notes.name)} WHERE tenant_id = ${tenantId} AND deal_id ${dialect.among(ids)}`)
    const telling = found.filter(({ content }) => names(content)).map(({ id }) => id)
    yield* sql`
      UPDATE ${sql(notes.name)} SET content = ${erasedText} WHERE tenant_id = ${tenantId} AND id ${dialect.among(telling)}`
  })

  const inHistory = Effect.fnUntraced(function* (tenantId: TenantId, ids: ReadonlyArray<DealId>, names: Names) {
    const found = yield* decodeHistory(sql`
      SELECT deal_id, version, notes FROM ${sql(dealHistory.name)}
      WHERE tenant_id = ${tenantId} AND deal_id ${dialect.among(ids)} AND notes IS NOT NULL`)
    const telling = found.filter(({ notes }) => names(notes)).map(({ deal_id, version }) => ({ deal_id, version }))
    const given = dialect.given({ deal_id: "text", version: "integer" }, telling)
    yield* sql`
      UPDATE ${sql(dealHistory.name)} SET notes = ${erasedText} WHERE tenant_id = ${tenantId}
        AND (deal_id, version) IN (SELECT given.deal_id, given.version FROM ${given} AS given)`
  })

  /** The archived deals of contacts, erased. */
  const inArchive = Effect.fnUntraced(function* (
    tenantId: TenantId,
    contactIds: ReadonlyArray<ContactId>,
    names: Names
  ) {
    const found = yield* decodeArchived(sql`
      SELECT deal_id, ${sql.literal(dialect.read("record", "json"))} AS record FROM ${sql(dealArchive.name)}
      WHERE tenant_id = ${tenantId} AND contact_id ${dialect.among(contactIds)}`)
    const given = dialect.given(
      { tenant_id: "text", deal_id: "text", erased: "json" },
      found.map(({ deal_id, record }) => ({
        tenant_id: tenantId,
        deal_id,
        erased: JSON.stringify(withoutNames(record, names))
      }))
    )
    yield* sql`
      UPDATE ${sql(dealArchive.name)} SET record = given.erased, contact_id = NULL FROM ${given} AS given
      WHERE ${sql(dealArchive.name)}.tenant_id = given.tenant_id AND ${sql(dealArchive.name)}.deal_id = given.deal_id`
    return found.map(({ deal_id }) => deal_id)
  })

  return { changesOf, inNotes, inHistory, inArchive }
}

// internal

const decodeNotes = decodeRows(Schema.Struct({ id: NoteId, content: Schema.String }))
const decodeHistory = decodeRows(Schema.Struct({ deal_id: DealId, version: Schema.Int, notes: Schema.String }))

const decodeArchived = decodeRows(Schema.Struct({ deal_id: DealId, record: json(Schema.Json) }))

/** Whatever text of an archived record names the person, wherever it stands. */
const withoutNames = (value: Schema.Json, names: Names): Schema.Json => {
  if (typeof value === "string") return names(value) ? erasedText : value
  if (Array.isArray(value)) return value.map((item) => withoutNames(item, names))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutNames(member, names)]))
}

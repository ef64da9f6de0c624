/** What a merge does to the tables around contacts: belongings change hands, and the merged are remembered. */
import { ContactId, type TenantId } from "@clientele/core/domain/Ids"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import { decodeRows, totalOf } from "./storage.ts"

export const contactMerges = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const { dialect, sql, tables } = options
  const { contactEvents, contactHistory, deals, mergedContacts, notes } = tables
  const merged = sql(mergedContacts.name)

  const moveBelongings = Effect.fnUntraced(function* (
    tenantId: TenantId,
    from: ReadonlyArray<ContactId>,
    to: ContactId
  ) {
    const ofThem = sql`tenant_id = ${tenantId} AND contact_id ${dialect.among(from)}`
    for (const { name } of [notes, contactEvents, contactHistory]) {
      yield* sql`UPDATE ${sql(name)} SET contact_id = ${to} WHERE ${ofThem}`
    }
    yield* sql`UPDATE ${sql(deals.name)} SET contact_id = ${to}, version = version + 1 WHERE ${ofThem}`
    // Whoever went into one of them is now where they are.
    yield* sql`
      UPDATE ${merged} SET merged_into = ${to} WHERE tenant_id = ${tenantId} AND merged_into ${dialect.among(from)}`
    yield* dialect.insert(
      mergedContacts,
      from.map((id) => ({ tenant_id: tenantId, contact_id: id, merged_into: to }))
    )
  })

  const mergedInto = (tenantId: TenantId, ids: ReadonlyArray<ContactId>) =>
    Effect.map(
      decodeMerged(sql`
        SELECT contact_id, merged_into FROM ${merged} WHERE tenant_id = ${tenantId} AND contact_id ${dialect.among(ids)}`),
      (rows) => new Map(rows.map((row) => [row.contact_id, row.merged_into]))
    )

  const countBelongings = (tenantId: TenantId, ids: ReadonlyArray<ContactId>) => {
    const of = (table: string) =>
      totalOf(sql`
        SELECT CAST(count(*) AS TEXT) AS total FROM ${sql(table)}
        WHERE tenant_id = ${tenantId} AND contact_id ${dialect.among(ids)}`)
    return Effect.all({ deals: of(deals.name), notes: of(notes.name), events: of(contactEvents.name) })
  }

  return { moveBelongings, mergedInto, countBelongings }
}

// internal

const decodeMerged = decodeRows(Schema.Struct({ contact_id: ContactId, merged_into: ContactId }))

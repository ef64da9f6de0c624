/**
 * By which parts of its words a search is looked up in the index. A trigram index reads, for every trigram it is asked
 * for, the list of all contacts that have it: `person777@` costs as much as the most common trigram of it has contacts,
 * and is found as surely by its rare ones, because what the index finds is read again anyway. Which are rare shows in a
 * sample. The tenant is one more such part, and left out where most contacts are its own. A wrong guess costs time,
 * never an answer.
 */
import type { TenantId } from "@clientele/core/domain/Ids"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import { decodeRows } from "./storage.ts"

export const contactSearch = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const { dialect, sql, tables } = options
  const [contacts, counts] = [sql(tables.contacts.name), sql(tables.contactCounts.name)]

  const sampled = (tenantId: TenantId, direction: "ASC" | "DESC") => {
    const order = sql.literal(direction)
    return sql`SELECT search_text FROM (
      SELECT search_text FROM ${contacts} WHERE tenant_id = ${tenantId}
      ORDER BY created_at ${order}, id ${order} LIMIT ${sampleSize / 2}
    ) AS part`
  }

  /** How to look up the contacts of a tenant that have all of the needles. */
  return Effect.fnUntraced(function* (tenantId: TenantId, needles: ReadonlyArray<string>) {
    const candidates = trigrams(needles)
    const given = dialect.given(
      { part: "text" },
      candidates.map((part) => ({ part }))
    )
    const found = yield* decodeCommon(sql`
      SELECT wanted.part FROM ${given} AS wanted
      CROSS JOIN (${sampled(tenantId, "ASC")} UNION ALL ${sampled(tenantId, "DESC")}) AS sample
      WHERE ${dialect.search.contains(sql.literal("sample.search_text"), sql.literal("wanted.part"))}
      GROUP BY wanted.part HAVING count(*) > ${sampleSize / 20}
      UNION ALL
      SELECT NULL WHERE ${dialect.search.size} / 4 < (
        SELECT sum(number) FROM ${counts} WHERE tenant_id = ${tenantId} AND counted = 'all'
      )`)
    const common = new Set(found.map(({ part }) => part))
    const rare = candidates.filter((part) => !common.has(part))
    return { tenantId: common.has(null) ? undefined : tenantId, parts: rare.length > 0 ? rare : needles }
  })
}

// internal

/** Contacts, half of them the oldest and half the newest. */
const sampleSize = 400

/** A search may be long, and each part is looked for in the whole sample. */
const maxParts = 40

/** Runs of three characters that make a trigram of their own in every database: two of them stand in one word. */
const trigrams = (needles: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = needles.map((needle) => {
    const characters = [...needle]
    return characters
      .slice(2)
      .map((_, start) => characters.slice(start, start + 3).join(""))
      .filter((part) => /[\p{L}\p{N}]{2}/u.test(part))
  })
  return [...new Set(found.flat())].slice(0, maxParts)
}

const decodeCommon = decodeRows(Schema.Struct({ part: Schema.NullOr(Schema.String) }))

/**
 * Lists of contacts: conditions, orders and totals. Every page is read off an index in order, behind a row value or
 * after an offset; totals that are asked for often are kept, the others counted.
 */
import { tagKey } from "@clientele/core/domain/ContactRecord"
import type { OpenKey } from "@clientele/core/domain/Exporting"
import type { TenantId } from "@clientele/core/domain/Ids"
import { type Sort, sortField, type SortField } from "@clientele/core/domain/Query"
import type { Currency } from "@clientele/core/domain/Money"
import { needles } from "@clientele/core/domain/Search"
import type { Criteria, PageRange } from "@clientele/core/ports/ContactStore"
import type { Duration } from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Dialect, Lookup } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import { type contactRows, decodeUnlisted, unlistedColumns } from "./contactRows.ts"
import { contactSearch } from "./contactSearch.ts"
import { inOrder, type Order, pageOf, type WalkPart, within } from "./keyset.ts"
import { segmentSql } from "./segmentSql.ts"
import { decodeRows, selectionOf, totalOf } from "./storage.ts"

/** What a contact is counted under. */
export const countedAs = (contact: {
  readonly status: string
  readonly type: string
  readonly ownerId: string | null
}): ReadonlyArray<string> => [
  "all",
  `status:${contact.status}`,
  `type:${contact.type}`,
  ...(contact.ownerId === null ? [] : [`owner:${contact.ownerId}`])
]

export const contactList = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
  readonly rows: ReturnType<typeof contactRows>
  readonly currency: Currency
  readonly segmentTimeout: Duration
}) => {
  const { currency, dialect, rows, segmentTimeout, sql, tables } = options
  const findable = contactSearch({ sql, dialect, tables })
  const compileSegment = segmentSql({ sql, dialect, currency })
  const { contactCounts, contacts, contactTags } = tables
  const selection = rows.listColumns
    .map((column) => `${dialect.read(`c.${column}`, contacts.columns[column])} AS ${column}`)
    .join(", ")

  /** Rows of one walk: null sort keys come last whatever the direction, so they are a walk of their own behind it. */
  const walk = (tenantId: TenantId, filter: Asked, order: ContactOrder, part: ContactWalkPart) => {
    const { column, kind } = order
    // A tag's own index is in the order of the list; for any other order the contacts' index is walked.
    const byTag = filter.tag !== undefined && column === "created_at" && part.found === undefined
    const place = byTag ? { key: "t.created_at", id: "t.contact_id" } : { key: `c.${column}`, id: "c.id" }
    const { search, ...plain } = filter
    const asked = conditions(tenantId, part.scanned === undefined ? filter : plain, byTag)
    const from = sql`FROM ${source(byTag, part.found)} WHERE ${sql.and([...asked, ...within(sql, dialect, part, order, place)])}`
    const listed = sql.literal(`${selection}, ${dialect.read(`c.${column}`, kind)} AS sort_key`)
    const wanted = sql`LIMIT ${part.limit} OFFSET ${part.offset ?? 0}`
    const words = searched(search)
    if (words.length === 0) {
      return rows.decodeList(sql`SELECT ${listed} ${from} ${inOrder(sql, part, order, place)} ${wanted}`)
    }

    // Of the many that are looked at only the few that are listed are read as a whole.
    const ordered = inOrder(sql, part, order, { key: `c.${column}`, id: "c.id" })
    const matching =
      part.scanned === undefined
        ? from
        : sql`FROM (
            SELECT c.id, c.${sql.literal(column)}, c.search_text ${from} ${inOrder(sql, part, order, place)}
            LIMIT ${part.scanned}
          ) c WHERE ${sql.and(words)}`
    return rows.decodeList(sql`
      SELECT ${listed} FROM (SELECT c.id ${matching} ${ordered} ${wanted}) hit
      CROSS JOIN ${sql(contacts.name)} c WHERE c.tenant_id = ${tenantId} AND c.id = hit.id ${ordered}`)
  }

  /** Contacts to put conditions on: those that the search index finds, else all. */
  const source = (byTag: boolean, found: Lookup | undefined): Fragment => {
    const all = found === undefined ? sql(contacts.name) : dialect.search.matching(found)
    return byTag ? sql`${sql(contactTags.name)} t CROSS JOIN ${all} c` : sql`${all} c`
  }

  const searched = (search = ""): ReadonlyArray<Fragment> =>
    needles(search).map((needle) => dialect.search.contains(sql.literal("c.search_text"), sql`${needle}`))

  const conditions = (tenantId: TenantId, filter: Asked, byTag: boolean): ReadonlyArray<Fragment> => {
    const { externalId, ownerId, search, segment, source, status, tag, type } = filter
    const clauses: Array<Fragment> = [sql`c.tenant_id = ${tenantId}`, ...searched(search)]
    if (status === "active" || status === "inactive") clauses.push(sql`c.status = ${status}`)
    if (status === "lead" || status === "customer") clauses.push(sql`c.type = ${status}`)
    if (type !== undefined) clauses.push(sql`c.type = ${type}`)
    if (source !== undefined) clauses.push(sql`c.source = ${source}`)
    if (ownerId !== undefined) clauses.push(sql`c.owner_id = ${ownerId}`)
    if (externalId !== undefined) clauses.push(sql`c.external_id = ${externalId}`)
    if (tag !== undefined) {
      const tagged = sql`t.tenant_id = ${tenantId} AND t.tag_key = ${tagKey(tag)}`
      clauses.push(
        byTag
          ? sql`${tagged} AND c.id = t.contact_id`
          : sql`EXISTS (SELECT 1 FROM ${sql(contactTags.name)} t WHERE ${tagged} AND t.contact_id = c.id)`
      )
    }
    return segment === undefined ? clauses : [...clauses, ...segment]
  }

  const page = Effect.fnUntraced(function* (tenantId: TenantId, filter: Asked, range: PageRange) {
    const order = orderOf(range.sort)
    const wanted = range.limit + 1
    const [after, offset] = "after" in range.start ? [range.start.after, 0] : [undefined, range.start.offset]
    const amongNulls = after?.key === null
    if (offset === 0 && canScan(filter, order)) {
      // A word that many contacts have fills the page from the first few of the list, while its index would bring up all
      // that have it; a word that few have is quickly found by its index. Which it is shows by looking.
      const scanned = yield* walk(tenantId, filter, order, { nulls: false, after, limit: wanted, scanned: scanLength })
      if (scanned.length === wanted) return pageOf(scanned, range.limit)
    }
    const found = yield* lookupOf(tenantId, filter)
    const listed = amongNulls
      ? []
      : yield* walk(tenantId, filter, order, { nulls: false, after, offset, limit: wanted, found })
    const missing = wanted - listed.length
    if (order.nullable && missing > 0) {
      const passed = listed.length === 0 && offset > 0 ? yield* countWithKey(tenantId, filter, order) : offset
      listed.push(
        ...(yield* walk(tenantId, filter, order, {
          nulls: true,
          found,
          after: amongNulls ? after : undefined,
          offset: offset - passed,
          limit: missing
        }))
      )
    }
    return pageOf(listed, range.limit)
  })

  const lookupOf = (tenantId: TenantId, { search }: Asked) => {
    const wanted = needles(search ?? "")
    return wanted.length === 0 ? Effect.undefined : findable(tenantId, wanted)
  }

  const countWhere = Effect.fnUntraced(function* (
    tenantId: TenantId,
    filter: Asked,
    clauses: ReadonlyArray<Fragment> = []
  ) {
    const found = yield* lookupOf(tenantId, filter)
    const byTag = filter.tag !== undefined && found === undefined
    const condition = sql.and([...conditions(tenantId, filter, byTag), ...clauses])
    return yield* totalOf(sql`SELECT CAST(count(*) AS TEXT) AS total FROM ${source(byTag, found)} WHERE ${condition}`)
  })

  const countWithKey = (tenantId: TenantId, filter: Asked, { column }: Order) =>
    countWhere(tenantId, filter, [sql`c.${sql.literal(column)} IS NOT NULL`])

  const count = (tenantId: TenantId, filter: Asked) => {
    const kept = keptCount(filter)
    const tag = onlyTag(filter)
    if (tag !== undefined) {
      return totalOf(sql`
        SELECT CAST(count(*) AS TEXT) AS total FROM ${sql(contactTags.name)}
        WHERE tenant_id = ${tenantId} AND tag_key = ${tagKey(tag)}`)
    }
    return kept === undefined
      ? countWhere(tenantId, filter)
      : totalOf(sql`
          SELECT CAST(coalesce(sum(number), 0) AS TEXT) AS total FROM ${sql(contactCounts.name)}
          WHERE tenant_id = ${tenantId} AND counted = ${kept}`)
  }

  /** What rows of the list leave out. */
  const unlisted = (tenantId: TenantId, ids: ReadonlyArray<string>) =>
    decodeUnlisted(sql`
      SELECT ${sql.literal(selectionOf(dialect, contacts, unlistedColumns))} FROM ${sql(contacts.name)}
      WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}`)

  /** Reads every contact that matches, for there is no index of keys. */
  const openKeys = Effect.fnUntraced(function* (tenantId: TenantId, filter: Asked) {
    const found = yield* lookupOf(tenantId, filter)
    const byTag = filter.tag !== undefined && found === undefined
    const asked = sql.and(conditions(tenantId, filter, byTag))
    const keysOf = (group: OpenKey["group"]) =>
      Effect.map(
        decodeMembers(sql`
          SELECT DISTINCT m.key, m.type
          FROM ${source(byTag, found)} CROSS JOIN ${dialect.members(sql.literal(`c.${group}`))} m WHERE ${asked}`),
        (members) => toOpenKeys(group, members)
      )
    return [...(yield* keysOf("social")), ...(yield* keysOf("custom_fields"))]
  })

  /** Asks for a segment, in the time that it may take. */
  const inTime = <A, E, R>({ segment, ...plain }: Criteria, ask: (asked: Asked) => Effect.Effect<A, E, R>) =>
    segment === undefined
      ? ask(plain)
      : dialect.within(segmentTimeout, (condition) =>
          ask({ ...plain, segment: [condition, ...compileSegment(segment.predicate, segment.moment)] })
        )

  return {
    page: (tenantId: TenantId, criteria: Criteria, range: PageRange) =>
      inTime(criteria, (asked) => page(tenantId, asked, range)),
    unlisted,
    openKeys: (tenantId: TenantId, criteria: Criteria) => inTime(criteria, (asked) => openKeys(tenantId, asked)),
    count: (tenantId: TenantId, criteria: Criteria) => inTime(criteria, (asked) => count(tenantId, asked))
  }
}

// internal

/** How many contacts are looked at before the search index is asked. */
const scanLength = 2_000

const Member = Schema.Struct({ key: Schema.String, type: Schema.String })

const decodeMembers = decodeRows(Member)

/** The words that the databases have for types of JSON values; null is none. */
const valueTypes: { readonly [type: string]: OpenKey["types"][number] } = {
  text: "text",
  string: "text",
  integer: "number",
  real: "number",
  number: "number",
  true: "boolean",
  false: "boolean",
  boolean: "boolean",
  array: "list"
}

const toOpenKeys = (group: OpenKey["group"], members: ReadonlyArray<typeof Member.Type>): ReadonlyArray<OpenKey> => {
  const keys = new Map<string, Set<OpenKey["types"][number]>>()
  for (const { key, type } of members) {
    const valueType = valueTypes[type]
    if (valueType !== undefined) keys.set(key, (keys.get(key) ?? new Set()).add(valueType))
  }
  return [...keys].map(([key, types]) => ({ group, key, types: [...types] }))
}

const canScan = ({ search, tag }: Asked, { column, nullable }: Order): boolean =>
  !nullable && (tag === undefined || column === "created_at") && needles(search ?? "").length > 0

/** Criteria whose segment is SQL. */
interface Asked extends Omit<Criteria, "segment"> {
  readonly segment?: ReadonlyArray<Fragment>
}

interface ContactWalkPart extends WalkPart {
  /** What the search index finds; without it all contacts are walked. */
  readonly found?: Lookup | undefined
  /** Looks for words in so many rows of the walk instead of in the index. */
  readonly scanned?: number
}

interface ContactOrder extends Order {
  readonly column: "created_at" | "updated_at" | "name_folded" | "score" | "last_interaction"
}

const orders: { readonly [field in SortField]: Omit<ContactOrder, "ascending"> } = {
  created_at: { column: "created_at", kind: "timestamp", nullable: false },
  updated_at: { column: "updated_at", kind: "timestamp", nullable: false },
  name: { column: "name_folded", kind: "text", nullable: false },
  score: { column: "score", kind: "integer", nullable: false },
  last_interaction: { column: "last_interaction", kind: "timestamp", nullable: true }
}

const orderOf = (sort: Sort): ContactOrder => ({ ...orders[sortField(sort)], ascending: !sort.startsWith("-") })

/** The tag, when nothing else is asked for: its own table knows the number. */
const onlyTag = ({ tag, ...others }: Asked): string | undefined =>
  Object.values(others).every((value) => value === undefined || value === "") ? tag : undefined

/** The kept number that answers a filter, when one does: nothing filtered, or one of status, type and owner alone. */
const keptCount = (filter: Asked): string | undefined => {
  const { ownerId, status, type, ...others } = filter
  if (Object.values(others).some((value) => value !== undefined && value !== "")) return undefined
  const asked = [
    ...(status === undefined
      ? []
      : [status === "lead" || status === "customer" ? `type:${status}` : `status:${status}`]),
    ...(type === undefined ? [] : [`type:${type}`]),
    ...(ownerId === undefined ? [] : [`owner:${ownerId}`])
  ]
  return asked.length === 0 ? "all" : asked.length === 1 ? asked[0] : undefined
}

/**
 * Lists of contacts: conditions, orders and totals. Every page is read off an index in order, behind a row value or
 * after an offset; totals that are asked for often are kept, the others counted.
 */
import { tagKey } from "@clientele/core/domain/ContactRecord"
import type { Position, SortKey } from "@clientele/core/domain/Cursor"
import { type Sort, sortField, type SortField } from "@clientele/core/domain/Query"
import type { Currency } from "@clientele/core/domain/Money"
import { needles } from "@clientele/core/domain/Search"
import type { ContactRow, Criteria, PageRange } from "@clientele/core/ports/ContactStore"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Dialect } from "../Dialect.ts"
import type { ColumnKind, Tables } from "../Table.ts"
import { contactRows } from "./contactRows.ts"
import { segmentSql } from "./segmentSql.ts"
import { totalOf } from "./storage.ts"

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
}) => {
  const { currency, dialect, rows, sql, tables } = options
  const compileSegment = segmentSql({ sql, dialect, currency })
  const { contactCounts, contacts, contactTags } = tables
  const selection = rows.listColumns
    .map((column) => `${dialect.read(`c.${column}`, contacts.columns[column])} AS ${column}`)
    .join(", ")

  /** Rows of one walk: null sort keys come last whatever the direction, so they are a walk of their own behind it. */
  const walk = (tenantId: string, filter: Criteria, order: Order, part: WalkPart) => {
    const { ascending, column, kind } = order
    // A tag's own index is in the order of the list; for any other order the contacts' index is walked.
    const byTag = filter.tag !== undefined && column === "created_at"
    const [key, id] = byTag ? ["t.created_at", "t.contact_id"] : [`c.${column}`, "c.id"]
    const [sqlKey, sqlId] = [sql.literal(key), sql.literal(id)]
    const direction = sql.literal(ascending ? "ASC" : "DESC")
    const further = sql.literal(ascending ? ">" : "<")
    const { search, ...plain } = filter
    const clauses = [...conditions(tenantId, filter, byTag)]
    if (order.nullable) clauses.push(sql`${sqlKey} IS ${sql.literal(part.nulls ? "" : "NOT")} NULL`)
    if (part.after !== undefined) {
      clauses.push(
        part.after.key === null
          ? sql`${sqlId} ${further} ${part.after.id}`
          : sql`(${sqlKey}, ${sqlId}) ${further} (${dialect.value(kind, part.after.key)}, ${part.after.id})`
      )
    }
    const sortKey = sql.literal(dialect.read(`c.${column}`, kind))
    const inOrder = sql`ORDER BY ${part.nulls ? sql.literal("") : sql`${sqlKey} ${direction},`} ${sqlId} ${direction}`
    const matching =
      part.scanned === undefined
        ? sql`${source(tenantId, filter, byTag)} WHERE ${sql.and(clauses)}`
        : sql`(
            SELECT c.* FROM ${source(tenantId, plain, byTag)} WHERE ${sql.and(clauses)} ${inOrder} LIMIT ${part.scanned}
          ) c WHERE ${sql.and(needles(search ?? "").map(dialect.search.contains))}`
    return rows.decodeList(sql`
      SELECT ${sql.literal(selection)}, ${sortKey} AS sort_key FROM ${matching} ${inOrder}
      LIMIT ${part.limit} OFFSET ${part.offset ?? 0}`)
  }

  const source = (tenantId: string, { search }: Criteria, byTag: boolean): Fragment => {
    const wanted = needles(search ?? "")
    const found = wanted.length > 0 ? dialect.search.matching(tenantId, wanted) : sql(contacts.name)
    return byTag ? sql`${sql(contactTags.name)} t CROSS JOIN ${found} c` : sql`${found} c`
  }

  const conditions = (tenantId: string, filter: Criteria, byTag: boolean): ReadonlyArray<Fragment> => {
    const { externalId, ownerId, segment, source, status, tag, type } = filter
    const clauses: Array<Fragment> = [sql`c.tenant_id = ${tenantId}`]
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
    if (segment !== undefined) clauses.push(...compileSegment(segment.predicate, segment.moment))
    return clauses
  }

  const page = Effect.fnUntraced(function* (tenantId: string, filter: Criteria, range: PageRange) {
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
    const found = amongNulls ? [] : yield* walk(tenantId, filter, order, { nulls: false, after, offset, limit: wanted })
    const missing = wanted - found.length
    if (order.nullable && missing > 0) {
      const passed = found.length === 0 && offset > 0 ? yield* countWithKey(tenantId, filter, order) : offset
      found.push(
        ...(yield* walk(tenantId, filter, order, {
          nulls: true,
          after: amongNulls ? after : undefined,
          offset: offset - passed,
          limit: missing
        }))
      )
    }
    return pageOf(found, range.limit)
  })

  const countWhere = (tenantId: string, filter: Criteria, clauses: ReadonlyArray<Fragment> = []) => {
    const byTag = filter.tag !== undefined
    const condition = sql.and([...conditions(tenantId, filter, byTag), ...clauses])
    return totalOf(
      sql`SELECT CAST(count(*) AS TEXT) AS total FROM ${source(tenantId, filter, byTag)} WHERE ${condition}`
    )
  }

  const countWithKey = (tenantId: string, filter: Criteria, { column }: Order) =>
    countWhere(tenantId, filter, [sql`c.${sql.literal(column)} IS NOT NULL`])

  const count = (tenantId: string, filter: Criteria) => {
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

  return { page, count }
}

// internal

/** How many contacts are looked at before an index is asked. */
const scanLength = 2_000

const canScan = ({ search, tag }: Criteria, { nullable }: Order): boolean =>
  !nullable && tag === undefined && needles(search ?? "").length > 0

interface WalkPart {
  readonly nulls: boolean
  readonly after?: Position | undefined
  readonly offset?: number
  readonly limit: number
  /** Looks for words in so many rows of the walk instead of in the index. */
  readonly scanned?: number
}

const pageOf = (
  found: ReadonlyArray<{ readonly row: ContactRow; readonly sortKey: SortKey }>,
  limit: number
): { readonly rows: ReadonlyArray<ContactRow>; readonly next: Position | null } => {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: shown.map(({ row }) => row),
    next: found.length > limit && last !== undefined ? { key: last.sortKey, id: last.row.id } : null
  }
}

interface Order {
  readonly column: "created_at" | "updated_at" | "name_folded" | "score" | "last_interaction"
  readonly kind: ColumnKind
  readonly nullable: boolean
  readonly ascending: boolean
}

const orders: { readonly [field in SortField]: Omit<Order, "ascending"> } = {
  created_at: { column: "created_at", kind: "timestamp", nullable: false },
  updated_at: { column: "updated_at", kind: "timestamp", nullable: false },
  name: { column: "name_folded", kind: "text", nullable: false },
  score: { column: "score", kind: "integer", nullable: false },
  last_interaction: { column: "last_interaction", kind: "timestamp", nullable: true }
}

const orderOf = (sort: Sort): Order => ({ ...orders[sortField(sort)], ascending: !sort.startsWith("-") })

/** The tag, when nothing else is asked for: its own table knows the number. */
const onlyTag = ({ tag, ...others }: Criteria): string | undefined =>
  Object.values(others).every((value) => value === undefined || value === "") ? tag : undefined

/** The kept number that answers a filter, when one does: nothing filtered, or one of status, type and owner alone. */
const keptCount = (filter: Criteria): string | undefined => {
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

/** Lists of deals, and their groups. Every page is read off an index in order; sums of all deals are kept. */
import type { Position } from "@clientele/core/domain/Cursor"
import { amountScale, type DealFilter, type Sort, sortField, type SortField } from "@clientele/core/domain/DealQuery"
import type { TenantId } from "@clientele/core/domain/Ids"
import { decimalOf } from "@clientele/core/domain/Money"
import type { DealPageRange } from "@clientele/core/ports/DealStore"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Dialect } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import { decodeList, GroupRow, listColumns, toGroup } from "./dealRows.ts"
import { inOrder, type Order, pageOf, type WalkPart, within } from "./keyset.ts"
import { decodeRows, totalOf } from "./storage.ts"

export const dealList = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const { dialect, sql } = options
  const { dealDeltas, deals, dealSums } = options.tables
  const selection = listColumns
    .map((column) => `${dialect.read(column, deals.columns[column])} AS ${column}`)
    .join(", ")
  const from = sql(deals.name)

  const conditions = (tenantId: TenantId, filter: DealFilter): ReadonlyArray<Fragment> => {
    const { closeAfter, closeBefore, closeDate, contactId, externalId, maxValue, minValue, ownerId, stage } = filter
    const amount = (value: BigDecimal.BigDecimal) =>
      dialect.value("bigint", String(BigDecimal.scale(BigDecimal.clamp(value, amounts), amountScale).value))
    const clauses: Array<Fragment> = [sql`tenant_id = ${tenantId}`]
    if (stage !== undefined) clauses.push(sql`stage = ${stage}`)
    if (ownerId !== undefined) clauses.push(sql`owner_id = ${ownerId}`)
    if (contactId !== undefined) clauses.push(sql`contact_id = ${contactId}`)
    if (externalId !== undefined) clauses.push(sql`external_id = ${externalId}`)
    if (minValue !== undefined)
      clauses.push(sql`amount >= ${amount(BigDecimal.ceil(decimalOf(minValue), amountScale))}`)
    if (maxValue !== undefined)
      clauses.push(sql`amount <= ${amount(BigDecimal.floor(decimalOf(maxValue), amountScale))}`)
    if (closeDate !== undefined) clauses.push(sql`expected_close = ${closeDate}`)
    if (closeAfter !== undefined) clauses.push(sql`expected_close >= ${closeAfter}`)
    if (closeBefore !== undefined) clauses.push(sql`expected_close <= ${closeBefore}`)
    return clauses
  }

  const walk = (tenantId: TenantId, filter: DealFilter, order: DealOrder, part: WalkPart) => {
    const place = { key: `${deals.name}.${order.column}`, id: `${deals.name}.id` }
    const asked = sql.and([...conditions(tenantId, filter), ...within(sql, dialect, part, order, place)])
    return decodeList(sql`
      SELECT ${sql.literal(selection)}, ${sql.literal(dialect.read(order.column, order.kind))} AS sort_key
      FROM ${from} WHERE ${asked} ${inOrder(sql, part, order, place)} LIMIT ${part.limit} OFFSET ${part.offset ?? 0}`)
  }

  const page = Effect.fnUntraced(function* (tenantId: TenantId, filter: DealFilter, range: DealPageRange) {
    const order = orderOf(range.sort)
    const wanted = range.limit + 1
    const [after, offset]: readonly [Position | undefined, number] =
      "after" in range.start ? [range.start.after, 0] : [undefined, range.start.offset]
    const amongNulls = after?.key === null
    const listed = amongNulls
      ? []
      : yield* walk(tenantId, filter, order, { nulls: false, after, offset, limit: wanted })
    const missing = wanted - listed.length
    if (!order.nullable || missing === 0) return pageOf(listed, range.limit)
    const passed = listed.length === 0 && offset > 0 ? yield* countWithKey(tenantId, filter, order) : offset
    const others = yield* walk(tenantId, filter, order, {
      nulls: true,
      after: amongNulls ? after : undefined,
      offset: offset - passed,
      limit: missing
    })
    return pageOf([...listed, ...others], range.limit)
  })

  const countWithKey = (tenantId: TenantId, filter: DealFilter, { column }: DealOrder) =>
    totalOf(sql`
      SELECT CAST(count(*) AS TEXT) AS total FROM ${from}
      WHERE ${sql.and([...conditions(tenantId, filter), sql`${sql(column)} IS NOT NULL`])}`)

  const groups = (tenantId: TenantId, filter: DealFilter) => {
    const { stage, ...others } = filter
    const isKept = Object.values(others).every((value) => value === undefined)
    const ofStage =
      stage === undefined ? sql`tenant_id = ${tenantId}` : sql`tenant_id = ${tenantId} AND stage = ${stage}`
    const key = sql.literal("stage, currency, probability")
    const kept = (table: string) => sql`SELECT ${key}, number, value FROM ${sql(table)} WHERE ${ofStage}`
    return Effect.map(
      decodeGroups(
        isKept
          ? sql`
            SELECT ${key}, CAST(sum(number) AS TEXT) AS number, CAST(sum(value) AS TEXT) AS value
            FROM (${kept(dealSums.name)} UNION ALL ${kept(dealDeltas.name)}) AS kept
            GROUP BY ${key} HAVING sum(number) <> 0`
          : sql`
            SELECT ${key}, CAST(count(*) AS TEXT) AS number, CAST(sum(value) AS TEXT) AS value FROM ${from}
            WHERE ${sql.and(conditions(tenantId, filter))} GROUP BY ${key}`
      ),
      (found) => found.map(toGroup)
    )
  }

  return { page, groups }
}

// internal

/** No deal's amount is beyond these, and no database keeps much larger ones. */
const amounts = {
  minimum: BigDecimal.make(-1n, amountScale),
  maximum: BigDecimal.make(10n ** 18n, amountScale)
}

const decodeGroups = decodeRows(GroupRow)

interface DealOrder extends Order {
  readonly column: "created_at" | "updated_at" | "name_folded" | "amount" | "expected_close"
}

const orders: { readonly [field in SortField]: Omit<DealOrder, "ascending"> } = {
  created_at: { column: "created_at", kind: "timestamp", nullable: false },
  updated_at: { column: "updated_at", kind: "timestamp", nullable: false },
  name: { column: "name_folded", kind: "text", nullable: false },
  value: { column: "amount", kind: "bigint", nullable: false },
  expected_close: { column: "expected_close", kind: "text", nullable: true }
}

const orderOf = (sort: Sort): DealOrder => ({ ...orders[sortField(sort)], ascending: !sort.startsWith("-") })

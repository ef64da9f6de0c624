/**
 * Kept sums of deals. A change appends what it adds and takes away, so that no two transactions ever wait for one number;
 * compacting folds that into the sums, of which there are few. What is read is both together, exact at any moment.
 */
import type { DealRecord } from "@clientele/core/domain/DealRecord"
import { TenantId } from "@clientele/core/domain/Ids"
import { groupsOf } from "@clientele/core/domain/PipelineSummary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { RowOf, Tables } from "../Table.ts"
import { GroupRow } from "./dealRows.ts"
import { decodeRows } from "./storage.ts"

export const dealSums = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const { dialect, sql } = options
  const { dealDeltas, dealSums: sums } = options.tables

  /** Notes that deals are others than they were; of a set, only what comes of it in the end. */
  const append = (tenantId: TenantId, before: ReadonlyArray<DealRecord>, after: ReadonlyArray<DealRecord>) =>
    dialect.insert(dealDeltas, netOf([...signed(tenantId, before, -1), ...signed(tenantId, after, 1)]))

  const compact = Effect.fnUntraced(function* (limit: number) {
    const claimed = yield* decodeDeltas(sql`
      DELETE FROM ${sql(dealDeltas.name)} WHERE (tenant_id, seq) IN (
        SELECT tenant_id, seq FROM ${sql(dealDeltas.name)} ORDER BY tenant_id, seq LIMIT ${limit}
        ${dialect.forUpdateSkipLocked}
      ) RETURNING tenant_id, stage, currency, probability, CAST(number AS TEXT) AS number, CAST(value AS TEXT) AS value`)
    const { name } = sums
    yield* dialect.insert(
      sums,
      netOf(claimed),
      `ON CONFLICT (tenant_id, stage, currency, probability)
        DO UPDATE SET number = ${name}.number + excluded.number, value = ${name}.value + excluded.value`
    )
    return claimed.length
  })

  return { append, compact }
}

// internal

const DeltaRow = Schema.Struct({ tenant_id: TenantId, ...GroupRow.fields })
type Delta = typeof DeltaRow.Type

const decodeDeltas = decodeRows(DeltaRow)

const keyOf = ({ currency, probability, stage, tenant_id }: Delta): string =>
  JSON.stringify([tenant_id, stage, currency, probability])

const signed = (tenantId: TenantId, deals: ReadonlyArray<DealRecord>, sign: 1 | -1): ReadonlyArray<Delta> =>
  groupsOf(deals).map(({ count, value, ...key }) => ({
    ...key,
    tenant_id: tenantId,
    number: sign * count,
    value: BigInt(sign) * value
  }))

/** One row for each key, in the order of the keys: so that two who compact at once cannot wait for each other. */
const netOf = (deltas: ReadonlyArray<Delta>): ReadonlyArray<RowOf<Tables["dealSums"]["columns"]>> => {
  const net = new Map<string, Delta>()
  for (const delta of deltas) {
    const key = keyOf(delta)
    const { number, value } = net.get(key) ?? { number: 0, value: 0n }
    net.set(key, { ...delta, number: number + delta.number, value: value + delta.value })
  }
  return [...net]
    .filter(([, { number, value }]) => number !== 0 || value !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, delta]) => ({ ...delta, value: String(delta.value) }))
}

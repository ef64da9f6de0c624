/**
 * Kept sums of deals by day, for reports on pipelines: of open deals by the date on which they are expected to close, of
 * closed ones by the day in UTC on which they were, of visits to stages by the day on which they
 * ended, and of those that were a return by the day on which the visit before had ended. A change
 * appends what it adds and takes away; compacting folds that into the sums. What is read is both together.
 */
import type { DealHistory, VersionedHistory } from "@clientele/core/domain/DealHistory"
import type { DealRecord } from "@clientele/core/domain/DealRecord"
import { DealId, TenantId } from "@clientele/core/domain/Ids"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { RowOf, Tables } from "../Table.ts"
import { dayOf } from "./pipelinePieces.ts"
import { decodeRows } from "./storage.ts"
import { timestamp } from "./columns.ts"

export const pipelineSums = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const { dialect, sql } = options
  const { dealHistory, deals, dealVisits, pipelineDeltas, pipelineSums: sums } = options.tables

  const append = (deltas: ReadonlyArray<Sum>) => dialect.insert(pipelineDeltas, netOf(deltas))

  /** Notes that deals are others than they were. */
  const changed = (tenantId: TenantId, before: ReadonlyArray<DealRecord>, after: ReadonlyArray<DealRecord>) =>
    append([
      ...before.map((deal) => sumOfDeal(tenantId, deal, -1)),
      ...after.map((deal) => sumOfDeal(tenantId, deal, 1))
    ])

  const selectMoves = sql.literal(
    `deal_id, history.version, pipeline, from_stage, ${dialect.read("at", "timestamp")} AS at`
  )
  /** Notes the visits that moves, already in the history, have ended. */
  const moved = Effect.fnUntraced(function* (
    tenantId: TenantId,
    rows: ReadonlyArray<VersionedHistory & { readonly dealId: DealId }>
  ) {
    const ending = rows.filter(({ row }) => endsVisit(row))
    if (ending.length === 0) return
    const moves = yield* decodeMoves(sql`
      SELECT ${selectMoves} FROM ${sql(dealHistory.name)} history
      JOIN ${sql(deals.name)} deal ON deal.tenant_id = history.tenant_id AND deal.id = deal_id
      WHERE history.tenant_id = ${tenantId} AND kind = 'move'
      AND deal_id ${dialect.among([...new Set(ending.map(({ dealId }) => dealId))])}
      ORDER BY deal_id, history.version`)
    const wanted = new Set(ending.map(({ dealId, version }) => `${version} ${dealId}`))
    const visits = visitsOf(moves).filter(({ deal_id, version }) => wanted.has(`${version} ${deal_id}`))
    yield* dialect.insert(
      dealVisits,
      visits.map((visit) => toVisitRow(tenantId, visit))
    )
    yield* append(visits.flatMap((visit) => sumsOfVisit(tenantId, visit, 1)))
  })

  const visitSelection = sql.literal(
    ["deal_id", "version", "pipeline", "stage"].join(", ") +
      ["entered_at", "left_at", "last_left_at"].map((at) => `, ${dialect.read(at, "timestamp")} AS ${at}`).join("")
  )
  /** Takes a deal, and its visits, out of all sums. */
  const removed = Effect.fnUntraced(function* (tenantId: TenantId, deal: DealRecord) {
    const ofDeal = sql`tenant_id = ${tenantId} AND deal_id = ${deal.id}`
    const visits = yield* decodeVisits(sql`SELECT ${visitSelection} FROM ${sql(dealVisits.name)} WHERE ${ofDeal}`)
    yield* sql`DELETE FROM ${sql(dealVisits.name)} WHERE ${ofDeal}`
    yield* append([sumOfDeal(tenantId, deal, -1), ...visits.flatMap((visit) => sumsOfVisit(tenantId, visit, -1))])
  })

  const compact = Effect.fnUntraced(function* (limit: number) {
    const claimed = yield* decodeSums(sql`
      DELETE FROM ${sql(pipelineDeltas.name)} WHERE (tenant_id, seq) IN (
        SELECT tenant_id, seq FROM ${sql(pipelineDeltas.name)} ORDER BY tenant_id, seq LIMIT ${limit}
        ${dialect.forUpdateSkipLocked}
      ) RETURNING ${sql.literal([...keys, ...amounts.map((amount) => `CAST(${amount} AS TEXT) AS ${amount}`)].join(", "))}`)
    yield* dialect.insert(
      sums,
      netOf(claimed),
      `ON CONFLICT (tenant_id, pipeline, kind, day, stage, currency) DO UPDATE SET
        ${amounts.map((amount) => `${amount} = ${sums.name}.${amount} + excluded.${amount}`).join(", ")}`
    )
    // Stages and dates that deals have moved on from would pile up.
    const tenants = [...new Set(claimed.map(({ tenant_id }) => tenant_id))]
    const isNothing = sql.literal(amounts.map((amount) => `${amount} = 0`).join(" AND "))
    yield* sql`DELETE FROM ${sql(sums.name)} WHERE tenant_id ${dialect.among(tenants)} AND ${isNothing}`
    return claimed.length
  })

  return { changed, compact, moved, removed }
}

export const SumKind = Schema.Literals(["closed", "open", "return", "visit"])
export type SumKind = typeof SumKind.Type

/** What a sum is of. */
export const keys = ["tenant_id", "pipeline", "kind", "stage", "currency", "day"] as const

/** What is added up. */
export const amounts = ["number", "value", "weighted", "millis"] as const

// internal

const SumRow = Schema.Struct({
  tenant_id: TenantId,
  pipeline: Schema.String,
  kind: SumKind,
  stage: Schema.String,
  currency: Schema.String,
  day: Schema.String,
  number: Schema.FiniteFromString,
  value: Schema.BigIntFromString,
  weighted: Schema.BigIntFromString,
  millis: Schema.BigIntFromString
})
type Sum = typeof SumRow.Type
const decodeSums = decodeRows(SumRow)

const MoveRow = Schema.Struct({
  deal_id: DealId,
  version: Schema.Int,
  pipeline: Schema.String,
  from_stage: Schema.NullOr(Schema.String),
  at: timestamp
})
type Move = typeof MoveRow.Type
const decodeMoves = decodeRows(MoveRow)

/** A visit of a deal to a stage that is over, by the version that ended it. */
const VisitRow = Schema.Struct({
  deal_id: DealId,
  version: Schema.Int,
  pipeline: Schema.String,
  stage: Schema.String,
  entered_at: timestamp,
  left_at: timestamp,
  /** When the deal had left the stage the time before. */
  last_left_at: Schema.NullOr(timestamp)
})
type Visit = typeof VisitRow.Type
const decodeVisits = decodeRows(VisitRow)

const endsVisit = ({ from, kind }: DealHistory): boolean => kind === "move" && from !== null

/** The visits that moves ended, given all moves of their deals in order. */
const visitsOf = (moves: ReadonlyArray<Move>): ReadonlyArray<Visit> => {
  const lastLeft = new Map<string, DateTime.Utc>()
  return moves.flatMap(({ at, deal_id, from_stage: stage, pipeline, version }, index) => {
    const before = moves[index - 1]
    if (stage === null || before?.deal_id !== deal_id) return []
    const key = `${deal_id} ${stage}`
    const last_left_at = lastLeft.get(key) ?? null
    lastLeft.set(key, at)
    return [{ deal_id, version, pipeline, stage, entered_at: before.at, left_at: at, last_left_at }]
  })
}

const toVisitRow = (tenantId: TenantId, visit: Visit): RowOf<Tables["dealVisits"]["columns"]> => ({
  ...visit,
  tenant_id: tenantId,
  entered_at: DateTime.formatIso(visit.entered_at),
  left_at: DateTime.formatIso(visit.left_at),
  last_left_at: visit.last_left_at === null ? null : DateTime.formatIso(visit.last_left_at)
})

const sumOfDeal = (tenantId: TenantId, deal: DealRecord, sign: 1 | -1): Sum => {
  const { closedAt, createdAt, fields, pipeline, probability, stage } = deal
  const value = BigInt(sign) * fields.value.minor
  return {
    tenant_id: tenantId,
    pipeline,
    kind: closedAt === null ? "open" : "closed",
    stage,
    currency: fields.value.currency,
    day: closedAt === null ? (fields.expectedClose ?? "") : dayOf(closedAt),
    number: sign,
    value,
    weighted: value * BigInt(probability),
    millis: closedAt === null ? 0n : millisBetween(createdAt, closedAt, sign)
  }
}

const sumsOfVisit = (
  tenantId: TenantId,
  { entered_at, last_left_at, left_at, pipeline, stage }: Visit,
  sign: 1 | -1
): ReadonlyArray<Sum> => {
  const visit: Sum = {
    tenant_id: tenantId,
    pipeline,
    kind: "visit",
    stage,
    currency: "",
    day: dayOf(left_at),
    number: sign,
    value: 0n,
    weighted: 0n,
    millis: millisBetween(entered_at, left_at, sign)
  }
  return last_left_at === null ? [visit] : [visit, { ...visit, kind: "return", day: dayOf(last_left_at), millis: 0n }]
}

const millisBetween = (from: DateTime.Utc, to: DateTime.Utc, sign: 1 | -1): bigint =>
  BigInt(sign * (DateTime.toEpochMillis(to) - DateTime.toEpochMillis(from)))

/**
 * Sums with equal ones added up, without those that come to nothing; in one order, so that two who write them at once
 * cannot wait for each other.
 */
const netOf = (sums: ReadonlyArray<Sum>): ReadonlyArray<RowOf<Tables["pipelineSums"]["columns"]>> => {
  const net = new Map<string, Sum>()
  for (const sum of sums) {
    const key = JSON.stringify(keys.map((key) => sum[key]))
    const before = net.get(key)
    net.set(key, before === undefined ? sum : added(before, sum))
  }
  return [...net]
    .filter(([, sum]) => sum.number !== 0 || sum.value !== 0n || sum.weighted !== 0n || sum.millis !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, sum]) => ({
      ...sum,
      value: String(sum.value),
      weighted: String(sum.weighted),
      millis: String(sum.millis)
    }))
}

const added = (a: Sum, b: Sum): Sum => ({
  ...a,
  number: a.number + b.number,
  value: a.value + b.value,
  weighted: a.weighted + b.weighted,
  millis: a.millis + b.millis
})

/**
 * What a report on a pipeline adds up: counts, exact amounts by stage and currency, and times in milliseconds. Folding the
 * histories of deals gives it in memory and a database gives it by its sums; both are the same to the last digit, since
 * nothing is divided, converted or rounded here.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Calendar from "./Calendar.ts"
import type { DealHistory } from "./DealHistory.ts"
import * as Money from "./Money.ts"
import { type Pipeline, type StageType, typeOf } from "./Pipeline.ts"
import { periodNames, type PipelineScope } from "./PipelinePeriods.ts"

/** What a report reads in a row of a deal's history. */
export type DealEntry = Omit<DealHistory, "by" | "from" | "notes">

/** A deal and all that happened to it, oldest first. */
export interface DealStory {
  readonly createdAt: DateTime.Utc
  readonly history: ReadonlyArray<DealEntry>
}

/**
 * What amounts are added up for: the pipeline's totals, a period of the forecast, or a remark beside it. `any` is for
 * deals that are in at least one of the others.
 */
export const parts = ["pipeline", ...periodNames, "slipped", "unscheduled", "any"] as const
export type Part = (typeof parts)[number]

/** How many deals, and their amounts in minor units; `weighted` in hundredths of one. */
export interface Sum {
  readonly count: number
  readonly value: bigint
  readonly weighted: bigint
}

/** The deals of one stage and one currency that count for one part. */
export interface PartSum extends Sum {
  readonly part: Part
  readonly stage: string
  readonly currency: Money.Currency
}

/** How long something took, all in all, for so many deals. */
export interface Span {
  readonly deals: number
  readonly millis: bigint
}

export interface StageSpan extends Span {
  readonly stage: string
}

/** Everything that a report is made from. */
export interface PipelineTally {
  readonly sums: ReadonlyArray<PartSum>
  /** How many deals were lost in the measured time. */
  readonly lost: number
  /** Deals that were won in the measured time, from when they were created until they were closed. */
  readonly won: Span
  /** Stages that deals left in the measured time, and how long those were in them. */
  readonly stages: ReadonlyArray<StageSpan>
}

/** Deals that are alike in all that a report asks of them: one, or many together. */
export interface DealCount extends Sum {
  readonly stage: string
  readonly currency: Money.Currency
  /** When they came to be won or lost; of open deals null. */
  readonly closedAt: DateTime.Utc | null
  readonly expectedClose: Calendar.Day | null
  /** How long it took to close them, from their creation, all together; of open deals 0. */
  readonly millis: bigint
}

/** Adds up deals of a pipeline, given all that happened to them. */
export const tallyOf = (pipeline: Pipeline, deals: ReadonlyArray<DealStory>, scope: PipelineScope): PipelineTally => {
  const standings = deals.flatMap((deal) => standingOf(deal, pipeline, scope))
  const stages = new Map<string, StageSpan>()
  for (const { moves } of standings) {
    for (const [stage, millis] of endedVisits(moves, scope.measured)) {
      const { deals, millis: sum } = stages.get(stage) ?? nothing
      stages.set(stage, { stage, deals: deals + 1, millis: sum + BigInt(millis) })
    }
  }
  return tallyOfCounts(pipeline, { counts: standings, stages: [...stages.values()] }, scope)
}

/** Adds up deals of a pipeline that were counted, and stages whose visits were. */
export const tallyOfCounts = (
  pipeline: Pipeline,
  { counts, stages }: { readonly counts: Iterable<DealCount>; readonly stages: ReadonlyArray<StageSpan> },
  scope: PipelineScope
): PipelineTally => {
  const sums = new Map<string, PartSum>()
  let lost = 0
  let won: Span = nothing
  for (const count of counts) {
    const type = typeOf(pipeline, count.stage)
    for (const part of partsOf(count, type, scope)) addSum(sums, part, count)
    if (count.closedAt === null || !Calendar.hasInstant(scope.measured, count.closedAt)) continue
    if (type === "lost") lost += count.count
    if (type === "won") won = { deals: won.deals + count.count, millis: won.millis + count.millis }
  }
  return { sums: [...sums.values()], lost, won, stages }
}

// internal

const nothing: Span = { deals: 0, millis: 0n }

const partsOf = (
  { closedAt, expectedClose }: DealCount,
  type: StageType | undefined,
  scope: PipelineScope
): ReadonlyArray<Part> => {
  const isClosedIn = (span: Calendar.Instants) => closedAt !== null && Calendar.hasInstant(span, closedAt)
  const found: Array<Part> = []
  if (type === "open" || isClosedIn(scope.closed)) found.push("pipeline")
  if (type === "open") {
    const isLate = expectedClose !== null && expectedClose < scope.today
    if (expectedClose === null) found.push("unscheduled")
    else if (isLate) found.push("slipped")
    // Whoever is late is still expected in the current month and quarter.
    const due = isLate ? scope.today : expectedClose
    for (const name of periodNames) if (due !== null && Calendar.hasDay(scope.periods[name].days, due)) found.push(name)
  }
  if (type === "won") {
    for (const name of periodNames) if (isClosedIn(scope.periods[name].instants)) found.push(name)
  }
  return found.length === 0 ? found : [...found, "any"]
}

const addSum = (
  sums: Map<string, PartSum>,
  part: Part,
  { count, currency, stage, value, weighted }: DealCount
): void => {
  const key = `${part} ${currency} ${stage}`
  const sum = sums.get(key) ?? { part, stage, currency, count: 0, value: 0n, weighted: 0n }
  sums.set(key, {
    ...sum,
    count: sum.count + count,
    value: sum.value + value,
    weighted: sum.weighted + weighted
  })
}

// -- From histories

/** A deal as it stood, and the moves that had brought it there. */
interface Standing extends DealCount {
  readonly moves: ReadonlyArray<DealEntry>
}

/** Nothing for a deal that was not there, or was somebody else's. */
const standingOf = (
  { createdAt, history }: DealStory,
  pipeline: Pipeline,
  { before, ownerId }: PipelineScope
): ReadonlyArray<Standing> => {
  const past = before === null ? history : history.filter(({ at }) => DateTime.isLessThan(at, before))
  const entry = past.at(-1)
  if (entry === undefined || entry.kind === "delete") return []
  if (ownerId !== null && entry.ownerId !== ownerId) return []
  const moves = past.filter(({ kind }) => kind === "move")
  const closedAt = closedAtOf(moves, pipeline)
  const { value: minor } = BigDecimal.scale(entry.value, Money.exponent(entry.currency))
  const standing = {
    stage: entry.to,
    currency: entry.currency,
    closedAt,
    expectedClose: entry.expectedClose,
    count: 1,
    value: minor,
    weighted: minor * BigInt(entry.probability),
    millis: closedAt === null ? 0n : BigInt(millisBetween(createdAt, closedAt)),
    moves
  }
  return [standing]
}

/** When the last move but those within won stages, or within lost ones, closed a deal; null when it is open. */
const closedAtOf = (moves: ReadonlyArray<DealEntry>, pipeline: Pipeline): DateTime.Utc | null => {
  const types = moves.map(({ to }) => typeOf(pipeline, to))
  const type = types.at(-1)
  const closing = moves[types.findLastIndex((other) => other !== type) + 1]
  return type === "open" || closing === undefined ? null : closing.at
}

/** How long a deal was in each of the stages that it left within a time, all visits of one together. */
const endedVisits = (moves: ReadonlyArray<DealEntry>, measured: Calendar.Instants): ReadonlyMap<string, number> => {
  const visits = new Map<string, number>()
  moves.forEach((move, index) => {
    const next = moves[index + 1]
    if (next === undefined || !Calendar.hasInstant(measured, next.at)) return
    visits.set(move.to, (visits.get(move.to) ?? 0) + millisBetween(move.at, next.at))
  })
  return visits
}

const millisBetween = (from: DateTime.Utc, to: DateTime.Utc): number =>
  DateTime.toEpochMillis(to) - DateTime.toEpochMillis(from)

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
import type { Pipeline, StageType } from "./Pipeline.ts"
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

/** Adds up deals of a pipeline. */
export const tallyOf = (pipeline: Pipeline, deals: ReadonlyArray<DealStory>, scope: PipelineScope): PipelineTally => {
  const types = new Map(pipeline.stages.map(({ key, type }) => [key, type]))
  const sums = new Map<string, PartSum>()
  const spans = new Map<string, StageSpan>()
  let lost = 0
  let won: Span = { deals: 0, millis: 0n }
  for (const deal of deals) {
    const standing = standingOf(deal, types, scope)
    if (standing === undefined) continue
    for (const part of partsOf(standing, scope)) addSum(sums, part, standing.entry)
    for (const [stage, millis] of endedVisits(standing.moves, scope.measured)) {
      spans.set(stage, { stage, ...addSpan(spans.get(stage), millis) })
    }
    if (standing.type === "open" || !Calendar.hasInstant(scope.measured, standing.closedAt)) continue
    if (standing.type === "lost") lost++
    else won = addSpan(won, millisBetween(deal.createdAt, standing.closedAt))
  }
  return { sums: [...sums.values()], lost, won, stages: [...spans.values()] }
}

// internal

/** A deal as it stood: its last entry, and the moves that had brought it there. */
interface Standing {
  readonly type: StageType
  readonly entry: DealEntry
  readonly moves: ReadonlyArray<DealEntry>
  /** When it came to be won or lost; of an open deal, when it came to be open. */
  readonly closedAt: DateTime.Utc
}

/** Undefined for a deal that was not there, or was somebody else's. */
const standingOf = (
  { history }: DealStory,
  types: ReadonlyMap<string, StageType>,
  { before, ownerId }: PipelineScope
): Standing | undefined => {
  const past = before === null ? history : history.filter(({ at }) => DateTime.isLessThan(at, before))
  const entry = past.at(-1)
  const moves = past.filter(({ kind }) => kind === "move")
  const type = entry && types.get(entry.to)
  if (entry === undefined || type === undefined || entry.kind === "delete") return undefined
  if (ownerId !== null && entry.ownerId !== ownerId) return undefined
  // Moving on from one won stage to another closes nothing anew.
  const since = moves[moves.findLastIndex(({ to }) => types.get(to) !== type) + 1] ?? entry
  return { type, entry, moves, closedAt: since.at }
}

const partsOf = ({ closedAt, entry, type }: Standing, scope: PipelineScope): ReadonlyArray<Part> => {
  const found: Array<Part> = []
  if (type === "open" || Calendar.hasInstant(scope.closed, closedAt)) found.push("pipeline")
  if (type === "open") {
    const due = entry.expectedClose
    // A date that has passed counts as today: whoever is late is still expected in the current month and quarter.
    const day = due !== null && due < scope.today ? scope.today : due
    if (due === null) found.push("unscheduled")
    else if (due < scope.today) found.push("slipped")
    for (const name of periodNames) if (day !== null && Calendar.hasDay(scope.periods[name].days, day)) found.push(name)
  }
  if (type === "won") {
    for (const name of periodNames) if (Calendar.hasInstant(scope.periods[name].instants, closedAt)) found.push(name)
  }
  return found.length === 0 ? found : [...found, "any"]
}

const addSum = (
  sums: Map<string, PartSum>,
  part: Part,
  { currency, probability, to: stage, value }: DealEntry
): void => {
  const { value: minor } = BigDecimal.scale(value, Money.exponent(currency))
  const key = `${part} ${currency} ${stage}`
  const sum = sums.get(key) ?? { part, stage, currency, count: 0, value: 0n, weighted: 0n }
  sums.set(key, {
    ...sum,
    count: sum.count + 1,
    value: sum.value + minor,
    weighted: sum.weighted + minor * BigInt(probability)
  })
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

const addSpan = ({ deals, millis }: Span = { deals: 0, millis: 0n }, more: number): Span => ({
  deals: deals + 1,
  millis: millis + BigInt(more)
})

const millisBetween = (from: DateTime.Utc, to: DateTime.Utc): number =>
  DateTime.toEpochMillis(to) - DateTime.toEpochMillis(from)

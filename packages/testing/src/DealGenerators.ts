/**
 * Lives of deals, and reports to ask for about them. Deals are created, edited, moved forth and back, closed, reopened
 * and deleted, in currencies without decimals, with three, and without a rate; imported ones are older than their first
 * entry. Things happen where reports cut: at the first and last millisecond of days, months and quarters, and on days
 * that are 23 or 25 hours long.
 *
 * Each is there for fast-check and for Effect's Arbitrary.
 *
 * @example
 * ```ts
 * import { PipelineAnalytics } from "@clientele/core"
 * import { DealGenerators } from "@clientele/testing"
 * import * as fc from "fast-check"
 *
 * fc.assert(
 *   fc.property(DealGenerators.reportCase.fastCheck, ({ deals, options, question }) => {
 *     const { byStage, pipeline } = PipelineAnalytics.analyse(deals, options, question)
 *     return pipeline.dealCount === byStage.reduce((sum, { count }) => sum + count, 0)
 *   })
 * )
 * ```
 */
import { Calendar, Money, type PipelineAnalytics, UserId } from "@clientele/core"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import { type Choices, drawn, type Drawn } from "./internal/choices.ts"

export type { Drawn } from "./internal/choices.ts"

/** What an edit may change. Null as the probability is the stage's own. */
export interface DealChange {
  readonly value?: Money.Money
  readonly probability?: number | null
  readonly expectedClose?: Calendar.Day | null
  readonly ownerId?: UserId | null
}

/** One thing that is done to a deal. */
export type DealStep = { readonly at: DateTime.Utc } & (
  | { readonly kind: "move"; readonly to: string }
  | { readonly kind: "edit"; readonly change: DealChange }
  | { readonly kind: "delete" }
)

/** All that is done to a deal, in the order of time. */
export interface DealScript {
  readonly createdAt: DateTime.Utc
  /** When it came in: as it was created, but for a deal that was imported already closed. */
  readonly at: DateTime.Utc
  readonly stage: string
  readonly fields: Required<DealChange>
  readonly steps: ReadonlyArray<DealStep>
}

/** Lives of deals, and a report on them. */
export interface ReportCase {
  readonly scripts: ReadonlyArray<DealScript>
  readonly deals: ReadonlyArray<PipelineAnalytics.DealStory>
  readonly options: PipelineAnalytics.ReportOptions
  readonly question: PipelineAnalytics.PipelineQuestion
}

/** A stage and the probability, in percent, that deals in it have by themselves. */
export interface StageDefault extends PipelineAnalytics.Stage {
  readonly probability: number
}

export const stages: readonly [StageDefault, ...ReadonlyArray<StageDefault>] = [
  { key: "lead", type: "open", probability: 10 },
  { key: "qualified", type: "open", probability: 20 },
  { key: "proposal", type: "open", probability: 40 },
  { key: "negotiation", type: "open", probability: 60 },
  { key: "closed_won", type: "won", probability: 100 },
  { key: "closed_lost", type: "lost", probability: 0 }
]

/** What happens to a deal that is treated so. */
export const storyOf = (script: DealScript): PipelineAnalytics.DealStory => {
  const history: Array<PipelineAnalytics.DealEntry> = []
  let fields = script.fields
  let to = script.stage
  const add = (kind: PipelineAnalytics.DealEntry["kind"], at: DateTime.Utc) =>
    history.push({ kind, to, at, ...fields, probability: probabilityIn(to, fields.probability) })
  add("move", script.at)
  for (const step of script.steps) {
    if (step.kind === "move") to = step.to
    if (step.kind === "edit") fields = { ...fields, ...step.change }
    add(step.kind, step.at)
  }
  return { createdAt: script.createdAt, history }
}

/** Deals and a report on them. */
export const reportCase: Drawn<ReportCase> = drawn((choices) => {
  const zone = choices.from<DateTime.TimeZone>(zones)
  const now = choices.from(nows)
  const scripts = choices.list(12, () => drawScript(choices, now, zone))
  const baseCurrency = choices.from(currencies)
  return {
    scripts,
    deals: scripts.map(storyOf),
    options: { stages, baseCurrency, rates: ratesTo(baseCurrency) },
    question: { now, zone, ...drawQuestion(choices, now, zone) }
  }
})

// internal

const utc = (iso: string): DateTime.Utc => DateTime.makeUnsafe(iso)

const nows = [
  utc("2026-02-10T12:00:00Z"),
  utc("2026-03-31T23:59:59.999Z"),
  utc("2026-04-01T00:00:00Z"),
  // An hour is missing in Berlin, one is there twice; then New York's.
  utc("2026-03-29T01:00:00Z"),
  utc("2026-10-25T00:30:00Z"),
  utc("2025-11-02T05:30:00Z"),
  utc("2026-12-31T23:30:00Z"),
  utc("2028-02-29T12:00:00Z")
] as const

const zones = [
  DateTime.zoneMakeOffset(0),
  DateTime.zoneMakeNamedUnsafe("Europe/Berlin"),
  DateTime.zoneMakeNamedUnsafe("America/New_York"),
  DateTime.zoneMakeNamedUnsafe("Asia/Kathmandu"),
  DateTime.zoneMakeNamedUnsafe("Pacific/Kiritimati"),
  // Its clocks are put forward at midnight, so some days begin at one.
  DateTime.zoneMakeNamedUnsafe("Africa/Cairo"),
  // Half an hour is what its clocks are changed by.
  DateTime.zoneMakeNamedUnsafe("Australia/Lord_Howe")
] as const

const currency = (code: string): Money.Currency => Money.Currency.make(code)

/** The last one never has a rate, unless it is what totals are in. */
const currencies = [currency("USD"), currency("EUR"), currency("JPY"), currency("KWD"), currency("CLF")] as const

const worth: ReadonlyArray<readonly [Money.Currency, string]> = [
  [currencies[0], "1"],
  [currencies[1], "1.0837"],
  [currencies[2], "0.006731"],
  [currencies[3], "3.2554"]
]

const ratesTo = (base: Money.Currency): PipelineAnalytics.Rates =>
  new Map(
    worth
      .filter(([currency]) => currency !== base)
      .map(([currency, rate]) => [currency, BigDecimal.fromStringUnsafe(rate)])
  )

const owners = [null, UserId.make("user_001"), UserId.make("user_002")] as const

const probabilityIn = (key: string, manual: number | null): number => {
  const stage = stages.find((stage) => stage.key === key) ?? stages[0]
  return stage.type === "open" ? (manual ?? stage.probability) : stage.probability
}

const drawValue = ({ chance, from, integer }: Choices): Money.Money => ({
  currency: from(currencies),
  minor: chance(10) ? BigInt(integer(0, 2 ** 31 - 1)) * 1_000_000n : BigInt(from([integer(0, 1_000), 0, 1, 10, 20, 5]))
})

/** A day about another: days and months from it, often the first or the last of a month. */
const drawDay = (
  { chance, from, integer }: Choices,
  about: Calendar.Day,
  before: number,
  after: number
): Calendar.Day => {
  const day = Calendar.addDays(about, integer(0, before + after) - before)
  const first = Calendar.monthsOf(day).from ?? day
  return chance(50)
    ? Calendar.addDays(first, from([0, -1]))
    : chance(30)
      ? Calendar.addDays(about, from([0, -1, 1]))
      : day
}

const drawFields = (choices: Choices, now: DateTime.Utc, zone: DateTime.TimeZone): Required<DealChange> => ({
  value: drawValue(choices),
  probability: choices.chance(30) ? choices.integer(0, 100) : null,
  expectedClose: choices.chance(80) ? drawDay(choices, Calendar.dayOf(now, zone), 60, 120) : null,
  ownerId: choices.from(owners)
})

/** An instant that is not in the future, often within a millisecond of where a day begins. */
const drawInstant = (choices: Choices, now: DateTime.Utc, zone: DateTime.TimeZone): DateTime.Utc => {
  const start = Calendar.startOf(
    drawDay(choices, Calendar.dayOf(now, zone), choices.from([40, 100, 400, 800]), 0),
    zone
  )
  const millis = choices.chance(60) ? choices.from([0, -1, 1]) : choices.integer(0, 86_400_000)
  return DateTime.min(now, DateTime.add(start, { milliseconds: millis }))
}

const stageKeys = (types: ReadonlyArray<PipelineAnalytics.StageType>): readonly [string, ...ReadonlyArray<string>] => {
  const [first = stages[0], ...others] = stages.filter(({ type }) => types.includes(type))
  return [first.key, ...others.map(({ key }) => key)]
}

const anyStage = stageKeys(["open", "won", "lost"])
const closedStages = stageKeys(["won", "lost"])

const drawScript = (choices: Choices, now: DateTime.Utc, zone: DateTime.TimeZone): DealScript => {
  const isImported = choices.chance(10)
  const [first = now, ...times] = [
    drawInstant(choices, now, zone),
    ...choices.list(6, () => drawInstant(choices, now, zone))
  ].sort(DateTime.Order)
  const [at = now, ...later] = isImported ? times : [first, ...times]
  const start = choices.from(isImported ? closedStages : anyStage)
  return {
    createdAt: first,
    at,
    stage: start,
    fields: drawFields(choices, now, zone),
    steps: drawSteps(choices, later, start, () => drawFields(choices, now, zone))
  }
}

const drawSteps = (
  choices: Choices,
  times: ReadonlyArray<DateTime.Utc>,
  start: string,
  fields: () => Required<DealChange>
): ReadonlyArray<DealStep> => {
  let stage = start
  return times.map((at, index): DealStep => {
    if (index === times.length - 1 && choices.chance(15)) return { kind: "delete", at }
    if (choices.chance(30)) return { kind: "edit", at, change: drawChange(choices, fields()) }
    // To move a deal to where it is would be no move.
    const [to = stage] = [choices.from(anyStage), ...anyStage].filter((key) => key !== stage)
    stage = to
    return { kind: "move", at, to }
  })
}

const drawChange = (
  { from }: Choices,
  { expectedClose, ownerId, probability, value }: Required<DealChange>
): DealChange =>
  from<DealChange>([
    { value },
    { expectedClose },
    { ownerId },
    { probability },
    { value, expectedClose, ownerId, probability }
  ])

const drawQuestion = (
  choices: Choices,
  now: DateTime.Utc,
  zone: DateTime.TimeZone
): Omit<PipelineAnalytics.PipelineQuestion, "now" | "zone"> => {
  const today = Calendar.dayOf(now, zone)
  const [from, to] = [drawDay(choices, today, 400, 0), drawDay(choices, today, 400, 0)].sort()
  const ownerId = choices.from(owners)
  return {
    ...(choices.chance(30) && { from }),
    ...(choices.chance(30) && { to }),
    ...(choices.chance(30) && ownerId !== null && { ownerId }),
    ...(choices.chance(30) && { asOf: [drawDay(choices, today, 100, 0), today].sort()[0] })
  }
}

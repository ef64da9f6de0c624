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
 * import { PipelineGenerators } from "@clientele/testing"
 * import * as fc from "fast-check"
 *
 * fc.assert(
 *   fc.property(PipelineGenerators.reportCase.fastCheck, ({ investigation }) => {
 *     const { byStage, pipeline } = PipelineAnalytics.analyse(investigation)
 *     return pipeline.dealCount === byStage.reduce((sum, { count }) => sum + count, 0)
 *   })
 * )
 * ```
 */
import {
  Calendar,
  type Deal,
  DealHistory,
  dealId,
  DealRecord,
  Money,
  Pipeline,
  type PipelineAnalytics,
  type PipelineSummary,
  UserId
} from "@clientele/core"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import { type Choices, drawn, type Drawn } from "./internal/choices.ts"

export type { Drawn } from "./internal/choices.ts"

/** One thing that is done to a deal. */
export type DealStep = { readonly at: DateTime.Utc } & (
  | { readonly kind: "move"; readonly change: Deal.StageChange }
  | { readonly kind: "edit"; readonly changes: Deal.DealUpdate }
  | { readonly kind: "delete" }
)

/** All that is done to a deal, in the order of time. */
export interface DealScript {
  readonly createdAt: DateTime.Utc
  /** When it came in: as it was created, but for a deal that was imported already closed. */
  readonly at: DateTime.Utc
  readonly input: Deal.DealCreate
  readonly steps: ReadonlyArray<DealStep>
}

/** A deal as one step left it, and the row of its history that tells of it. */
export interface DealVersion {
  readonly kind: "create" | DealStep["kind"]
  readonly record: DealRecord.DealRecord
  readonly rows: ReadonlyArray<DealHistory.VersionedHistory>
}

/** Lives of deals, and a report on them. */
export interface ReportCase {
  readonly scripts: ReadonlyArray<DealScript>
  readonly lives: ReadonlyArray<ReadonlyArray<DealVersion>>
  readonly investigation: PipelineAnalytics.Investigation
}

/** What becomes of a deal that is treated so; the number makes its id. */
export const live = (script: DealScript, number: number): ReadonlyArray<DealVersion> => {
  const occasion = (at: DateTime.Utc) => ({ at, by: UserId.make("user_001"), notes: null })
  const created = DealRecord.create(script.input, {
    ...surroundings(script.at),
    id: dealId(String(number)),
    company: null
  })
  let record = { ...Result.getOrThrow(created), createdAt: script.createdAt }
  const versions: Array<DealVersion> = [
    { kind: "create", record, rows: DealHistory.ofChange(null, record, occasion(script.at)) }
  ]
  for (const step of script.steps) {
    const next = Result.getOrElse(after(record, step), () => record)
    const rows =
      step.kind === "delete"
        ? [DealHistory.ofDeletion(record, occasion(step.at))]
        : DealHistory.ofChange(record, next, occasion(step.at))
    if (rows.length > 0) versions.push({ kind: step.kind, record: next, rows })
    record = next
  }
  return versions
}

/** What a report reads of a life. */
export const storyOf = (life: ReadonlyArray<DealVersion>): ReadonlyArray<PipelineAnalytics.DealStory> =>
  life.slice(0, 1).map(({ record: { createdAt } }) => ({
    createdAt,
    history: life.flatMap(({ rows }) => rows.map(({ row }) => row))
  }))

/** Deals and a report on them. */
export const reportCase: Drawn<ReportCase> = drawn((choices) => {
  const zone = choices.from<DateTime.TimeZone>(zones)
  const now = choices.from(nows)
  const scripts = choices.list(12, () => drawScript(choices, now, zone))
  const lives = scripts.map(live)
  const base = choices.from(currencies)
  const investigation = {
    deals: lives.flatMap(storyOf),
    pipeline: Pipeline.defaultPipeline,
    conversion: conversionTo(base),
    now,
    zone,
    ...drawQuestion(choices, now, zone)
  }
  return { scripts, lives, investigation }
})

// internal

const surroundings = (now: DateTime.Utc) => ({
  now,
  pipeline: Pipeline.defaultPipeline,
  catalog: new Map(),
  currency: Money.Currency.make("USD")
})

const after = (record: DealRecord.DealRecord, step: DealStep) => {
  switch (step.kind) {
    case "move":
      return DealRecord.moveToStage(record, step.change, surroundings(step.at))
    case "edit":
      return DealRecord.edit(record, step.changes, surroundings(step.at))
    case "delete":
      return Result.succeed(record)
  }
}

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

// That these are rates to the dollar is of no matter.
const conversionTo = (base: Money.Currency): PipelineSummary.Conversion => ({
  base,
  rates: new Map(
    worth
      .filter(([currency]) => currency !== base)
      .map(([currency, rate]) => [currency, BigDecimal.fromStringUnsafe(rate)])
  )
})

const owners = [null, UserId.make("user_001"), UserId.make("user_002")] as const

/** An amount that its currency can have: few cents, nothing, or very much. */
const drawValue = ({ chance, from, integer }: Choices): Required<Pick<Deal.DealCreate, "currency" | "value">> => {
  const currency = from(currencies)
  const minor = chance(10)
    ? BigInt(integer(0, 2 ** 31 - 1)) * 40_000n
    : BigInt(from([integer(0, 1_000), 0, 1, 10, 20, 5]))
  return { currency, value: Money.toDecimal({ currency, minor }) }
}

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

const drawFields = (choices: Choices, now: DateTime.Utc, zone: DateTime.TimeZone) => ({
  ...drawValue(choices),
  expectedClose: choices.chance(80) ? drawDay(choices, Calendar.dayOf(now, zone), 60, 120) : null,
  ownerId: choices.from(owners)
})

const drawProbability = ({ chance, integer }: Choices) => (chance(70) ? integer(0, 100) : null)

/** An instant that is not in the future, often within a millisecond of where a day begins. */
const drawInstant = (choices: Choices, now: DateTime.Utc, zone: DateTime.TimeZone): DateTime.Utc => {
  const start = Calendar.startOf(
    drawDay(choices, Calendar.dayOf(now, zone), choices.from([40, 100, 400, 800]), 0),
    zone
  )
  const millis = choices.chance(60) ? choices.from([0, -1, 1]) : choices.integer(0, 86_400_000)
  return DateTime.min(now, DateTime.add(start, { milliseconds: millis }))
}

const [first, ...others] = Pipeline.defaultPipeline.stages
const stages = [first.key, ...others.map(({ key }) => key)] as const
const closedStages = ["closed_won", "closed_lost"] as const

const drawScript = (choices: Choices, now: DateTime.Utc, zone: DateTime.TimeZone): DealScript => {
  const isImported = choices.chance(10)
  const [createdAt = now, ...times] = [
    drawInstant(choices, now, zone),
    ...choices.list(6, () => drawInstant(choices, now, zone))
  ].sort(DateTime.Order)
  const [at = now, ...later] = isImported ? times : [createdAt, ...times]
  return {
    createdAt,
    at,
    input: {
      name: "A deal",
      stage: choices.from<string>(isImported ? closedStages : stages),
      ...drawFields(choices, now, zone)
    },
    steps: later.map((at, index) =>
      index === later.length - 1 && choices.chance(15)
        ? { kind: "delete", at }
        : drawStep(choices, at, () => drawFields(choices, now, zone))
    )
  }
}

// A step that a deal refuses, such as a probability while it is closed, is not taken.
const drawStep = (choices: Choices, at: DateTime.Utc, fields: () => ReturnType<typeof drawFields>): DealStep => {
  const probability = choices.chance(20) ? { probability: drawProbability(choices) } : {}
  if (!choices.chance(30)) return { kind: "move", at, change: { stage: choices.from(stages), ...probability } }
  const { currency, expectedClose, ownerId, value } = fields()
  const changes = choices.from<Deal.DealUpdate>([
    { currency, value },
    { expectedClose },
    { ownerId },
    { probability: drawProbability(choices) },
    { currency, value, expectedClose, ownerId, ...probability }
  ])
  return { kind: "edit", at, changes }
}

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

/**
 * Analytics of a pipeline: what it is worth, how fast deals move, how many are won, and what is to be expected.
 *
 * Totals are exact. Amounts are added in minor units by currency, converted with decimal rates, and rounded once, half
 * away from zero, where a number is shown; the total value is the sum of the stages as they are shown. An amount whose
 * currency has no rate is in no total: it is listed under `unconverted`, and its deal still counts. Means of no deals
 * are null.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Money from "./Money.ts"
import * as Personal from "./Personal.ts"
import { type Pipeline, StageKey, type StageType } from "./Pipeline.ts"
import { type PipelineQuestion, scopeOf } from "./PipelinePeriods.ts"
import { type Conversion, rateOf, totalsFields, totalsKeys, unconvertedOf } from "./PipelineSummary.ts"
import {
  type DealStory,
  type Part,
  type PartSum,
  type PipelineTally,
  type Span,
  type Sum,
  tallyOf
} from "./PipelineTally.ts"

export * from "./PipelinePeriods.ts"
export * from "./PipelineTally.ts"

// -- What callers see -------------------------------------------------------------------------------------------------

const Count = Personal.notPersonal(Schema.Int)
const Days = Personal.notPersonal(Schema.NullOr(Schema.Finite))

/** How many deals, what they are worth, and what of it is to be expected: value × probability. */
export const WeightedTotal = Schema.Struct({ count: Count, value: Money.Decimal, weighted: Money.Decimal })
export interface WeightedTotal extends Schema.Schema.Type<typeof WeightedTotal> {}

/** Open and won deals; those that are still open also apart. */
const PipelineTotal = Schema.Struct({
  totalValue: Money.Decimal,
  weightedValue: Money.Decimal,
  dealCount: Count,
  /** Of the deals that the total value has in it. */
  avgDealSize: Schema.NullOr(Money.Decimal),
  open: WeightedTotal
}).pipe(
  Schema.encodeKeys({
    totalValue: "total_value",
    weightedValue: "weighted_value",
    dealCount: "deal_count",
    avgDealSize: "avg_deal_size"
  })
)

const Velocity = Schema.Struct({
  /** From when won deals were created until they were closed. */
  avgDaysToClose: Days,
  /** All visits of a deal to an open stage together, of the deals that left it. */
  avgDaysInStage: Schema.Record(StageKey, Days)
}).pipe(Schema.encodeKeys({ avgDaysToClose: "avg_days_to_close", avgDaysInStage: "avg_days_in_stage" }))

/** What was won in a period, and the weighted value of what is expected to close in it. */
const Forecast = Schema.Struct({
  thisMonth: Money.Decimal,
  nextMonth: Money.Decimal,
  thisQuarter: Money.Decimal,
  /** Open deals that were expected earlier than today; part of this month and of this quarter. */
  slipped: WeightedTotal,
  /** Open deals that are expected on no date; part of no period. */
  unscheduled: WeightedTotal
}).pipe(Schema.encodeKeys({ thisMonth: "this_month", nextMonth: "next_month", thisQuarter: "this_quarter" }))

/** A report on a pipeline; all amounts but those of `unconverted` are in `currency`. */
export const PipelineAnalytics = Schema.Struct({
  pipeline: PipelineTotal,
  /** Open and won stages in the order of the pipeline, also those without deals. */
  byStage: Schema.Array(Schema.Struct({ stage: StageKey, count: Count, value: Money.Decimal })),
  lost: Schema.Struct({ count: Count, value: Money.Decimal }),
  /** Won deals among those that were closed, 0 to 1. */
  winRate: Personal.notPersonal(Schema.NullOr(Schema.Finite)),
  velocity: Velocity,
  forecast: Forecast,
  ...totalsFields
})
  .pipe(Schema.encodeKeys({ byStage: "by_stage", winRate: "win_rate", ...totalsKeys }))
  .annotate({ identifier: "PipelineAnalytics" })
export interface PipelineAnalytics extends Schema.Schema.Type<typeof PipelineAnalytics> {}

// -- The report -------------------------------------------------------------------------------------------------------

/** The report that a tally makes. */
export const report = (tally: PipelineTally, { stages }: Pipeline, conversion: Conversion): PipelineAnalytics => {
  const typeOf = new Map(stages.map(({ key, type }) => [key, type]))
  const sumsOf = (part: Part, types: ReadonlyArray<StageType> = ["open", "won"]) =>
    tally.sums.filter((sum) => sum.part === part && types.some((type) => type === typeOf.get(sum.stage)))
  const total = (sums: ReadonlyArray<PartSum>) => totalOf(sums, conversion)
  const decimal = (minor: bigint) => Money.toDecimal({ currency: conversion.base, minor })
  const weightedTotal = (part: Part) => shown(total(sumsOf(part, ["open"])), decimal)

  const all = total(sumsOf("pipeline"))
  const lost = total(sumsOf("pipeline", ["lost"]))
  const unconverted = unconvertedOf(sumsOf("any", ["open", "won", "lost"]), conversion)
  return {
    pipeline: {
      totalValue: decimal(all.value),
      weightedValue: decimal(all.weighted),
      dealCount: all.count,
      avgDealSize: all.converted === 0 ? null : decimal(quotient(all.value, BigInt(all.converted))),
      open: weightedTotal("pipeline")
    },
    byStage: stages
      .filter(({ type }) => type !== "lost")
      .map(({ key }) => {
        const { count, value } = total(sumsOf("pipeline").filter(({ stage }) => stage === key))
        return { stage: key, count, value: decimal(value) }
      }),
    lost: { count: lost.count, value: decimal(lost.value) },
    winRate: tally.won.deals + tally.lost === 0 ? null : tally.won.deals / (tally.won.deals + tally.lost),
    velocity: {
      avgDaysToClose: meanDays(tally.won),
      avgDaysInStage: Object.fromEntries(
        stages
          .filter(({ type }) => type === "open")
          .map(({ key }) => [key, meanDays(tally.stages.find(({ stage }) => stage === key))])
      )
    },
    forecast: {
      thisMonth: decimal(total(sumsOf("this_month")).weighted),
      nextMonth: decimal(total(sumsOf("next_month")).weighted),
      thisQuarter: decimal(total(sumsOf("this_quarter")).weighted),
      slipped: weightedTotal("slipped"),
      unscheduled: weightedTotal("unscheduled")
    },
    currency: conversion.base,
    convertedAll: unconverted.length === 0,
    unconverted
  }
}

/** A question, and the deals and the pipeline that it is about. */
export interface Investigation extends PipelineQuestion {
  readonly deals: ReadonlyArray<DealStory>
  readonly pipeline: Pipeline
  readonly conversion: Conversion
}

/**
 * The report on deals, given all that happened to them.
 *
 * @example
 * ```ts
 * import { Money, Pipeline, PipelineAnalytics } from "@clientele/core"
 * import * as DateTime from "effect/DateTime"
 *
 * declare const deals: ReadonlyArray<PipelineAnalytics.DealStory>
 * const analytics = PipelineAnalytics.analyse({
 *   deals,
 *   pipeline: Pipeline.defaultPipeline,
 *   conversion: { base: Money.Currency.make("USD"), rates: new Map() },
 *   now: DateTime.makeUnsafe("2026-01-24T12:00:00Z"),
 *   zone: DateTime.zoneMakeNamedUnsafe("Europe/Berlin")
 * })
 * analytics.forecast.thisMonth // what was won in January, and what is expected to be
 * ```
 */
export const analyse = ({ conversion, deals, pipeline, ...question }: Investigation): PipelineAnalytics =>
  report(tallyOf(pipeline, deals, scopeOf(question)), pipeline, conversion)

// internal

interface Total extends Sum {
  /** How many of the deals have a value that could be converted. */
  readonly converted: number
}

/**
 * Adds up amounts in minor units of the base currency. Values are rounded stage by stage, so that a total is the sum of
 * its stages as they are shown; the weighted value is rounded once.
 */
const totalOf = (sums: ReadonlyArray<PartSum>, conversion: Conversion): Total => {
  const converted = sums.flatMap((sum) => {
    const rate = rateOf(sum.currency, conversion)
    if (Option.isNone(rate)) return []
    const places = Money.exponent(sum.currency)
    return {
      ...sum,
      value: BigDecimal.multiply(BigDecimal.make(sum.value, places), rate.value),
      weighted: BigDecimal.multiply(BigDecimal.make(sum.weighted, places + 2), rate.value)
    }
  })
  const values = new Map<string, BigDecimal.BigDecimal>()
  for (const { stage, value } of converted) values.set(stage, BigDecimal.sum(values.get(stage) ?? zero, value))
  const minorOf = (amount: BigDecimal.BigDecimal) => roundedMinor(amount, conversion.base)
  return {
    count: countOf(sums),
    converted: countOf(converted),
    value: [...values.values()].reduce((sum, value) => sum + minorOf(value), 0n),
    weighted: minorOf(BigDecimal.sumAll(converted.map(({ weighted }) => weighted)))
  }
}

const countOf = (sums: ReadonlyArray<{ readonly count: number }>): number =>
  sums.reduce((sum, { count }) => sum + count, 0)

const zero = BigDecimal.fromBigInt(0n)

const roundedMinor = (amount: BigDecimal.BigDecimal, currency: Money.Currency): bigint => {
  const scale = Money.exponent(currency)
  return BigDecimal.scale(BigDecimal.round(amount, { scale, mode: "half-from-zero" }), scale).value
}

const shown = (
  { count, value, weighted }: Total,
  decimal: (minor: bigint) => BigDecimal.BigDecimal
): WeightedTotal => ({ count, value: decimal(value), weighted: decimal(weighted) })

const tenthsPerDay = 8_640_000n

/** The mean in days with one decimal; null of no deals. */
const meanDays = ({ deals, millis }: Span = { deals: 0, millis: 0n }): number | null =>
  deals === 0 ? null : Number(quotient(millis, BigInt(deals) * tenthsPerDay)) / 10

/** The nearest integer to a quotient, half away from zero; the divisor is positive. */
const quotient = (dividend: bigint, divisor: bigint): bigint => {
  const twice = (dividend < 0n ? -dividend : dividend) * 2n
  const rounded = (twice + divisor) / (divisor * 2n)
  return dividend < 0n ? -rounded : rounded
}

/**
 * Totals of deals, in the base currency. Deals are added up in groups of one stage, currency and probability; amounts are
 * converted exactly and rounded once, at the end, half away from zero. An amount without a rate is never dropped or taken
 * as it is: it is counted, left out of the totals, and listed as unconverted.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { DealRecord } from "./DealRecord.ts"
import * as Money from "./Money.ts"
import * as Personal from "./Personal.ts"
import { type Pipeline, typeOf } from "./Pipeline.ts"

/** How many deals of one stage, currency and probability there are, and what they are worth together. */
export interface DealGroup {
  readonly stage: string
  readonly currency: Money.Currency
  readonly probability: number
  readonly count: number
  /** In minor units of the currency. */
  readonly value: bigint
}

/** The base currency, and what one unit of others is worth in it. */
export interface Conversion {
  readonly base: Money.Currency
  readonly rates: ReadonlyMap<string, BigDecimal.BigDecimal>
}

const Count = Personal.notPersonal(Schema.Int)

/** Amounts of a currency that has no rate. */
export const Unconverted = Schema.Struct({
  currency: Personal.notPersonal(Money.Currency),
  count: Count,
  value: Money.Decimal
})
export interface Unconverted extends Schema.Schema.Type<typeof Unconverted> {}

/** What the totals of one answer have in common. */
export const totalsFields = {
  currency: Personal.notPersonal(Money.Currency),
  convertedAll: Personal.notPersonal(Schema.Boolean),
  unconverted: Schema.Array(Unconverted)
}
export const totalsKeys = { convertedAll: "converted_all" } as const

/** Open and won deals together, and the open ones among them; weighted is value times probability. */
export const PipelineSummary = Schema.Struct({
  totalValue: Money.Decimal,
  weightedValue: Money.Decimal,
  dealCount: Count,
  open: Schema.Struct({ count: Count, value: Money.Decimal, weighted: Money.Decimal })
})
  .pipe(Schema.encodeKeys({ totalValue: "total_value", weightedValue: "weighted_value", dealCount: "deal_count" }))
  .annotate({ identifier: "PipelineSummary" })
export interface PipelineSummary extends Schema.Schema.Type<typeof PipelineSummary> {}

/** A summary beside what its totals are in. */
export interface Summarized {
  readonly pipelineSummary: PipelineSummary
  readonly currency: Money.Currency
  readonly convertedAll: boolean
  readonly unconverted: ReadonlyArray<Unconverted>
}

/** The groups of deals: the oracle of what stores keep and count. */
export const groupsOf = (deals: Iterable<DealRecord>): ReadonlyArray<DealGroup> => {
  const groups = new Map<string, DealGroup>()
  for (const { fields, probability, stage } of deals) {
    const { currency, minor } = fields.value
    const key = JSON.stringify([stage, currency, probability])
    const { count, value } = groups.get(key) ?? { count: 0, value: 0n }
    groups.set(key, { stage, currency, probability, count: count + 1, value: value + minor })
  }
  return [...groups.values()]
}

/**
 * What groups are worth in the base currency. Values are rounded stage by stage, so that a total is the sum of what is shown
 * of its stages, here and in reports.
 */
export const convert = (groups: ReadonlyArray<DealGroup>, conversion: Conversion) => {
  const { base } = conversion
  const values = new Map<string, BigDecimal.BigDecimal>()
  let weighted = zero
  for (const { currency, probability, stage, value } of groups) {
    const rate = rateOf(currency, conversion)
    if (Option.isNone(rate)) continue
    const converted = BigDecimal.multiply(Money.toDecimal({ currency, minor: value }), rate.value)
    values.set(stage, BigDecimal.sum(values.get(stage) ?? zero, converted))
    weighted = BigDecimal.sum(weighted, BigDecimal.multiply(converted, BigDecimal.make(BigInt(probability), 2)))
  }
  return {
    count: groups.reduce((sum, { count }) => sum + count, 0),
    value: BigDecimal.sumAll([...values.values()].map((value) => rounded(value, base))),
    weighted: rounded(weighted, base),
    unconverted: unconvertedOf(groups, conversion)
  }
}

/** What one unit of a currency is worth in the base currency, if that is known. */
export const rateOf = (currency: Money.Currency, { base, rates }: Conversion): Option.Option<BigDecimal.BigDecimal> =>
  currency === base ? Option.some(one) : Option.fromUndefinedOr(rates.get(currency))

/** Amounts in currencies without a rate, by currency. */
export const unconvertedOf = (
  amounts: ReadonlyArray<{ readonly currency: Money.Currency; readonly count: number; readonly value: bigint }>,
  conversion: Conversion
): ReadonlyArray<Unconverted> => {
  const found = new Map<Money.Currency, { readonly count: number; readonly minor: bigint }>()
  for (const { count, currency, value } of amounts) {
    if (Option.isSome(rateOf(currency, conversion))) continue
    const before = found.get(currency) ?? { count: 0, minor: 0n }
    found.set(currency, { count: before.count + count, minor: before.minor + value })
  }
  return [...found]
    .map(([currency, { count, minor }]) => ({ currency, count, value: Money.toDecimal({ currency, minor }) }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1))
}

/** The summary of groups; lost deals, and those in stages that the pipeline does not have, are left out. */
export const summarize = (groups: ReadonlyArray<DealGroup>, pipeline: Pipeline, conversion: Conversion): Summarized => {
  const open = groups.filter(({ stage }) => typeOf(pipeline, stage) === "open")
  const won = groups.filter(({ stage }) => typeOf(pipeline, stage) === "won")
  const all = convert([...open, ...won], conversion)
  const { count, value, weighted } = convert(open, conversion)
  return {
    pipelineSummary: {
      totalValue: all.value,
      weightedValue: all.weighted,
      dealCount: all.count,
      open: { count, value, weighted }
    },
    currency: conversion.base,
    convertedAll: all.unconverted.length === 0,
    unconverted: all.unconverted
  }
}

/** What a contact's deals come to: how many are open and won, and what the won ones are worth in the base currency. */
export interface Standing {
  readonly openDeals: number
  readonly wonDeals: number
  readonly lifetimeValue: BigDecimal.BigDecimal
}

/** The standing of a contact with deals in these groups. */
export const standing = (groups: ReadonlyArray<DealGroup>, pipeline: Pipeline, conversion: Conversion): Standing => {
  const ofType = (type: "open" | "won") => groups.filter(({ stage }) => typeOf(pipeline, stage) === type)
  const won = convert(ofType("won"), conversion)
  return {
    openDeals: ofType("open").reduce((sum, { count }) => sum + count, 0),
    wonDeals: won.count,
    lifetimeValue: won.value
  }
}

// internal

const zero = BigDecimal.fromBigInt(0n)
const one = BigDecimal.fromBigInt(1n)

const rounded = (value: BigDecimal.BigDecimal, currency: Money.Currency): BigDecimal.BigDecimal =>
  BigDecimal.round(value, { scale: Money.exponent(currency), mode: "half-from-zero" })

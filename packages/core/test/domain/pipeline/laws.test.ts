/** What holds of every report on every pipeline. */
import { Calendar, Money, PipelineAnalytics, UserId } from "@clientele/core"
import { DealGenerators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"

type ReportCase = DealGenerators.ReportCase
type Analytics = PipelineAnalytics.PipelineAnalytics

const holds = (law: (example: ReportCase & { readonly analytics: Analytics }) => void): void => {
  const property = fc.property(DealGenerators.reportCase.fastCheck, (example) =>
    law({ ...example, analytics: analyse(example) })
  )
  fc.assert(property, { numRuns: 300 })
}

const analyse = ({ deals, options, question }: ReportCase): Analytics =>
  PipelineAnalytics.analyse(deals, options, question)

const encode = Schema.encodeSync(PipelineAnalytics.PipelineAnalytics)

const sum = (amounts: ReadonlyArray<BigDecimal.BigDecimal>): BigDecimal.BigDecimal => BigDecimal.sumAll(amounts)

const { format } = BigDecimal

const atMost = (a: BigDecimal.BigDecimal, b: BigDecimal.BigDecimal): boolean => BigDecimal.isLessThanOrEqualTo(a, b)

const rateOf = ({ baseCurrency, rates }: PipelineAnalytics.ReportOptions, currency: Money.Currency) =>
  currency === baseCurrency ? BigDecimal.fromBigInt(1n) : rates.get(currency)

/** The last entries of the deals that are there, with no regard to dates or owners. */
const standing = ({ deals }: ReportCase): ReadonlyArray<PipelineAnalytics.DealEntry> =>
  deals.flatMap(({ history }) => history.slice(-1)).filter(({ kind }) => kind !== "delete")

const unasked = (example: ReportCase): ReportCase => ({
  ...example,
  question: { now: example.question.now, zone: example.question.zone }
})

describe("a report", () => {
  it("has totals that are the sums of the stages, all of them in order", () => {
    holds(({ analytics: { byStage, pipeline } }) => {
      assert.strictEqual(format(pipeline.totalValue), format(sum(byStage.map(({ value }) => value))))
      assert.strictEqual(
        pipeline.dealCount,
        byStage.reduce((sum, { count }) => sum + count, 0)
      )
      const expected = DealGenerators.stages.filter(({ type }) => type !== "lost").map(({ key }) => key)
      assert.deepStrictEqual(
        byStage.map(({ stage }) => stage),
        expected
      )
      const open = byStage.filter(({ stage }) => stage !== "closed_won")
      assert.strictEqual(format(pipeline.open.value), format(sum(open.map(({ value }) => value))))
    })
  })

  it("counts every deal that is there, and none that is not", () => {
    holds((example) => {
      const { lost, pipeline, unconverted } = analyse(unasked(example))
      assert.strictEqual(pipeline.dealCount + lost.count, standing(example).length)
      const without = standing(example).filter(({ value }) => rateOf(example.options, value.currency) === undefined)
      assert.strictEqual(
        unconverted.reduce((sum, { count }) => sum + count, 0),
        without.length
      )
      for (const { currency, value } of unconverted) {
        const own = without.filter((entry) => entry.value.currency === currency)
        assert.strictEqual(format(value), format(sum(own.map((entry) => Money.toDecimal(entry.value)))))
      }
    })
  })

  it("weights every value by its probability, and rounds once", () => {
    holds((example) => {
      const { options } = example
      const weighted = standing(example).flatMap(({ probability, value }) => {
        const rate = rateOf(options, value.currency)
        const share = BigDecimal.make(BigInt(probability), 2)
        return rate === undefined ? [] : [BigDecimal.multiplyAll([Money.toDecimal(value), share, rate])]
      })
      const scale = Money.exponent(options.baseCurrency)
      const expected = BigDecimal.round(sum(weighted), { scale, mode: "half-from-zero" })
      assert.strictEqual(format(analyse(unasked(example)).pipeline.weightedValue), format(expected))
    })
  })

  it("has the mean of the deals whose value is in the total", () => {
    holds(({ analytics: { pipeline, unconverted }, deals }) => {
      const { avgDealSize, dealCount, totalValue } = pipeline
      if (unconverted.length > 0) return
      if (avgDealSize === null) assert.strictEqual(dealCount, 0)
      else {
        const off = BigDecimal.subtract(
          BigDecimal.multiply(avgDealSize, BigDecimal.fromBigInt(BigInt(dealCount))),
          totalValue
        )
        // Half of a minor unit for each deal, in the coarsest currency.
        assert.isTrue(atMost(BigDecimal.abs(off), BigDecimal.make(BigInt(deals.length) * 5n, 1)))
      }
    })
  })

  it("says whether everything was converted", () => {
    holds(({ analytics: { convertedAll, unconverted } }) => {
      assert.strictEqual(convertedAll, unconverted.length === 0)
    })
  })

  it("does not depend on the order of the deals", () => {
    holds(({ analytics, ...example }) => {
      assert.deepStrictEqual(encode(analyse({ ...example, deals: example.deals.toReversed() })), encode(analytics))
    })
  })

  it("of an owner is the report on the owner's deals", () => {
    holds((example) => {
      const own = UserId.make("user_001")
      const question = { ...example.question, asOf: undefined, ownerId: undefined }
      const deals = example.deals.filter(({ history }) => history.at(-1)?.ownerId === own)
      const expected = analyse({ ...example, deals, question })
      assert.deepStrictEqual(encode(analyse({ ...example, question: { ...question, ownerId: own } })), encode(expected))
    })
  })
})

describe("time", () => {
  it("has not gone on after the day that a report is as of", () => {
    holds(({ analytics, deals, options, question }) => {
      const { asOf, now, zone, ...others } = question
      const end = Calendar.startOf(Calendar.addDays(asOf ?? Calendar.dayOf(now, zone), 1), zone)
      const past = deals.map((deal) => ({
        ...deal,
        history: deal.history.filter(({ at }) => DateTime.isLessThan(at, end))
      }))
      const then = { now: DateTime.subtract(end, { milliseconds: 1 }), zone, ...others }
      assert.deepStrictEqual(encode(PipelineAnalytics.analyse(past, options, then)), encode(analytics))
    })
  })

  it("is the same at the end of today as now, when nothing happens any more", () => {
    holds((example) => {
      const { now, zone } = example.question
      const today = { now, zone, asOf: Calendar.dayOf(now, zone) }
      assert.deepStrictEqual(encode(analyse({ ...example, question: today })), encode(analyse(unasked(example))))
    })
  })

  it("moves with the zone", () => {
    holds(({ deals, options, question }) => {
      const hours = 5
      const earlier = (at: DateTime.Utc) => DateTime.subtract(at, { hours })
      const shifted = deals.map(({ createdAt, history }) => ({
        createdAt: earlier(createdAt),
        history: history.map((entry) => ({ ...entry, at: earlier(entry.at) }))
      }))
      const inUtc = { ...question, zone: DateTime.zoneMakeOffset(0) }
      const inEast = { ...question, now: earlier(question.now), zone: DateTime.zoneMakeOffset(hours * 3_600_000) }
      assert.deepStrictEqual(
        encode(PipelineAnalytics.analyse(shifted, options, inEast)),
        encode(PipelineAnalytics.analyse(deals, options, inUtc))
      )
    })
  })

  it("is cut into windows that have every closed deal and every visit once", () => {
    const property = fc.property(
      DealGenerators.reportCase.fastCheck,
      fc.integer({ min: 1, max: 400 }),
      (example, days) => {
        const question = { ...example.question, asOf: undefined, from: undefined, to: undefined }
        const day = Calendar.addDays(Calendar.dayOf(question.now, question.zone), -days)
        const next = Calendar.addDays(day, 1)
        const tally = (window: Pick<PipelineAnalytics.PipelineQuestion, "from" | "to">) =>
          PipelineAnalytics.tallyOf(
            example.options.stages,
            example.deals,
            PipelineAnalytics.scopeOf({ ...question, ...window })
          )
        const [before, after, all] = [tally({ to: day }), tally({ from: next }), tally({ from: "1990-01-01" })]
        assert.strictEqual(before.lost + after.lost, all.lost)
        assert.strictEqual(before.won.deals + after.won.deals, all.won.deals)
        assert.strictEqual(before.won.millis + after.won.millis, all.won.millis)
        const millis = ({ stages }: PipelineAnalytics.PipelineTally) =>
          stages.reduce((sum, { millis }) => sum + millis, 0n)
        assert.strictEqual(millis(before) + millis(after), millis(all))
        const count = (tally: PipelineAnalytics.PipelineTally, stage: string) =>
          tally.sums.reduce((sum, part) => sum + (part.part === "pipeline" && part.stage === stage ? part.count : 0), 0)
        for (const { key, type } of example.options.stages) {
          const [a, b, both] = [count(before, key), count(after, key), count(all, key)]
          if (type === "open") assert.deepStrictEqual([a, b], [both, both])
          else assert.strictEqual(a + b, both)
        }
      }
    )
    fc.assert(property, { numRuns: 300 })
  })

  it("without a window looks back a year, in the win rate and the velocity alone", () => {
    holds((example) => {
      const { asOf, now, ownerId, zone } = example.question
      const today = asOf ?? Calendar.dayOf(now, zone)
      const question = { now, zone, ownerId, asOf }
      const year = { ...question, from: Calendar.addDays(today, -364), to: today }
      const [all, last] = [analyse({ ...example, question }), analyse({ ...example, question: year })]
      assert.strictEqual(all.winRate, last.winRate)
      assert.deepStrictEqual(all.velocity, last.velocity)
      assert.deepStrictEqual(encode(all).forecast, encode(last).forecast)
      assert.isAtLeast(all.pipeline.dealCount, last.pipeline.dealCount)
    })
  })

  it("has this month in this quarter, and what slipped in both", () => {
    holds(({ analytics: { forecast } }) => {
      assert.isTrue(atMost(forecast.thisMonth, forecast.thisQuarter))
      assert.isTrue(atMost(forecast.slipped.weighted, forecast.thisMonth))
    })
  })
})

describe("the generator", () => {
  it("makes reports that show everything there is to see", () => {
    const reports = fc
      .sample(DealGenerators.reportCase.fastCheck, { numRuns: 500, seed: 1 })
      .map((example) => analyse(example))
    const shares = {
      unconverted: reports.filter(({ unconverted }) => unconverted.length > 0),
      lost: reports.filter(({ lost }) => lost.count > 0),
      rates: reports.filter(({ winRate }) => winRate !== null && winRate > 0 && winRate < 1),
      slipped: reports.filter(({ forecast }) => forecast.slipped.count > 0),
      unscheduled: reports.filter(({ forecast }) => forecast.unscheduled.count > 0),
      nextMonth: reports.filter(({ forecast }) => BigDecimal.isPositive(forecast.nextMonth)),
      closing: reports.filter(({ velocity }) => velocity.avgDaysToClose !== null),
      stages: reports.filter(({ velocity }) => Object.values(velocity.avgDaysInStage).some((days) => days !== null))
    }
    for (const [name, found] of Object.entries(shares)) assert.isAbove(found.length, 50, name)
  })
})

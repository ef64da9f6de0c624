/** What holds of every report on every pipeline. */
import { Calendar, Money, Pipeline, PipelineAnalytics, PipelineSummary, UserId } from "@clientele/core"
import { PipelineGenerators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"

type Investigation = PipelineAnalytics.Investigation

const holds = (law: (investigation: Investigation, report: PipelineAnalytics.PipelineAnalytics) => void): void => {
  const property = fc.property(PipelineGenerators.reportCase.fastCheck, ({ investigation }) =>
    law(investigation, analyse(investigation))
  )
  fc.assert(property, { numRuns: 300 })
}

const { analyse } = PipelineAnalytics

const encode = Schema.encodeSync(PipelineAnalytics.PipelineAnalytics)

const analyseEncoded = (investigation: Investigation) => encode(analyse(investigation))

const { format } = BigDecimal

const sum = (amounts: ReadonlyArray<BigDecimal.BigDecimal>): BigDecimal.BigDecimal => BigDecimal.sumAll(amounts)

const atMost = (a: BigDecimal.BigDecimal, b: BigDecimal.BigDecimal): boolean => BigDecimal.isLessThanOrEqualTo(a, b)

const rateOf = ({ base, rates }: Investigation["conversion"], currency: Money.Currency) =>
  currency === base ? BigDecimal.fromBigInt(1n) : rates.get(currency)

/** The last rows of the deals that are there, with no regard to dates or owners. */
const standing = ({ deals }: Investigation): ReadonlyArray<PipelineAnalytics.DealEntry> =>
  deals.flatMap(({ history }) => history.slice(-1)).filter(({ kind }) => kind !== "delete")

const wholePipeline = { from: undefined, to: undefined, ownerId: undefined, asOf: undefined }

describe("a report", () => {
  it("has totals that are the sums of the stages, all of them in order", () => {
    holds((_, { byStage, pipeline }) => {
      assert.strictEqual(format(pipeline.totalValue), format(sum(byStage.map(({ value }) => value))))
      const counts = byStage.reduce((sum, { count }) => sum + count, 0)
      assert.strictEqual(pipeline.dealCount, counts)
      const expected = Pipeline.defaultPipeline.stages.filter(({ type }) => type !== "lost").map(({ key }) => key)
      const keys = byStage.map(({ stage }) => stage)
      assert.deepStrictEqual(keys, expected)
      const open = byStage.filter(({ stage }) => stage !== "closed_won")
      assert.strictEqual(format(pipeline.open.value), format(sum(open.map(({ value }) => value))))
    })
  })

  it("has the totals that the summary beside the list of deals has", () => {
    holds((investigation) => {
      const report = analyse({ ...investigation, ...wholePipeline })
      const groups = standing(investigation).map(({ currency, probability, to, value }) => ({
        stage: to,
        currency,
        probability,
        count: 1,
        value: BigDecimal.scale(value, Money.exponent(currency)).value
      }))
      const { pipelineSummary } = PipelineSummary.summarize(groups, investigation.pipeline, investigation.conversion)
      assert.strictEqual(pipelineSummary.dealCount, report.pipeline.dealCount)
      assert.strictEqual(format(pipelineSummary.totalValue), format(report.pipeline.totalValue))
      assert.strictEqual(format(pipelineSummary.weightedValue), format(report.pipeline.weightedValue))
    })
  })

  it("counts every deal that is there, and none that is not", () => {
    holds((investigation) => {
      const { lost, pipeline, unconverted } = analyse({ ...investigation, ...wholePipeline })
      const deals = standing(investigation)
      assert.strictEqual(pipeline.dealCount + lost.count, deals.length)
      const without = deals.filter(({ currency }) => rateOf(investigation.conversion, currency) === undefined)
      const counts = unconverted.reduce((sum, { count }) => sum + count, 0)
      assert.strictEqual(counts, without.length)
      for (const { currency, value } of unconverted) {
        const own = without.filter((entry) => entry.currency === currency)
        assert.strictEqual(format(value), format(sum(own.map(({ value }) => value))))
      }
    })
  })

  it("weights every value by its probability, and rounds once", () => {
    holds((investigation) => {
      const { conversion } = investigation
      const weighted = standing(investigation).flatMap(({ currency, probability, value }) => {
        const rate = rateOf(conversion, currency)
        const share = BigDecimal.make(BigInt(probability), 2)
        return rate === undefined ? [] : [BigDecimal.multiplyAll([value, share, rate])]
      })
      const scale = Money.exponent(conversion.base)
      const expected = BigDecimal.round(sum(weighted), { scale, mode: "half-from-zero" })
      const { pipeline } = analyse({ ...investigation, ...wholePipeline })
      assert.strictEqual(format(pipeline.weightedValue), format(expected))
    })
  })

  it("has the mean of the deals whose value is in the total", () => {
    holds(({ conversion }, { pipeline: { avgDealSize, dealCount, totalValue }, unconverted }) => {
      if (unconverted.length > 0) return
      assert.strictEqual(avgDealSize === null, dealCount === 0)
      if (avgDealSize === null) return
      const deals = BigDecimal.fromBigInt(BigInt(dealCount))
      const off = BigDecimal.subtract(BigDecimal.multiply(avgDealSize, deals), totalValue)
      // Half of a minor unit for each deal.
      const half = BigDecimal.make(5n, Money.exponent(conversion.base) + 1)
      assert.isTrue(atMost(BigDecimal.abs(off), BigDecimal.multiply(half, deals)))
    })
  })

  it("says whether everything was converted", () => {
    holds((_, { convertedAll, unconverted }) => {
      assert.strictEqual(convertedAll, unconverted.length === 0)
    })
  })

  it("does not depend on the order of the deals", () => {
    holds((investigation, report) => {
      const turned = { ...investigation, deals: investigation.deals.toReversed() }
      assert.deepStrictEqual(analyseEncoded(turned), encode(report))
    })
  })

  it("of an owner is the report on the owner's deals", () => {
    holds((investigation) => {
      const all = { ...investigation, asOf: undefined, ownerId: undefined }
      const ownerId = UserId.make("user_001")
      const deals = all.deals.filter(({ history }) => history.at(-1)?.ownerId === ownerId)
      assert.deepStrictEqual(analyseEncoded({ ...all, ownerId }), analyseEncoded({ ...all, deals }))
    })
  })
})

describe("time", () => {
  it("has not gone on after the day that a report is as of", () => {
    holds((investigation, report) => {
      const { asOf, now, zone } = investigation
      const end = Calendar.startOf(Calendar.addDays(asOf ?? Calendar.dayOf(now, zone), 1), zone)
      const deals = investigation.deals.map((deal) => ({
        ...deal,
        history: deal.history.filter(({ at }) => DateTime.isLessThan(at, end))
      }))
      const then = { asOf: undefined, now: DateTime.subtract(end, { milliseconds: 1 }) }
      assert.deepStrictEqual(analyseEncoded({ ...investigation, ...then, deals }), encode(report))
    })
  })

  it("is the same at the end of today as now, when nothing happens any more", () => {
    holds((investigation) => {
      const now = { ...investigation, ...wholePipeline }
      const endOfToday = { ...now, asOf: Calendar.dayOf(now.now, now.zone) }
      assert.deepStrictEqual(analyseEncoded(endOfToday), analyseEncoded(now))
    })
  })

  it("moves with the zone", () => {
    holds((investigation) => {
      const hours = 5
      const earlier = (at: DateTime.Utc) => DateTime.subtract(at, { hours })
      const deals = investigation.deals.map(({ createdAt, history }) => ({
        createdAt: earlier(createdAt),
        history: history.map((entry) => ({ ...entry, at: earlier(entry.at) }))
      }))
      const inUtc = { ...investigation, zone: DateTime.zoneMakeOffset(0) }
      const zone = DateTime.zoneMakeOffset(hours * 3_600_000)
      const inEast = { ...investigation, deals, now: earlier(investigation.now), zone }
      assert.deepStrictEqual(analyseEncoded(inEast), analyseEncoded(inUtc))
    })
  })

  it("is cut into windows that have every closed deal and every visit once", () => {
    const window = fc.integer({ min: 1, max: 400 })
    const property = fc.property(PipelineGenerators.reportCase.fastCheck, window, ({ investigation }, days) => {
      const { deals, now, pipeline, zone } = investigation
      const tally = (window: Pick<PipelineAnalytics.PipelineQuestion, "from" | "to">) =>
        PipelineAnalytics.tallyOf(pipeline, deals, PipelineAnalytics.scopeOf({ now, zone, ...window }))
      const day = Calendar.addDays(Calendar.dayOf(now, zone), -days)
      const [before, after] = [tally({ to: day }), tally({ from: Calendar.addDays(day, 1) })]
      const all = tally({ from: "1990-01-01" })
      assert.strictEqual(before.lost + after.lost, all.lost)
      assert.strictEqual(before.won.deals + after.won.deals, all.won.deals)
      assert.strictEqual(before.won.millis + after.won.millis, all.won.millis)
      assert.strictEqual(millisOf(before) + millisOf(after), millisOf(all))
      for (const { key, type } of pipeline.stages) {
        const [a, b, both] = [countOf(before, key), countOf(after, key), countOf(all, key)]
        assert.deepStrictEqual(type === "open" ? [a, b] : [a + b], type === "open" ? [both, both] : [both])
      }
    })
    fc.assert(property, { numRuns: 300 })
  })

  it("without a window looks back a year, in the win rate and the velocity alone", () => {
    holds((investigation) => {
      const { asOf, now, zone } = investigation
      const today = asOf ?? Calendar.dayOf(now, zone)
      const all = analyse({ ...investigation, from: undefined, to: undefined })
      const year = analyse({ ...investigation, from: Calendar.addDays(today, -364), to: today })
      assert.strictEqual(all.winRate, year.winRate)
      assert.deepStrictEqual(all.velocity, year.velocity)
      assert.deepStrictEqual(encode(all).forecast, encode(year).forecast)
      assert.isAtLeast(all.pipeline.dealCount, year.pipeline.dealCount)
    })
  })

  it("has this month in this quarter, and what slipped in both", () => {
    holds((_, { forecast }) => {
      assert.isTrue(atMost(forecast.thisMonth, forecast.thisQuarter))
      assert.isTrue(atMost(forecast.slipped.weighted, forecast.thisMonth))
    })
  })
})

describe("the generator", () => {
  it("makes reports that show everything there is to see", () => {
    const reports = fc
      .sample(PipelineGenerators.reportCase.fastCheck, { numRuns: 500, seed: 1 })
      .map(({ investigation }) => analyse(investigation))
    const shown = {
      unconverted: reports.filter(({ unconverted }) => unconverted.length > 0),
      lost: reports.filter(({ lost }) => lost.count > 0),
      rates: reports.filter(({ winRate }) => winRate !== null && winRate > 0 && winRate < 1),
      slipped: reports.filter(({ forecast }) => forecast.slipped.count > 0),
      unscheduled: reports.filter(({ forecast }) => forecast.unscheduled.count > 0),
      nextMonth: reports.filter(({ forecast }) => BigDecimal.isPositive(forecast.nextMonth)),
      closing: reports.filter(({ velocity }) => velocity.avgDaysToClose !== null),
      stages: reports.filter(({ velocity }) => Object.values(velocity.avgDaysInStage).some((days) => days !== null))
    }
    for (const [name, found] of Object.entries(shown)) assert.isAbove(found.length, 40, name)
  })
})

const millisOf = ({ stages }: PipelineAnalytics.PipelineTally): bigint =>
  stages.reduce((sum, { millis }) => sum + millis, 0n)

const countOf = ({ sums }: PipelineAnalytics.PipelineTally, stage: string): number =>
  sums.reduce((sum, part) => sum + (part.part === "pipeline" && part.stage === stage ? part.count : 0), 0)

import { dealId, DealRecord, Money, Pipeline, PipelineSummary } from "@clientele/core"
import { DealGenerators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { created } from "../support.ts"

const pipeline = Pipeline.defaultPipeline
const usd = Money.Currency.make("USD")
const decimal = (value: string) => BigDecimal.fromStringUnsafe(value)
const rates = new Map([
  ["EUR", decimal("1.0825")],
  ["JPY", decimal("0.0067")]
])
const conversion = { base: usd, rates }

const deals = fc.array(
  DealGenerators.dealCreate
    .map((input) =>
      DealRecord.create(input, {
        id: dealId("001"),
        now: created,
        pipeline,
        catalog: new Map(),
        currency: usd,
        company: null
      })
    )
    .filter(Result.isSuccess)
    .map(({ success }) => success),
  { maxLength: 12 }
)

const summarize = (records: ReadonlyArray<DealRecord.DealRecord>) =>
  PipelineSummary.summarize(PipelineSummary.groupsOf(records), pipeline, conversion)

describe("the summary of a pipeline", () => {
  it("adds up open and won deals exactly, and rounds each stage once", () => {
    fc.assert(
      fc.property(deals, (records) => {
        const counted = records.filter(({ stage }) => Pipeline.typeOf(pipeline, stage) !== "lost")
        const inUsd = counted.flatMap(({ fields: { value }, probability, stage }) => {
          const rate = value.currency === usd ? decimal("1") : rates.get(value.currency)
          const amount = rate === undefined ? [] : [BigDecimal.multiply(Money.toDecimal(value), rate)]
          return amount.map((amount) => ({ amount, probability, stage }))
        })
        const round = (value: BigDecimal.BigDecimal) => BigDecimal.round(value, { scale: 2, mode: "half-from-zero" })
        const total = BigDecimal.sumAll(
          [...new Set(inUsd.map(({ stage }) => stage))].map((key) =>
            round(BigDecimal.sumAll(inUsd.filter(({ stage }) => stage === key).map(({ amount }) => amount)))
          )
        )
        const weighted = BigDecimal.sumAll(
          inUsd.map(({ amount, probability }) => BigDecimal.multiply(amount, decimal(`${probability / 100}`)))
        )
        const { convertedAll, pipelineSummary, unconverted } = summarize(records)
        assert.strictEqual(pipelineSummary.dealCount, counted.length)
        assert.isTrue(Equal.equals(pipelineSummary.totalValue, total))
        assert.isTrue(Equal.equals(pipelineSummary.weightedValue, round(weighted)))
        assert.strictEqual(convertedAll, inUsd.length === counted.length)
        assert.strictEqual(
          unconverted.reduce((sum, { count }) => sum + count, inUsd.length),
          counted.length
        )
      })
    )
  })

  it("is the same of groups that were added up in parts", () => {
    fc.assert(
      fc.property(deals, deals, (some, others) => {
        const inParts = [...PipelineSummary.groupsOf(some), ...PipelineSummary.groupsOf(others)]
        assert.isTrue(
          Equal.equals(PipelineSummary.summarize(inParts, pipeline, conversion), summarize([...some, ...others]))
        )
      })
    )
  })

  it("of no deals is nothing, all of it converted", () => {
    const nothing = BigDecimal.fromBigInt(0n)
    assert.isTrue(
      Equal.equals(summarize([]), {
        pipelineSummary: {
          totalValue: nothing,
          weightedValue: nothing,
          dealCount: 0,
          open: { count: 0, value: nothing, weighted: nothing }
        },
        currency: usd,
        convertedAll: true,
        unconverted: []
      })
    )
  })
})

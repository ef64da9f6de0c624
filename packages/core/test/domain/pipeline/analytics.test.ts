/** Reports on a few deals, number by number. */
import { Money, Pipeline, PipelineAnalytics, type PipelineSummary } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

const usd = Money.Currency.make("USD")
const pipeline = Pipeline.defaultPipeline
const utc = DateTime.zoneMakeOffset(0)
const now = DateTime.makeUnsafe("2026-02-15T12:00:00Z")
const day = (date: string) => DateTime.makeUnsafe(`${date}T12:00:00Z`)

interface Given {
  readonly minor?: bigint
  readonly currency?: string
  readonly created?: string
  readonly stage?: string
  readonly probability?: number
  readonly expectedClose?: string
  readonly moves?: ReadonlyArray<readonly [date: string, stage: string]>
}

const deal = ({ created = "2026-01-01", stage = "lead", ...given }: Given): PipelineAnalytics.DealStory => {
  const currency = Money.Currency.make(given.currency ?? "USD")
  const value = Money.toDecimal({ currency, minor: given.minor ?? 0n })
  const probability = given.probability ?? 10
  const at = day(created)
  const first = { kind: "move", to: stage, at, value, currency, expectedClose: null, ownerId: null } as const
  const rest = (given.moves ?? []).map(([date, to]) => ({ ...first, to, at: day(date) }))
  const history = [first, ...rest].map((entry) => ({
    ...entry,
    expectedClose: given.expectedClose ?? null,
    probability: entry.to === "closed_won" ? 100 : entry.to === "closed_lost" ? 0 : probability
  }))
  return { createdAt: at, history }
}

const analyse = (
  deals: ReadonlyArray<PipelineAnalytics.DealStory>,
  {
    base = usd,
    rates = new Map(),
    ...question
  }: Partial<PipelineAnalytics.PipelineQuestion> & Partial<PipelineSummary.Conversion> = {}
) =>
  Schema.encodeSync(PipelineAnalytics.PipelineAnalytics)(
    PipelineAnalytics.analyse({ deals, pipeline, conversion: { base, rates }, now, zone: utc, ...question })
  )

describe("the report on a pipeline", () => {
  it("of no deals has every key, zeros and nulls", () => {
    assert.deepStrictEqual(analyse([]), {
      pipeline: {
        total_value: 0,
        weighted_value: 0,
        deal_count: 0,
        avg_deal_size: null,
        open: { count: 0, value: 0, weighted: 0 }
      },
      by_stage: ["lead", "qualified", "proposal", "negotiation", "closed_won"].map((stage) => ({
        stage,
        count: 0,
        value: 0
      })),
      lost: { count: 0, value: 0 },
      win_rate: null,
      velocity: {
        avg_days_to_close: null,
        avg_days_in_stage: { lead: null, qualified: null, proposal: null, negotiation: null }
      },
      forecast: {
        this_month: 0,
        next_month: 0,
        this_quarter: 0,
        slipped: { count: 0, value: 0, weighted: 0 },
        unscheduled: { count: 0, value: 0, weighted: 0 }
      },
      currency: "USD",
      converted_all: true,
      unconverted: []
    })
  })

  it("adds exactly", () => {
    const { by_stage, pipeline } = analyse([deal({ minor: 10n }), deal({ minor: 20n })])
    assert.strictEqual(pipeline.total_value, 0.3)
    assert.deepStrictEqual(by_stage[0], { stage: "lead", count: 2, value: 0.3 })
    assert.strictEqual(pipeline.avg_deal_size, 0.15)
    assert.strictEqual(pipeline.weighted_value, 0.03)
  })

  it("rounds a sum, not its parts", () => {
    const nickels = Array.from({ length: 3 }, () => deal({ minor: 5n, probability: 10 }))
    assert.strictEqual(analyse(nickels).pipeline.weighted_value, 0.02)
  })

  it("keeps the decimals of each currency", () => {
    const rates = new Map([
      [Money.Currency.make("JPY"), BigDecimal.fromStringUnsafe("0.0067")],
      [Money.Currency.make("KWD"), BigDecimal.fromStringUnsafe("3.25")]
    ])
    const deals = [deal({ minor: 1_000n, currency: "JPY" }), deal({ minor: 1_001n, currency: "KWD" })]
    // 6.70, and 3.25325.
    assert.strictEqual(analyse(deals, { rates }).pipeline.total_value, 9.95)
    const kwd = Money.Currency.make("KWD")
    assert.strictEqual(analyse([deal({ minor: 1_001n, currency: "KWD" })], { base: kwd }).pipeline.total_value, 1.001)
  })

  it("lists what has no rate, and leaves it out of means", () => {
    const { converted_all, pipeline, unconverted } = analyse([
      deal({ minor: 10_000n }),
      deal({ minor: 500n, currency: "GBP" }),
      deal({ minor: 250n, currency: "GBP", stage: "closed_lost" })
    ])
    assert.deepStrictEqual([pipeline.deal_count, pipeline.total_value, pipeline.avg_deal_size], [2, 100, 100])
    assert.isFalse(converted_all)
    assert.deepStrictEqual(unconverted, [{ currency: "GBP", count: 2, value: 7.5 }])
  })

  it("leaves lost deals out, and shows them apart", () => {
    const lost = deal({ minor: 700n, moves: [["2026-01-05", "closed_lost"]] })
    const { lost: shown, pipeline, win_rate } = analyse([lost, deal({ minor: 100n, stage: "closed_won" })])
    assert.deepStrictEqual(shown, { count: 1, value: 7 })
    assert.strictEqual(pipeline.total_value, 1)
    assert.strictEqual(win_rate, 0.5)
  })
})

describe("velocity", () => {
  const twice = deal({
    moves: [
      ["2026-01-03", "qualified"],
      ["2026-01-04", "lead"],
      ["2026-01-08", "proposal"],
      ["2026-01-09", "closed_won"]
    ]
  })

  it("takes all visits of a deal to a stage together, and the mean over deals that left it", () => {
    const others = [deal({ moves: [["2026-01-02", "qualified"]] }), deal({})]
    // 2 + 4 days, and 1; the third has not left.
    assert.deepStrictEqual(analyse([twice, ...others]).velocity, {
      avg_days_to_close: 8,
      avg_days_in_stage: { lead: 3.5, qualified: 1, proposal: 1, negotiation: null }
    })
  })

  it("cuts visits by the day they ended", () => {
    const { avg_days_in_stage, avg_days_to_close } = analyse([twice], { from: "2026-01-04", to: "2026-01-08" }).velocity
    assert.deepStrictEqual(avg_days_in_stage, { lead: 4, qualified: 1, proposal: null, negotiation: null })
    assert.isNull(avg_days_to_close)
  })

  it("counts the days of an imported deal from its creation, in no stage", () => {
    const imported = { ...deal({ created: "2026-01-11", stage: "closed_won" }), createdAt: day("2026-01-01") }
    const { velocity } = analyse([imported])
    assert.strictEqual(velocity.avg_days_to_close, 10)
    assert.deepStrictEqual(Object.values(velocity.avg_days_in_stage), [null, null, null, null])
  })

  it("has one decimal, half up", () => {
    const hours = (count: number) => ({
      ...deal({}),
      history: deal({ moves: [["2026-01-02", "qualified"]] }).history.map((entry, index) =>
        index === 0 ? entry : { ...entry, at: DateTime.add(day("2026-01-01"), { minutes: count * 60 }) }
      )
    })
    const lead = (count: number) => analyse([hours(count)]).velocity.avg_days_in_stage["lead"]
    // 1.2 hours are 0.05 days.
    assert.strictEqual(lead(1.2), 0.1)
    assert.strictEqual(lead(1.19), 0)
    assert.strictEqual(lead(36), 1.5)
  })
})

describe("forecast", () => {
  const expected = (expectedClose: string, given: Given = {}) =>
    deal({ minor: 1_000n, probability: 50, expectedClose, ...given })

  it("has what was won in a period, and the weighted value of what is expected in it", () => {
    const { forecast } = analyse([
      deal({ minor: 100n, moves: [["2026-02-01", "closed_won"]] }),
      deal({ minor: 200n, moves: [["2026-01-31", "closed_won"]] }),
      deal({ minor: 400n, moves: [["2026-02-02", "closed_lost"]] }),
      expected("2026-02-28"),
      expected("2026-03-01"),
      expected("2026-03-31"),
      expected("2026-04-01")
    ])
    assert.strictEqual(forecast.this_month, 6)
    assert.strictEqual(forecast.next_month, 10)
    assert.strictEqual(forecast.this_quarter, 18)
  })

  it("counts what is late now, and what has no date nowhere", () => {
    const { forecast } = analyse([
      expected("2025-06-30"),
      expected("2026-02-14", { probability: 10 }),
      expected("2026-02-15"),
      deal({ minor: 300n, probability: 100 })
    ])
    assert.deepStrictEqual(forecast.slipped, { count: 2, value: 20, weighted: 6 })
    assert.deepStrictEqual(forecast.unscheduled, { count: 1, value: 3, weighted: 3 })
    assert.strictEqual(forecast.this_month, 11)
    assert.strictEqual(forecast.this_quarter, 11)
  })

  it("is not cut by a window", () => {
    const { forecast, pipeline } = analyse([deal({ minor: 100n, moves: [["2026-02-01", "closed_won"]] })], {
      from: "2026-02-10"
    })
    assert.strictEqual(forecast.this_month, 1)
    assert.strictEqual(pipeline.deal_count, 0)
  })

  it("lists what has no rate and is in the forecast alone", () => {
    const won = deal({ minor: 100n, currency: "GBP", moves: [["2026-02-01", "closed_won"]] })
    assert.deepStrictEqual(analyse([won], { from: "2026-02-10" }).unconverted, [
      { currency: "GBP", count: 1, value: 1 }
    ])
  })

  it("has the months of the zone", () => {
    const night = {
      ...deal({}),
      history: deal({ minor: 100n, stage: "closed_won" }).history.map((entry) => ({
        ...entry,
        at: DateTime.makeUnsafe("2026-01-31T23:30:00Z")
      }))
    }
    const berlin = DateTime.zoneMakeNamedUnsafe("Europe/Berlin")
    assert.strictEqual(analyse([night]).forecast.this_month, 0)
    assert.strictEqual(analyse([night], { zone: berlin }).forecast.this_month, 1)
  })
})

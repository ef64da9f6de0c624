/** Scores in single cases: where fields are looked up, how events count, how long a score holds, and what it says. */
import { ContactRecord, contactId, Scoring } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"
import { later as now, toE164 } from "../../support.ts"

const ago = (days: number, millis = 0): DateTime.Utc => DateTime.subtract(now, { days, milliseconds: millis })

const evaluate = (
  rules: ReadonlyArray<Scoring.Rule>,
  { events = [], fields = {} }: { fields?: Record<string, Schema.Json>; events?: ReadonlyArray<DateTime.Utc> },
  at = now
) =>
  Scoring.evaluate(
    Scoring.compile({ ...Scoring.defaultRuleSet, rules }),
    { fields: new Map(Object.entries(fields)), events: events.map((at, n) => ({ id: `evt_${n}`, name: "visit", at })) },
    at
  )

const visit = (rule: Partial<Scoring.EventRule>): Scoring.EventRule => ({
  category: "behavioral",
  event: "visit",
  score: 10,
  ...rule
})

const size = (operator: "exists" | "not_exists"): Scoring.Rule => ({
  category: "fit",
  field: "title",
  conditions: [{ operator, score: 5 }]
})

const ends = ({ validUntil }: Scoring.Score) => (validUntil === null ? null : DateTime.formatIso(validUntil))

describe("a field", () => {
  it("is the contact's own, else a custom field, else what enrichment found", () => {
    const reason = (fields: Record<string, Schema.Json>) =>
      evaluate(
        [size("exists"), { category: "fit", field: "title", conditions: [{ operator: "gte", value: 1, score: 1 }] }],
        {
          fields
        }
      ).breakdown.fit.factors.map(({ reason }) => reason)
    const everywhere = { title: 1, "custom_fields.title": 2, "enrichment.title": 3 }
    assert.deepStrictEqual(reason(everywhere), ["Title known", "Title: 1"])
    assert.deepStrictEqual(reason({ ...everywhere, title: " " }), ["Title known", "Title: 2"])
    assert.deepStrictEqual(reason({ title: null, "custom_fields.title": [], "enrichment.title": 3 }), [
      "Title known",
      "Title: 3"
    ])
    assert.deepStrictEqual(reason({}), [])
    assert.strictEqual(evaluate([size("not_exists")], {}).breakdown.fit.factors[0]?.reason, "No title")
  })

  it("is in the facts of a contact under the name that rules use", () => {
    const record = ContactRecord.create(
      { name: "Jane", title: "CTO", customFields: { constructor: "x", size: 5 }, social: { linkedin: "in/jane" } },
      { id: contactId("1"), now, toE164 }
    )
    const { fields } = Scoring.factsOf(
      { ...record, openDeals: 2 },
      {
        enrichment: { company: { employees: 850 }, social: { employees: 1 }, contact: { phone_type: "mobile" } },
        events: []
      }
    )
    const names = ["title", "open_deals", "custom_fields.constructor", "social.linkedin", "enrichment.employees"]
    assert.deepStrictEqual(
      [...names, "enrichment.social.employees", "enrichment.phone_type"].map((name) => fields.get(name)),
      ["CTO", 2, "x", "in/jane", 850, 1, "mobile"]
    )
  })
})

describe("events", () => {
  it("count once, for the latest, or each, the newest first", () => {
    const events = [ago(3), ago(1), ago(2), ago(-1)]
    assert.strictEqual(evaluate([visit({})], { events }).total, 10)
    assert.strictEqual(evaluate([visit({ perOccurrence: true })], { events }).total, 30)
    const [factor] = evaluate([visit({ perOccurrence: true, maxCount: 2 })], { events }).breakdown.behavioral.factors
    assert.deepInclude(factor, { score: 20, reason: "Visit, 2 times", eventIds: ["evt_1", "evt_2"] })
  })

  it("count for so many days, to the millisecond", () => {
    const rule = visit({ withinDays: 7 })
    assert.strictEqual(evaluate([rule], { events: [ago(7)] }).total, 10)
    assert.strictEqual(evaluate([rule], { events: [ago(7, 1)] }).total, 0)
    assert.strictEqual(ends(evaluate([rule], { events: [ago(7)] })), "2026-01-24T15:00:00.001Z")
    assert.strictEqual(ends(evaluate([rule], { events: [ago(7, 1)] })), null)
  })

  it("halve, and are rounded half away from zero", () => {
    const points = (score: number, age: number) =>
      evaluate([visit({ score, halfLifeDays: 10, category: "fit" }), visit({ score: 20, category: "fit" })], {
        events: [ago(age)]
      }).breakdown.fit.factors[0]?.score
    assert.deepStrictEqual([points(15, 0), points(15, 10), points(15, 20), points(15, 30)], [15, 8, 4, 2])
    assert.strictEqual(points(-15, 10), -8)
    // 7.5 is the last that is rounded up.
    assert.strictEqual(
      ends(evaluate([visit({ score: 15, halfLifeDays: 10, category: "fit" })], { events: [ago(10)] })),
      "2026-01-24T15:00:00.001Z"
    )
  })

  it("add up exactly, in decimals that binary numbers do not have", () => {
    const events = Array.from({ length: 10 }, (_, n) => ago(n))
    for (const [score, sum] of [
      [0.35, 4],
      [0.15, 2],
      [1.15, 12],
      [-0.45, -5]
    ] as const) {
      const [factor] = evaluate([visit({ score, perOccurrence: true })], { events }).breakdown.behavioral.factors
      assert.strictEqual(factor?.score, sum)
    }
  })

  it("that are yet to come say when", () => {
    const score = evaluate([visit({})], { events: [ago(-2)] })
    assert.deepStrictEqual([score.total, ends(score)], [0, "2026-01-26T15:00:00.000Z"])
  })

  it("are recent for thirty days; categories are capped, their factors are not", () => {
    const rule = visit({ score: 25, perOccurrence: true })
    const score = evaluate([rule], { events: [ago(29), ago(31)] })
    assert.deepInclude(score.breakdown.behavioral, { score: 40, max: 40, capped: true })
    assert.strictEqual(score.breakdown.behavioral.factors[0]?.score, 50)
    assert.deepInclude(score.scoreBreakdown, { recentActivity: 25, engagement: 15 })
    assert.strictEqual(ends(score), "2026-01-25T15:00:00.001Z")
  })
})

describe("a distance from now", () => {
  it("passes an instant at a moment that is known", () => {
    const rule: Scoring.Rule = {
      category: "fit",
      field: "created_at",
      conditions: [
        { operator: "gte", value: "now-7d", score: 10 },
        { operator: "gte", value: "now-30d", score: 10 },
        { operator: "exists", score: 3 }
      ]
    }
    const score = evaluate([rule], { fields: { created_at: DateTime.formatIso(ago(2)) } })
    assert.deepStrictEqual([score.total, ends(score)], [10, "2026-02-21T15:00:00.001Z"])
  })
})

describe("grades", () => {
  it("tell a silent contact that fits from a noisy one that does not", () => {
    const silent = evaluate(
      [
        { ...visit({}), event: "other" },
        { ...size("exists"), category: "fit", name: "x" }
      ],
      {
        fields: { title: "CTO" }
      }
    )
    assert.deepInclude(silent, { total: 5, grade: "F", engagementGrade: "F" })
    const noisy = evaluate([visit({ score: 40 })], { events: [ago(0)] })
    assert.deepInclude(noisy, { total: 40, grade: "C", fitGrade: "F", engagementGrade: "A" })
    assert.strictEqual(noisy.recommendation, Scoring.defaultRuleSet.grades.C.recommendation)
  })
})

describe("hostile facts", () => {
  it("make a score like any others", () => {
    const odd = [Number.NaN, Infinity, "x".repeat(100_000), "\ud800", { a: { b: [] } }, [[[]]], -0]
    for (const value of odd) {
      const fields = { __proto__: null, title: value, "custom_fields.constructor": value, created_at: value }
      const far = [DateTime.makeUnsafe(8.64e15), DateTime.makeUnsafe(-8.64e15)]
      const score = evaluate([...Scoring.defaultRuleSet.rules, visit({ halfLifeDays: 0.01, perOccurrence: true })], {
        fields,
        events: far
      })
      assert.isTrue(score.total >= 0 && score.total <= 100)
    }
    assert.isNull(evaluate([visit({ withinDays: 3_650 })], { events: [now] }, DateTime.makeUnsafe(8.64e15)).validUntil)
  })
})

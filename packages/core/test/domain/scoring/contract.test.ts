/** The contract's own rules, as they are sent, and what they make of the contact they are meant for. */
import { Scoring } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const body: typeof Scoring.RuleSetChange.Encoded = {
  rules: [
    {
      category: "demographic",
      field: "company_size",
      conditions: [
        { operator: "gte", value: 500, score: 10 },
        { operator: "gte", value: 100, score: 7 },
        { operator: "gte", value: 50, score: 5 }
      ]
    },
    { category: "behavioral", event: "demo_request", score: 15 }
  ]
}

const now = DateTime.makeUnsafe("2026-01-24T19:00:00Z")

const rules = Result.getOrThrow(
  Result.flatMap(Scoring.decodeChange(body), (change) =>
    Scoring.validate(Scoring.change(Scoring.defaultRuleSet, change))
  )
)

const facts: Scoring.Facts = {
  fields: new Map([["custom_fields.company_size", "500+"]]),
  events: [{ id: "evt_1", name: "demo_request", at: DateTime.makeUnsafe("2026-01-20T10:00:00Z") }]
}

describe("the contract's rules", () => {
  it("are taken as they are, and given back as they were", () => {
    assert.deepStrictEqual(Schema.encodeSync(Scoring.RuleSet)(rules), {
      ...body,
      category_max: { demographic: 30, behavioral: 40, fit: 30 },
      grades: Scoring.defaultRuleSet.grades
    })
  })

  it("give a company of 500+ ten points, and a demo request fifteen", () => {
    const score = Scoring.evaluate(Scoring.compile(rules), facts, now)
    assert.deepStrictEqual(Schema.encodeSync(Scoring.Score)(score), {
      total_score: 25,
      grade: "D",
      fit_grade: "F",
      engagement_grade: "D",
      breakdown: {
        demographic: {
          score: 10,
          max: 30,
          capped: false,
          factors: [{ factor: "company_size", score: 10, reason: "500+ employees", rule_index: 0, event_ids: [] }]
        },
        behavioral: {
          score: 15,
          max: 40,
          capped: false,
          factors: [{ factor: "demo_request", score: 15, reason: "Demo request", rule_index: 1, event_ids: ["evt_1"] }]
        },
        fit: { score: 0, max: 30, capped: false, factors: [] }
      },
      score_breakdown: { engagement: 0, profile_completeness: 10, recent_activity: 15, fit_score: 0 },
      recommendation: "Early - add to a nurture campaign",
      // The demo request stops being recent.
      valid_until: "2026-02-19T10:00:00.001Z"
    })
    assert.strictEqual(Scoring.total(Scoring.compile(rules), facts, now), 25)
  })
})

/** What is refused of rules from outside, with the rule, the place and the reason; and what is taken. */
import { type InvalidRules, Scoring } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const event = { category: "behavioral", event: "demo_request", score: 15 }
const field = { category: "fit", field: "budget", conditions: [{ operator: "exists", score: 5 }] }

const put = (body: unknown): Result.Result<Scoring.RuleSet, InvalidRules> =>
  Result.flatMap(Scoring.decodeChange(body), (change) =>
    Scoring.validate(Scoring.change(Scoring.defaultRuleSet, change))
  )

const refusal = (body: unknown) =>
  Result.match(put(body), {
    onFailure: ({ index, issues, reason }) => ({ index, reason, path: issues[0]?.path, count: issues.length }),
    onSuccess: () => undefined
  })

const withCondition = (condition: object) => [field, { ...field, conditions: [...field.conditions, condition] }]

describe("rules that are refused", () => {
  it.each<readonly [string, unknown, object]>([
    [
      "a category",
      [{ ...event, category: "behavioural" }],
      { index: 0, reason: "unknown_category", path: "rules[0].category" }
    ],
    [
      "an operator",
      withCondition({ operator: "like", value: "x", score: 1 }),
      { index: 1, reason: "unknown_operator", path: "rules[1].conditions[1].operator" }
    ],
    ["no subject", [event, { category: "fit", score: 1 }], { index: 1, reason: "no_subject", path: "rules[1]" }],
    ["two subjects", [{ ...event, ...field }], { index: 0, reason: "two_subjects", path: "rules[0]" }],
    [
      "an operand",
      withCondition({ operator: "gte", value: "many", score: 1 }),
      { index: 1, reason: "unfitting_operand", path: "rules[1].conditions[1].value" }
    ],
    [
      "an alternative",
      withCondition({ operator: "in", value: ["x", " "], score: 1 }),
      { index: 1, reason: "unfitting_operand", path: "rules[1].conditions[1].value[1]" }
    ],
    [
      "a condition behind another",
      withCondition({ operator: "gte", value: 5, score: 1 }),
      { index: 1, reason: "unreachable_condition", path: "rules[1].conditions[1]" }
    ],
    ["the score itself", [{ ...field, field: "score" }], { index: 0, reason: "own_score", path: "rules[0].field" }],
    ["no score", [{ category: "fit", event: "x" }], { index: 0, reason: "malformed", path: "rules[0].score" }],
    [
      "no conditions",
      [{ category: "fit", field: "x" }],
      { index: 0, reason: "malformed", path: "rules[0].conditions" }
    ],
    [
      "conditions without one",
      [{ ...field, conditions: [] }],
      { index: 0, reason: "malformed", path: "rules[0].conditions" }
    ],
    [
      "a member of the other form",
      [{ ...field, max_count: 2 }],
      { index: 0, reason: "malformed", path: "rules[0].max_count" }
    ],
    [
      "a misspelt member",
      [{ ...event, with_in_days: 2 }],
      { index: 0, reason: "malformed", path: "rules[0].with_in_days" }
    ],
    ["a third decimal", [{ ...event, score: 0.125 }], { index: 0, reason: "malformed", path: "rules[0].score" }],
    [
      "a name that no field has",
      [{ ...field, field: "Company Size" }],
      { index: 0, reason: "malformed", path: "rules[0].field" }
    ],
    ["too many rules", Array.from({ length: 201 }, () => event), { index: null, reason: "too_many", path: "rules" }],
    [
      "too many conditions",
      [
        {
          ...field,
          conditions: Array.from({ length: 51 }, (_, n) => ({ operator: "eq", value: n, score: 1 }))
        }
      ],
      { index: 0, reason: "too_many", path: "rules[0].conditions" }
    ]
  ])("%s", (_, rules, expected) => {
    assert.deepInclude(refusal({ rules }), expected)
  })

  it.each<readonly [string, object, object]>([
    ["maxima of 110", { category_max: { fit: 40 } }, { index: null, reason: "category_max", path: "category_max" }],
    [
      "a maximum of 200",
      { category_max: { fit: 200 } },
      { index: null, reason: "category_max", path: "category_max.fit" }
    ],
    ["B above A", { grades: { B: { min: 90 } } }, { index: null, reason: "grades", path: "grades.B.min" }],
    ["an F that begins above 0", { grades: { F: { min: 5 } } }, { index: null, reason: "grades", path: "grades.F.min" }]
  ])("%s", (_, rest, expected) => {
    assert.deepInclude(refusal({ rules: [], ...rest }), expected)
  })

  it("are told of all at once", () => {
    const rules = [
      { ...event, category: "x" },
      { ...event, event: "Demo Request" }
    ]
    assert.strictEqual(refusal({ rules })?.count, 2)
  })

  it("are no rules at all", () => {
    for (const body of [null, [], 5, "{}", {}, { rules: {} }, { rules: [null] }]) {
      assert.strictEqual(refusal(body)?.reason, "malformed")
    }
  })
})

describe("rules that are taken", () => {
  it("are the default ones, as they are shown", () => {
    const shown = Schema.encodeSync(Scoring.RuleSet)(Scoring.defaultRuleSet)
    assert.deepStrictEqual(Result.getOrThrow(put(shown)), Scoring.defaultRuleSet)
  })

  it("change what is present, and leave the rest", () => {
    const set = Result.getOrThrow(
      put({
        rules: [{ ...event, per_occurrence: true, max_count: 3, within_days: 30, half_life_days: 7.5 }],
        category_max: { demographic: 20, behavioral: 50 },
        grades: { A: { min: 90 }, F: { recommendation: "Wait" } }
      })
    )
    assert.deepStrictEqual(set.categoryMax, { demographic: 20, behavioral: 50, fit: 30 })
    assert.deepStrictEqual(set.grades.A, { min: 90, recommendation: "Sales ready - schedule call" })
    assert.deepStrictEqual(set.grades.F, { min: 0, recommendation: "Wait" })
    assert.deepStrictEqual(set.grades.B, Scoring.defaultRuleSet.grades.B)
    const [rule] = set.rules
    assert.deepInclude(rule, { perOccurrence: true, maxCount: 3, withinDays: 30, halfLifeDays: 7.5 })
  })
})

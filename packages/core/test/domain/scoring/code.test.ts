/** Rules as generated code: that it is the same score, that no rule gets into the code, and that it can be done without. */
import { Scoring } from "@clientele/core"
import { sourceOf } from "@clientele/core/domain/ScoringCode"
import { partsOf } from "@clientele/core/domain/ScoringParts"
import { ScoringGenerators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as fc from "fast-check"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { later as now } from "../../support.ts"

/** Rules of one form, with a text wherever a rule can have one. */
const rulesWith = (text: string): Scoring.RuleSet => ({
  ...Scoring.defaultRuleSet,
  rules: [
    {
      category: "fit",
      field: text,
      name: text,
      reason: `${text}{value}`,
      conditions: [
        { operator: "starts_with", value: text, score: 3 },
        { operator: "not_contains", value: text, score: 2, reason: text }
      ]
    },
    { category: "behavioral", event: text, name: text, reason: `${text}{count}`, score: 5, halfLifeDays: 7 }
  ]
})

const hostile = [
  '"); globalThis.broken = true; ("',
  "${globalThis.broken = true}",
  "`+(globalThis.broken=true)+`",
  "*/ globalThis.broken = true /*",
  "\\",
  "\\u0022",
  "'\n\r\u2028\u2029",
  "\ud800",
  "constants",
  "__proto__",
  "constructor"
]

const codeOf = (rules: Scoring.RuleSet) => sourceOf(rules, partsOf(rules, new Map(), DateTime.zoneMakeOffset(0))).source

const factsWith = (text: string): Scoring.Facts => ({
  fields: new Map([[text, `${text} and more`]]),
  events: [{ id: text, name: text, at: DateTime.subtract(now, { days: 3 }) }]
})

describe("generated code", () => {
  it("has no text of a rule in it, and gives what the rules say", () => {
    const tame = codeOf(rulesWith("tame"))
    const text = fc.oneof(fc.constantFrom(...hostile), fc.string({ minLength: 1, unit: "binary" }))
    const property = fc.property(text, (text) => {
      const rules = rulesWith(text)
      assert.strictEqual(codeOf(rules), tame)
      const facts = factsWith(text)
      const score = Scoring.evaluate(Scoring.compile(rules, { code: "generated" }), facts, now)
      assert.deepStrictEqual(score, Scoring.interpret(rules, facts, now))
    })
    fc.assert(property)
    assert.notProperty(globalThis, "broken")
  })

  it("has nothing in it that stands where a number should, in rules that nobody validated", () => {
    const text = "1); globalThis.broken = true; ("
    const max: unknown = { demographic: text, behavioral: text, fit: text }
    const rule = { score: text, maxCount: text, withinDays: text, halfLifeDays: text, perOccurrence: true }
    const [first, second] = rulesWith("tame").rules
    const rules: Scoring.RuleSet = JSON.parse(
      JSON.stringify({ ...rulesWith("tame"), categoryMax: max, rules: [first, { ...second, ...rule }] })
    )
    assert.notInclude(codeOf(rules), "broken")
    assert.doesNotThrow(() => Scoring.total(Scoring.compile(rules, { code: "generated" }), factsWith("tame"), now))
  })

  it("reads every number as it is", () => {
    const numbers = [5e-324, -1e-7, 0.1, 1e21, Number.MAX_VALUE, -0, 2 ** 53]
    for (const number of numbers) {
      const rules: Scoring.RuleSet = {
        ...Scoring.defaultRuleSet,
        rules: [{ category: "fit", field: "size", conditions: [{ operator: "eq", value: number, score: 5 }] }]
      }
      const compiled = Scoring.compile(rules, { code: "generated" })
      const totalOf = (size: number) => Scoring.total(compiled, { fields: new Map([["size", size]]), events: [] }, now)
      assert.strictEqual(totalOf(number), 5, String(number))
      assert.strictEqual(totalOf(number === 0 ? 1 : number / 2), 0, String(number))
    }
  })

  it("takes over from closures without a difference", () => {
    const rules = Scoring.defaultRuleSet
    const [auto, closures] = [Scoring.compile(rules), Scoring.compile(rules, { code: "closures" })]
    for (const facts of fc.sample(ScoringGenerators.factsFor(rules).fastCheck, { numRuns: 1_100, seed: 1 })) {
      assert.deepStrictEqual(Scoring.evaluate(auto, facts, now), Scoring.evaluate(closures, facts, now))
    }
  })

  it("is done without where making code out of text is forbidden", async () => {
    const script = `
      import { Scoring } from "@clientele/core"
      import * as DateTime from "effect/DateTime"
      const facts = { fields: new Map([["email", "mara@example.com"]]), events: [] }
      const compiled = Scoring.compile(Scoring.defaultRuleSet, { code: "generated" })
      console.log(Scoring.evaluate(compiled, facts, DateTime.makeUnsafe(0)).total)`
    const options = ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", script]
    const { stdout } = await promisify(execFile)(process.execPath, options)
    assert.strictEqual(stdout.trim(), "2")
  })
})

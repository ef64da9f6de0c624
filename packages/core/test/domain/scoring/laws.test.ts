/** The laws of scoring, of the default rules, of generated rules, and of rules made to break them. */
import { Scoring } from "@clientele/core"
import { ScoringGenerators, ScoringLaws } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as fc from "fast-check"

describe.each(Object.entries(ScoringLaws.laws))("%s", (_, check) => {
  it("of the default rules", () => {
    assert.doesNotThrow(() => check(Scoring.defaultRuleSet, 200))
  })

  it("of every rule set", () => {
    const property = fc.property(ScoringGenerators.ruleSet.fastCheck, (rules) => check(rules, 10))
    assert.doesNotThrow(() => fc.assert(property, { numRuns: 100 }))
  })
})

describe("the generators", () => {
  it("make valid rule sets, for fast-check", () => {
    fc.assert(
      fc.property(ScoringGenerators.ruleSet.fastCheck, (rules) => {
        assert.isTrue(Result.isSuccess(Scoring.validate(rules)))
      })
    )
  })

  it.prop("make valid rule sets, for Effect", [ScoringGenerators.ruleSet.arbitrary], ([rules]) =>
    Result.isSuccess(Scoring.validate(rules))
  )

  it("make contacts that reach different scores and deadlines", () => {
    const compiled = Scoring.compile(Scoring.defaultRuleSet)
    const scores = fc
      .sample(ScoringGenerators.factsFor(Scoring.defaultRuleSet).fastCheck, { numRuns: 300, seed: 1 })
      .map((facts) => Scoring.evaluate(compiled, facts, ScoringGenerators.noon))
    assert.isAbove(new Set(scores.map(({ total }) => total)).size, 20)
    assert.isAbove(new Set(scores.map(({ validUntil }) => validUntil && DateTime.formatIso(validUntil))).size, 50)
  })
})

import { Scoring } from "@clientele/core"
import { ScoringGenerators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

const analyse = (rules: ReadonlyArray<Scoring.Rule>, categoryMax = Scoring.defaultRuleSet.categoryMax) =>
  Scoring.analyse({ ...Scoring.defaultRuleSet, categoryMax, rules })

const about = (kind: Scoring.Finding["kind"], findings: ReadonlyArray<Scoring.Finding>) =>
  findings.filter((finding) => finding.kind === kind)

describe("Scoring.analyse", () => {
  it("finds nothing in the default rules", () => {
    assert.deepStrictEqual(Scoring.analyse(Scoring.defaultRuleSet), [])
  })

  it("finds what can never matter", () => {
    const findings = analyse([
      { category: "fit", event: "page_view", score: 0.3 },
      { category: "fit", event: "page_view", score: 0.1, perOccurrence: true, maxCount: 4 },
      { category: "fit", event: "page_view", score: 0.1, perOccurrence: true },
      { category: "fit", event: "call", score: 5, maxCount: 3 },
      {
        category: "fit",
        field: "budget",
        conditions: [
          { operator: "gte", value: 50, score: 0.4 },
          { operator: "gte", value: 500, score: 10 }
        ]
      }
    ])
    assert.deepStrictEqual(
      about("never_scores", findings),
      [0, 1, 4].map((rule) => ({ kind: "never_scores", rule }))
    )
    assert.deepStrictEqual(about("no_effect", findings), [{ kind: "no_effect", rule: 3, member: "max_count" }])
    assert.deepStrictEqual(about("unreachable_condition", findings), [
      { kind: "unreachable_condition", rule: 4, condition: 1 }
    ])
    assert.deepStrictEqual(about("overlap", findings), [{ kind: "overlap", rules: [0, 1, 2], subject: "page_view" }])
  })

  it("finds maxima out of reach, and rules whose category may have nothing", () => {
    const findings = analyse([{ category: "fit", event: "x", score: 15 }], { demographic: 50, behavioral: 50, fit: 0 })
    assert.deepStrictEqual(findings, [
      { kind: "never_scores", rule: 0 },
      { kind: "max_out_of_reach", category: "demographic", best: 0, max: 50 },
      { kind: "max_out_of_reach", category: "behavioral", best: 0, max: 50 }
    ])
  })

  it("says nothing that a contact contradicts", () => {
    fc.assert(
      fc.property(
        ScoringGenerators.ruleSet.fastCheck.chain((rules) =>
          fc.tuple(fc.constant(rules), fc.array(ScoringGenerators.factsFor(rules).fastCheck, { maxLength: 10 }))
        ),
        ([rules, contacts]) => {
          const compiled = Scoring.compile(rules)
          for (const facts of contacts) {
            const score = Scoring.evaluate(compiled, facts, ScoringGenerators.noon)
            assert.isTrue(Scoring.analyse(rules).every((finding) => agrees(finding, rules, score)))
          }
        }
      )
    )
  })
})

const agrees = (finding: Scoring.Finding, rules: Scoring.RuleSet, { breakdown }: Scoring.Score): boolean => {
  if (finding.kind === "max_out_of_reach") return breakdown[finding.category].score <= finding.best
  if (finding.kind !== "never_scores") return true
  const category = rules.rules[finding.rule]?.category ?? "fit"
  const { factors, score } = breakdown[category]
  return score === 0 || factors.every(({ ruleIndex }) => ruleIndex !== finding.rule)
}

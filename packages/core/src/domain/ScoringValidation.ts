/** Which rule sets can be put in force, and what exactly is wrong with the others. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidRules, type Issue, type RuleFault, type RuleIssue } from "./Errors.ts"
import { unreachable } from "./ScoringReach.ts"
import { Grade, isFieldRule, noSubject, type Rule, RuleSet, RuleSetChange, twoSubjects } from "./ScoringRules.ts"
import { issuesOf } from "./Validation.ts"

/**
 * Reads a change of rules as it comes from outside. What it makes of the rules in force is still to be validated.
 *
 * @example
 * ```ts
 * import { Scoring } from "@clientele/core"
 *
 * Scoring.decodeChange({ rules: [{ category: "behavioral", event: "demo_request", score: 15 }] }) // a success
 * Scoring.decodeChange({ rules: [{ category: "behavioural", event: "demo_request", score: 15 }] })
 * // a failure: index 0, reason "unknown_category", at rules[0].category
 * ```
 */
export const decodeChange = (input: unknown): Result.Result<RuleSetChange, InvalidRules> =>
  Result.mapError(decode(input), (error) => invalidRules(issuesOf(error)))

/**
 * The same rule set, if it can be put in force.
 *
 * @example
 * ```ts
 * import { Scoring } from "@clientele/core"
 *
 * const ladder: Scoring.Rule = {
 *   category: "demographic",
 *   field: "company_size",
 *   conditions: [
 *     { operator: "gte", value: 50, score: 5 },
 *     { operator: "gte", value: 500, score: 10 }
 *   ]
 * }
 * Scoring.validate({ ...Scoring.defaultRuleSet, rules: [ladder] })
 * // a failure: index 0, reason "unreachable_condition", at rules[0].conditions[1]
 * ```
 */
export const validate = (ruleSet: RuleSet): Result.Result<RuleSet, InvalidRules> => {
  const checked = check(ruleSet)
  if (Result.isFailure(checked)) return Result.fail(invalidRules(issuesOf(checked.failure)))
  const issues = [...ruleSet.rules.flatMap(ruleIssues), ...categoryIssues(ruleSet), ...gradeIssues(ruleSet)]
  return issues.length === 0 ? Result.succeed(ruleSet) : Result.fail(failed(issues))
}

/** What a schema found wrong with rules, by its paths, as the error that tells which rule and why. */
export const invalidRules = (issues: ReadonlyArray<Issue>): InvalidRules =>
  failed(issues.map((issue) => ({ ...positionOf(issue.path), ...issue, reason: faultOf(issue) })))

// internal

const options = { errors: "all", onExcessProperty: "error" } as const

const decode = Schema.decodeUnknownResult(RuleSetChange, options)

const check = Schema.decodeUnknownResult(Schema.toType(RuleSet), options)

const failed = (issues: ReadonlyArray<RuleIssue>): InvalidRules =>
  new InvalidRules({ index: issues[0]?.index ?? null, reason: issues[0]?.reason ?? "malformed", issues })

const positionOf = (path: string): Pick<RuleIssue, "condition" | "index"> => {
  const { condition, index } = /^rules\[(?<index>\d+)\](\.conditions\[(?<condition>\d+)\])?/.exec(path)?.groups ?? {}
  return {
    index: index === undefined ? null : Number(index),
    condition: condition === undefined ? null : Number(condition)
  }
}

const faults: ReadonlyArray<readonly [path: RegExp, fault: RuleFault]> = [
  [/\.category$/, "unknown_category"],
  [/\.operator$/, "unknown_operator"],
  [/\.value(\[\d+\])?$/, "unfitting_operand"],
  [/^(category_max|categoryMax)/, "category_max"],
  [/^grades/, "grades"]
]

const faultOf = ({ message, path }: Issue): RuleFault => {
  if (message === noSubject) return "no_subject"
  if (message === twoSubjects) return "two_subjects"
  if (message.startsWith("Missing key")) return "malformed"
  if (/^rules(\[\d+\]\.conditions)?$/.test(path) && message.includes("at most")) return "too_many"
  return faults.find(([pattern]) => pattern.test(path))?.[1] ?? "malformed"
}

const ruleIssues = (rule: Rule, index: number): ReadonlyArray<RuleIssue> => {
  if (!isFieldRule(rule)) return []
  const path = `rules[${index}]`
  const circular: ReadonlyArray<RuleIssue> =
    rule.field === "score"
      ? [
          {
            index,
            condition: null,
            path: `${path}.field`,
            reason: "own_score",
            message: "Expected another field: the score cannot give points to itself"
          }
        ]
      : []
  const hidden = unreachable(rule.conditions).map((condition): RuleIssue => ({
    index,
    condition,
    path: `${path}.conditions[${condition}]`,
    reason: "unreachable_condition",
    message: "Expected a condition that can be the first to hold: an earlier one holds wherever this one does"
  }))
  return [...circular, ...hidden]
}

const whole = { index: null, condition: null }

const categoryIssues = ({ categoryMax }: RuleSet): ReadonlyArray<RuleIssue> => {
  const sum = categoryMax.demographic + categoryMax.behavioral + categoryMax.fit
  return sum === 100
    ? []
    : [{ ...whole, path: "category_max", reason: "category_max", message: `Expected a sum of 100, got ${sum}` }]
}

const gradeIssues = ({ grades }: RuleSet): ReadonlyArray<RuleIssue> =>
  Grade.literals.flatMap((grade, position): ReadonlyArray<RuleIssue> => {
    const above = Grade.literals[position - 1]
    const path = `grades.${grade}.min`
    if (above !== undefined && grades[grade].min >= grades[above].min) {
      return [{ ...whole, path, reason: "grades", message: `Expected less than ${above} has` }]
    }
    return grade === "F" && grades.F.min !== 0
      ? [{ ...whole, path, reason: "grades", message: "Expected 0: every contact has a grade" }]
      : []
  })

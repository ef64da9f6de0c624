/**
 * What can be said of a rule set without any contact: parts that can never matter, and rules that count one thing twice.
 * What is told is certain; that nothing is told does not mean that all is well. None of it makes a rule set invalid, but
 * for conditions that cannot be reached.
 */
import { unreachable } from "./ScoringReach.ts"
import { Category, type EventRule, isFieldRule, type Rule, type RuleSet, toPoints } from "./ScoringRules.ts"

/**
 * One thing that was found; rules and conditions are told by their positions.
 * - `unreachable_condition`: an earlier condition holds wherever this one does;
 * - `never_scores`: whatever the facts are, the rule gives nothing, or its category may have nothing;
 * - `max_out_of_reach`: the rules of the category give `best` at most, less than its maximum;
 * - `overlap`: the rules give points for the same field or event, and add up;
 * - `no_effect`: the member means nothing without `per_occurrence`.
 */
export type Finding =
  | { readonly kind: "unreachable_condition"; readonly rule: number; readonly condition: number }
  | { readonly kind: "never_scores"; readonly rule: number }
  | {
      readonly kind: "max_out_of_reach"
      readonly category: Category
      readonly best: number
      readonly max: number
    }
  | { readonly kind: "overlap"; readonly rules: ReadonlyArray<number>; readonly subject: string }
  | { readonly kind: "no_effect"; readonly rule: number; readonly member: "max_count" }

/**
 * Looks a rule set over.
 *
 * @example
 * ```ts
 * import { Scoring } from "@clientele/core"
 *
 * Scoring.analyse({
 *   ...Scoring.defaultRuleSet,
 *   rules: [{ category: "behavioral", event: "demo_request", score: 15 }]
 * })
 * // three categories with their maxima out of reach: 0 of 30, 15 of 40, 0 of 30
 * ```
 */
export const analyse = (ruleSet: RuleSet): ReadonlyArray<Finding> => [
  ...ruleSet.rules.flatMap((rule, index) => findingsOf(ruleSet, rule, index)),
  ...Category.literals.flatMap((category) => reachOf(ruleSet, category)),
  ...overlaps(ruleSet.rules)
]

// internal

const findingsOf = ({ categoryMax }: RuleSet, rule: Rule, index: number): ReadonlyArray<Finding> => {
  const { least, most } = rangeOf(rule)
  const never = (least === 0 && most === 0) || categoryMax[rule.category] === 0
  const silent: ReadonlyArray<Finding> = never ? [{ kind: "never_scores", rule: index }] : []
  if (isFieldRule(rule)) {
    const hidden = unreachable(rule.conditions)
    return [
      ...silent,
      ...hidden.map((condition) => ({ kind: "unreachable_condition", rule: index, condition }) as const)
    ]
  }
  const isIdle = rule.maxCount !== undefined && rule.perOccurrence !== true
  return isIdle ? [...silent, { kind: "no_effect", rule: index, member: "max_count" }] : silent
}

const reachOf = ({ categoryMax, rules }: RuleSet, category: Category): ReadonlyArray<Finding> => {
  const best = rules.reduce((sum, rule) => (rule.category === category ? sum + rangeOf(rule).most : sum), 0)
  const max = categoryMax[category]
  return best < max ? [{ kind: "max_out_of_reach", category, best, max }] : []
}

interface Range {
  readonly least: number
  readonly most: number
}

/** The fewest and the most points that a rule can give; a rule of which nothing holds gives 0. */
const rangeOf = (rule: Rule): Range => {
  if (!isFieldRule(rule)) return eventRange(rule)
  const hidden = unreachable(rule.conditions)
  const points = rule.conditions.flatMap(({ score }, index) => (hidden.includes(index) ? [] : [pointsFor(score)]))
  return { least: Math.min(0, ...points), most: Math.max(0, ...points) }
}

const eventRange = ({ maxCount = Infinity, perOccurrence, score }: EventRule): Range => {
  const points = score === 0 ? 0 : pointsFor(score * (perOccurrence === true ? maxCount : 1))
  return { least: Math.min(0, points), most: Math.max(0, points) }
}

const pointsFor = (score: number): number => toPoints(Math.round(score * 100))

const overlaps = (rules: ReadonlyArray<Rule>): ReadonlyArray<Finding> => {
  const bySubject = new Map<string, ReadonlyArray<number>>()
  rules.forEach((rule, index) => {
    const subject = isFieldRule(rule) ? rule.field : rule.event
    const key = `${isFieldRule(rule) ? "field" : "event"} ${subject}`
    bySubject.set(key, [...(bySubject.get(key) ?? []), index])
  })
  return [...bySubject].flatMap(([key, rules]) =>
    rules.length > 1 ? [{ kind: "overlap", rules, subject: key.slice(key.indexOf(" ") + 1) } as const] : []
  )
}

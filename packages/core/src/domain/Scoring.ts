/**
 * Lead scoring: from a rule set and the facts about a contact to a score that explains itself and knows how long it
 * holds. Everything here is pure; what is stored, and when a contact is scored again, is the caller's.
 *
 * @example
 * ```ts
 * import { Scoring } from "@clientele/core"
 *
 * const changed = Scoring.change(Scoring.defaultRuleSet, {
 *   rules: [
 *     {
 *       category: "demographic",
 *       field: "company_size",
 *       conditions: [
 *         { operator: "gte", value: 500, score: 10 },
 *         { operator: "gte", value: 100, score: 7 },
 *         { operator: "gte", value: 50, score: 5 }
 *       ]
 *     },
 *     { category: "behavioral", event: "demo_request", score: 15 }
 *   ]
 * })
 * Scoring.validate(changed) // a success
 * ```
 */
export { analyse, type Finding } from "./ScoringAnalysis.ts"
export { compile, type CompiledRules, type CompileOptions, evaluate, total } from "./ScoringCompile.ts"
export { defaultRuleSet } from "./ScoringDefaults.ts"
export { type ScoredEvent } from "./ScoringEvents.ts"
export { type Beside, type Facts, factsFor, factsOf } from "./ScoringFacts.ts"
export { interpret } from "./ScoringInterpret.ts"
export {
  Category,
  CategoryMax,
  change,
  type EventRule,
  type FieldRule,
  Grade,
  Grades,
  GradeSetting,
  isFieldRule,
  maxConditions,
  maxDays,
  maxPoints,
  maxRules,
  Rule,
  RuleSet,
  RuleSetChange,
  ScoredCondition
} from "./ScoringRules.ts"
export { CategoryScore, Factor, gradeOf, Score } from "./ScoringScore.ts"
export { unreachable } from "./ScoringReach.ts"
export { decodeChange, invalidRules, validate } from "./ScoringValidation.ts"

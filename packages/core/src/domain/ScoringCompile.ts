/**
 * Evaluation. Rules are compiled once into functions; evaluating them is pure, and never fails whatever the facts are.
 *
 * One integer for each rule, rounded once, half away from zero. A category is the sum of its rules, but never less than 0
 * or more than its maximum; the total is the sum of the categories. Nothing depends on the order of events.
 */
import * as DateTime from "effect/DateTime"
import { closuresOf } from "./ScoringClosures.ts"
import { generatedOf } from "./ScoringCode.ts"
import { type Slots, slotsOf, timelinesOf } from "./ScoringEvents.ts"
import { type FactReader, type Facts, readerOf } from "./ScoringFacts.ts"
import { namesOf } from "./ScoringFields.ts"
import { type Parts, partsOf, type Program } from "./ScoringParts.ts"
import { isFieldRule, type RuleSet } from "./ScoringRules.ts"
import type { Score } from "./ScoringScore.ts"

/** A rule set, ready to evaluate. */
export interface CompiledRules {
  readonly ruleSet: RuleSet
  /** The names of facts that the rules look at. */
  readonly fields: ReadonlySet<string>
  /** The names of events that the rules count. */
  readonly events: ReadonlySet<string>
  /** @internal */
  readonly program: Program
  /** @internal */
  readonly slots: Slots
  /** @internal */
  readonly readers: ReadonlyArray<{ readonly name: string; readonly read: FactReader }>
}

export interface CompileOptions {
  /** In which days in conditions begin; UTC unless given. */
  readonly zone?: DateTime.TimeZone
  /**
   * What rules become. `closures` run anywhere. `generated` is code, half as fast again, where the platform allows
   * `new Function`; elsewhere they are closures all the same. `auto`, unless given, begins with closures and goes over to
   * generated code once a thousand contacts were scored, which is when making it begins to pay. Scores are the same.
   */
  readonly code?: "auto" | "closures" | "generated"
}

/**
 * Prepares a rule set for evaluating it many times. It is expected to be valid; of one that is not, conditions that
 * cannot hold give nothing.
 */
export const compile = (
  ruleSet: RuleSet,
  { code = "auto", zone = DateTime.zoneMakeOffset(0) }: CompileOptions = {}
): CompiledRules => {
  const fields = new Set(ruleSet.rules.flatMap((rule) => (isFieldRule(rule) ? namesOf(rule.field) : [])))
  const events = new Set(ruleSet.rules.flatMap((rule) => (isFieldRule(rule) ? [] : [rule.event])))
  const slots = slotsOf(events)
  return {
    ruleSet,
    fields,
    events,
    program: programOf(code, ruleSet, partsOf(ruleSet, slots.byName, zone)),
    slots,
    readers: [...fields].map((name) => ({ name, read: readerOf(name) }))
  }
}

/**
 * The score of a contact at an instant, with what explains it and how long it holds.
 *
 * @example
 * ```ts
 * import { Scoring } from "@clientele/core"
 * import * as DateTime from "effect/DateTime"
 *
 * const compiled = Scoring.compile(Scoring.defaultRuleSet)
 * const facts: Scoring.Facts = {
 *   fields: new Map([["custom_fields.company_size", "500+"]]),
 *   events: [{ id: "evt_1", name: "demo_request", at: DateTime.makeUnsafe("2026-01-20T10:00:00Z") }]
 * }
 * const score = Scoring.evaluate(compiled, facts, DateTime.makeUnsafe("2026-01-24T19:00:00Z"))
 * score.total // 25
 * score.breakdown.demographic.factors[0]?.reason // "500+ employees"
 * score.scoreBreakdown.recentActivity // 15
 * ```
 */
export const evaluate = (rules: CompiledRules, facts: Facts, now: DateTime.Utc): Score =>
  rules.program.evaluate(facts.fields, timelinesOf(rules.slots, facts.events), now)

/** The total of `evaluate` alone. */
export const total = (rules: CompiledRules, facts: Facts, now: DateTime.Utc): number =>
  rules.program.total(facts.fields, timelinesOf(rules.slots, facts.events), DateTime.toEpochMillis(now))

// internal

const programOf = (code: "auto" | "closures" | "generated", ruleSet: RuleSet, parts: Parts): Program => {
  const closures = closuresOf(ruleSet, parts)
  switch (code) {
    case "closures":
      return closures
    case "generated":
      return generatedOf(ruleSet, parts) ?? closures
    case "auto":
      return whenItPays(closures, () => generatedOf(ruleSet, parts))
  }
}

/** After how many contacts generated code has saved the time that it takes to make. */
const enough = 1_000

const whenItPays = (closures: Program, generate: () => Program | undefined): Program => {
  let program = closures
  let scored = 0
  const current = (): Program => {
    if (scored < enough && ++scored === enough) program = generate() ?? closures
    return program
  }
  return {
    evaluate: (fields, timelines, now) => current().evaluate(fields, timelines, now),
    total: (fields, timelines, now) => current().total(fields, timelines, now)
  }
}

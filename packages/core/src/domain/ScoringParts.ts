/** The parts of a rule set: each rule, worked out as far as it can be without facts. What evaluates them is a `Program`. */
import type * as DateTime from "effect/DateTime"
import { type Counting, countingOf, millisPerDay, type Timelines } from "./ScoringEvents.ts"
import { compileField, type FieldScorer } from "./ScoringFields.ts"
import { eventReason } from "./ScoringReasons.ts"
import { Category, isFieldRule, type Rule, type RuleSet } from "./ScoringRules.ts"
import type { Score } from "./ScoringScore.ts"
import type { SegmentFacts } from "./SegmentFacts.ts"

/** How far back the events of a score's recent part may be, in milliseconds. */
export const recently = 30 * millisPerDay

export interface FieldPart extends FieldScorer {
  readonly kind: "field"
  readonly ruleIndex: number
}

export interface EventPart {
  readonly kind: "event"
  readonly factor: string
  readonly ruleIndex: number
  readonly slot: number
  readonly counting: Counting
  /** The counting of what was earned in the last 30 days. */
  readonly recent: Counting
  readonly reason: (count: number) => string
}

export type Part = FieldPart | EventPart

export type Parts = { readonly [C in Category]: ReadonlyArray<Part> }

/** Rules that can be asked of facts, of which the events are already timelines. */
export interface Program {
  readonly evaluate: (fields: SegmentFacts, timelines: Timelines, now: DateTime.Utc) => Score
  readonly total: (fields: SegmentFacts, timelines: Timelines, now: number) => number
}

/** The rules by category; events are told by their slots. */
export const partsOf = ({ rules }: RuleSet, slots: ReadonlyMap<string, number>, zone: DateTime.TimeZone): Parts => {
  const ofCategory = (category: Category) =>
    rules.flatMap((rule, index) => (rule.category === category ? [partOf(rule, index, slots, zone)] : []))
  return { demographic: ofCategory("demographic"), behavioral: ofCategory("behavioral"), fit: ofCategory("fit") }
}

// internal

const partOf = (rule: Rule, ruleIndex: number, slots: ReadonlyMap<string, number>, zone: DateTime.TimeZone): Part => {
  if (isFieldRule(rule)) return { kind: "field", ruleIndex, ...compileField(rule, ruleIndex, zone) }
  const counting = countingOf(rule)
  return {
    kind: "event",
    factor: rule.name ?? rule.event,
    ruleIndex,
    slot: slots.get(rule.event) ?? -1,
    counting,
    recent: { ...counting, within: Math.min(counting.within, recently) },
    reason: eventReason(rule)
  }
}

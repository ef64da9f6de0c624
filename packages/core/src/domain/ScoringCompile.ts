/**
 * Evaluation. Rules are compiled once into functions; evaluating them is pure, and never fails whatever the facts are.
 *
 * One integer for each rule, rounded once, half away from zero. A category is the sum of its rules, but never less than 0
 * or more than its maximum; the total is the sum of the categories. Nothing depends on the order of events.
 */
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"
import type { ScoreBreakdown } from "./Contact.ts"
import {
  type Counting,
  countingOf,
  millisPerDay,
  nextChange,
  pointsOf,
  runAt,
  type ScoredEvent,
  type Timeline,
  timelineOf
} from "./ScoringEvents.ts"
import type { Facts } from "./ScoringFacts.ts"
import { compileField, type FieldScorer, namesOf } from "./ScoringFields.ts"
import { eventReason, fieldReason } from "./ScoringReasons.ts"
import { type Category, Category as Categories, isFieldRule, type Rule, type RuleSet } from "./ScoringRules.ts"
import { type CategoryScore, type Factor, gradeOf, type Score } from "./ScoringScore.ts"

/** A rule set, ready to evaluate. */
export interface CompiledRules {
  readonly ruleSet: RuleSet
  /** The names of facts that the rules look at. */
  readonly fields: ReadonlySet<string>
  /** The names of events that the rules count. */
  readonly events: ReadonlySet<string>
  /** @internal */
  readonly parts: ReadonlyArray<Part>
  /** @internal */
  readonly slots: ReadonlyMap<string, number>
}

export interface CompileOptions {
  /** In which days in conditions begin; UTC unless given. */
  readonly zone?: DateTime.TimeZone
}

/**
 * Prepares a rule set for evaluating it many times. It is expected to be valid; of one that is not, conditions that
 * cannot hold give nothing.
 */
export const compile = (
  ruleSet: RuleSet,
  { zone = DateTime.zoneMakeOffset(0) }: CompileOptions = {}
): CompiledRules => {
  const events = new Set(ruleSet.rules.flatMap((rule) => (isFieldRule(rule) ? [] : [rule.event])))
  const slots = new Map([...events].map((name, slot) => [name, slot]))
  return {
    ruleSet,
    fields: new Set(ruleSet.rules.flatMap((rule) => (isFieldRule(rule) ? namesOf(rule.field) : []))),
    events,
    parts: ruleSet.rules.map((rule, index) => compileRule(rule, index, slots, zone)),
    slots
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
export const evaluate = (compiled: CompiledRules, facts: Facts, now: DateTime.Utc): Score => {
  const { categoryMax, grades } = compiled.ruleSet
  const at = DateTime.toEpochMillis(now)
  const timelines = timelinesOf(compiled, facts.events)
  const factors: { readonly [C in Category]: Array<Factor> } = { demographic: [], behavioral: [], fit: [] }
  const sums = { demographic: 0, behavioral: 0, fit: 0 }
  let until = Infinity
  for (const part of compiled.parts) {
    const { factor, validUntil } = part.explain(facts, timelines, at)
    until = Math.min(until, validUntil)
    if (factor === undefined) continue
    factors[part.category].push(factor)
    sums[part.category] += factor.score
  }
  const categoryOf = (category: Category): CategoryScore => {
    const max = categoryMax[category]
    const score = clamp(sums[category], max)
    return { score, max, capped: score !== sums[category], factors: factors[category] }
  }
  const breakdown = {
    demographic: categoryOf("demographic"),
    behavioral: categoryOf("behavioral"),
    fit: categoryOf("fit")
  }
  const [demographic, behavioral, fit] = [breakdown.demographic.score, breakdown.behavioral.score, breakdown.fit.score]
  const total = demographic + behavioral + fit
  const grade = gradeOf(grades, total)
  const recent = recentPoints(compiled, timelines, at, behavioral)
  return {
    total,
    grade,
    fitGrade: gradeOf(grades, demographic + fit, categoryMax.demographic + categoryMax.fit),
    engagementGrade: gradeOf(grades, behavioral, categoryMax.behavioral),
    breakdown,
    scoreBreakdown: {
      engagement: behavioral - recent,
      profileCompleteness: demographic,
      recentActivity: recent,
      fitScore: fit
    },
    recommendation: grades[grade].recommendation,
    validUntil: toInstant(nextRecentChange(compiled, timelines, { now: at, until, behavioral, recent }))
  }
}

/** The total of `evaluate` alone. */
export const total = (compiled: CompiledRules, facts: Facts, now: DateTime.Utc): number => {
  const { categoryMax } = compiled.ruleSet
  const at = DateTime.toEpochMillis(now)
  const timelines = timelinesOf(compiled, facts.events)
  const sums = { demographic: 0, behavioral: 0, fit: 0 }
  for (const part of compiled.parts) sums[part.category] += part.points(facts, timelines, at)
  return Categories.literals.reduce((sum, category) => sum + clamp(sums[category], categoryMax[category]), 0)
}

// internal

interface Explained {
  /** Absent when the rule gives nothing. */
  readonly factor: Factor | undefined
  readonly validUntil: number
}

interface Part {
  readonly category: Category
  readonly points: (facts: Facts, timelines: Timelines, now: number) => number
  readonly explain: (facts: Facts, timelines: Timelines, now: number) => Explained
  /** How the part of its points counts that was earned in the last 30 days; absent where no points are. */
  readonly recent: RecentPart | undefined
}

interface RecentPart {
  readonly slot: number
  readonly counting: Counting
}

type Timelines = ReadonlyArray<Timeline>

const compileRule = (rule: Rule, index: number, slots: ReadonlyMap<string, number>, zone: DateTime.TimeZone): Part => {
  if (isFieldRule(rule)) {
    return fieldPart(
      compileField(rule, zone),
      rule.conditions.map((condition) => fieldReason(rule, condition)),
      { category: rule.category, factor: rule.name ?? rule.field, ruleIndex: index }
    )
  }
  const slot = slots.get(rule.event) ?? -1
  return eventPart(slot, countingOf(rule), eventReason(rule), {
    category: rule.category,
    factor: rule.name ?? rule.event,
    ruleIndex: index
  })
}

interface Named {
  readonly category: Category
  readonly factor: string
  readonly ruleIndex: number
}

const fieldPart = (
  { choose, nextChange, points, read }: FieldScorer,
  reasons: ReadonlyArray<(value: Schema.Json | undefined) => string>,
  { category, factor, ruleIndex }: Named
): Part => ({
  category,
  points: ({ fields }, _, now) => points[choose(read(fields), now)] ?? 0,
  explain: ({ fields }, _, now) => {
    const value = read(fields)
    const chosen = choose(value, now)
    const score = points[chosen] ?? 0
    const reason = reasons[chosen]?.(value) ?? ""
    return {
      factor: score === 0 ? undefined : { factor, score, reason, ruleIndex, eventIds: [] },
      validUntil: nextChange(value, now)
    }
  },
  recent: undefined
})

const recentDays = 30 * millisPerDay

const eventPart = (
  slot: number,
  counting: Counting,
  reason: (count: number) => string,
  { category, factor, ruleIndex }: Named
): Part => ({
  category,
  points: (_, timelines, now) => eventPoints(timelines, { slot, counting }, now),
  explain: (_, timelines, now) => {
    const timeline = timelines[slot] ?? []
    const run = runAt(timeline, counting, now)
    const score = pointsOf(timeline, run, counting, now)
    const counted = timeline.slice(run.start, run.end)
    return {
      factor:
        score === 0
          ? undefined
          : { factor, score, reason: reason(counted.length), ruleIndex, eventIds: counted.map(({ id }) => id) },
      validUntil: nextChange(timeline, counting, now)
    }
  },
  recent:
    category === "behavioral"
      ? { slot, counting: { ...counting, within: Math.min(counting.within, recentDays) } }
      : undefined
})

const eventPoints = (timelines: Timelines, { counting, slot }: RecentPart, now: number): number => {
  const timeline = timelines[slot] ?? []
  return pointsOf(timeline, runAt(timeline, counting, now), counting, now)
}

const timelinesOf = ({ slots }: CompiledRules, events: ReadonlyArray<ScoredEvent>): Timelines => {
  const timelines = Array.from(slots, (): Array<ScoredEvent> => [])
  for (const event of events) {
    const slot = slots.get(event.name)
    if (slot !== undefined) timelines[slot]?.push(event)
  }
  return timelines.map(timelineOf)
}

const clamp = (sum: number, max: number): number => Math.min(Math.max(sum, 0), max)

const recentPoints = (
  { parts }: CompiledRules,
  timelines: Timelines,
  now: number,
  behavioral: number
): ScoreBreakdown["recentActivity"] => {
  const earned = parts.reduce(
    (sum, { recent }) => (recent === undefined ? sum : sum + eventPoints(timelines, recent, now)),
    0
  )
  return clamp(earned, behavioral)
}

/**
 * The first instant after `now` at which the recent part of the behavioral points is another one, if it is before
 * `until`, up to which those points stay as they are.
 */
const nextRecentChange = (
  compiled: CompiledRules,
  timelines: Timelines,
  {
    behavioral,
    now,
    recent,
    until
  }: {
    readonly now: number
    readonly until: number
    readonly behavioral: number
    readonly recent: number
  }
): number => {
  const parts = compiled.parts.flatMap(({ recent }) => recent ?? [])
  for (let at = now; ;) {
    at = parts.reduce(
      (first, { counting, slot }) => Math.min(first, nextChange(timelines[slot] ?? [], counting, at)),
      until
    )
    if (at >= until || recentPoints(compiled, timelines, at, behavioral) !== recent) return at
  }
}

// The last instant that a date can tell.
const endOfTime = 8.64e15

const toInstant = (at: number): DateTime.Utc | null => (at <= endOfTime ? DateTime.makeUnsafe(at) : null)

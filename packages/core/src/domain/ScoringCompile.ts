/**
 * Evaluation. Rules are compiled once into functions; evaluating them is pure, and never fails whatever the facts are.
 *
 * One integer for each rule, rounded once, half away from zero. A category is the sum of its rules, but never less than 0
 * or more than its maximum; the total is the sum of the categories. Nothing depends on the order of events.
 */
import * as DateTime from "effect/DateTime"
import {
  countAt,
  type Counted,
  type Counting,
  countingOf,
  endWithin,
  millisPerDay,
  nextChange,
  pointsUpTo,
  timeAt,
  type Timeline,
  type Timelines,
  timelinesOf
} from "./ScoringEvents.ts"
import { type FactReader, type Facts, readerOf } from "./ScoringFacts.ts"
import { compileField, type FieldScorer, namesOf } from "./ScoringFields.ts"
import { eventReason } from "./ScoringReasons.ts"
import { type Category, isFieldRule, type Rule, type RuleSet } from "./ScoringRules.ts"
import { type CategoryScore, type Factor, gradeOf, type Score } from "./ScoringScore.ts"

/** A rule set, ready to evaluate. */
export interface CompiledRules {
  readonly ruleSet: RuleSet
  /** The names of facts that the rules look at. */
  readonly fields: ReadonlySet<string>
  /** The names of events that the rules count. */
  readonly events: ReadonlySet<string>
  /** @internal */
  readonly parts: { readonly [C in Category]: ReadonlyArray<Part> }
  /** @internal */
  readonly slots: ReadonlyMap<string, number>
  /** @internal */
  readonly readers: ReadonlyArray<{ readonly name: string; readonly read: FactReader }>
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
  const fields = new Set(ruleSet.rules.flatMap((rule) => (isFieldRule(rule) ? namesOf(rule.field) : [])))
  const events = new Set(ruleSet.rules.flatMap((rule) => (isFieldRule(rule) ? [] : [rule.event])))
  const slots = new Map([...events].map((name, slot) => [name, slot]))
  const partsOf = (category: Category) =>
    ruleSet.rules.flatMap((rule, index) => (rule.category === category ? [compileRule(rule, index, slots, zone)] : []))
  return {
    ruleSet,
    fields,
    events,
    parts: { demographic: partsOf("demographic"), behavioral: partsOf("behavioral"), fit: partsOf("fit") },
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
export const evaluate = (rules: CompiledRules, facts: Facts, now: DateTime.Utc): Score => {
  // Not in the signature, where what is internal would show in the published types.
  const { parts, ruleSet, slots } = rules
  const { categoryMax, grades } = ruleSet
  const standing: Standing = {
    fields: facts.fields,
    timelines: timelinesOf(slots, facts.events),
    now: DateTime.toEpochMillis(now),
    until: Infinity,
    recent: 0,
    recentUntil: Infinity
  }
  const breakdown = {
    demographic: categoryScore(parts.demographic, categoryMax.demographic, standing),
    behavioral: categoryScore(parts.behavioral, categoryMax.behavioral, standing),
    fit: categoryScore(parts.fit, categoryMax.fit, standing)
  }
  const demographic = breakdown.demographic.score
  const behavioral = breakdown.behavioral.score
  const fit = breakdown.fit.score
  const total = demographic + behavioral + fit
  const grade = gradeOf(grades, total)
  const recentActivity = clamp(standing.recent, behavioral)
  return {
    total,
    grade,
    fitGrade: gradeOf(grades, demographic + fit, categoryMax.demographic + categoryMax.fit),
    engagementGrade: gradeOf(grades, behavioral, categoryMax.behavioral),
    breakdown,
    scoreBreakdown: {
      engagement: behavioral - recentActivity,
      profileCompleteness: demographic,
      recentActivity,
      fitScore: fit
    },
    recommendation: grades[grade].recommendation,
    validUntil: toInstant(now, nextRecentChange(parts.behavioral, standing, behavioral, recentActivity))
  }
}

/** The total of `evaluate` alone. */
export const total = (rules: CompiledRules, facts: Facts, now: DateTime.Utc): number => {
  const { parts, ruleSet, slots } = rules
  const { categoryMax } = ruleSet
  const at = DateTime.toEpochMillis(now)
  const timelines = timelinesOf(slots, facts.events)
  return (
    categoryPoints(parts.demographic, categoryMax.demographic, facts, timelines, at) +
    categoryPoints(parts.behavioral, categoryMax.behavioral, facts, timelines, at) +
    categoryPoints(parts.fit, categoryMax.fit, facts, timelines, at)
  )
}

// internal

type Part = FieldPart | EventPart

interface FieldPart extends FieldScorer {
  readonly kind: "field"
}

interface EventPart {
  readonly kind: "event"
  readonly isBehavioral: boolean
  readonly factor: string
  readonly ruleIndex: number
  readonly slot: number
  readonly counting: Counting
  /** The counting of what was earned in the last 30 days. */
  readonly recent: Counting
  readonly reason: (count: number) => string
}

const recently = 30 * millisPerDay

const compileRule = (
  rule: Rule,
  ruleIndex: number,
  slots: ReadonlyMap<string, number>,
  zone: DateTime.TimeZone
): Part => {
  if (isFieldRule(rule)) return { kind: "field", ...compileField(rule, ruleIndex, zone) }
  const counting = countingOf(rule)
  return {
    kind: "event",
    isBehavioral: rule.category === "behavioral",
    factor: rule.name ?? rule.event,
    ruleIndex,
    slot: slots.get(rule.event) ?? -1,
    counting,
    recent: { ...counting, within: Math.min(counting.within, recently) },
    reason: eventReason(rule)
  }
}

/** What a contact is scored by, and what is found out on the way. */
interface Standing {
  readonly fields: Facts["fields"]
  readonly timelines: Timelines
  readonly now: number
  /** Up to when every rule gives what it gives. */
  until: number
  /** Points of the category that were earned in the last 30 days. */
  recent: number
  /** Until when at least they stay while every rule gives what it gives. */
  recentUntil: number
}

const categoryScore = (parts: ReadonlyArray<Part>, max: number, standing: Standing): CategoryScore => {
  const factors: Array<Factor> = []
  let sum = 0
  for (const part of parts) {
    const factor = part.kind === "field" ? fieldFactor(part, standing) : eventFactor(part, standing)
    if (factor === undefined) continue
    factors.push(factor)
    sum += factor.score
  }
  const score = clamp(sum, max)
  return { score, max, capped: score !== sum, factors }
}

const fieldFactor = ({ factorAt, nextChange }: FieldPart, standing: Standing): Factor | undefined => {
  const { fields, now, until } = standing
  if (nextChange !== undefined) standing.until = Math.min(until, nextChange(fields, now))
  return factorAt(fields, now)
}

const eventFactor = (part: EventPart, standing: Standing): Factor | undefined => {
  const timeline = standing.timelines[part.slot]
  if (timeline === undefined) return undefined
  const { counting, factor, reason, ruleIndex } = part
  const counted = countAt(timeline, counting, standing.now)
  standing.until = nextChange(timeline, counting, standing.now, counted, standing.until)
  if (part.isBehavioral) addRecent(standing, counting, timeline, counted)
  const { end, points: score, start } = counted
  if (score === 0) return undefined
  return { factor, score, reason: reason(end - start), ruleIndex, eventIds: idsBetween(timeline, start, end) }
}

const idsBetween = (timeline: Timeline, start: number, end: number): ReadonlyArray<string> => {
  const ids = [timeline[start]?.id ?? ""]
  for (let index = start + 1; index < end; index++) ids.push(timeline[index]?.id ?? "")
  return ids
}

const categoryPoints = (
  parts: ReadonlyArray<Part>,
  max: number,
  { fields }: Facts,
  timelines: Timelines,
  now: number
): number => {
  let sum = 0
  for (const part of parts) {
    sum +=
      part.kind === "field"
        ? (part.factorAt(fields, now)?.score ?? 0)
        : pointsAt(timelines[part.slot], part.counting, now)
  }
  return clamp(sum, max)
}

const pointsAt = (timeline: Timeline | undefined, counting: Counting, now: number): number =>
  timeline === undefined ? 0 : countAt(timeline, counting, now).points

const clamp = (sum: number, max: number): number => Math.min(Math.max(sum, 0), max)

const addRecent = (standing: Standing, counting: Counting, timeline: Timeline, counted: Counted): void => {
  const { end, points, start } = counted
  const { now } = standing
  const recentEnd = endWithin(timeline, counted, recently, now)
  const isAll = recentEnd === end
  const isSome = recentEnd > start
  standing.recent += isAll ? points : pointsUpTo(timeline, counted, recentEnd, counting, now)
  // Of some that decay, or are yet to come, the points may change at any time; all together give what the rule gives.
  if (!isAll && (start > 0 || (isSome && counting.halfLife < Infinity))) standing.recentUntil = now
  else if (isSome) standing.recentUntil = Math.min(standing.recentUntil, timeAt(timeline, recentEnd - 1) + recently + 1)
}

/** The behavioral points earned in the last 30 days, which are some of those that the category has. */
const recentPoints = (parts: ReadonlyArray<Part>, timelines: Timelines, now: number, behavioral: number): number => {
  let earned = 0
  for (const part of parts) if (part.kind === "event") earned += pointsAt(timelines[part.slot], part.recent, now)
  return clamp(earned, behavioral)
}

/**
 * The first instant, from one at which it may be so, at which the recent part of the behavioral points is another one, if
 * it is before `until`, up to which every rule gives what it gives now.
 */
const nextRecentChange = (
  parts: ReadonlyArray<Part>,
  { recentUntil, timelines, until }: Standing,
  behavioral: number,
  recentActivity: number
): number => {
  let at = recentUntil
  while (at < until && recentPoints(parts, timelines, at, behavioral) === recentActivity) {
    let next = until
    for (const part of parts) {
      const timeline = part.kind === "event" ? timelines[part.slot] : undefined
      // A rule that looks back no further has nothing that is not recent.
      if (part.kind === "field" || timeline === undefined || part.counting.within <= recently) continue
      next = nextChange(timeline, part.recent, at, countAt(timeline, part.recent, at), next)
    }
    at = next
  }
  return Math.min(at, until)
}

// The last instant that a date can tell.
const endOfTime = 8.64e15

const toInstant = (now: DateTime.Utc, at: number): DateTime.Utc | null =>
  at <= endOfTime ? DateTime.mapEpochMillis(now, () => at) : null

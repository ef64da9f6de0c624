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
  putInOrder,
  type ScoredEvent,
  timeAt,
  type Timeline
} from "./ScoringEvents.ts"
import type { Facts } from "./ScoringFacts.ts"
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
  readonly parts: ReadonlyArray<Part>
  /** @internal */
  readonly behavior: ReadonlyArray<EventPart>
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
  const parts = ruleSet.rules.map((rule, index) => compileRule(rule, index, slots, zone))
  return {
    ruleSet,
    fields: new Set(ruleSet.rules.flatMap((rule) => (isFieldRule(rule) ? namesOf(rule.field) : []))),
    events,
    parts,
    behavior: parts.flatMap((part) => (part.kind === "event" && part.category === "behavioral" ? [part] : [])),
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
  const recent: Recent = { points: 0, until: Infinity }
  for (const part of compiled.parts) {
    let factor: Factor | undefined
    if (part.kind === "field") {
      factor = part.factorAt(facts.fields, at)
      if (part.nextChange !== undefined) until = Math.min(until, part.nextChange(facts.fields, at))
    } else {
      const timeline = timelines[part.slot]
      if (timeline === undefined) continue
      const counted = countAt(timeline, part.counting, at)
      factor = counted.points === 0 ? undefined : eventFactor(part, timeline, counted)
      until = nextChange(timeline, part.counting, at, counted, until)
      if (part.category === "behavioral") addRecent(recent, part, timeline, counted, at)
    }
    if (factor === undefined) continue
    factors[part.category].push(factor)
    sums[part.category] += factor.score
  }
  const breakdown = {
    demographic: categoryScore(sums.demographic, categoryMax.demographic, factors.demographic),
    behavioral: categoryScore(sums.behavioral, categoryMax.behavioral, factors.behavioral),
    fit: categoryScore(sums.fit, categoryMax.fit, factors.fit)
  }
  const [demographic, behavioral, fit] = [breakdown.demographic.score, breakdown.behavioral.score, breakdown.fit.score]
  const total = demographic + behavioral + fit
  const grade = gradeOf(grades, total)
  const recentActivity = clamp(recent.points, behavioral)
  const stand = { from: recent.until, until, behavioral, recentActivity }
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
    validUntil: toInstant(nextRecentChange(compiled, timelines, stand))
  }
}

/** The total of `evaluate` alone. */
export const total = (compiled: CompiledRules, facts: Facts, now: DateTime.Utc): number => {
  const { categoryMax } = compiled.ruleSet
  const at = DateTime.toEpochMillis(now)
  const timelines = timelinesOf(compiled, facts.events)
  const sums = { demographic: 0, behavioral: 0, fit: 0 }
  for (const part of compiled.parts) {
    sums[part.category] +=
      part.kind === "field"
        ? (part.factorAt(facts.fields, at)?.score ?? 0)
        : pointsAt(timelines[part.slot], part.counting, at)
  }
  return (
    clamp(sums.demographic, categoryMax.demographic) +
    clamp(sums.behavioral, categoryMax.behavioral) +
    clamp(sums.fit, categoryMax.fit)
  )
}

// internal

type Part = FieldPart | EventPart

interface FieldPart extends FieldScorer {
  readonly kind: "field"
  readonly category: Category
}

interface EventPart {
  readonly kind: "event"
  readonly category: Category
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
  const { category } = rule
  if (isFieldRule(rule)) return { kind: "field", category, ...compileField(rule, ruleIndex, zone) }
  const counting = countingOf(rule)
  return {
    kind: "event",
    category,
    factor: rule.name ?? rule.event,
    ruleIndex,
    slot: slots.get(rule.event) ?? -1,
    counting,
    recent: { ...counting, within: Math.min(counting.within, recently) },
    reason: eventReason(rule)
  }
}

/** By slot; absent where nothing happened. */
type Timelines = ReadonlyArray<Timeline | undefined>

const timelinesOf = ({ slots }: CompiledRules, events: ReadonlyArray<ScoredEvent>): Timelines => {
  const timelines: Array<Array<ScoredEvent> | undefined> = []
  for (const event of events) {
    const slot = slots.get(event.name)
    if (slot === undefined) continue
    const timeline = timelines[slot]
    if (timeline === undefined) timelines[slot] = [event]
    else timeline.push(event)
  }
  for (const timeline of timelines) if (timeline !== undefined) putInOrder(timeline)
  return timelines
}

const eventFactor = (
  { factor, reason, ruleIndex }: EventPart,
  timeline: Timeline,
  { end, points, start }: Counted
): Factor => {
  const eventIds: Array<string> = []
  for (let index = start; index < end; index++) eventIds.push(timeline[index]?.id ?? "")
  return { factor, score: points, reason: reason(end - start), ruleIndex, eventIds }
}

const pointsAt = (timeline: Timeline | undefined, counting: Counting, now: number): number =>
  timeline === undefined ? 0 : countAt(timeline, counting, now).points

const categoryScore = (sum: number, max: number, factors: ReadonlyArray<Factor>): CategoryScore => {
  const score = clamp(sum, max)
  return { score, max, capped: score !== sum, factors }
}

const clamp = (sum: number, max: number): number => Math.min(Math.max(sum, 0), max)

/** What was earned in the last 30 days, and until when at least it stays while every rule gives what it gives. */
interface Recent {
  points: number
  until: number
}

const addRecent = (
  recent: Recent,
  { counting }: EventPart,
  timeline: Timeline,
  counted: Counted,
  now: number
): void => {
  const { end, points, start } = counted
  const recentEnd = endWithin(timeline, counted, recently, now)
  const [isAll, isSome] = [recentEnd === end, recentEnd > start]
  recent.points += isAll ? points : pointsUpTo(timeline, counted, recentEnd, counting, now)
  // Of some that decay, or are yet to come, the points may change at any time; all together give what the rule gives.
  if (!isAll && (start > 0 || (isSome && counting.halfLife < Infinity))) recent.until = now
  else if (isSome) recent.until = Math.min(recent.until, timeAt(timeline, recentEnd - 1) + recently + 1)
}

/** The behavioral points earned in the last 30 days, which are some of those that the category has. */
const recentPoints = ({ behavior }: CompiledRules, timelines: Timelines, now: number, behavioral: number): number => {
  const earned = behavior.reduce((sum, { recent, slot }) => sum + pointsAt(timelines[slot], recent, now), 0)
  return clamp(earned, behavioral)
}

interface Stand {
  /** From when on to look. */
  readonly from: number
  readonly until: number
  readonly behavioral: number
  readonly recentActivity: number
}

/**
 * The first instant, from one at which it may be so, at which the recent part of the behavioral points is another one, if
 * it is before `until`, up to which every rule gives what it gives now.
 */
const nextRecentChange = (
  compiled: CompiledRules,
  timelines: Timelines,
  { behavioral, from, recentActivity, until }: Stand
): number => {
  let at = from
  while (at < until && recentPoints(compiled, timelines, at, behavioral) === recentActivity) {
    let next = until
    for (const { counting, recent, slot } of compiled.behavior) {
      const timeline = timelines[slot]
      // A rule that looks back no further has nothing that is not recent.
      if (timeline === undefined || counting.within <= recently) continue
      next = nextChange(timeline, recent, at, countAt(timeline, recent, at), next)
    }
    at = next
  }
  return Math.min(at, until)
}

// The last instant that a date can tell.
const endOfTime = 8.64e15

const toInstant = (at: number): DateTime.Utc | null => (at <= endOfTime ? DateTime.makeUnsafe(at) : null)

/**
 * Scoring by the letter: what a rule set means, one condition and one event at a time, with nothing prepared and nothing
 * remembered. Slow, and the measure for what is fast: compiled rules give the same score, to the millisecond.
 *
 * Of time it knows no shortcut: it lists the instants at which anything can change, and looks at each.
 */
import * as DateTime from "effect/DateTime"
import * as Condition from "./Condition.ts"
import { millisPerDay, type ScoredEvent } from "./ScoringEvents.ts"
import type { Facts } from "./ScoringFacts.ts"
import { namesOf } from "./ScoringFields.ts"
import { eventReason, fieldReason } from "./ScoringReasons.ts"
import { type Category, type EventRule, type FieldRule, isFieldRule, type RuleSet, toPoints } from "./ScoringRules.ts"
import { type CategoryScore, type Factor, gradeOf, type Score } from "./ScoringScore.ts"
import { fieldKind } from "./SegmentFields.ts"

/**
 * The score of a contact at an instant. Days in conditions begin in the zone; UTC unless given.
 *
 * @example
 * ```ts
 * import { Scoring } from "@clientele/core"
 * import * as DateTime from "effect/DateTime"
 *
 * const facts: Scoring.Facts = { fields: new Map([["email", "mara@example.com"]]), events: [] }
 * const now = DateTime.makeUnsafe("2026-01-24T19:00:00Z")
 * Scoring.interpret(Scoring.defaultRuleSet, facts, now).total // 2
 * Scoring.evaluate(Scoring.compile(Scoring.defaultRuleSet), facts, now).total // 2
 * ```
 */
export const interpret = (
  ruleSet: RuleSet,
  facts: Facts,
  now: DateTime.Utc,
  zone: DateTime.TimeZone = DateTime.zoneMakeOffset(0)
): Score => {
  const scoring: Scoring = { ruleSet, facts, zone }
  const standing = standingAt(scoring, DateTime.toEpochMillis(now))
  return { ...standing, validUntil: validUntil(scoring, standing, now) }
}

// internal

interface Scoring {
  readonly ruleSet: RuleSet
  readonly facts: Facts
  readonly zone: DateTime.TimeZone
}

/** A score but for how long it holds. */
type Standing = Omit<Score, "validUntil">

const standingAt = (scoring: Scoring, now: number): Standing => {
  const { categoryMax, grades } = scoring.ruleSet
  const breakdown = {
    demographic: categoryAt(scoring, "demographic", now),
    behavioral: categoryAt(scoring, "behavioral", now),
    fit: categoryAt(scoring, "fit", now)
  }
  const [demographic, behavioral, fit] = [breakdown.demographic.score, breakdown.behavioral.score, breakdown.fit.score]
  const total = demographic + behavioral + fit
  const recentActivity = clamp(recentAt(scoring, now), behavioral)
  const grade = gradeOf(grades, total)
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
    recommendation: grades[grade].recommendation
  }
}

const clamp = (sum: number, max: number): number => Math.max(0, Math.min(sum, max))

const sumOf = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, number) => sum + number, 0)

const categoryAt = (scoring: Scoring, category: Category, now: number): CategoryScore => {
  const max = scoring.ruleSet.categoryMax[category]
  const factors = scoring.ruleSet.rules.flatMap((rule, ruleIndex) => {
    if (rule.category !== category) return []
    const { eventIds, reason, score } = isFieldRule(rule)
      ? fieldFactor(scoring, rule, now)
      : eventFactor(scoring, rule, now)
    return score === 0 ? [] : [{ factor: rule.name ?? subjectOf(rule), score, reason, ruleIndex, eventIds }]
  })
  const sum = sumOf(factors.map(({ score }) => score))
  const score = clamp(sum, max)
  return { score, max, capped: score !== sum, factors }
}

const subjectOf = (rule: EventRule | FieldRule): string => (isFieldRule(rule) ? rule.field : rule.event)

type Given = Pick<Factor, "eventIds" | "reason" | "score">

// -- Fields

/** The first condition that holds gives its points. */
const fieldFactor = (scoring: Scoring, rule: FieldRule, now: number): Given => {
  const value = valueOf(scoring, rule)
  const first = rule.conditions.find((condition) => {
    const question = Condition.interpret(condition, { now: DateTime.makeUnsafe(now), zone: scoring.zone })
    return Condition.ask(question, { exact: fieldKind(rule.field) === "id" })(value)
  })
  if (first === undefined) return { score: 0, reason: "", eventIds: [] }
  const reason = fieldReason(rule, first)
  return {
    score: toPoints(Math.round(first.score * 100)),
    reason: typeof reason === "string" ? reason : reason(value),
    eventIds: []
  }
}

/** The value of the first name that has one. */
const valueOf = ({ facts }: Scoring, rule: FieldRule) =>
  namesOf(rule.field)
    .map((name) => facts.fields.get(name))
    .find(Condition.hasValue)

// -- Events

const eventFactor = (scoring: Scoring, rule: EventRule, now: number): Given => {
  const counted = countedAt(scoring, rule, now)
  return {
    score: pointsOf(rule, counted, now),
    reason: eventReason(rule)(counted.length),
    eventIds: counted.map(({ id }) => id)
  }
}

/** The events that a rule counts: of its name, not yet to come and not too old, the newest first, no more than it takes. */
const countedAt = ({ facts }: Scoring, rule: EventRule, now: number): ReadonlyArray<ScoredEvent> =>
  facts.events
    .filter(({ at, name }) => name === rule.event && ageOf(at, now) >= 0 && ageOf(at, now) <= daysOf(rule.withinDays))
    .toSorted((a, b) => ageOf(a.at, now) - ageOf(b.at, now) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0))
    .slice(0, rule.perOccurrence === true ? (rule.maxCount ?? Infinity) : 1)

/** Each event gives the rule's points, half of them after each half-life; the sum is rounded once. */
const pointsOf = (rule: EventRule, events: ReadonlyArray<ScoredEvent>, now: number): number =>
  toPoints(
    sumOf(events.map(({ at }) => 0.5 ** (ageOf(at, now) / daysOf(rule.halfLifeDays)))) * Math.round(rule.score * 100)
  )

const ageOf = (at: DateTime.Utc, now: number): number => now - DateTime.toEpochMillis(at)

const daysOf = (days = Infinity): number => days * millisPerDay

const recently = daysOf(30)

/** The points of behavioral rules for events of the last 30 days. */
const recentAt = (scoring: Scoring, now: number): number =>
  sumOf(
    scoring.ruleSet.rules.map((rule) => {
      if (isFieldRule(rule) || rule.category !== "behavioral") return 0
      return pointsOf(
        rule,
        countedAt(scoring, rule, now).filter(({ at }) => ageOf(at, now) <= recently),
        now
      )
    })
  )

// -- Time

/** The first of the instants at which anything can change at which a number is another one. */
const validUntil = (scoring: Scoring, standing: Standing, now: DateTime.Utc): DateTime.Utc | null => {
  const numbers = numbersOf(standing)
  const isOther = (at: number) => numbersOf(standingAt(scoring, at)) !== numbers
  const first = instantsAfter(scoring, DateTime.toEpochMillis(now)).find(isOther)
  return first === undefined || first > lastInstant ? null : DateTime.makeUnsafe(first)
}

// The last instant that a date can tell.
const lastInstant = 8.64e15

const numbersOf = ({ breakdown, scoreBreakdown }: Standing): string =>
  JSON.stringify([
    scoreBreakdown,
    ...[breakdown.demographic, breakdown.behavioral, breakdown.fit].map(({ factors, score }) => [
      score,
      factors.map(({ ruleIndex, score }) => [ruleIndex, score])
    ])
  ])

const instantsAfter = (scoring: Scoring, now: number): ReadonlyArray<number> =>
  scoring.ruleSet.rules
    .flatMap((rule) => (isFieldRule(rule) ? fieldInstants(scoring, rule) : eventInstants(scoring, rule, now)))
    .filter((at) => at > now)
    .toSorted((a, b) => a - b)

const epoch = DateTime.makeUnsafe(0)

/** When a bound of a condition would pass an instant in the value, if the bound moved with the time. */
const fieldInstants = (scoring: Scoring, rule: FieldRule): ReadonlyArray<number> => {
  const value = valueOf(scoring, rule)
  const texts = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === "string")
  const instants = texts.flatMap((text) => Condition.readInstant(text)?.at ?? [])
  const bounds = rule.conditions
    .filter(({ value }) => [value].flat().some(Condition.isRelative))
    .flatMap((condition) => Condition.interpret(condition, { now: epoch, zone: scoring.zone }).tests)
    .flatMap((test) => (test.kind === "instant" ? [test.from, test.until, test.day.from, test.day.until] : []))
  return instants.flatMap((instant) => bounds.flatMap((bound) => (bound === undefined ? [] : [instant - bound + 1])))
}

/** When the rule counts other events, all or recent, and when those that it counts have decayed to other points. */
const eventInstants = (scoring: Scoring, rule: EventRule, now: number): ReadonlyArray<number> => {
  const times = scoring.facts.events
    .filter(({ name }) => name === rule.event)
    .map(({ at }) => DateTime.toEpochMillis(at))
  const turns = times
    .flatMap((at) => [at, at + recently + 1, at + daysOf(rule.withinDays) + 1])
    .filter((at) => at > now && at < Infinity)
    .toSorted((a, b) => a - b)
  if (rule.halfLifeDays === undefined) return turns
  const end = (turns.at(-1) ?? now) + 64 * daysOf(rule.halfLifeDays)
  const stretches = [...turns, end].map((until, index) => [turns[index - 1] ?? now, until] as const)
  const all = (at: number) => pointsOf(rule, countedAt(scoring, rule, at), at)
  const recent = (at: number) =>
    pointsOf(
      rule,
      countedAt(scoring, rule, at).filter((event) => ageOf(event.at, at) <= recently),
      at
    )
  return [
    ...turns,
    ...stretches.flatMap(([from, until]) => [...stepsOf(all, from, until), ...stepsOf(recent, from, until)])
  ]
}

/** The instants of a stretch at which points that only shrink are others than just before. */
const stepsOf = (pointsAt: (at: number) => number, from: number, until: number): ReadonlyArray<number> => {
  if (until - from <= 1 || pointsAt(from) === pointsAt(until - 1)) return []
  let [low, high] = [from, until - 1]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (pointsAt(middle) === pointsAt(from)) low = middle
    else high = middle
  }
  return [high, ...stepsOf(pointsAt, high, until)]
}

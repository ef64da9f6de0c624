/** From the factors of each category to the whole score: maxima, grades, the other breakdown, and how long it holds. */
import * as DateTime from "effect/DateTime"
import { countAt, nextChange, pointsAt, type Timelines } from "./ScoringEvents.ts"
import { type EventPart, type Parts, recently } from "./ScoringParts.ts"
import type { RuleSet } from "./ScoringRules.ts"
import { type CategoryScore, type Factor, gradeOf, type Score } from "./ScoringScore.ts"

/** What is found out beside factors while rules are asked. */
export interface Standing {
  /** Up to when every rule gives what it gives. */
  until: number
  /** Points of the behavioral rules that were earned in the last 30 days. */
  recent: number
  /** Until when at least they stay while every rule gives what it gives. */
  recentUntil: number
  /** How many of them go then; NaN where that is not known yet. */
  recentLost: number
}

export const standingAtFirst = (): Standing => ({
  until: Infinity,
  recent: 0,
  recentUntil: Infinity,
  recentLost: 0
})

/** Takes down that recent points go at an instant. */
export const loses = (standing: Standing, at: number, points: number): void => {
  if (at < standing.recentUntil) {
    standing.recentUntil = at
    standing.recentLost = points
  } else if (at === standing.recentUntil) standing.recentLost += points
}

/** Makes whole scores of a rule set. */
export const summarizing = ({ categoryMax, grades }: RuleSet, parts: Parts) => {
  const behavioralEvents = parts.behavioral.filter((part) => part.kind === "event")
  return (breakdown: Score["breakdown"], standing: Standing, timelines: Timelines, now: DateTime.Utc): Score => {
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
      validUntil: toInstant(now, nextRecentChange(behavioralEvents, standing, timelines, behavioral, recentActivity))
    }
  }
}

/** The points of a category out of its factors and their sum. */
export const categoryScore = (factors: ReadonlyArray<Factor>, sum: number, max: number): CategoryScore => {
  const score = clamp(sum, max)
  return { score, max, capped: score !== sum, factors }
}

export const clamp = (sum: number, max: number): number => Math.min(Math.max(sum, 0), max)

// internal

/** The behavioral points earned in the last 30 days, which are some of those that the category has. */
const recentPoints = (
  parts: ReadonlyArray<EventPart>,
  timelines: Timelines,
  now: number,
  behavioral: number
): number => {
  let earned = 0
  for (const part of parts) earned += pointsAt(timelines[part.slot], part.recent, now)
  return clamp(earned, behavioral)
}

/**
 * The first instant, from one at which it may be so, at which the recent part of the behavioral points is another one, if
 * it is before `until`, up to which every rule gives what it gives now.
 */
const nextRecentChange = (
  parts: ReadonlyArray<EventPart>,
  { recent, recentLost, recentUntil, until }: Standing,
  timelines: Timelines,
  behavioral: number,
  recentActivity: number
): number => {
  let at = recentUntil
  const left = recent - recentLost
  if (!Number.isNaN(left) && clamp(left, behavioral) !== recentActivity) return Math.min(at, until)
  while (at < until && recentPoints(parts, timelines, at, behavioral) === recentActivity) {
    let next = until
    for (const { counting, recent, slot } of parts) {
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

const toInstant = (now: DateTime.Utc, at: number): DateTime.Utc | null =>
  at <= endOfTime ? DateTime.mapEpochMillis(now, () => at) : null

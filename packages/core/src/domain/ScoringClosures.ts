/** Rules as closures: one for each rule, called in turn. Runs anywhere, and is ready at once. */
import * as DateTime from "effect/DateTime"
import {
  countAt,
  type Counted,
  type Counting,
  endWithin,
  idsBetween,
  nextChange,
  pointsAt,
  pointsUpTo,
  timeAt,
  type Timeline,
  type Timelines
} from "./ScoringEvents.ts"
import { type EventPart, type FieldPart, type Part, type Parts, type Program, recently } from "./ScoringParts.ts"
import type { RuleSet } from "./ScoringRules.ts"
import type { CategoryScore, Factor } from "./ScoringScore.ts"
import { categoryScore, clamp, loses, type Standing, standingAtFirst, summarizing } from "./ScoringSummary.ts"
import type { SegmentFacts } from "./SegmentFacts.ts"

export const closuresOf = (ruleSet: RuleSet, parts: Parts): Program => {
  const { categoryMax } = ruleSet
  const summarize = summarizing(ruleSet, parts)
  return {
    evaluate: (fields, timelines, now) => {
      const standing: Asking = { fields, timelines, now: DateTime.toEpochMillis(now), ...standingAtFirst() }
      // What behavioral rules earned lately is told by their category alone.
      const demographic = scoreOf(parts.demographic, categoryMax.demographic, standing, false)
      const behavioral = scoreOf(parts.behavioral, categoryMax.behavioral, standing, true)
      const fit = scoreOf(parts.fit, categoryMax.fit, standing, false)
      return summarize({ demographic, behavioral, fit }, standing, timelines, now)
    },
    total: (fields, timelines, now) =>
      pointsOf(parts.demographic, categoryMax.demographic, fields, timelines, now) +
      pointsOf(parts.behavioral, categoryMax.behavioral, fields, timelines, now) +
      pointsOf(parts.fit, categoryMax.fit, fields, timelines, now)
  }
}

// internal

/** What a contact is scored by, and what is found out on the way. */
interface Asking extends Standing {
  readonly fields: SegmentFacts
  readonly timelines: Timelines
  readonly now: number
}

const scoreOf = (parts: ReadonlyArray<Part>, max: number, standing: Asking, isBehavioral: boolean): CategoryScore => {
  const factors: Array<Factor> = []
  let sum = 0
  for (const part of parts) {
    const factor = part.kind === "field" ? fieldFactor(part, standing) : eventFactor(part, standing, isBehavioral)
    if (factor === null) continue
    factors.push(factor)
    sum += factor.score
  }
  return categoryScore(factors, sum, max)
}

const fieldFactor = ({ factorAt, nextChange }: FieldPart, standing: Asking): Factor | null => {
  const { fields, now, until } = standing
  if (nextChange !== undefined) standing.until = Math.min(until, nextChange(fields, now))
  return factorAt(fields, now)
}

const eventFactor = (part: EventPart, standing: Asking, isBehavioral: boolean): Factor | null => {
  const timeline = standing.timelines[part.slot]
  if (timeline === undefined) return null
  const { counting, factor, reason, ruleIndex } = part
  const counted = countAt(timeline, counting, standing.now)
  standing.until = nextChange(timeline, counting, standing.now, counted, standing.until)
  if (isBehavioral) addRecent(standing, counting, timeline, counted)
  const { end, points: score, start } = counted
  if (score === 0) return null
  return { factor, score, reason: reason(end - start), ruleIndex, eventIds: idsBetween(timeline, start, end) }
}

const addRecent = (standing: Asking, counting: Counting, timeline: Timeline, counted: Counted): void => {
  const { end, points, start } = counted
  const { now } = standing
  const recentEnd = endWithin(timeline, counted, recently, now)
  const isAll = recentEnd === end
  const isSome = recentEnd > start
  standing.recent += isAll ? points : pointsUpTo(timeline, counted, recentEnd, counting, now)
  if (!isAll && (start > 0 || (isSome && counting.halfLife < Infinity))) {
    // Of some that decay, or are yet to come, the points may change at any time; all together give what the rule gives.
    loses(standing, now, Number.NaN)
  } else if (isSome) {
    const isOne = isAll && start === 0 && end === 1
    loses(standing, timeAt(timeline, recentEnd - 1) + recently + 1, isOne ? points : Number.NaN)
  }
}

const pointsOf = (
  parts: ReadonlyArray<Part>,
  max: number,
  fields: SegmentFacts,
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

/**
 * Points for events. The events of one name are a timeline, newest first; at any instant a rule counts a run of it: from
 * the newest that is not in the future, as many as the rule takes, as far back as it looks.
 *
 * An event that is d days old counts score × 0.5^(d / half_life_days). While a run stays the same, the sum of its events
 * only shrinks, all of it at the one rate, so the instant at which its integer changes can be estimated by a logarithm
 * and then found exactly, to the millisecond, among the sums themselves.
 */
import type * as DateTime from "effect/DateTime"
import type { EventRule } from "./ScoringRules.ts"

/** Something that happened to a contact: a tracked event by its name, an activity as `activity:call` and the like. */
export interface ScoredEvent {
  readonly id: string
  readonly name: string
  readonly at: DateTime.Utc
}

/** Events of one name, newest first. */
export type Timeline = ReadonlyArray<ScoredEvent>

export const millisPerDay = 86_400_000

/** Puts events of one name in order, and leaves out those that are at no time. */
export const timelineOf = (events: Array<ScoredEvent>): Timeline => {
  for (let index = 0; index < events.length; index++) {
    const event = events[index]
    const before = events[index - 1]
    if (event !== undefined && before !== undefined && !(compare(before, event) <= 0)) {
      return events.filter(({ at }) => !Number.isNaN(at.epochMilliseconds)).sort(compare)
    }
  }
  return events
}

/** How a rule counts events, with times in milliseconds. */
export interface Counting {
  /** Hundredths of points for one event of age 0. */
  readonly hundredths: number
  readonly limit: number
  readonly within: number
  /** Infinity when nothing decays. */
  readonly halfLife: number
}

export const countingOf = (rule: EventRule): Counting => ({
  hundredths: Math.round(rule.score * 100),
  limit: rule.perOccurrence === true ? (rule.maxCount ?? Infinity) : 1,
  within: (rule.withinDays ?? Infinity) * millisPerDay,
  halfLife: (rule.halfLifeDays ?? Infinity) * millisPerDay
})

/** A run of a timeline: from one position to another, which is not in it. */
export interface Run {
  readonly start: number
  readonly end: number
}

/** The events that count at an instant. */
export const runAt = (timeline: Timeline, { limit, within }: Counting, now: number): Run => {
  let start = 0
  while (start < timeline.length && timeAt(timeline, start) > now) start++
  let end = start
  while (end < timeline.length && end - start < limit && now - timeAt(timeline, end) <= within) end++
  return { start, end }
}

/** The points of a run at an instant, rounded once, half away from zero. */
export const pointsOf = (timeline: Timeline, { end, start }: Run, counting: Counting, now: number): number =>
  toPoints(sumOf(timeline, start, end, counting, now))

/** Hundredths of points as points: rounded half away from zero, and never a negative zero. */
export const toPoints = (hundredths: number): number =>
  (hundredths < 0 ? -Math.round(-hundredths / 100) : Math.round(hundredths / 100)) + 0

/** The first instant after `now` at which the points are others than they are; Infinity when there is none. */
export const nextChange = (timeline: Timeline, counting: Counting, now: number): number => {
  const run = runAt(timeline, counting, now)
  const points = pointsOf(timeline, run, counting, now)
  let from = now
  let { end, start } = run
  for (;;) {
    const until = nextRun(timeline, { start, end }, counting)
    const decayed = decaysAt(timeline, { start, end }, counting, { from, until, points })
    if (decayed < until || until === Infinity) return decayed
    from = until
    ;({ end, start } = runAt(timeline, counting, from))
    if (pointsOf(timeline, { start, end }, counting, from) !== points) return from
  }
}

// internal

const timeAt = (timeline: Timeline, index: number): number => timeline[index]?.at.epochMilliseconds ?? Number.NaN

// By id, so that events of one instant are in the same order whatever order they came in.
const compare = (a: ScoredEvent, b: ScoredEvent): number =>
  b.at.epochMilliseconds - a.at.epochMilliseconds || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

const sumOf = (
  timeline: Timeline,
  start: number,
  end: number,
  { halfLife, hundredths }: Counting,
  now: number
): number => {
  if (halfLife === Infinity) return (end - start) * hundredths
  let weights = 0
  for (let index = start; index < end; index++) weights += 0.5 ** ((now - timeAt(timeline, index)) / halfLife)
  return weights * hundredths
}

/** When the run becomes another one: its oldest event gets too old, or the next one happens. */
const nextRun = (timeline: Timeline, { end, start }: Run, { within }: Counting): number => {
  const expiry = end > start ? timeAt(timeline, end - 1) + within + 1 : Infinity
  return start > 0 ? Math.min(expiry, timeAt(timeline, start - 1)) : expiry
}

/** When a run that stays the same has decayed to other points, if before `until`; else Infinity. */
const decaysAt = (
  timeline: Timeline,
  run: Run,
  counting: Counting,
  { from, points, until }: { readonly from: number; readonly points: number; readonly until: number }
): number => {
  if (counting.halfLife === Infinity || points === 0) return Infinity
  const sum = Math.abs(sumOf(timeline, run.start, run.end, counting, from))
  const estimate = from + counting.halfLife * Math.log2(sum / (Math.abs(points) * 100 - 50))
  // The estimate is off by rounding alone; a second is far more.
  if (estimate - 1_000 >= until) return Infinity
  const differs = (at: number) => pointsOf(timeline, run, counting, at) !== points
  let low = Math.max(from, Math.floor(estimate) - 1)
  let high = Math.ceil(estimate) + 1
  for (let step = 1; low > from && differs(low); step *= 2) low = Math.max(from, low - step)
  for (let step = 1; !differs(high); step *= 2) high += step
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (differs(middle)) high = middle
    else low = middle
  }
  return high < until ? high : Infinity
}

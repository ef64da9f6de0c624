/**
 * Points for events. The events of one name are a timeline, newest first; at any instant a rule counts a run of it: from
 * the newest that is not in the future, as many as the rule takes, as far back as it looks.
 *
 * An event that is d days old counts score × 0.5^(d / half_life_days). While a run stays the same, the sum of its events
 * only shrinks, all of it at the one rate, so the instant at which its integer changes can be estimated by a logarithm
 * and then found exactly, to the millisecond, among the sums themselves.
 */
import type * as DateTime from "effect/DateTime"
import { type EventRule, toPoints } from "./ScoringRules.ts"

/** Something that happened to a contact: a tracked event by its name, an activity as `activity:call` and the like. */
export interface ScoredEvent {
  readonly id: string
  readonly name: string
  readonly at: DateTime.Utc
}

/** Events of one name, newest first. */
export type Timeline = ReadonlyArray<ScoredEvent>

export const millisPerDay = 86_400_000

/** By slot; absent where nothing happened. */
export type Timelines = ReadonlyArray<Timeline | undefined>

/** Where the timeline of each name stands. */
export interface Slots {
  readonly byName: ReadonlyMap<string, number>
  readonly blank: ReadonlyArray<Array<ScoredEvent> | undefined>
}

export const slotsOf = (names: ReadonlySet<string>): Slots => ({
  byName: new Map([...names].map((name, slot) => [name, slot])),
  blank: Array.from(names, () => undefined)
})

/** The timelines of names that have a slot; the others' events are left out. */
export const timelinesOf = (slots: Slots, events: ReadonlyArray<ScoredEvent>): Timelines => {
  const timelines = slots.blank.slice()
  let areMany = false
  for (const event of events) {
    const slot = slots.byName.get(event.name)
    if (slot === undefined) continue
    const timeline = timelines[slot]
    if (timeline === undefined) timelines[slot] = [event]
    else if (timeline.length < few) insert(timeline, event)
    else areMany = timeline.push(event) > few
  }
  if (areMany) for (const timeline of timelines) timeline?.sort(compare)
  return timelines
}

/** When the event at a position happened. */
export const timeAt = (timeline: Timeline, index: number): number => timeline[index]?.at.epochMilliseconds ?? Number.NaN

/** How a rule counts events, with times in milliseconds. */
export interface Counting {
  /** Hundredths of points for one event of age 0. */
  readonly hundredths: number
  readonly limit: number
  readonly within: number
  /** Infinity when nothing decays. */
  readonly halfLife: number
  /** The age at which what a single event gives is no longer so many points, as far as it was asked for. */
  readonly ages: Array<number | undefined>
}

export const countingOf = (rule: EventRule): Counting => ({
  hundredths: Math.round(rule.score * 100),
  limit: rule.perOccurrence === true ? (rule.maxCount ?? Infinity) : 1,
  within: (rule.withinDays ?? Infinity) * millisPerDay,
  halfLife: (rule.halfLifeDays ?? Infinity) * millisPerDay,
  ages: []
})

/** What a rule counts at an instant: a run of the timeline, up to `end`, which is not in it; and the points for it. */
export interface Counted {
  readonly start: number
  readonly end: number
  /** In hundredths of points. */
  readonly sum: number
  readonly points: number
}

export const countAt = (timeline: Timeline, counting: Counting, now: number): Counted => {
  const { limit, within } = counting
  let start = 0
  while (start < timeline.length && timeAt(timeline, start) > now) start++
  let end = start
  while (end < timeline.length && end - start < limit && now - timeAt(timeline, end) <= within) end++
  const sum = sumOf(timeline, start, end, counting, now)
  return { start, end, sum, points: toPoints(sum) }
}

/** What a run gives, in hundredths of points. */
export const sumOf = (
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

/** The points of a rule at an instant. */
export const pointsAt = (timeline: Timeline | undefined, counting: Counting, now: number): number =>
  timeline === undefined ? 0 : countAt(timeline, counting, now).points

/** The ids of a run that is not empty. */
export const idsBetween = (timeline: Timeline, start: number, end: number): ReadonlyArray<string> => {
  const ids = [timeline[start]?.id ?? ""]
  for (let index = start + 1; index < end; index++) ids.push(timeline[index]?.id ?? "")
  return ids
}

/** The points of a part of a run: of its newest events, up to another end. */
export const pointsUpTo = (
  timeline: Timeline,
  { start }: Counted,
  end: number,
  counting: Counting,
  now: number
): number => toPoints(sumOf(timeline, start, end, counting, now))

/** Where, in a run, the events end that are no older than so much. */
export const endWithin = (timeline: Timeline, { end, start }: Counted, within: number, now: number): number => {
  let last = end
  while (last > start && now - timeAt(timeline, last - 1) > within) last--
  return last
}

/** The age at which a single event that gives so many points comes to give less; found once for all events of a rule. */
export const ageOfChange = (counting: Counting, points: number): number => {
  const size = Math.abs(points)
  return (counting.ages[size] ??= firstOther(counting, points))
}

/**
 * The first instant after `now` at which the points are others than those counted then; `limit` when there is none before
 * it.
 */
export const nextChange = (
  timeline: Timeline,
  counting: Counting,
  now: number,
  counted: Counted,
  limit: number
): number => {
  let [from, run] = [now, counted]
  for (;;) {
    const until = Math.min(nextRun(timeline, run, counting), limit)
    const decayed = decaysAt(timeline, run, counting, from, until)
    if (decayed < until || until === limit) return decayed
    from = until
    run = countAt(timeline, counting, from)
    if (run.points !== counted.points) return from
  }
}

// internal

// By id, so that events of one instant are in the same order whatever order they came in.
const compare = (a: ScoredEvent, b: ScoredEvent): number =>
  b.at.epochMilliseconds - a.at.epochMilliseconds || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

/** Up to how many events are put in order one by one as they come, which is faster than sorting them. */
const few = 16

const insert = (timeline: Array<ScoredEvent>, event: ScoredEvent): void => {
  let index = timeline.length
  for (; index > 0; index--) {
    const before = timeline[index - 1]
    if (before === undefined || compare(before, event) <= 0) break
    timeline[index] = before
  }
  timeline[index] = event
}

/** When the run becomes another one: its oldest event gets too old, or the next one happens. */
const nextRun = (timeline: Timeline, { end, start }: Counted, { within }: Counting): number => {
  const expiry = end > start ? timeAt(timeline, end - 1) + within + 1 : Infinity
  return start > 0 ? Math.min(expiry, timeAt(timeline, start - 1)) : expiry
}

/** When a run that stays the same has decayed to other points, if before `until`; else `until`. */
const decaysAt = (
  timeline: Timeline,
  { end, points, start, sum }: Counted,
  counting: Counting,
  from: number,
  until: number
): number => {
  if (counting.halfLife === Infinity || points === 0) return until
  if (end - start === 1) return Math.min(timeAt(timeline, start) + ageOfChange(counting, points), until)
  const estimate = from + halvings(sum, points) * counting.halfLife
  // The estimate is off by rounding alone; a second is far more.
  if (estimate - 1_000 >= until) return until
  return Math.min(
    firstAbout(estimate, from, (at) => toPoints(sumOf(timeline, start, end, counting, at)) !== points),
    until
  )
}

const firstOther = ({ halfLife, hundredths }: Counting, points: number): number =>
  firstAbout(
    halvings(hundredths, points) * halfLife,
    0,
    (age) => toPoints(0.5 ** (age / halfLife) * hundredths) !== points
  )

/** In how many half-lives a sum comes to so little that it gives other points. */
const halvings = (sum: number, points: number): number => Math.log2(Math.abs(sum) / (Math.abs(points) * 100 - 50))

/** The first whole number above `from` of which something holds that holds of all after it; it is about `estimate`. */
const firstAbout = (estimate: number, from: number, holds: (at: number) => boolean): number => {
  let low = Math.max(from, Math.ceil(estimate) - 1)
  let high = low + 1
  for (let step = 1; low > from && holds(low); step *= 2) low = Math.max(from, low - step)
  for (let step = 1; !holds(high); step *= 2) high += step
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}

/**
 * The times at which it changes what a deal counts for in a report. They cut the dates that deals are expected to close
 * on, and the instants at which they were closed, into a few pieces; all deals of a piece count alike, so the database
 * adds them up by piece and any day or instant of it stands for the others.
 */
import * as Calendar from "@clientele/core/domain/Calendar"
import { periodNames, type PipelineScope } from "@clientele/core/domain/PipelinePeriods"
import * as DateTime from "effect/DateTime"

/** Days or instants in order, the first of each piece but the earliest. */
export interface Pieces<A> {
  readonly borders: ReadonlyArray<A>
  /** One of each piece, by its number. */
  readonly examples: ReadonlyArray<A>
}

/** The pieces of dates on which deals are expected to close. */
export const duePieces = ({ periods, today }: PipelineScope): Pieces<Calendar.Day> => {
  const days = periodNames.flatMap((name) => present([periods[name].days.from, periods[name].days.until]))
  // What was expected earlier is late, whenever that was.
  const borders = [...new Set([today, ...days.filter((day) => day > today)])].sort()
  return { borders, examples: [Calendar.addDays(today, -1), ...borders] }
}

/** The pieces of instants at which deals were closed. */
export const closedPieces = ({ closed, measured, periods }: PipelineScope): Pieces<DateTime.Utc> => {
  const spans = [closed, measured, ...periodNames.map((name) => periods[name].instants)]
  const instants = spans.flatMap(({ from, until }) => present([from, until])).map(DateTime.toEpochMillis)
  const borders = [...new Set(instants)].sort((a, b) => a - b).map((millis) => DateTime.makeUnsafe(millis))
  const [first = DateTime.makeUnsafe(0)] = borders
  return { borders, examples: [DateTime.subtract(first, { milliseconds: 1 }), ...borders] }
}

/** The days in UTC that instants lie within, so that a sum of the day is on both sides. */
export const cutDays = (instants: ReadonlyArray<DateTime.Utc>): ReadonlyArray<Calendar.Day> => [
  ...new Set(instants.filter((at) => DateTime.toEpochMillis(at) % millisPerDay !== 0).map(dayOf))
]

/** The part of a day in UTC that is within bounds; null when nothing of it is. */
export const partOfDay = (day: Calendar.Day, { from, until }: Calendar.Instants): Calendar.Instants | null => {
  const start = DateTime.makeUnsafe(`${day}T00:00:00Z`)
  const end = DateTime.add(start, { hours: 24 })
  const part = {
    from: from === null ? start : DateTime.max(from, start),
    until: until === null ? end : DateTime.min(until, end)
  }
  return DateTime.isLessThan(part.from, part.until) ? part : null
}

/** The day in UTC that an instant is in. */
export const dayOf = (instant: DateTime.Utc): Calendar.Day => DateTime.formatIsoDateUtc(instant)

/** The bounds that there are. */
export const present = <A>(bounds: ReadonlyArray<A | null>): ReadonlyArray<A> =>
  bounds.flatMap((bound) => (bound === null ? [] : [bound]))

// internal

const millisPerDay = 86_400_000

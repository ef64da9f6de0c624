/**
 * Days of the calendar, and when they are in a time zone. A day is written `2026-01-24` and has no zone of its own; it
 * becomes a span of instants in a zone, 23 or 25 hours long where clocks are changed. Spans are half-open, so that those
 * of neighbouring days touch and never overlap.
 */
import * as DateTime from "effect/DateTime"

/** A day, as `2026-01-24`. Days compare as their texts do. */
export type Day = string

/** Days from one up to another, which is not among them; null where there is no bound. */
export interface Days {
  readonly from: Day | null
  readonly until: Day | null
}

/** Instants from one up to another, which is not among them; null where there is no bound. */
export interface Instants {
  readonly from: DateTime.Utc | null
  readonly until: DateTime.Utc | null
}

/** The day that it is in a zone. */
export const dayOf = (instant: DateTime.DateTime, zone: DateTime.TimeZone): Day =>
  DateTime.formatIsoDate(DateTime.setZone(instant, zone))

export const addDays = (day: Day, days: number): Day => DateTime.formatIsoDateUtc(DateTime.add(midnight(day), { days }))

/**
 * The first instant of a day in a zone: the later one where clocks are put forward at midnight, the earlier one where
 * they are put back to it.
 */
export const startOf = (day: Day, zone: DateTime.TimeZone): DateTime.Utc =>
  DateTime.toUtc(DateTime.makeZonedUnsafe(midnight(day), { timeZone: zone, adjustForTimeZone: true }))

/** The days of the month that a day is in, of the one after so many, or of several of them. */
export const monthsOf = (day: Day, after = 0, count = 1): Days => {
  const first = DateTime.startOf(midnight(day), "month")
  const monthAfter = (months: number) => DateTime.formatIsoDateUtc(DateTime.add(first, { months }))
  return { from: monthAfter(after), until: monthAfter(after + count) }
}

/** The days of the quarter of the calendar year that a day is in. */
export const quarterOf = (day: Day): Days => monthsOf(day, -(DateTime.getPartUtc(midnight(day), "month") - 1) % 3, 3)

/** The instants of days in a zone. */
export const instantsOf = ({ from, until }: Days, zone: DateTime.TimeZone): Instants => ({
  from: from === null ? null : startOf(from, zone),
  until: until === null ? null : startOf(until, zone)
})

export const hasDay = ({ from, until }: Days, day: Day): boolean =>
  (from === null || from <= day) && (until === null || day < until)

export const hasInstant = ({ from, until }: Instants, instant: DateTime.Utc): boolean =>
  (from === null || DateTime.isLessThanOrEqualTo(from, instant)) &&
  (until === null || DateTime.isLessThan(instant, until))

// internal

const midnight = (day: Day): DateTime.Utc => DateTime.makeUnsafe(`${day}T00:00:00Z`)

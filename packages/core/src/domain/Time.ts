/** Points in time, and days, as callers write them. */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

const iso = /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i

// `DateTime.make` reads much that is no ISO 8601 ("5" is a day in 2001), and takes February 30 for March 1.
const isIso = Schema.makeFilter(
  (text: string) => {
    const day = iso.exec(text)?.[1]
    const exists = day !== undefined && Option.exists(DateTime.make(text), isOfFourDigits) && isDay(day)
    return exists ? undefined : "Expected a time in ISO 8601, such as 2026-01-24T15:00:00Z"
  },
  Text.documented({ maxLength: 35 })
)

/** When something of ours happened, as views and events show it. */
export const Timestamp = Personal.notPersonal(Schema.DateTimeUtcFromString)

/** Text that `Instant` reads. */
export const InstantText = Schema.String.check(isIso)

/** An instant in ISO 8601. Without an offset it is in UTC, without a time of day it is the day's first. */
export const Instant = InstantText.pipe(
  Schema.decodeTo(Schema.DateTimeUtc, SchemaTransformation.dateTimeUtcFromString),
  Personal.notPersonal
)

/** The zone in which a tenant's days begin and end. */
export const TenantZone = Context.Reference<DateTime.TimeZone>("@clientele/core/TenantZone", {
  defaultValue: () => DateTime.zoneMakeOffset(0)
})

const isCalendarDate = Schema.makeFilter(
  (text: string) =>
    /^(?!0000)\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text) ? undefined : "Expected a date, such as 2026-02-15",
  Text.documented({ format: "date", maxLength: 10 })
)

/** A day of the calendar, in no zone. */
export const CalendarDate = Personal.notPersonal(Schema.String.check(isCalendarDate))

/** The day that begins, in UTC, at an instant, as it is in a zone: 23 or 25 hours long where clocks are changed. */
export const dayAt = (
  midnight: number,
  timeZone: DateTime.TimeZone
): { readonly from: number; readonly until: number } => {
  const start = DateTime.makeZonedUnsafe(midnight, { timeZone, adjustForTimeZone: true })
  return { from: DateTime.toEpochMillis(start), until: DateTime.toEpochMillis(DateTime.add(start, { days: 1 })) }
}

/** A day, or an instant in ISO 8601, kept as text because a day is none until a zone is known. */
export const DayOrInstant = Personal.notPersonal(InstantText)

/** The one spelling of a day or an instant: an instant is in UTC, to the millisecond. */
export const spell = (text: string): string => (isDayText(text) ? text : DateTime.formatIso(DateTime.makeUnsafe(text)))

/** The first moment of a day; an instant is its own. */
export const firstMoment = (text: string, zone: DateTime.TimeZone): DateTime.Utc => momentsOf(text, zone).first

/**
 * The last moment of a day, to the millisecond; an instant is its own.
 *
 * @example
 * ```ts
 * import { Time } from "@clientele/core"
 * import * as DateTime from "effect/DateTime"
 *
 * const berlin = DateTime.zoneMakeNamedUnsafe("Europe/Berlin")
 * Time.lastMoment("2026-01-26", berlin) // 2026-01-26T22:59:59.999Z
 * Time.lastMoment("2026-01-26T10:00:00Z", berlin) // 2026-01-26T10:00:00.000Z
 * ```
 */
export const lastMoment = (text: string, zone: DateTime.TimeZone): DateTime.Utc => momentsOf(text, zone).last

/** The last moment there is, which never comes. */
export const never = DateTime.makeUnsafe("9999-12-31T23:59:59.999Z")

// internal

const isDayText = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text)

const earliest = DateTime.makeUnsafe("0001-01-01T00:00:00.000Z")

const momentsOf = (text: string, zone: DateTime.TimeZone) => {
  const at = DateTime.makeUnsafe(text)
  if (!isDayText(text)) return { first: at, last: at }
  const { from, until } = dayAt(DateTime.toEpochMillis(at), zone)
  // A day at either end of time may reach beyond it in a zone.
  return {
    first: DateTime.max(earliest, DateTime.makeUnsafe(from)),
    last: DateTime.min(never, DateTime.makeUnsafe(until - 1))
  }
}

// Years beyond are no ISO 8601 of four digits any more, which databases neither read nor order alike.
const isOfFourDigits = (time: DateTime.DateTime): boolean => {
  const year = DateTime.getPartUtc(time, "year")
  return year >= 1 && year <= 9_999
}

const isDay = (day: string): boolean =>
  Option.exists(DateTime.make(day), (time) => DateTime.formatIsoDateUtc(time) === day)

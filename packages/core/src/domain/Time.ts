/** Points in time as callers write them. */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Personal from "./Personal.ts"

const iso = /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i

// `DateTime.make` reads much that is no ISO 8601 ("5" is a day in 2001), and takes February 30 for March 1.
const isIso = Schema.makeFilter((text: string) => {
  const day = iso.exec(text)?.[1]
  const exists = day !== undefined && Option.exists(DateTime.make(text), isOfFourDigits) && isDay(day)
  return exists ? undefined : "Expected a time in ISO 8601, such as 2026-01-24T15:00:00Z"
})

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

const isCalendarDate = Schema.makeFilter((text: string) =>
  /^(?!0000)\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text) ? undefined : "Expected a date, such as 2026-02-15"
)

/** A day of the calendar, in no zone. */
export const CalendarDate = Personal.notPersonal(Schema.String.check(isCalendarDate))

// internal

// Years beyond are no ISO 8601 of four digits any more, which databases neither read nor order alike.
const isOfFourDigits = (time: DateTime.DateTime): boolean => {
  const year = DateTime.getPartUtc(time, "year")
  return year >= 1 && year <= 9_999
}

const isDay = (day: string): boolean =>
  Option.exists(DateTime.make(day), (time) => DateTime.formatIsoDateUtc(time) === day)

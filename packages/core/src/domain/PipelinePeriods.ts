/**
 * What a report on a pipeline asks for, and the spans of time that follow from it: today, the months and the quarter of
 * the forecast, the window of closed deals. Everything that a database or a fold has to compare with is worked out here,
 * once.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Calendar from "./Calendar.ts"
import { type Issue, ValidationError } from "./Errors.ts"
import { UserId } from "./Ids.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

// Borders of a day reach into the next one of some zone, and databases want years of four digits.
const ReportDay = Time.CalendarDate.check(
  Schema.makeFilter((day: string) =>
    day >= "1900-01-01" && day <= "9998-12-31" ? undefined : "Expected a day from 1900-01-01 to 9998-12-31"
  )
)

const ZoneName = Schema.String.check(
  Schema.makeFilter(
    (name: string) =>
      Option.isSome(DateTime.zoneFromString(name)) ? undefined : "Expected a time zone, such as Europe/Berlin",
    Text.documented({ maxLength: 100 })
  )
)

/** What callers may ask of a report; each may be absent. */
export const AnalyticsQuery = Schema.Struct({
  /** Only deals that this user owns. */
  ownerId: Schema.optionalKey(UserId),
  /** The zone that days begin and end in; the tenant's unless given. */
  tz: Schema.optionalKey(ZoneName),
  /** The first day, and the last, whose closed deals and ended visits count. */
  from: Schema.optionalKey(ReportDay),
  to: Schema.optionalKey(ReportDay),
  /** The day, not after today, at whose end the pipeline is looked at. */
  asOf: Schema.optionalKey(ReportDay)
}).pipe(Schema.encodeKeys({ ownerId: "owner_id", asOf: "as_of" }))
export interface AnalyticsQuery extends Schema.Schema.Type<typeof AnalyticsQuery> {}

/** What a report is asked for. Days are days in `zone`. */
export interface PipelineQuestion {
  readonly now: DateTime.Utc
  readonly zone: DateTime.TimeZone
  /** The first day, and the last, whose closed deals and ended visits count. */
  readonly from?: Calendar.Day | undefined
  readonly to?: Calendar.Day | undefined
  readonly ownerId?: UserId | undefined
  /** The day at whose end the pipeline is looked at. */
  readonly asOf?: Calendar.Day | undefined
}

/** A period of the forecast, for dates that deals are expected to close on, and for instants at which they did. */
export interface Period {
  readonly days: Calendar.Days
  readonly instants: Calendar.Instants
}

export const periodNames = ["this_month", "next_month", "this_quarter"] as const
export type PeriodName = (typeof periodNames)[number]

/** A question with all of its spans. */
export interface PipelineScope {
  readonly ownerId: UserId | null
  /** What happened at this instant or later has not happened yet; null when all has. */
  readonly before: DateTime.Utc | null
  readonly today: Calendar.Day
  /** When deals were closed that count in totals. */
  readonly closed: Calendar.Instants
  /** When deals were closed, and visits ended, that count in the win rate and the velocity. */
  readonly measured: Calendar.Instants
  readonly periods: Readonly<Record<PeriodName, Period>>
}

/** How many days the win rate and the velocity look back, the last of which is today, when no window is given. */
export const trailingDays = 365

/** The question that a query puts, unless its days are in the wrong order or are yet to come. */
export const questionOf = (
  { tz, ...query }: AnalyticsQuery,
  { now, zone: tenantZone }: { readonly now: DateTime.Utc; readonly zone: DateTime.TimeZone }
): Result.Result<PipelineQuestion, ValidationError> => {
  const zone = tz === undefined ? tenantZone : Option.getOrElse(DateTime.zoneFromString(tz), () => tenantZone)
  const today = Calendar.dayOf(now, zone)
  const issues: Array<Issue> = []
  if (query.from !== undefined && query.to !== undefined && query.to < query.from) {
    issues.push({ path: "to", message: `Expected ${query.from} or a later day` })
  }
  if (query.asOf !== undefined && query.asOf > today) {
    issues.push({ path: "asOf", message: `Expected ${today} or an earlier day` })
  }
  return issues.length === 0 ? Result.succeed({ ...query, now, zone }) : Result.fail(new ValidationError({ issues }))
}

/** The spans of a question. */
export const scopeOf = ({ asOf, from, now, ownerId, to, zone }: PipelineQuestion): PipelineScope => {
  const today = asOf ?? Calendar.dayOf(now, zone)
  const tomorrow = Calendar.addDays(today, 1)
  const window: Calendar.Days = { from: from ?? null, until: to === undefined ? null : Calendar.addDays(to, 1) }
  const isOpen = window.from === null && window.until === null
  const trailing: Calendar.Days = { from: Calendar.addDays(tomorrow, -trailingDays), until: tomorrow }
  const period = (days: Calendar.Days): Period => ({ days, instants: Calendar.instantsOf(days, zone) })
  return {
    ownerId: ownerId ?? null,
    before: asOf === undefined ? null : Calendar.startOf(tomorrow, zone),
    today,
    closed: Calendar.instantsOf(window, zone),
    measured: Calendar.instantsOf(isOpen ? trailing : window, zone),
    periods: {
      this_month: period(Calendar.monthsOf(today)),
      next_month: period(Calendar.monthsOf(today, 1)),
      this_quarter: period(Calendar.quarterOf(today))
    }
  }
}

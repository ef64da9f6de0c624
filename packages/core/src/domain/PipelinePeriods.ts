/**
 * What a report on a pipeline asks for, and the spans of time that follow from it: today, the months and the quarter of
 * the forecast, the window of closed deals. Everything that a database or a fold has to compare with is worked out here,
 * once.
 */
import * as DateTime from "effect/DateTime"
import * as Calendar from "./Calendar.ts"
import type { UserId } from "./Ids.ts"

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

/**
 * Points for fields: where a rule looks for its field, which of its conditions holds first, and when another one will.
 *
 * A field is looked up by its name among the contact's own, then among its custom fields, then in what enrichment found;
 * the first that has a value counts. A name with a dot, such as `custom_fields.size`, is looked up as it is.
 *
 * Only conditions with a distance from now (`now-30d`) change by themselves. Each bound of theirs moves with the time, and
 * so passes an instant in a field at one moment, which is known in advance.
 */
import type * as DateTime from "effect/DateTime"
import * as DateTimes from "effect/DateTime"
import type * as Schema from "effect/Schema"
import * as Condition from "./Condition.ts"
import type { FieldRule } from "./ScoringRules.ts"
import { toPoints } from "./ScoringEvents.ts"
import { fieldKind, type SegmentFacts } from "./Segment.ts"

/** The names under which a rule's field is looked up, in this order. */
export const namesOf = (field: string): ReadonlyArray<string> => {
  if (field.includes(".")) return [field, `enrichment.${field}`]
  const others = [`custom_fields.${field}`, ...enrichmentGroups.map((group) => `enrichment.${group}.${field}`)]
  return fieldKind(field) === undefined ? others : [field, ...others]
}

/** The parts of what enrichment finds, in the order in which they are looked at. */
export const enrichmentGroups = ["company", "social", "contact"] as const

/** A field rule, ready to be asked of values. */
export interface FieldScorer {
  /** The value of the field, as the first name that has one tells it. */
  readonly read: (fields: SegmentFacts) => Schema.Json | undefined
  /** The position of the first condition that holds; -1 when none does. */
  readonly choose: (value: Schema.Json | undefined, now: number) => number
  /** The points of each condition, rounded. */
  readonly points: ReadonlyArray<number>
  /** The first instant after `now` at which the points are others; Infinity when there is none. */
  readonly nextChange: (value: Schema.Json | undefined, now: number) => number
}

export const compileField = (rule: FieldRule, zone: DateTime.TimeZone): FieldScorer => {
  const names = namesOf(rule.field)
  const exact = fieldKind(rule.field) === "id"
  const answers = rule.conditions.map((condition) => compileCondition(condition, zone, exact))
  const points = rule.conditions.map(({ score }) => toPoints(Math.round(score * 100)))
  const choose = (value: Schema.Json | undefined, now: number): number =>
    answers.findIndex(({ holds }) => holds(value, now))
  const pointsAt = (value: Schema.Json | undefined, now: number): number => points[choose(value, now)] ?? 0
  const isMoving = answers.some(({ moments }) => moments !== undefined)
  return {
    read: (fields) => {
      for (const name of names) {
        const value = fields.get(name)
        if (hasValue(value)) return value
      }
      return undefined
    },
    choose,
    points,
    nextChange: (value, now) => {
      if (!isMoving) return Infinity
      const current = pointsAt(value, now)
      return (
        answers
          .flatMap(({ moments }) => moments?.(value) ?? [])
          .sort((a, b) => a - b)
          .find((moment) => moment > now && pointsAt(value, moment) !== current) ?? Infinity
      )
    }
  }
}

// internal

const hasValue = Condition.ask(Condition.interpret({ operator: "exists" }))

interface Answer {
  readonly holds: (value: unknown, now: number) => boolean
  /** The moments at which a bound passes the instants in a value; absent when no bound moves. */
  readonly moments?: (value: unknown) => ReadonlyArray<number>
}

const hour = 3_600_000
const epoch = DateTimes.makeUnsafe(0)
const later = DateTimes.makeUnsafe(hour)

const compileCondition = (condition: Condition.Condition, zone: DateTime.TimeZone, exact: boolean): Answer => {
  const { negated, tests } = Condition.interpret(condition, { now: epoch, zone })
  const movedTests = Condition.interpret(condition, { now: later, zone }).tests
  const moving = tests.flatMap((test, index) => movingInstant(test, movedTests[index]))
  if (!moving.some(moves)) {
    const holds = Condition.ask({ negated, tests }, { exact })
    return { holds }
  }
  const others = Condition.ask({ negated: false, tests: tests.filter(({ kind }) => kind !== "instant") }, { exact })
  return {
    holds: (value, now) =>
      (others(value) || instantsIn(value).some((instant) => moving.some((test) => isWithin(test, instant, now)))) !==
      negated,
    moments: (value) => instantsIn(value).flatMap((instant) => moving.flatMap((test) => momentsOf(test, instant)))
  }
}

/** A bound in time: where it is when now is 0, and whether it moves with now. */
interface Bound {
  readonly at: number
  readonly moves: boolean
}

interface MovingSpan {
  readonly from: Bound
  readonly until: Bound
}

interface MovingInstant extends MovingSpan {
  readonly day: MovingSpan
}

type Instant = Readonly<NonNullable<ReturnType<typeof Condition.readInstant>>>

/** An instant test as it moves, told by where it is an hour later. */
const movingInstant = (test: Condition.Test, moved: Condition.Test | undefined): ReadonlyArray<MovingInstant> => {
  if (test.kind !== "instant" || moved?.kind !== "instant") return []
  const instant = { ...movingSpan(test, moved), day: movingSpan(test.day, moved.day) }
  return [instant]
}

const movingSpan = (span: Condition.Span, moved: Condition.Span): MovingSpan => ({
  from: movingBound(span.from ?? -Infinity, moved.from ?? -Infinity),
  until: movingBound(span.until ?? Infinity, moved.until ?? Infinity)
})

const movingBound = (at: number, moved: number): Bound => ({ at, moves: at !== moved })

const instantsIn = (value: unknown): ReadonlyArray<Instant> =>
  (Array.isArray(value) ? value : [value]).flatMap((item) =>
    typeof item === "string" ? (Condition.readInstant(item) ?? []) : []
  )

const moves = (test: MovingInstant): boolean =>
  [test.from, test.until, test.day.from, test.day.until].some((bound) => bound.moves)

const spanFor = (test: MovingInstant, { isDay }: Instant): MovingSpan => (isDay ? test.day : test)

const isWithin = (test: MovingInstant, instant: Instant, now: number): boolean => {
  const { from, until } = spanFor(test, instant)
  return instant.at >= boundAt(from, now) && instant.at < boundAt(until, now)
}

const boundAt = ({ at, moves }: Bound, now: number): number => (moves ? at + now : at)

/** A bound passes an instant in the millisecond after it is there: then `from` leaves it behind, and `until` takes it in. */
const momentsOf = (test: MovingInstant, instant: Instant): ReadonlyArray<number> => {
  const { from, until } = spanFor(test, instant)
  return [from, until].flatMap(({ at, moves }) => (moves ? [instant.at - at + 1] : []))
}

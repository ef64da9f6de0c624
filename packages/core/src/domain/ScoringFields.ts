/**
 * Points for fields: where a rule looks for its field, which of its conditions holds first, and when another one will.
 *
 * A field is looked up by its name among the contact's own, then among its custom fields, then in what enrichment found;
 * the first that has a value counts. A name may also say which is meant, as `custom_fields.size` does.
 *
 * Only conditions with a distance from now (`now-30d`) change by themselves. Each bound of theirs moves with the time, and
 * so passes an instant in a field at one moment, which is known in advance.
 */
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"
import * as Condition from "./Condition.ts"
import { fieldReason } from "./ScoringReasons.ts"
import { type FieldRule, type ScoredCondition, toPoints } from "./ScoringRules.ts"
import type { Factor } from "./ScoringScore.ts"
import type { SegmentFacts } from "./SegmentFacts.ts"
import { fieldKind } from "./SegmentFields.ts"

type Value = Schema.Json | undefined

/** The names under which a rule's field is looked up, in this order. */
export const namesOf = (field: string): ReadonlyArray<string> => {
  const custom = `custom_fields.${field}`
  // A name that is no field of contacts is most often one of a custom field.
  const [first, second] = fieldKind(field) === undefined ? [custom, field] : [field, custom]
  return [first, second, `enrichment.${field}`]
}

/** A field rule, ready to be asked of facts. */
export interface FieldScorer {
  readonly names: ReadonlyArray<string>
  /** Ordered: the first that holds gives its factor. */
  readonly answers: ReadonlyArray<Answer>
  /** Whether it is worth remembering what short texts gave. */
  readonly remembers: boolean
  /** What the first condition that holds of a value gives; null when it is nothing. */
  readonly choose: (value: Value, now: number) => Factor | null
  /** What the first condition that holds gives. */
  readonly factorAt: (fields: SegmentFacts, now: number) => Factor | null
  /** The first instant after `now` at which the points are others; absent when they never change by themselves. */
  readonly nextChange: ((fields: SegmentFacts, now: number) => number) | undefined
}

/** A condition with what it gives. */
export interface Answer extends Asked {
  readonly factorOf: (value: Value) => Factor | null
}

/** What texts gave; null is nothing. */
export type Remembered = Map<string, Factor | null>

export const compileField = (rule: FieldRule, ruleIndex: number, zone: DateTime.TimeZone): FieldScorer => {
  const names = namesOf(rule.field)
  const exact = fieldKind(rule.field) === "id"
  const answers = rule.conditions.map((condition): Answer => ({
    ...compileCondition(condition, zone, exact),
    factorOf: factorMaker(rule, ruleIndex, condition)
  }))
  const choose: Choose = (value, now) => answers.find(({ holds }) => holds(value, now))?.factorOf(value) ?? null
  const moments = answers.flatMap(({ moments }) => moments ?? [])
  if (moments.length === 0) {
    const remembers = worthRemembering(answers)
    return { names, answers, remembers, choose, factorAt: lookingUp(names, remembers, choose), nextChange: undefined }
  }
  const valueIn = (fields: SegmentFacts): Value => names.map((name) => fields.get(name)).find(Condition.hasValue)
  return {
    names,
    answers,
    remembers: false,
    choose,
    factorAt: (fields, now) => choose(valueIn(fields), now),
    nextChange: (fields, now) => {
      const value = valueIn(fields)
      const score = choose(value, now)?.score
      const next = moments
        .flatMap((momentsIn) => momentsIn(value))
        .sort((a, b) => a - b)
        .find((moment) => moment > now && choose(value, moment)?.score !== score)
      return next ?? Infinity
    }
  }
}

/**
 * Remembers what a short text gave: the same few industries, titles and sizes come again and again, and reading a number
 * out of text takes longer than all else. Blank text is never among them.
 */
export const remember = (remembered: Remembered, value: Value, factor: Factor | null): void => {
  if (typeof value === "string" && value.length <= maxLength && remembered.size < maxRemembered) {
    remembered.set(value, factor)
  }
}

// internal

type Choose = FieldScorer["choose"]

const factorMaker = (rule: FieldRule, ruleIndex: number, condition: ScoredCondition): Answer["factorOf"] => {
  const reason = fieldReason(rule, condition)
  const score = toPoints(Math.round(condition.score * 100))
  const factor = rule.name ?? rule.field
  const factorFor = (reason: string): Factor => ({ factor, score, reason, ruleIndex, eventIds: [] })
  if (score === 0) return () => null
  if (typeof reason !== "string") return (value) => factorFor(reason(value))
  const same = factorFor(reason)
  return () => same
}

const maxRemembered = 1_000
const maxLength = 64

// Whether there is a value is told sooner than whether it was seen before.
const worthRemembering = (answers: ReadonlyArray<Answer>): boolean =>
  answers.some(({ question }) => question.tests.some(({ kind }) => kind !== "present"))

const lookingUp = (names: ReadonlyArray<string>, remembers: boolean, choose: Choose): FieldScorer["factorAt"] => {
  const remembered: Remembered = new Map()
  const without = choose(undefined, 0)
  return (fields, now) => {
    for (const name of names) {
      const value = fields.get(name)
      if (value === undefined || value === null) continue
      const known = remembers && typeof value === "string" ? remembered.get(value) : undefined
      if (known !== undefined) return known
      if (!Condition.hasValue(value)) continue
      const factor = choose(value, now)
      if (remembers) remember(remembered, value, factor)
      return factor
    }
    return without
  }
}

/** What a condition asks. */
interface Asked {
  readonly question: Condition.Question
  /** Whether text compares as given, as ids do. */
  readonly exact: boolean
  readonly holds: (value: unknown, now: number) => boolean
  /** The moments at which a bound passes the instants in a value; absent when no bound moves. */
  readonly moments?: (value: unknown) => ReadonlyArray<number>
}

const hour = 3_600_000
const epoch = DateTime.makeUnsafe(0)
const later = DateTime.makeUnsafe(hour)

const compileCondition = (condition: Condition.Condition, zone: DateTime.TimeZone, exact: boolean): Asked => {
  const { negated, tests } = Condition.interpret(condition, { now: epoch, zone })
  const movedTests = Condition.interpret(condition, { now: later, zone }).tests
  const moving = tests.flatMap((test, index) => movingInstant(test, movedTests[index]))
  const question = { negated, tests }
  if (!moving.some(moves)) return { question, exact, holds: Condition.ask(question, { exact }) }
  const others = Condition.ask({ negated: false, tests: tests.filter(({ kind }) => kind !== "instant") }, { exact })
  return {
    question,
    exact,
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
  return [{ ...movingSpan(test, moved), day: movingSpan(test.day, moved.day) }]
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

/**
 * Conditions: an operator and an operand, asked of one value. Scoring rules and segments share them.
 *
 * What a condition means is worked out once, by `interpret`, into a `Question`: a few plain tests, any of which has to
 * hold, and whether the answer is turned round. The evaluator asks a question of a value in memory; a compiler to SQL
 * writes the same tests as clauses. Neither interprets operators or operands by itself, so they cannot drift apart.
 *
 * Values:
 * - Absent, null, blank text, an empty list and a list of such are no value: no test holds of them.
 * - A list answers a test when one of its items does. `contains` asks a list for a whole item, a text for a part.
 * - An object is a value of which nothing but its presence is known.
 *
 * Negations (`neq`, `not_in`, `not_contains`, `not_exists`) are the exact opposite of what they negate, for every value:
 * `neq "x"` also holds where there is no value. There is no third answer as in SQL, where a compiler has to write
 * `(…) IS NOT TRUE`. Ordering operators are not each other's opposites: neither `lt 5` nor `gte 5` holds of a value that
 * cannot be read as a number.
 *
 * Text compares by `comparable` on both sides: case does not count, accents and white space do. No database has this
 * function: SQLite's `lower` knows ASCII only, that of Postgres depends on its locale. So a compiler compares with a copy
 * that was made comparable here when the value was written. Numbers and booleans are read as JSON writes them.
 *
 * Numbers are read out of text by `readNumber`, when the operand is a number or, for ordering operators, text that reads
 * as one. Again no database reads them alike, so a copy of the number is kept where text may hold one.
 *
 * Times compare as instants in milliseconds, when the operand is one: an ISO 8601 time, a date without a time of day,
 * which is that whole day in the given zone, or a distance from now such as `now-30d` (days of 24 hours) or `now+12h`.
 * `lte` a day holds until its end, `gt` a day from the next. A date in a value has no zone: against a date it compares as
 * a date, against an instant as midnight in UTC.
 *
 * Everything here is total: an operand that fits its operator in no way makes tests of which none holds.
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { readNumber } from "./ConditionNumbers.ts"
import {
  ask,
  comparable,
  isBlank,
  type Question,
  readInstant,
  type Span,
  type Test,
  type TextMatch
} from "./ConditionTests.ts"
import * as Text from "./Text.ts"
import { dayAt } from "./Time.ts"

export { readNumber } from "./ConditionNumbers.ts"
export {
  ask,
  comparable,
  hasValue,
  type Question,
  readInstant,
  type Span,
  type Test,
  type TextMatch
} from "./ConditionTests.ts"

export const Operator = Schema.Literals([
  /** The same text, number or instant. A text operand is not compared by the number it may hold: "51-200" is not "51". */
  "eq",
  /** Not `eq`. */
  "neq",
  /** A greater number, or a later instant. Text has no order here. */
  "gt",
  "gte",
  "lt",
  "lte",
  /** From the first of two to the second, both included; of days, to the end of the second. */
  "between",
  /** `eq` one of a list. */
  "in",
  /** Not `in`. */
  "not_in",
  /** Text with the operand somewhere in it; a list with the operand as one of its items. */
  "contains",
  /** Not `contains`. */
  "not_contains",
  /** Text, or an item of a list, that begins so. */
  "starts_with",
  "ends_with",
  /** There is a value. Takes no operand. */
  "exists",
  /** Not `exists`. */
  "not_exists"
])
export type Operator = typeof Operator.Type

/** How many alternatives `in` and `not_in` may list. */
export const maxAlternatives = 500

const Scalar = Schema.Union([Text.text(1_000), Schema.Finite, Schema.Boolean]).annotate({
  message: "Expected text of at most 1000 characters, a number, true or false"
})
export type Scalar = typeof Scalar.Type

export const Operand = Schema.Union([Scalar, Schema.Array(Scalar).check(Schema.isMaxLength(maxAlternatives))])
export type Operand = typeof Operand.Type

/** The members of a condition, to be spread into what has one: a scoring rule's adds a score, a segment's a field. */
export const fields = { operator: Operator, value: Schema.optionalKey(Operand) }

export interface Condition {
  readonly operator: Operator
  readonly value?: Operand
}

/**
 * Refuses operands that do not fit the operator, at `value` or the item of it. To be checked wherever `fields` is used.
 *
 * @example
 * ```ts
 * import * as Condition from "@clientele/core/domain/Condition"
 * import * as Schema from "effect/Schema"
 *
 * const Scored = Schema.Struct({ ...Condition.fields, score: Schema.Finite }).check(Condition.hasFittingOperand)
 * Schema.decodeUnknownResult(Scored)({ operator: "between", value: [100, 50], score: 5 }) // a failure at `value`
 * ```
 */
export const hasFittingOperand = Schema.makeFilter((condition: Condition) => operandIssues(condition))

/** What is wrong with an operand, and where in the condition. */
export interface OperandIssue {
  readonly path: ReadonlyArray<PropertyKey>
  readonly issue: string
}

/** Why an operand does not fit its operator: nothing when it does. */
export const operandIssues = ({ operator, value }: Condition): ReadonlyArray<OperandIssue> => {
  const unless = (fits: boolean, issue: string, path: ReadonlyArray<PropertyKey> = []): ReadonlyArray<OperandIssue> =>
    fits ? [] : [{ path: ["value", ...path], issue }]
  switch (operator) {
    case "eq":
    case "neq":
      return unless(isComparable(value), expectComparable)
    case "in":
    case "not_in":
      return Array.isArray(value) && value.length > 0
        ? value.flatMap((item, index) => unless(isComparable(item), expectComparable, [index]))
        : unless(false, "Expected a list of text, numbers, true or false")
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return unless(readBound(value, anytime) !== undefined, "Expected a number or a time, such as 500 or 2026-01-24")
    case "between":
      return unless(isRange(value), "Expected two numbers or two times, the lower first")
    case "contains":
    case "not_contains":
    case "starts_with":
    case "ends_with":
      return unless(typeof value === "string" && value !== "", "Expected text that is not empty")
    case "exists":
    case "not_exists":
      return unless(value === undefined, `Expected no value: ${operator} asks of the field alone`)
  }
}

// -- Meaning ----------------------------------------------------------------------------------------------------------

/** What times in operands are relative to. Without `now`, `now-30d` names no instant; the zone is UTC unless given. */
export interface Context {
  readonly now?: DateTime.Utc
  readonly zone?: DateTime.TimeZone
}

/** What a condition asks. Total: an operator with an operand that does not fit it has no tests. */
export const interpret = (
  { operator, value }: { readonly operator: Operator; readonly value?: unknown },
  context: Context = {}
): Question => {
  const asked = (tests: ReadonlyArray<Test>): Question => ({ negated: false, tests })
  const not = (tests: ReadonlyArray<Test>): Question => ({ negated: true, tests })
  switch (operator) {
    case "eq":
      return asked(sameAs(value, context))
    case "neq":
      return not(sameAs(value, context))
    case "in":
      return asked(sameAsAny(value, context))
    case "not_in":
      return not(sameAsAny(value, context))
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return asked(beyond(operator, value, context))
    case "between":
      return asked(within(value, context))
    case "contains":
      return asked(textual("contains", value))
    case "not_contains":
      return not(textual("contains", value))
    case "starts_with":
      return asked(textual("starts", value))
    case "ends_with":
      return asked(textual("ends", value))
    case "exists":
      return asked([{ kind: "present" }])
    case "not_exists":
      return not([{ kind: "present" }])
  }
}

/**
 * Whether a condition holds of a value. Never throws, whatever the operand and the value.
 *
 * @example
 * ```ts
 * import * as Condition from "@clientele/core/domain/Condition"
 *
 * Condition.holds("gte", 500, "500+ employees") // true
 * Condition.holds("contains", "VIP", ["vip", "partner"]) // true
 * Condition.holds("neq", "healthcare", null) // true
 * Condition.holds("lte", "2026-01-24", "2026-01-24T23:59:59Z") // true
 * ```
 */
export const holds = (operator: Operator, operand: unknown, value: unknown, context: Context = {}): boolean =>
  ask(interpret({ operator, value: operand }, context))(value)

/** Whether an operand means another instant at another time, as `now-30d` does. */
export const isRelative = (operand: unknown): boolean => typeof operand === "string" && relative.test(operand)

// internal

const relative = /^now(?<sign>[+-])(?<count>\d{1,5})(?<unit>[dh])$/

// -- Operands into tests

const sameAs = (operand: unknown, context: Context): ReadonlyArray<Test> => {
  if (typeof operand === "number") return [{ kind: "number", gte: operand, lte: operand }]
  if (typeof operand === "boolean") return textual("equals", String(operand))
  if (typeof operand !== "string") return []
  const instant = readSpans(operand, context)
  return instant === undefined
    ? textual("equals", operand)
    : [{ kind: "instant", ...instant.span, day: instant.day }, ...textual("equals", operand)]
}

const sameAsAny = (operand: unknown, context: Context): ReadonlyArray<Test> =>
  Array.isArray(operand) ? operand.flatMap((item) => sameAs(item, context)) : []

const textual = (match: TextMatch, operand: unknown): ReadonlyArray<Test> =>
  typeof operand === "string" && operand !== ""
    ? [{ kind: "text", match, text: comparable(operand), given: operand }]
    : []

type Ordering = "gt" | "gte" | "lt" | "lte"

const beyond = (ordering: Ordering, operand: unknown, context: Context): ReadonlyArray<Test> => {
  const bound = readBound(operand, context)
  if (bound === undefined) return []
  return typeof bound === "number"
    ? [{ kind: "number", [ordering]: bound }]
    : [{ kind: "instant", ...side(ordering, bound.span), day: side(ordering, bound.day) }]
}

const within = (operand: unknown, context: Context): ReadonlyArray<Test> => {
  const [low, high] =
    Array.isArray(operand) && operand.length === 2 ? operand.map((end) => readBound(end, context)) : []
  if (typeof low === "number" && typeof high === "number") return [{ kind: "number", gte: low, lte: high }]
  if (typeof low !== "object" || typeof high !== "object") return []
  return [
    {
      kind: "instant",
      from: low.span.from,
      until: high.span.until,
      day: { from: low.day.from, until: high.day.until }
    }
  ]
}

/** What an operand is as the end of a range. */
const readBound = (operand: unknown, context: Context): number | Spans | undefined => {
  if (typeof operand === "number") return operand
  return typeof operand === "string" ? (readSpans(operand, context) ?? readNumber(operand)) : undefined
}

/** The instants that an operand stands for, and the days; both ends are known. */
interface Spans {
  readonly span: Required<Span>
  readonly day: Required<Span>
}

const readSpans = (operand: string, { now, zone }: Context): Spans | undefined => {
  const moment = now === undefined ? undefined : fromNow(operand, now)
  const named = moment === undefined ? readInstant(operand) : { at: moment, isDay: false }
  if (named === undefined) return undefined
  if (!named.isDay) {
    const span = { from: named.at, until: named.at + 1 }
    return { span, day: span }
  }
  const day = dayAt(named.at, DateTime.zoneMakeOffset(0))
  return { span: zone === undefined ? day : dayAt(named.at, zone), day }
}

const fromNow = (operand: string, now: DateTime.Utc): number | undefined => {
  const { count, sign, unit } = relative.exec(operand)?.groups ?? {}
  if (count === undefined) return undefined
  const hours = Number(count) * (unit === "d" ? 24 : 1)
  return DateTime.toEpochMillis(DateTime.add(now, { hours: sign === "-" ? -hours : hours }))
}

const side = (ordering: Ordering, { from, until }: Required<Span>): Span => {
  switch (ordering) {
    case "gt":
      return { from: until }
    case "gte":
      return { from }
    case "lt":
      return { until: from }
    case "lte":
      return { until }
  }
}

// -- Refusals

const expectComparable = "Expected text that is not blank, a number, true or false"

const isComparable = (value: unknown): boolean =>
  typeof value === "string" ? !isBlank(value) : typeof value === "number" || typeof value === "boolean"

// For checking operands, any time will do.
const anytime: Context = { now: DateTime.makeUnsafe(0) }

// Of a time and a distance from now, none is known to be the lower.
const isRange = (value: unknown): boolean => {
  const [test] = within(value, anytime)
  if (test === undefined || !Array.isArray(value)) return false
  if (test.kind === "number") return (test.gte ?? 0) <= (test.lte ?? 0)
  const [low, high] = value.map(isRelative)
  return low !== high || (test.kind === "instant" && (test.from ?? 0) < (test.until ?? 0))
}

/**
 * The tests that conditions come down to, and how a value answers them. What this says of a value in memory a compiler to
 * SQL says of a row; `Condition` tells the rules.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { readNumber } from "./ConditionNumbers.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

/** How a text compares with the one asked for. */
export type TextMatch = "equals" | "contains" | "starts" | "ends"

/** A stretch of time in milliseconds since 1970: `from` included, `until` not; open where absent. */
export interface Span {
  readonly from?: number
  readonly until?: number
}

/**
 * One thing to ask of a single value, or of an item of a list.
 * - `present`: it is a value.
 * - `text`: its `comparable` text is, has, begins or ends with `text`. `given` is the operand as given, for ids, which
 *   compare exactly. Of an item of a list, `contains` asks whether it equals.
 * - `number`: it is a number, or text that `readNumber` reads as one, within every bound there is.
 * - `instant`: it is text that `readInstant` reads, within the span, or within `day` if it is a date without a time.
 */
export type Test =
  | { readonly kind: "present" }
  | {
      readonly kind: "text"
      readonly match: TextMatch
      readonly text: string
      readonly given: string
    }
  | {
      readonly kind: "number"
      readonly gt?: number
      readonly gte?: number
      readonly lt?: number
      readonly lte?: number
    }
  | ({ readonly kind: "instant"; readonly day: Span } & Span)

/** What a condition asks: whether any of the tests holds, or, when negated, none. */
export interface Question {
  readonly negated: boolean
  readonly tests: ReadonlyArray<Test>
}

/** Makes a question into a function, for asking it of many values. With `exact`, text compares as given, as ids do. */
export const ask = (
  { negated, tests }: Question,
  { exact = false }: { readonly exact?: boolean } = {}
): ((value: unknown) => boolean) => {
  const predicates = tests.map((test) => asPredicate(test, exact))
  const any = (value: unknown, listed: boolean) => predicates.some((holds) => holds(value, listed))
  return (value) => (Array.isArray(value) ? value.some((item) => any(item, true)) : any(value, false)) !== negated
}

/**
 * The instant that a text names, in milliseconds since 1970, and whether it is a date without a time of day (then the
 * instant is its midnight in UTC); undefined when it is no time in ISO 8601.
 */
export const readInstant = (text: string): { readonly at: number; readonly isDay: boolean } | undefined => {
  const trimmed = text.trim()
  if (!/^\d{4}-\d{2}-\d{2}/.test(trimmed)) return undefined
  const at = readCommon(trimmed) ?? readAny(trimmed)
  return at === undefined ? undefined : { at, isDay: trimmed.length === "yyyy-mm-dd".length }
}

/**
 * The form in which texts are compared: NFC, lower case by Unicode's default mapping, with one sigma for both small ones,
 * because which of them a word has depends on where the word ends.
 */
export const comparable = (text: string): string => Text.caseless(text).replaceAll("ς", "σ")

/** Whether there is a value: `exists` in a word. */
export const hasValue = (value: unknown): boolean => (Array.isArray(value) ? value.some(isPresent) : isPresent(value))

/** Blank text is no value. */
export const isBlank = (text: string): boolean => text.trim() === ""

// internal

const decodeInstant = Schema.decodeUnknownOption(Time.Instant)

const readAny = (text: string): number | undefined => {
  const instant = decodeInstant(text)
  return Option.isNone(instant) ? undefined : DateTime.toEpochMillis(instant.value)
}

const year1 = DateTime.makeUnsafe("0001-01-01T00:00:00.000Z")

/** The forms in which nearly all instants come, many times faster. What does not read back the same is not of them. */
const readCommon = (text: string): number | undefined => {
  const full = inFull(text)
  const instant = full === undefined ? Option.none() : DateTime.make(full)
  if (Option.isNone(instant) || DateTime.isLessThan(instant.value, year1)) return undefined
  return DateTime.formatIso(instant.value) === full ? DateTime.toEpochMillis(instant.value) : undefined
}

const inFull = (text: string): string | undefined => {
  if (text.length === "yyyy-mm-dd".length) return `${text}T00:00:00.000Z`
  if (!text.endsWith("Z")) return undefined
  return text.length === "yyyy-mm-ddThh:mm:ssZ".length ? `${text.slice(0, -1)}.000Z` : text
}

const asPredicate = (test: Test, exact: boolean): ((value: unknown, listed: boolean) => boolean) => {
  switch (test.kind) {
    case "present":
      return exact ? isText : isPresent
    case "text": {
      const { given, match, text } = test
      if (exact) return (value) => isText(value) && matches(match, value, given)
      return (value, listed) => {
        const own = textOf(value)
        return own !== undefined && matches(listed && match === "contains" ? "equals" : match, comparable(own), text)
      }
    }
    case "number": {
      const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = test
      return (value) => {
        const number = typeof value === "string" ? readNumber(value) : value
        return typeof number === "number" && number > gt && number >= gte && number < lt && number <= lte
      }
    }
    case "instant":
      return (value) => {
        const instant = typeof value === "string" ? readInstant(value) : undefined
        if (instant === undefined) return false
        const { from = -Infinity, until = Infinity } = instant.isDay ? test.day : test
        return instant.at >= from && instant.at < until
      }
  }
}

const isText = (value: unknown): value is string => typeof value === "string"

const isPresent = (value: unknown): boolean => {
  switch (typeof value) {
    case "string":
      return !isBlank(value)
    case "number":
    case "boolean":
      return true
    default:
      return typeof value === "object" && value !== null
  }
}

const textOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return isBlank(value) ? undefined : value
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined
}

const matches = (match: TextMatch, own: string, text: string): boolean => {
  switch (match) {
    case "equals":
      return own === text
    case "contains":
      return own.includes(text)
    case "starts":
      return own.startsWith(text)
    case "ends":
      return own.endsWith(text)
  }
}

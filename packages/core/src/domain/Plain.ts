/**
 * Values in the form that programs without Effect use: an instant is a `Date`, an amount is a `number`, an id is a
 * `string`. Names stay those of the domain, and text stays text: a day without a zone is `"2026-02-15"`.
 *
 * An amount as a number is exact up to 2^53 minor units, as it is in JSON. Whoever has larger ones uses the services
 * themselves, whose amounts are decimals.
 */
import * as BigDecimal from "effect/BigDecimal"
import type * as Brand from "effect/Brand"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** The plain form of a type: what callers are given. */
export type Plain<T> = T extends Callable
  ? T
  : T extends DateTime.DateTime
    ? Date
    : T extends BigDecimal.BigDecimal
      ? number
      : T extends string & Brand.Brand<string>
        ? string
        : T extends ReadonlyMap<infer K, infer V>
          ? ReadonlyMap<Plain<K>, Plain<V>>
          : T extends Stream.Stream<infer A, infer _E, infer _R>
            ? AsyncIterable<Plain<A>>
            : T extends object
              ? { readonly [K in keyof T]: Plain<T[K]> }
              : T

/** What callers may give for a type; rows come as an async iterable. */
export type Given<T> = T extends Callable
  ? T
  : T extends DateTime.DateTime
    ? Date
    : T extends BigDecimal.BigDecimal
      ? number
      : T extends string & Brand.Brand<string>
        ? string
        : T extends Stream.Stream<infer A, infer _E, infer _R>
          ? AsyncIterable<Given<A>>
          : T extends object
            ? { readonly [K in keyof T]: Given<T[K]> }
            : T

/**
 * The plain form of a value.
 *
 * @example
 * ```ts
 * import { Plain } from "@clientele/core"
 * import { BigDecimal, DateTime } from "effect"
 *
 * Plain.toPlain({ value: BigDecimal.fromStringUnsafe("0.10"), at: DateTime.makeUnsafe("2026-01-24T12:00:00Z") })
 * // { value: 0.1, at: new Date("2026-01-24T12:00:00Z") }
 * ```
 */
export const toPlain = (value: unknown): unknown => {
  if (DateTime.isDateTime(value)) return DateTime.toDateUtc(value)
  if (BigDecimal.isBigDecimal(value)) return Number(BigDecimal.format(value))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [toPlain(key), toPlain(item)]))
  return inside(value, toPlain)
}

/** The value that a plain one stands for. Amounts stay numbers, which inputs take as they are. */
export const fromGiven = (value: unknown): unknown => {
  // One that is no instant stays what it is, and is refused at its path as everything else that is wrong.
  if (value instanceof Date) return Option.getOrElse(DateTime.make(value), () => value)
  if (!isAsyncIterable(value)) return inside(value, fromGiven)
  const rows = Stream.fromAsyncIterable(value, (error) => error)
  return Stream.map(rows, fromGiven)
}

/** Whether a value is an object of members, and not of a class. */
export const isRecord = (value: unknown): value is { readonly [key: string]: unknown } => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

// internal

type Callable = (...args: never) => unknown

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value

/** Arrays and records item by item; whatever else there is stays as it is, streams among it. */
const inside = (value: unknown, change: (item: unknown) => unknown): unknown => {
  if (Stream.isStream(value)) return value
  if (Array.isArray(value)) return value.map(change)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]))
}

/**
 * Dates as tables write them, by a format: `YYYY`, `MM` or `M`, `DD` or `D`, and for a time of day `HH` or `H`, or `hh` or `h`
 * with `A`, `mm` and `ss`; everything else stands for itself. Two digits or one are read either way.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Time from "./Time.ts"

/** Reads a day, or a day and a time of it, into ISO 8601; none when the text is not of the format, or no such day. */
export type DateReader = (text: string) => Option.Option<string>

/** What reads dates of a format; none when the format does not say year, month and day once each. */
export const make = (format: string): Option.Option<DateReader> => {
  const names = format.match(tokens) ?? []
  const parts = names.map((name) => partOf(name))
  const isWhole = (["year", "month", "day"] as const).every((part) => parts.includes(part))
  if (!isWhole || new Set(parts).size < parts.length) return Option.none()
  const literals = format.split(tokens).map((literal) => literal.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&"))
  const pattern = new RegExp(`^${literals.map((literal, at) => literal + patterns[parts[at] ?? "end"]).join("")}$`, "i")
  return Option.some((text) => {
    const found = pattern.exec(text.trim())
    if (found === null) return Option.none()
    const part = (wanted: Part) => (parts.includes(wanted) ? found[parts.indexOf(wanted) + 1] : undefined)
    return isoOf(part, parts)
  })
}

/** Reads ISO 8601. */
export const iso: DateReader = (text) => Option.liftPredicate(text.trim(), Schema.is(Time.InstantText))

// internal

type Part = "year" | "month" | "day" | "hour" | "halfHour" | "half" | "minute" | "second"

const tokens = /YYYY|MM?|DD?|HH?|hh?|mm|ss|A/g

const patterns: { readonly [part in Part | "end"]: string } = {
  year: "(\\d{4})",
  month: "(\\d{1,2})",
  day: "(\\d{1,2})",
  hour: "(\\d{1,2})",
  halfHour: "(\\d{1,2})",
  half: "(am|pm)",
  minute: "(\\d{2})",
  second: "(\\d{2})",
  end: ""
}

const partOf = (token: string): Part => {
  if (token === "YYYY") return "year"
  if (token === "A") return "half"
  if (token.startsWith("M")) return "month"
  if (token.startsWith("D")) return "day"
  if (token.startsWith("H")) return "hour"
  if (token.startsWith("h")) return "halfHour"
  return token === "mm" ? "minute" : "second"
}

const isoOf = (part: (wanted: Part) => string | undefined, parts: ReadonlyArray<Part>): Option.Option<string> => {
  const two = (text: string | undefined) => (text ?? "0").padStart(2, "0")
  const day = `${part("year")}-${two(part("month"))}-${two(part("day"))}`
  if (!parts.includes("hour") && !parts.includes("halfHour")) return Option.liftPredicate(day, isInstant)
  const half = part("half")?.toLowerCase()
  const hour = half === undefined ? part("hour") : String((Number(part("halfHour")) % 12) + (half === "pm" ? 12 : 0))
  return Option.liftPredicate(`${day}T${two(hour)}:${two(part("minute"))}:${two(part("second"))}Z`, isInstant)
}

const isInstant = Schema.is(Time.InstantText)

/** Text for a terminal: columns, bars and amounts, all by plain characters, so that it is the same everywhere. */
import * as BigDecimal from "effect/BigDecimal"

/** How wide what the commands draw is. */
export const width = 80

/** A number with its thousands apart: 1,234,567.5. */
export const amount = (value: BigDecimal.BigDecimal | number): string => {
  const [whole = "", fraction] = (typeof value === "number" ? String(value) : BigDecimal.format(value)).split(".")
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",")
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** A bar of at most `length` characters for a part of a whole; what is not nothing has at least one. */
export const bar = (part: number, whole: number, length: number): string =>
  part <= 0 || whole <= 0 ? "" : "█".repeat(Math.max(1, Math.round((Math.min(part, whole) / whole) * length)))

/** What is too long ends in an ellipsis. */
export const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`

/** Left and right in one line. */
export const justified = (left: string, right: string, length = width): string =>
  `${left}${right.padStart(Math.max(1, length - left.length))}`

/** Lines without the space at their ends. */
export const lines = (parts: ReadonlyArray<string>): string => parts.map((line) => line.trimEnd()).join("\n")

/**
 * Numbers in text as people write them: `500+`, `51-200`, `$50M`, `1.2k`, `1,200`.
 *
 * Read is the number that the text begins with, after a comparison (`<`, `~`, `≥`), a sign and a currency; what follows
 * it is left alone, but for a unit of thousands or millions. Of a range this is the lower end, to which a unit after the
 * upper end applies too ("$10-50M" begins at ten million), unless that would turn the range round. Full-width digits and
 * letters count as plain ones.
 *
 * Thousands may be grouped by commas, spaces or apostrophes, or by points if there are several groups or decimals after a
 * comma. So `1.200` is 1.2, as programs write it, and `1,200` is 1200; a comma with another number of digits after it, or
 * a zero before it, is a decimal comma. A time in ISO 8601 is no number.
 */

/**
 * The number at the beginning of a text, or undefined when there is none.
 *
 * @example
 * ```ts
 * import { readNumber } from "@clientele/core/domain/Condition"
 *
 * readNumber("500+ employees") // 500
 * readNumber("51-200") // 51
 * readNumber("$50M") // 50_000_000
 * readNumber("about 500") // undefined
 * ```
 */
export const readNumber = (text: string): number | undefined => {
  if (withoutDigits.test(text)) return undefined
  const plain = text.normalize("NFKC").trim()
  const found = date.test(plain) ? null : beginning.exec(plain)
  if (found === null) return undefined
  const low = toNumber(found.groups)
  const high = zerosOf(found.groups) === 0 ? upperEnd.exec(plain.slice(found[0].length)) : null
  if (high === null) return low
  const scaled = toNumber({ ...found.groups, unit: high.groups?.["unit"] })
  const limit = toNumber(high.groups)
  return scaled !== undefined && limit !== undefined && scaled <= limit ? scaled : low
}

// internal

// Most text is, and the rest of this takes many times as long.
const withoutDigits = /^[\0-\x2f\x3a-\x7f]*$/

const date = /^\d{4}-\d{2}-\d{2}(?!\d)/

const units: ReadonlyMap<string, number> = new Map([
  ...["k", "thousand"].map((unit) => [unit, 3] as const),
  ...["m", "mm", "mn", "mio", "mln", "million", "millions"].map((unit) => [unit, 6] as const),
  ...["b", "bn", "billion", "billions"].map((unit) => [unit, 9] as const),
  ...["tn", "trillion", "trillions"].map((unit) => [unit, 12] as const)
])

const currency = String.raw`(?:[A-Za-z]{0,3}\p{Sc}|[A-Z]{3}(?=[\s\d]))?`

// In order: grouped by commas, by points before a decimal comma, by several points, by spaces; not grouped.
const digits = [
  String.raw`(?<commas>[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d+)?)`,
  String.raw`(?<points>[1-9]\d{0,2}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,}))`,
  String.raw`(?<spaces>[1-9]\d{0,2}(?:[ '’]\d{3})+(?:[.,]\d+)?)`,
  String.raw`(?<plain>(?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][+-]?\d+)?)`
].join("|")

const amount = String.raw`(?<sign>[-−+]?)\s*${currency}\s*(?<inner>-?)(?:${digits})(?!\d)(?:\s?(?<unit>\p{L}+)(?!\p{N}))?`

const beginning = new RegExp(String.raw`^[<>≤≥=~≈]*\s*${amount}`, "u")

const upperEnd = new RegExp(String.raw`^\s*[-–—]\s*${amount}`, "u")

type Groups = { readonly [name: string]: string | undefined }

const zerosOf = (groups: Groups | undefined): number => units.get(groups?.["unit"]?.toLowerCase() ?? "") ?? 0

const toNumber = (groups: Groups = {}): number | undefined => {
  const { commas, inner, plain, points, sign, spaces } = groups
  const grouped = commas?.replaceAll(",", "") ?? points?.replaceAll(".", "") ?? spaces?.replace(/[ '’]/g, "")
  const text = (grouped ?? plain)?.replace(",", ".")
  if (text === undefined) return undefined
  const zeros = zerosOf(groups)
  // Shifting the point in decimal keeps 1.1k at 1100, which multiplying does not.
  const value = /e/i.test(text) ? Number(text) * 10 ** zeros : Number(`${text}e${zeros}`)
  if (!Number.isFinite(value)) return undefined
  return sign === "-" || sign === "−" || inner === "-" ? -value : value
}

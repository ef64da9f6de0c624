/**
 * Text as people type it: limits, well-formedness, and the folding under which two spellings are the same word.
 *
 * Text is stored and returned as given. U+0000 and lone surrogates are refused, because Postgres cannot keep the first
 * and no UTF-8 encoding exists for the second; refusing both everywhere keeps the databases alike.
 */
import * as Schema from "effect/Schema"

const unstorable = /\0|\p{Surrogate}/u

/** Whether text can be stored alike on every database. */
export const canBeStored = (text: string): boolean => !unstorable.test(text)

/** Text as it can be stored, with a mark in place of what cannot. */
export const storable = (text: string): string => text.replace(/\0|\p{Surrogate}/gu, "\ufffd")

/** A check that text can be stored alike on every database. */
export const isStorable = Schema.makeFilter((text: string) =>
  canBeStored(text) ? undefined : "Expected text without U+0000 and lone surrogates"
)

/** Text of at most `max` UTF-16 units, possibly empty. */
export const text = (max: number) => Schema.String.check(Schema.isMaxLength(max), isStorable)

/** Text of at most `max` UTF-16 units with at least one visible character. */
export const filled = (max: number) =>
  Schema.String.check(
    Schema.isPattern(/\S/u, { message: "Expected text that is not blank" }),
    Schema.isMaxLength(max),
    isStorable
  )

/** What a JSON Schema says of a check that is a function to it. */
export const documented = (constraint: { readonly [keyword: string]: unknown }) => ({ toJsonSchema: () => constraint })

/** A check of a text's form, which bounds its length: a JSON Schema says how long that can be, too. */
export const matches = (
  form: RegExp,
  { maxLength, message }: { readonly maxLength: number; readonly message: string }
) => Schema.isPattern(form, { message, ...documented({ pattern: form.source, maxLength }) })

// Letters that no Unicode decomposition reduces to ASCII, in the spelling people use without the special key; the sigma
// that only ends words; and the apostrophes that typesetting puts in place of the one on the keyboard.
const plainLetters: ReadonlyMap<string, string> = new Map([
  ["ß", "ss"],
  ["æ", "ae"],
  ["œ", "oe"],
  ["ø", "o"],
  ["đ", "d"],
  ["ð", "d"],
  ["þ", "th"],
  ["ł", "l"],
  ["ħ", "h"],
  ["ı", "i"],
  ["ŋ", "n"],
  ["ſ", "s"],
  ["ς", "σ"],
  ["‘", "'"],
  ["’", "'"],
  ["ʼ", "'"],
  ["ʻ", "'"]
])

/**
 * Folds text for comparison: compatibility-decomposed, lower case, without accents, white space collapsed and trimmed.
 *
 * @example
 * ```ts
 * import { Text } from "@clientele/core"
 *
 * Text.fold("  Søren  MÜLLER-Großmann ") // "soren muller-grossmann"
 * ```
 */
export const fold = (value: string): string =>
  spacedOnce((isAscii.test(value) ? value.toLowerCase() : foldLetters(value)).trim())

// Most text is.
const spacedOnce = (value: string): string => (/\s\s|[^\S ]/u.test(value) ? value.replace(/\s+/gu, " ") : value)

// Most text is, and needs no normalising.
const isAscii = /^[\0-\x7f]*$/

const foldLetters = (value: string): string =>
  value
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .replace(/[ßæœøđðþłħıŋſς‘’ʼʻ]/gu, (letter) => plainLetters.get(letter) ?? letter)

/** Brings text to one case and one composition, and changes nothing else: for keys, where accents make a difference. */
export const caseless = (value: string): string =>
  isAscii.test(value) ? value.toLowerCase() : value.normalize("NFC").toLowerCase().normalize("NFC")

/** A value as it was given; blank becomes null. */
export const filledOrNull = (value: string | null | undefined): string | null =>
  trimToNull(value) === null ? null : (value ?? null)

/** Trims a value; blank becomes null. */
export const trimToNull = (value: string | null | undefined): string | null => {
  const trimmed = value?.trim() ?? ""
  return trimmed === "" ? null : trimmed
}

/**
 * Search: which words a question has, and which text of a contact they are looked for in.
 *
 * Every word must match: a word of three letters and more any part of the name, e-mail addresses, company or phone
 * digits; a word of one or two letters the beginning of a word. `%`, `_` and quotes are plain characters. One text per
 * contact serves both kinds: it is folded, and two spaces stand before every word, so that "two spaces and the letters"
 * finds word beginnings through the same trigram index that finds parts. Numbers are looked for by their digits alone, so
 * a number that is written with punctuation stands in the text by its digits too.
 */
import type { ContactFields } from "./ContactRecord.ts"
import * as Text from "./Text.ts"

/** The text in which a contact is searched. */
export const document = (fields: ContactFields): string => {
  const texts = [fields.name, fields.email ?? "", ...fields.secondaryEmails, fields.company ?? ""].map(Text.fold)
  const phones = fields.phone === null ? fields.secondaryPhones : [fields.phone, ...fields.secondaryPhones]
  return indexed([
    ...texts,
    ...texts.flatMap(punctuatedNumbers),
    ...phones.flatMap(({ raw, e164 }) => [digits(Text.fold(raw)), digits(e164 ?? "")])
  ])
}

/**
 * The pieces of text that must all occur in a contact's document. A search that is a phone number, however it is spaced
 * or punctuated, and any word that is one, is looked for by its digits.
 */
export const needles = (search: string): ReadonlyArray<string> => {
  const folded = Text.fold(search)
  const phone = phoneDigits(folded)
  if (phone !== undefined) return [phone]
  const words = folded.split(" ").filter((word) => word !== "")
  return [...new Set(words.map((word) => phoneDigits(word) ?? word))].map((word) =>
    [...word].length < 3 ? `  ${word}` : word
  )
}

/** Whether a document holds every needle: the meaning that the databases' indexes must reproduce. */
export const matches = (document: string, needles: ReadonlyArray<string>): boolean =>
  needles.every((needle) => document.includes(needle))

// internal

const indexed = (texts: ReadonlyArray<string>): string =>
  texts
    .flatMap((text) => text.split(" "))
    .filter((word) => word !== "")
    .map((word) => `  ${word}`)
    .join("")

const digits = (text: string): string => text.replace(/\D/g, "")

// What phone numbers are written with: "+1 (555) 010-0199" is one number, not four words.
const numerals = /[ +().\d/\p{Pd}]+/gu

const numbers = (text: string): ReadonlyArray<string> => text.match(numerals) ?? []

// Plain words and single short numbers are not phones.
const phoneDigits = (text: string): string | undefined => {
  const found = digits(text)
  return numbers(text)[0] === text && found.length >= 5 ? found : undefined
}

// So that part of "2026.01-99", which looks like a phone number when searched for, is found wherever it stands.
const punctuatedNumbers = (text: string): ReadonlyArray<string> =>
  /\d/.test(text)
    ? numbers(text)
        .flatMap((number) => phoneDigits(number) ?? [])
        .filter((number) => !text.includes(number))
    : []

/**
 * Search: which words a question has, and which text of a contact they are looked for in.
 *
 * Every word must match: a word of three letters and more any part of the name, e-mail addresses, company or phone
 * digits; a word of one or two letters the beginning of a word. `%`, `_` and quotes are plain characters. One text per
 * contact serves both kinds: it is folded, and two spaces stand before every word, so that "two spaces and the letters"
 * finds word beginnings through the same trigram index that finds parts.
 */
import type { ContactFields } from "./ContactRecord.ts"
import * as Text from "./Text.ts"

/** The text in which a contact is searched. */
export const document = (fields: ContactFields): string => {
  const phones = fields.phone === null ? fields.secondaryPhones : [fields.phone, ...fields.secondaryPhones]
  return indexed([
    fields.name,
    fields.email ?? "",
    ...fields.secondaryEmails,
    fields.company ?? "",
    ...phones.flatMap(({ raw, e164 }) => [digits(raw), digits(e164 ?? "")])
  ])
}

/**
 * The pieces of text that must all occur in a contact's document. A word that is a phone number, however it is spaced or
 * punctuated, is looked for by its digits.
 */
export const needles = (search: string): ReadonlyArray<string> => {
  const phone = phoneDigits(search)
  if (phone !== undefined) return [phone]
  const words = Text.fold(search).split(" ").filter((word) => word !== "")
  return [...new Set(words)].map((word) => ([...word].length < 3 ? `  ${word}` : word))
}

/** Whether a document holds every needle: the meaning that the databases' indexes must reproduce. */
export const matches = (document: string, needles: ReadonlyArray<string>): boolean =>
  needles.every((needle) => document.includes(needle))

// internal

const indexed = (texts: ReadonlyArray<string>): string =>
  texts
    .flatMap((text) => Text.fold(text).split(" "))
    .filter((word) => word !== "")
    .map((word) => `  ${word}`)
    .join("")

const digits = (phone: string): string => phone.replace(/\D/g, "")

// "+1 (555) 010-0199" is one number, not four words; plain words and single short numbers are not phones.
const phoneDigits = (search: string): string | undefined => {
  const found = digits(search)
  return /^[\s+().\d/-]+$/.test(search) && found.length >= 5 ? found : undefined
}

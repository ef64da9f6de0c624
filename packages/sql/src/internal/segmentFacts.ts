/**
 * What segments ask of the text in a contact, kept beside it in a form that every database can compare: no database
 * folds case, or reads numbers and times out of text, as the domain does. For each field a list of items; an item has
 * its comparable text `t`, the number `n` and the instant `i` (or, of a date without a time, the day `d`, as its midnight
 * in UTC) that the text can be read as, and `l` when it stands in a list.
 */
import type { ContactRecord } from "@clientele/core/domain/ContactRecord"
import { comparable, readInstant, readNumber } from "@clientele/core/domain/Condition"
import { fieldKind, fixedReaders } from "@clientele/core/domain/Segment"

interface Item {
  readonly t?: string
  readonly n?: number
  readonly i?: number
  readonly d?: number
  readonly l?: 1
}

/** The kept facts of a contact, as JSON text. */
export const segmentFacts = (record: ContactRecord): string => {
  const facts: { [field: string]: ReadonlyArray<Item> } = {}
  const keep = (field: string, value: unknown) => {
    const items = Array.isArray(value) ? value.flatMap((item) => itemOf(item, listed)) : itemOf(value, unlisted)
    if (items.length > 0) facts[field] = items
  }
  for (const [field, read] of texts) keep(field, read(record))
  for (const [key, value] of Object.entries(record.fields.customFields)) {
    const field = `custom_fields.${key}`
    if (fieldKind(field) === "custom") keep(field, value)
  }
  return JSON.stringify(facts)
}

// internal

const texts = [...fixedReaders].filter(([field]) => {
  const kind = fieldKind(field)
  return kind === "text" || kind === "list"
})

const listed: Item = { l: 1 }
const unlisted: Item = {}

const itemOf = (value: unknown, base: Item): ReadonlyArray<Item> => {
  if (typeof value === "number") return [{ ...base, t: comparable(String(value)), n: value }]
  if (typeof value === "boolean") return [{ ...base, t: String(value) }]
  if (typeof value !== "string" || value.trim() === "") return []
  const item: { -readonly [K in keyof Item]: Item[K] } = { ...base, t: comparable(value) }
  const number = readNumber(value)
  if (number !== undefined) item.n = number
  const instant = readInstant(value)
  if (instant !== undefined) item[instant.isDay ? "d" : "i"] = instant.at
  return [item]
}

/**
 * What segments ask of the text in a contact, kept beside it in a form that every database can compare: no database
 * folds case, or reads numbers and times out of text, as the domain does. For each field a list of items; an item has
 * its comparable text `t`, the number `n` and the instant `i` (or, of a date without a time, the day `d`, as its midnight
 * in UTC) that the text can be read as, and `l` when it stands in a list.
 */
import type { ContactRecord } from "@clientele/core/domain/ContactRecord"
import { comparable, readInstant, readNumber } from "@clientele/core/domain/Condition"
import { factsOf, fieldKind } from "@clientele/core/domain/Segment"

interface Item {
  readonly t?: string
  readonly n?: number
  readonly i?: number
  readonly d?: number
  readonly l?: 1
}

/** The kept facts of a contact, as JSON text. */
export const segmentFacts = (record: ContactRecord): string =>
  JSON.stringify(
    Object.fromEntries(
      [...factsOf(record)].flatMap(([field, value]) => {
        const kind = fieldKind(field)
        if (kind !== "text" && kind !== "list" && kind !== "custom") return []
        const items = Array.isArray(value) ? value.flatMap((item) => itemOf(item, { l: 1 })) : itemOf(value, {})
        return items.length === 0 ? [] : [[field, items]]
      })
    )
  )

// internal

const itemOf = (value: unknown, base: Item): ReadonlyArray<Item> => {
  if (typeof value === "number") return [{ ...base, t: comparable(String(value)), n: value }]
  if (typeof value === "boolean") return [{ ...base, t: String(value) }]
  if (typeof value !== "string" || value.trim() === "") return []
  const number = readNumber(value)
  const instant = readInstant(value)
  return [
    {
      ...base,
      t: comparable(value),
      ...(number !== undefined && { n: number }),
      ...(instant !== undefined && (instant.isDay ? { d: instant.at } : { i: instant.at }))
    }
  ]
}

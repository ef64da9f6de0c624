/** What segments and rules ask of a contact, read out of its record: all of it, or a field at a time. */
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"
import type { ContactRecord } from "./ContactRecord.ts"

/** What segments ask of a contact, by wire name: an absent field has no value. */
export type SegmentFacts = ReadonlyMap<string, Schema.Json>

/** Reads one field of a contact; undefined when it has none of that name. */
export type FactReader = (record: ContactRecord) => Schema.Json | undefined

/** The facts of a contact. */
export const factsOf = (record: ContactRecord): SegmentFacts => {
  const facts = new Map<string, Schema.Json>()
  for (const [field, read] of fixedReaders) facts.set(field, read(record))
  for (const [key, value] of Object.entries(record.fields.customFields)) facts.set(`${customPrefix}${key}`, value)
  return facts
}

/** What reads a field, for reading it of many contacts; undefined for what is no field. */
export const readerOf = (field: string): FactReader | undefined =>
  field.startsWith(customPrefix)
    ? ({ fields }) => member(fields.customFields, field.slice(customPrefix.length))
    : fixedReaders.get(field)

/** A member of an object with any keys. */
export const member = (
  object: { readonly [key: string]: Schema.Json | undefined },
  key: string
): Schema.Json | undefined => (Object.hasOwn(object, key) ? object[key] : undefined)

/** What reads the fields that every contact has, by their names. */
export const fixedReaders: ReadonlyMap<string, (record: ContactRecord) => Schema.Json> = new Map<
  string,
  (record: ContactRecord) => Schema.Json
>([
  ["type", ({ fields }) => fields.type],
  ["status", ({ fields }) => fields.status],
  ["source", ({ fields }) => fields.source],
  ["owner_id", ({ fields }) => fields.ownerId],
  ["external_id", ({ fields }) => fields.externalId],
  ["name", ({ fields }) => fields.name],
  ["email", ({ fields }) => fields.email],
  ["phone", ({ fields }) => fields.phone?.raw ?? null],
  ["company", ({ fields }) => fields.company],
  ["title", ({ fields }) => fields.title],
  ["tag", ({ fields }) => fields.tags],
  ["tags", ({ fields }) => fields.tags],
  ["score", ({ score }) => score],
  ["created_at", ({ createdAt }) => DateTime.formatIso(createdAt)],
  ["updated_at", ({ updatedAt }) => DateTime.formatIso(updatedAt)],
  [
    "last_interaction",
    ({ engagement: { lastInteraction } }) => (lastInteraction === null ? null : DateTime.formatIso(lastInteraction))
  ],
  ["total_interactions", ({ engagement }) => engagement.totalInteractions],
  ["lifetime_value", ({ engagement }) => Number(BigDecimal.format(engagement.lifetimeValue))],
  ["open_deals", ({ openDeals }) => openDeals],
  ["address.city", ({ fields }) => fields.address.city],
  ["address.state", ({ fields }) => fields.address.state],
  ["address.zip", ({ fields }) => fields.address.zip],
  ["address.country", ({ fields }) => fields.address.country]
])

// internal

const customPrefix = "custom_fields."

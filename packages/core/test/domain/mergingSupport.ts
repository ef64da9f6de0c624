/** What the tests of merging share: contacts that have things in common, and shorthands for plans and refusals. */
import { type Contact, ContactRecord, contactId, ValidationError } from "@clientele/core"
import * as Merging from "@clientele/core/domain/Merging"
import { Generators } from "@clientele/testing"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { create, created, later } from "../support.ts"

export type Record = ContactRecord.ContactRecord

/** Spellings of few addresses and numbers, so that contacts share some. */
const sharedEmail = fc.constantFrom("a@x.com", "A@X.com", "b@x.com", "c@x.com", "d@münchen.example")
const sharedPhone = fc.constantFrom("+1 555 010 0199", "(555) 010-0199", "+44 20 7946 0000", "n/a")

export const contact: fc.Arbitrary<Record> = fc
  .record({
    input: Generators.contactCreate,
    shared: fc.record(
      {
        email: fc.option(sharedEmail),
        secondaryEmails: fc.array(sharedEmail, { maxLength: 2 }),
        phone: fc.option(sharedPhone),
        secondaryPhones: fc.array(sharedPhone, { maxLength: 2 })
      },
      { requiredKeys: [] }
    ),
    day: fc.integer({ min: 0, max: 3 }),
    interactions: fc.integer({ min: 0, max: 3 }),
    cents: fc.bigInt({ min: 0n, max: 10_000_000n }),
    version: fc.integer({ min: 1, max: 5 })
  })
  .map(({ cents, day, input, interactions, shared, version }) => ({
    ...create({ ...input, ...shared }),
    version,
    createdAt: DateTime.add(created, { days: day }),
    engagement: {
      lastInteraction: interactions === 0 ? null : DateTime.add(created, { days: 10 - interactions }),
      totalInteractions: interactions,
      lifetimeValue: BigDecimal.make(cents, 2)
    }
  }))

/** From two to four contacts, the first of them the primary. */
export const contacts = fc
  .tuple(contact, fc.array(contact, { minLength: 1, maxLength: 3 }))
  .map(([primary, others]) => ({
    primary,
    others: others.map((other, index) => ({ ...other, id: contactId(`00${index + 2}`) }))
  }))

const attempt = (input: Omit<Merging.MergeInput, "now">) => Merging.plan({ ...input, now: later })

export const plan = (input: Omit<Merging.MergeInput, "now">) => Result.getOrThrow(attempt(input))

export const failure = (input: Omit<Merging.MergeInput, "now">) => Result.getOrThrow(Result.flip(attempt(input)))

export const issuePaths = (input: Omit<Merging.MergeInput, "now">) => {
  const error = failure(input)
  return error instanceof ValidationError ? error.issues.map(({ path }) => path) : error
}

export const valueOf = (record: Record, field: string): Schema.Json => {
  const [, group, key = ""] = /^(social|custom_fields)\.(.*)$/.exec(field) ?? []
  if (group === undefined) return ContactRecord.encodeFields(record.fields)[field] ?? null
  const values = group === "social" ? record.fields.social : record.fields.customFields
  return Object.hasOwn(values, key) ? (values[key] ?? null) : null
}

export const isEmpty = (value: unknown): boolean =>
  value === null ||
  (typeof value === "string" && value.trim() === "") ||
  (typeof value === "object" && Object.values(value).every(isEmpty))

export const two = (a: Contact.ContactCreate, b: Contact.ContactCreate) => ({
  primary: create(a),
  others: [{ ...create(b), id: contactId("002") }]
})

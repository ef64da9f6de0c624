/** Predicates of segments, and contacts of which they tell some apart: text that folds, reads as a number or a time. */
import { type Contact, Segment } from "@clientele/core"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as Generators from "../Generators.ts"

const telling = [
  "vip",
  "VIP",
  "Σ",
  "ς",
  "İ",
  "ß",
  "SS",
  "500+",
  "51-200",
  "$50M",
  "1,200",
  "2026-01-24",
  "x%",
  "_",
  "\\"
]

const text = fc.oneof(
  fc.constantFrom(...telling),
  Generators.word,
  fc.constantFrom("2026-01-24T10:00:00Z", "2026-01-24T23:59:59.999Z", "true", "Acme"),
  fc.string({ maxLength: 4, unit: "grapheme" }).filter((value) => !/[\0\p{Surrogate}]/u.test(value))
)

const scalar = fc.oneof(
  text,
  fc.integer({ min: -5, max: 600 }),
  // Negative zero is not kept by JSON.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.boolean()
)

const fields =
  "type status source owner_id external_id name email phone company title tag tags score created_at updated_at " +
  "last_interaction total_interactions lifetime_value open_deals address.city address.country custom_fields.size " +
  "custom_fields.constructor"

const operators = "eq neq gt gte lt lte between in not_in contains not_contains starts_with ends_with exists not_exists"

const wordOf = (words: string) => fc.constantFrom(...words.split(" "))

const operand = fc.oneof(
  scalar,
  fc.array(scalar, { minLength: 1, maxLength: 3 }),
  fc.constantFrom("lead", "customer", "active", "now-1d", "now+1h", "2026-01-24")
)

const condition = fc
  .record({ field: wordOf(fields), operator: wordOf(operators), value: operand })
  .map(({ value, ...rest }) => (rest.operator.endsWith("exists") ? rest : { ...rest, value }))

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    condition,
    fc.record({ all: fc.array(tie("tree"), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("tree"), { maxLength: 3 }) }),
    fc.record({ not: tie("tree") })
  )
}))

const decodePredicate = Schema.decodeUnknownOption(Segment.Predicate)

/** Those of the generated predicates that the schema accepts. */
export const predicate: fc.Arbitrary<Segment.Predicate> = tree
  .map((value) => decodePredicate(value))
  .filter(Option.isSome)
  .map(({ value }) => value)

/** A contact that claims nothing by which another is known. */
export const contact: fc.Arbitrary<Contact.ContactCreate> = fc
  .record({
    base: Generators.contactCreate,
    customFields: fc.dictionary(
      fc.constantFrom("size", "constructor"),
      fc.oneof(scalar, fc.array(text, { maxLength: 3 })),
      { noNullPrototype: true }
    ),
    title: text,
    tags: fc.array(
      text.filter((tag) => /\S/u.test(tag)),
      { maxLength: 3 }
    )
  })
  .map(({ base: { email: _email, externalId: _id, secondaryEmails: _emails, ...base }, ...rest }) => ({
    ...base,
    ...rest
  }))

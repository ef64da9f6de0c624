/**
 * A segment means in SQL what it means in memory: generated contacts and predicates, stored and asked of a database,
 * answered alike by the evaluator.
 */
import {
  type Contact,
  ContactStore,
  Contacts,
  CurrentActor,
  Segment,
  Segments,
  TenantId,
  UserId
} from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as assert from "node:assert"

const text = fc.oneof(
  fc.constantFrom("vip", "VIP", "Σ", "ς", "İ", "ß", "SS", "500+", "51-200", "$50M", "1,200", "2026-01-24", "x%", "_", "\\"),
  Generators.word,
  fc.constantFrom("2026-01-24T10:00:00Z", "2026-01-24T23:59:59.999Z", "true", "Acme"),
  fc.string({ maxLength: 4, unit: "grapheme" }).filter((value) => !/[\0\p{Surrogate}]/u.test(value))
)

const scalar = fc.oneof(text, fc.integer({ min: -5, max: 600 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())

const fields = [
  "type", "status", "source", "owner_id", "external_id", "name", "email", "phone", "company", "title", "tag", "tags",
  "score", "created_at", "updated_at", "last_interaction", "total_interactions", "lifetime_value", "open_deals",
  "address.city", "address.country", "custom_fields.size", "custom_fields.constructor"
] as const

const operators = [
  "eq", "neq", "gt", "gte", "lt", "lte", "between", "in", "not_in", "contains", "not_contains", "starts_with",
  "ends_with", "exists", "not_exists"
] as const

const operand = fc.oneof(
  scalar,
  fc.array(scalar, { minLength: 1, maxLength: 3 }),
  fc.constantFrom("lead", "customer", "active", "now-1d", "now+1h", "2026-01-24")
)

const condition = fc.record({ field: fc.constantFrom(...fields), operator: fc.constantFrom(...operators), value: operand })
  .map(({ operator, value, ...rest }) => operator.endsWith("exists") ? { ...rest, operator } : { ...rest, operator, value })

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

/** Predicates that the schema accepts, of generated conditions most of which fit their field. */
const predicate = tree.map((value) => decodePredicate(value)).filter(Option.isSome).map(({ value }) => value)

const customFields = fc.dictionary(fc.constantFrom("size", "constructor"), fc.oneof(scalar, fc.array(text, { maxLength: 3 })))

const contact: fc.Arbitrary<Contact.ContactCreate> = fc
  .record({ base: Generators.contactCreate, customFields, title: text, tags: fc.array(text.filter((tag) => /\S/u.test(tag)), { maxLength: 3 }) })
  .map(({ base, customFields, tags, title }) => {
    const { email: _email, externalId: _externalId, secondaryEmails: _secondaryEmails, ...rest } = base
    return { ...rest, customFields, title, tags }
  })

/** Stores contacts, asks every predicate of them both ways, and compares. */
export const checkAgreement = Effect.fnUntraced(function* (options: { readonly contacts: number; readonly predicates: number; readonly seed: number }) {
  const contacts = yield* Contacts
  const segments = yield* Segments
  const store = yield* ContactStore
  const tenantId = TenantId.make(`segments-${options.seed}`)
  const actor = CurrentActor.of({ tenantId, userId: UserId.make("tester"), userName: null, roles: [] })
  yield* Effect.gen(function* () {
    const created = yield* Effect.forEach(fc.sample(contact, { numRuns: options.contacts, seed: options.seed }), (input) =>
      contacts.create(input)
    )
    const records = yield* Effect.forEach(created, ({ id }) => Effect.map(store.find(tenantId, id), Option.getOrThrow))
    yield* segments.create({ key: "asked", name: "Asked", predicate: { all: [] } })
    for (const asked of fc.sample(predicate, { numRuns: options.predicates, seed: options.seed })) {
      const now = yield* DateTime.now
      yield* segments.replace({ key: "asked", name: "Asked", predicate: asked })
      const expected = records.filter((record) => Segment.matches(asked, Segment.factsOf(record, { openDeals: 0 }), now))
      const page = yield* contacts.list({ segment: "asked", limit: 100, sort: "created_at" })
      assert.deepStrictEqual(
        page.data.map(({ id }) => id).toSorted(),
        expected.map(({ id }) => id).toSorted(),
        JSON.stringify(asked)
      )
      assert.strictEqual(page.pagination.total, expected.length)
    }
  }).pipe(Effect.provideService(CurrentActor, actor))
})

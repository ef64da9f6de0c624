/** Contacts as stores keep them, from the everyday to the edge of what the domain accepts. */
import {
  type Contact,
  ContactRecord,
  contactId,
  Email,
  Enrichment,
  IdGenerator,
  LeadScore,
  PhoneNormalizer,
  Scoring
} from "@clientele/core"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import * as Generators from "../Generators.ts"

/** Understands numbers with a plus, and those of ten digits as North American. */
export const phoneNumbers: Layer.Layer<PhoneNormalizer> = Layer.succeed(PhoneNormalizer, {
  toE164: (phone) => {
    const digits = phone.replace(/\D/g, "")
    if (phone.trim().startsWith("+")) return `+${digits}`
    return digits.length === 10 ? `+1${digits}` : null
  }
})

/** All of a contact but its id. */
export interface Seed extends Pick<ContactRecord.ContactRecord, "engagement" | "score" | "scoreBreakdown" | "version"> {
  readonly draft: Contact.ContactDraft
  readonly createdAt: DateTime.Utc
  readonly updatedAt: DateTime.Utc
}

/** To the millisecond, in the years from 1 to 9999, some of them where calendars, epochs or integers turn over. */
export const time: fc.Arbitrary<DateTime.Utc> = fc
  .oneof(
    { weight: 4, arbitrary: fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(
          "0001-01-01T00:00:00.000Z",
          "0099-12-31T23:59:59.999Z",
          "1582-10-10T12:00:00.001Z",
          "1899-12-31T23:59:59.999Z",
          "1969-12-31T23:59:59.999Z",
          "1970-01-01T00:00:00.000Z",
          "2000-02-29T23:59:59.999Z",
          "2038-01-19T03:14:08.000Z",
          "2262-04-11T23:47:16.855Z",
          "9999-12-31T23:59:59.999Z"
        )
        .map((text) => Date.parse(text))
    },
    {
      weight: 1,
      arbitrary: fc.integer({
        min: Date.parse("0001-01-01T00:00:00.000Z"),
        max: Date.parse("9999-12-31T23:59:59.999Z")
      })
    }
  )
  .map((millis) => DateTime.makeUnsafe(millis))

const points = fc.integer({ min: 0, max: 100 })

/** Up to what 64 bits hold of cents. */
const lifetimeValue = fc
  .oneof(fc.bigInt({ min: 0n, max: 10_000_000n }), fc.constantFrom(0n, 2n ** 53n + 1n, 2n ** 63n - 1n))
  .map((minor) => BigDecimal.make(minor, 2))

export const seedOf = (draft: fc.Arbitrary<Contact.ContactDraft>): fc.Arbitrary<Seed> =>
  fc.record({
    draft,
    score: points,
    scoreBreakdown: fc.record(
      { engagement: points, profileCompleteness: points, recentActivity: points, fitScore: points },
      { noNullPrototype: true }
    ),
    engagement: fc.record(
      { lastInteraction: fc.option(time), totalInteractions: fc.nat(), lifetimeValue },
      { noNullPrototype: true }
    ),
    version: fc.integer({ min: 1, max: 1_000_000 }),
    createdAt: time,
    updatedAt: time
  })

/** A contact with anything in it that the domain accepts. */
export const seed: fc.Arbitrary<Seed> = seedOf(Generators.contactCreate)

/** Contacts of which no two claim the same address or external id. */
export const seeds = (constraints: {
  readonly minLength?: number
  readonly maxLength: number
}): fc.Arbitrary<ReadonlyArray<Seed>> =>
  fc.array(seed, constraints).map((seeds) => {
    const claimed = new Set<string>()
    return seeds.filter(({ draft }) => {
      const claims = claimsOf(draft)
      if (claims.some((claim) => claimed.has(claim))) return false
      for (const claim of claims) claimed.add(claim)
      return true
    })
  })

const claimsOf = ({ email, externalId, secondaryEmails }: Contact.ContactDraft): ReadonlyArray<string> => [
  ...[email, ...(secondaryEmails ?? [])].flatMap((address) =>
    address === null || address === undefined ? [] : [`email:${Email.key(address) ?? ""}`]
  ),
  ...(externalId === null || externalId === undefined ? [] : [`external_id:${externalId}`])
]

/** The contacts that stores are given, with new ids. */
export const recordsOf = Effect.fnUntraced(function* (seeds: ReadonlyArray<Seed>) {
  const { toE164 } = yield* PhoneNormalizer
  const { bodies } = yield* IdGenerator
  const ids = yield* bodies(seeds.length)
  return seeds.map(({ createdAt, draft, ...rest }, index): ContactRecord.ContactRecord => ({
    ...notDue(ContactRecord.create(draft, { id: contactId(ids[index] ?? ""), now: createdAt, toE164 })),
    ...rest
  }))
})

/** One contact of that draft, made on an ordinary day. */
export const recordOf = Effect.fnUntraced(function* (draft: Contact.ContactDraft) {
  const { toE164 } = yield* PhoneNormalizer
  const { bodies } = yield* IdGenerator
  const [body = ""] = yield* bodies(1)
  return notDue(ContactRecord.create(draft, { id: contactId(body), now: DateTime.makeUnsafe(ordinaryDay), toE164 }))
})

const defaultRules = Scoring.compile(Scoring.defaultRuleSet)

/** A contact with the score that the rules of a new tenant give it, when it has no events. */
export const scoredAt = (record: ContactRecord.ContactRecord, now: DateTime.Utc): ContactRecord.ContactRecord =>
  LeadScore.withScore(
    record,
    LeadScore.scoreOf(record, defaultRules, { events: [], enriched: Enrichment.nothing }, now),
    {
      now,
      version: LeadScore.defaultVersion
    }
  )

/** A contact that keeps the score it is given, as one does that the rules in force have given it for ever. */
const notDue = (record: ContactRecord.ContactRecord): ContactRecord.ContactRecord => ({
  ...record,
  scored: { ...record.scored, rulesVersion: LeadScore.defaultVersion }
})

export const ordinaryDay = "2026-01-20T10:00:00.123Z"

// -- Text that means something to a database --------------------------------------------------------------------------

export const oddTexts: ReadonlyArray<string> = [
  "O'Brien",
  '"quoted"',
  "back\\slash",
  "\\",
  "\\\\",
  "%",
  "_",
  "100% off_now",
  "$1",
  "$$",
  "?",
  ":name",
  "{}",
  '{"a",NULL}',
  "NULL",
  "null",
  "(1,2)",
  "[1]",
  "a,b",
  "'; DROP TABLE contacts; --",
  "/* */",
  "E'\\n'",
  "\\x00",
  "line one\nline two\r\n\ttab",
  "é",
  "e\u0301",
  "İi̇ıI",
  "ß",
  "ﬁ",
  "𝕊𝕢𝕝",
  "👩‍👩‍👧‍👦",
  "\u200bzero\u200b",
  "\u202eright to left",
  "\ufeffBOM",
  "\uffff",
  "\u{10ffff}",
  "\u0001\u001f",
  "\u0085",
  "שלום",
  "ﷺ",
  "a\u0300\u0301\u0302\u0303\u0304"
]

/** The longest text of so many UTF-16 units, in characters that take four bytes. */
export const longest = (units: number): string => "𝕏".repeat(Math.floor(units / 2)) + (units % 2 === 0 ? "" : "x")

/** A contact with a value in nearly every field that rules can look at. */
export const filled = {
  externalId: "crm-1",
  name: "Jane",
  email: "jane@example.com",
  phone: "+1 202 555 0100",
  company: "Acme",
  title: "CTO",
  source: "referral",
  tags: ["vip"],
  address: { street: "1 Main St", zip: "62701" },
  social: { linkedin: "in/jane" },
  customFields: { size: "500+" }
}

/** Those fields, by the names that rules have for them. */
export const filledFields: ReadonlyArray<string> = (
  "external_id type status name email phone company title source tag tags address.street address.zip social.linkedin " +
  "size custom_fields.size created_at updated_at total_interactions lifetime_value open_deals"
).split(" ")

/** Arbitraries of fast-check for what providers of enrichment answer: few names, so that several tell of the same. */
import { CustomFields, type Enrichment } from "@clientele/core"
import * as fc from "fast-check"
import * as Generators from "./Generators.ts"

/** A value of any kind, few enough that providers agree now and then. */
export const value: fc.Arbitrary<Enrichment.Value> = fc.oneof(
  fc.constantFrom<Enrichment.Value>(850, "850", true, "Acme", "https://linkedin.com/in/jane", 0.5),
  Generators.text(300),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.array(Generators.text(50), { maxLength: 3 })
)

const nameOf = (...names: ReadonlyArray<string>) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: Generators.customFieldKey.filter(CustomFields.isKey) }
  )

const found = (...names: ReadonlyArray<string>) =>
  fc.dictionary(nameOf(...names), fc.option(value, { freq: 10 }), { maxKeys: 4, noNullPrototype: true })

/** What a provider answers: nothing, or values for some fields. */
export const answer: fc.Arbitrary<Enrichment.Answer> = fc.record(
  {
    data: fc.record(
      {
        company: found("name", "employees", "industry"),
        social: found("linkedin", "linkedin_connections", "bio"),
        contact: found("title", "seniority", "phone_type"),
        email_verification: found("verified_email"),
        phone: found("phone_type", "phone_valid")
      },
      { requiredKeys: [], noNullPrototype: true }
    ),
    confidence: fc.oneof(fc.constantFrom(0, 0.5, 0.9, 1), fc.double({ min: 0, max: 1, noNaN: true }))
  },
  { noNullPrototype: true }
)

/** Why a provider gave none. */
export const fault: fc.Arbitrary<Enrichment.Fault> = fc.constantFrom("timeout", "unavailable", "defect")

/** What came of asking several providers, each named once. */
export const replies: fc.Arbitrary<ReadonlyArray<Enrichment.Reply>> = fc.uniqueArray(
  fc.record(
    {
      source: fc.constantFrom("almanac", "directory", "handbook", "register"),
      answer: fc.oneof({ weight: 4, arbitrary: answer }, { weight: 1, arbitrary: fault })
    },
    { noNullPrototype: true }
  ),
  { selector: ({ source }) => source, maxLength: 4 }
)

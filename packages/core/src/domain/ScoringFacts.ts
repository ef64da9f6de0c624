/** The facts of a contact that rules are asked of. */
import type * as Schema from "effect/Schema"
import type { Enrichment } from "./Contact.ts"
import type { ContactRecord } from "./ContactRecord.ts"
import type { CompiledRules } from "./ScoringCompile.ts"
import type { ScoredEvent } from "./ScoringEvents.ts"
import { factsOf as segmentFacts, member, readerOf as segmentReader, type SegmentFacts } from "./SegmentFacts.ts"

/** What scoring asks of a contact: fields by name, and what happened to it, in any order. */
export interface Facts {
  readonly fields: SegmentFacts
  readonly events: ReadonlyArray<ScoredEvent>
}

/** What is known of a contact beside its record. */
export interface Beside {
  readonly enrichment: Pick<Enrichment, "company" | "contact" | "social">
  readonly events: ReadonlyArray<ScoredEvent>
}

/**
 * The facts of a contact: the fields that segments know, `address.street`, profiles as `social.linkedin`, custom fields as
 * `custom_fields.x`, and what enrichment found as `enrichment.company.employees` and, by the first of its parts that has
 * it, as `enrichment.employees`.
 */
export const factsOf = (record: ContactRecord, { enrichment, events }: Beside): Facts => {
  return {
    fields: new Map([
      ...segmentFacts(record),
      ["address.street", record.fields.address.street],
      ...Object.entries(record.fields.social).map(([name, profile]) => [`social.${name}`, profile] as const),
      ...enrichmentFacts(enrichment)
    ]),
    events
  }
}

/** The facts that are what enrichment found. */
export const enrichmentFacts = (
  enrichment: Beside["enrichment"]
): ReadonlyArray<readonly [name: string, value: Schema.Json]> => {
  const found = [enrichment.contact, enrichment.social, enrichment.company].flatMap((part) => Object.entries(part))
  const named = (part: "company" | "contact" | "social") =>
    Object.entries(enrichment[part]).map(([name, value]) => [`enrichment.${part}.${name}`, value] as const)
  return [
    ...found.map(([name, value]) => [`enrichment.${name}`, value] as const),
    ...named("company"),
    ...named("social"),
    ...named("contact")
  ]
}

/**
 * The facts of a contact that some rules look at: all that `factsOf` has under the names that the rules know, and nothing
 * else, so that scoring many contacts does not read what no rule asks for.
 *
 * @example
 * ```ts
 * import { type ContactRecord, Scoring } from "@clientele/core"
 * import type * as DateTime from "effect/DateTime"
 *
 * const compiled = Scoring.compile(Scoring.defaultRuleSet)
 * const nothingBeside: Scoring.Beside = { enrichment: { company: {}, contact: {}, social: {} }, events: [] }
 * const totals = (records: ReadonlyArray<ContactRecord.ContactRecord>, now: DateTime.Utc) =>
 *   records.map((record) => Scoring.total(compiled, Scoring.factsFor(compiled, record, nothingBeside), now))
 * ```
 */
export const factsFor = (rules: CompiledRules, record: ContactRecord, beside: Beside): Facts => {
  const fields = new Map<string, Schema.Json>()
  for (const { name, read } of rules.readers) {
    const value = read(record, beside)
    if (value !== undefined) fields.set(name, value)
  }
  return { fields, events: beside.events }
}

/** Reads one fact of a contact; undefined when it has none of that name. */
export type FactReader = (record: ContactRecord, beside: Beside) => Schema.Json | undefined

/** What reads a fact by its name. */
export const readerOf = (name: string): FactReader => {
  if (name.startsWith(foundPrefix)) return foundReader(name.slice(foundPrefix.length))
  if (name.startsWith(socialPrefix)) return ({ fields }) => member(fields.social, name.slice(socialPrefix.length))
  if (name === "address.street") return ({ fields }) => fields.address.street
  return segmentReader(name) ?? (() => undefined)
}

// internal

const foundPrefix = "enrichment."
const socialPrefix = "social."

const parts = ["company", "social", "contact"] as const

/** The part that the name begins with, if that has it; else the first that has all of the name. */
const foundReader = (name: string): FactReader => {
  const named = parts.find((part) => name.startsWith(`${part}.`))
  return (_, { enrichment }) => {
    const own = named === undefined ? undefined : member(enrichment[named], name.slice(named.length + 1))
    if (own !== undefined) return own
    const part = parts.find((part) => Object.hasOwn(enrichment[part], name))
    return part === undefined ? undefined : member(enrichment[part], name)
  }
}

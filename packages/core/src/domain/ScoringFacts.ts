/** The facts of a contact that rules are asked of. */
import type { Enrichment } from "./Contact.ts"
import type { ContactRecord } from "./ContactRecord.ts"
import type { ScoredEvent } from "./ScoringEvents.ts"
import { factsOf as segmentFacts, type SegmentFacts } from "./Segment.ts"

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
  const found = [enrichment.contact, enrichment.social, enrichment.company].flatMap((part) => Object.entries(part))
  const named = (part: "company" | "contact" | "social") =>
    Object.entries(enrichment[part]).map(([name, value]) => [`enrichment.${part}.${name}`, value] as const)
  return {
    fields: new Map([
      ...segmentFacts(record),
      ["address.street", record.fields.address.street],
      ...Object.entries(record.fields.social).map(([name, profile]) => [`social.${name}`, profile] as const),
      ...found.map(([name, value]) => [`enrichment.${name}`, value] as const),
      ...named("company"),
      ...named("social"),
      ...named("contact")
    ]),
    events
  }
}

/** The facts of a contact that rules are asked of. */
import type { Enrichment } from "./Contact.ts"
import type { ContactRecord } from "./ContactRecord.ts"
import type { ScoredEvent } from "./ScoringEvents.ts"
import { enrichmentGroups } from "./ScoringFields.ts"
import { factsOf as segmentFacts, type SegmentFacts } from "./Segment.ts"

/** What scoring asks of a contact: fields by name, and what happened to it, in any order. */
export interface Facts {
  readonly fields: SegmentFacts
  readonly events: ReadonlyArray<ScoredEvent>
}

/** What is known of a contact beside its record. */
export interface Beside {
  readonly openDeals: number
  readonly enrichment: Pick<Enrichment, "company" | "contact" | "social">
  readonly events: ReadonlyArray<ScoredEvent>
}

/**
 * The facts of a contact: the fields that segments know, `address.street`, profiles as `social.linkedin`, custom fields as
 * `custom_fields.x`, and what enrichment found as `enrichment.company.employees`.
 */
export const factsOf = (record: ContactRecord, { enrichment, events, openDeals }: Beside): Facts => ({
  fields: new Map([
    ...segmentFacts(record, { openDeals }),
    ["address.street", record.fields.address.street],
    ...Object.entries(record.fields.social).map(([name, profile]) => [`social.${name}`, profile] as const),
    ...enrichmentGroups.flatMap((group) =>
      Object.entries(enrichment[group]).map(([name, value]) => [`enrichment.${group}.${name}`, value] as const)
    )
  ]),
  events
})

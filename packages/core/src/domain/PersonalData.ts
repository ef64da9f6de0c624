/**
 * All that is held about one person, as it is handed out to them: the contact itself, whether live or deleted, all that
 * belongs to it, and the events in the outbox that tell of it or of a contact that was merged into it.
 */
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { Activity } from "./Activity.ts"
import { detailFields, detailKeys } from "./Contact.ts"
import type { ContactFields } from "./ContactRecord.ts"
import { DealDetail } from "./Deal.ts"
import { DomainEvent, subjectsOf } from "./Events.ts"
import { HistoryEntry } from "./History.ts"
import { ContactId, type DealId, UserId } from "./Ids.ts"
import { Note } from "./Note.ts"
import { Task } from "./Task.ts"
import { fold } from "./Text.ts"
import * as Time from "./Time.ts"
import { TrackedEvent } from "./TrackedEvent.ts"

/** A contact as its own page shows it, without the lists of which a page shows only the newest. */
const HeldContact = Schema.Struct(Struct.omit(detailFields, ["activities", "deals", "notes"])).pipe(
  Schema.encodeKeys(detailKeys)
)

/** When a deleted contact was deleted, and by whom. */
export const Deletion = Schema.Struct({ at: Time.Timestamp, by: UserId })
export interface Deletion extends Schema.Schema.Type<typeof Deletion> {}

export const PersonalData = Schema.Struct({
  contactId: ContactId,
  exportedAt: Time.Timestamp,
  /** Null when it was purged, and only events still tell of it. */
  contact: Schema.NullOr(HeldContact),
  /** Null while the contact is live. */
  deleted: Schema.NullOr(Deletion),
  /** The contacts that became this one. */
  mergedContactIds: Schema.Array(ContactId),
  deals: Schema.Array(DealDetail),
  /** Those that were deleted, and are still in the archive. */
  deletedDeals: Schema.Array(DealDetail),
  notes: Schema.Array(Note),
  trackedEvents: Schema.Array(TrackedEvent),
  activities: Schema.Array(Activity),
  tasks: Schema.Array(Task),
  history: Schema.Array(HistoryEntry),
  domainEvents: Schema.Array(DomainEvent)
})
  .pipe(
    Schema.encodeKeys({
      contactId: "contact_id",
      exportedAt: "exported_at",
      deletedDeals: "deleted_deals",
      mergedContactIds: "merged_contact_ids",
      trackedEvents: "tracked_events",
      domainEvents: "domain_events"
    })
  )
  .annotate({ identifier: "PersonalData" })
export interface PersonalData extends Schema.Schema.Type<typeof PersonalData> {}

/** The name and the addresses of a person. */
export const namesOf = ({ email, name, secondaryEmails }: ContactFields): ReadonlyArray<string> => [
  name,
  ...(email === null ? [] : [email]),
  ...secondaryEmails
]

/** The deals that events tell of, and the names and main addresses that contacts had in them. */
export const toldBy = (
  events: ReadonlyArray<DomainEvent>
): { readonly dealIds: ReadonlyArray<DealId>; readonly names: ReadonlyArray<string> } => ({
  dealIds: [...new Set(events.flatMap((event) => subjectsOf(event).dealId ?? []))],
  names: [
    ...new Set(
      events.flatMap((event) => {
        const contact = contactOf(event)
        return contact === null ? [] : [contact.name, ...(contact.email === null ? [] : [contact.email])]
      })
    )
  ]
})

/** Whether a text has one of the names in it, however it spells them. */
export const mentions = (names: ReadonlyArray<string>): ((text: string) => boolean) => {
  const words = names.map(fold)
  return (text) => {
    const folded = fold(text)
    return words.some((word) => folded.includes(word))
  }
}

// internal

const contactOf = (event: DomainEvent): { readonly name: string; readonly email: string | null } | null => {
  switch (event.type) {
    case "crm.contact_created":
    case "crm.contact_updated":
    case "crm.contact_deleted":
    case "crm.contact_restored":
      return event.data
    case "crm.contact_merged":
      return event.data.contact
    default:
      return null
  }
}

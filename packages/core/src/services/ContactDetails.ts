/** Contacts as their own page shows them, and the answer for those that are not there. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Struct from "effect/Struct"
import * as Activity from "../domain/Activity.ts"
import type { ContactDetail } from "../domain/Contact.ts"
import * as ContactRecord from "../domain/ContactRecord.ts"
import * as Enrichment from "../domain/Enrichment.ts"
import { ContactNotFound, type StorageError } from "../domain/Errors.ts"
import type { ContactId } from "../domain/Ids.ts"
import type { Note } from "../domain/Note.ts"
import * as TrackedEvent from "../domain/TrackedEvent.ts"
import { ActivityStore } from "../ports/ActivityStore.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { EnrichmentStore } from "../ports/EnrichmentStore.ts"
import { NoteStore } from "../ports/NoteStore.ts"
import { TrackedEventStore } from "../ports/TrackedEventStore.ts"
import { ContactJournal } from "./ContactJournal.ts"

export class ContactDetails extends Context.Service<
  ContactDetails,
  {
    /** The detail view of a contact, with its newest deals, notes and activities. */
    readonly of: (record: ContactRecord.ContactRecord) => Effect.Effect<ContactDetail, StorageError, CurrentActor>
    /** The detail view of a contact with the newest belongings of several: what a merge of them would show. */
    readonly uniting: (
      record: ContactRecord.ContactRecord,
      several: ReadonlyArray<ContactRecord.ContactRecord>
    ) => Effect.Effect<ContactDetail, StorageError, CurrentActor>
    /** Fails for a contact that is not there; one that was merged is told where it went. */
    readonly missing: (id: ContactId) => Effect.Effect<never, ContactNotFound | StorageError, CurrentActor>
  }
>()("@clientele/core/services/ContactDetails") {
  static readonly layer: Layer.Layer<
    ContactDetails,
    never,
    ActivityStore | ContactJournal | ContactStore | DealStore | EnrichmentStore | NoteStore | TrackedEventStore
  > = Layer.effect(
    ContactDetails,
    Effect.gen(function* () {
      const activities = yield* ActivityStore
      const contacts = yield* ContactStore
      const dealStore = yield* DealStore
      const enrichments = yield* EnrichmentStore
      const journal = yield* ContactJournal
      const noteStore = yield* NoteStore
      const trackedEvents = yield* TrackedEventStore

      const activitiesOf = Effect.fnUntraced(function* (id: ContactId) {
        const { tenantId } = yield* CurrentActor
        const tracked = yield* trackedEvents.newest(tenantId, id, shownActivities)
        const logged = yield* activities.list(tenantId, { contactId: id }, { limit: shownActivities })
        return [
          ...tracked.map((event) => ({
            id: event.id,
            type: event.event,
            timestamp: event.timestamp,
            details: TrackedEvent.details(event)
          })),
          ...logged.map((activity) => ({
            id: activity.id,
            type: activity.type,
            timestamp: activity.occurredAt,
            details: Activity.details(activity)
          }))
        ]
      })

      const uniting = Effect.fnUntraced(function* (
        record: ContactRecord.ContactRecord,
        several: ReadonlyArray<ContactRecord.ContactRecord>
      ) {
        const { tenantId } = yield* CurrentActor
        const ids = several.map(({ id }) => id)
        const [view] = yield* journal.views([record])
        if (view === undefined) return yield* Effect.die("A record without a view")
        const enriched = yield* enrichments.find(tenantId, ids)
        const notes = yield* Effect.forEach(ids, (id) => noteStore.newest(tenantId, { contactId: id }, shownNotes))
        const timeline = yield* Effect.forEach(ids, activitiesOf)
        return ContactRecord.toDetail(record, view.owner, {
          enrichment: Enrichment.toView(Enrichment.unite(enriched, several, record.fields)),
          deals: yield* dealStore.newestOfContacts(tenantId, ids, shownDeals),
          notes: newest(notes.flat(), (note: Note) => [note.createdAt.epochMilliseconds, note.id], shownNotes),
          activities: newest(
            timeline.flat(),
            ({ id, timestamp }) => [timestamp.epochMilliseconds, id],
            shownActivities
          ).map(Struct.omit(["id"]))
        })
      })

      const missing = Effect.fnUntraced(function* (id: ContactId) {
        const { tenantId } = yield* CurrentActor
        const mergedInto = (yield* contacts.mergedInto(tenantId, [id])).get(id)
        return yield* new ContactNotFound({ contactId: id, ...(mergedInto !== undefined && { mergedInto }) })
      })

      return ContactDetails.of({ of: (record) => uniting(record, [record]), uniting, missing })
    })
  )
}

// internal

const shownNotes = 50
const shownActivities = 20
const shownDeals = 50

const newest = <A>(items: ReadonlyArray<A>, key: (item: A) => readonly [number, string], limit: number) =>
  items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => b.key[0] - a.key[0] || (a.key[1] < b.key[1] ? 1 : -1))
    .slice(0, limit)
    .map(({ item }) => item)

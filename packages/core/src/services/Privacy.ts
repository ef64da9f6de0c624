/**
 * What a person may ask of whoever keeps their data: a copy of all of it, and its removal.
 *
 * A person is a contact together with all contacts that were merged into it; the id of any of them names the person,
 * also when the contact is deleted or, for as long as the outbox tells of it, purged. Texts of the person's deals are
 * searched for the name and the addresses; what others' notes say about a person is not found.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Struct from "effect/Struct"
import * as ContactRecord from "../domain/ContactRecord.ts"
import { type ContactNotFound, type Refused, StorageBusy, StorageError } from "../domain/Errors.ts"
import * as Enrichment from "../domain/Enrichment.ts"
import * as Email from "../domain/Email.ts"
import * as Events from "../domain/Events.ts"
import type { ContactId } from "../domain/Ids.ts"
import { tellsOf } from "../domain/Importing.ts"
import { erasedText } from "../domain/Personal.ts"
import { type Deletion, mentions, namesOf, type PersonalData, toldBy } from "../domain/PersonalData.ts"
import * as Task from "../domain/Task.ts"
import { ActivityStore } from "../ports/ActivityStore.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { EnrichmentStore } from "../ports/EnrichmentStore.ts"
import { ErasedEmails } from "../ports/ErasedEmails.ts"
import { HistoryStore } from "../ports/HistoryStore.ts"
import { ImportStore } from "../ports/ImportStore.ts"
import { IdempotencyStore } from "../ports/IdempotencyStore.ts"
import { NoteStore } from "../ports/NoteStore.ts"
import { type ArchivedContact, PersonStore } from "../ports/PersonStore.ts"
import { TaskStore } from "../ports/TaskStore.ts"
import { TrackedEventStore } from "../ports/TrackedEventStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactDetails } from "./ContactDetails.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { ContactScoring } from "./ContactScoring.ts"
import { DealDetails } from "./DealDetails.ts"

export class Privacy extends Context.Service<
  Privacy,
  {
    /** Everything held about a person. */
    readonly export: (id: ContactId) => Effect.Effect<PersonalData, ContactNotFound | StorageError, CurrentActor>
    /**
     * Removes everything held about a person, for good: live, archived and in the outbox, whose events stay with what
     * is personal blanked. A keyed hash of each e-mail address is kept, by which imports leave the person out.
     */
    readonly erase: (id: ContactId) => Effect.Effect<void, ContactNotFound | Refused | StorageError, CurrentActor>
  }
>()("@clientele/core/services/Privacy") {
  static readonly layer: Layer.Layer<
    Privacy,
    never,
    | ActivityStore
    | ContactDetails
    | ContactJournal
    | ContactScoring
    | ContactStore
    | DealDetails
    | DealStore
    | EnrichmentStore
    | ErasedEmails
    | HistoryStore
    | ImportStore
    | IdempotencyStore
    | NoteStore
    | PersonStore
    | TaskStore
    | TrackedEventStore
    | UnitOfWork
  > = Layer.effect(
    Privacy,
    Effect.gen(function* () {
      const activities = yield* ActivityStore
      const contacts = yield* ContactStore
      const dealDetails = yield* DealDetails
      const deals = yield* DealStore
      const details = yield* ContactDetails
      const enrichments = yield* EnrichmentStore
      const erased = yield* ErasedEmails
      const history = yield* HistoryStore
      const imports = yield* ImportStore
      const idempotency = yield* IdempotencyStore
      const journal = yield* ContactJournal
      const notes = yield* NoteStore
      const persons = yield* PersonStore
      const scoring = yield* ContactScoring
      const tasks = yield* TaskStore
      const trackedEvents = yield* TrackedEventStore
      const uow = yield* UnitOfWork

      /** The contact that a person is today, and those that became it. */
      const identify = Effect.fnUntraced(function* (id: ContactId) {
        const { tenantId } = yield* CurrentActor
        const contactId = (yield* contacts.mergedInto(tenantId, [id])).get(id) ?? id
        return { contactId, mergedContactIds: yield* persons.mergedIds(tenantId, contactId) }
      })

      const live = Effect.fnUntraced(function* (id: ContactId) {
        const { tenantId } = yield* CurrentActor
        const record = yield* contacts.find(tenantId, id)
        if (Option.isNone(record)) return Option.none()
        return Option.some({
          record: record.value,
          deleted: null,
          dealIds: (yield* deals.newestOfContacts(tenantId, [id], everything)).map((deal) => deal.id),
          enriched: (yield* enrichments.find(tenantId, [id])).get(id) ?? Enrichment.nothing,
          notes: yield* notes.newest(tenantId, { contactId: id }, everything),
          trackedEvents: yield* trackedEvents.newest(tenantId, id, everything),
          history: yield* history.newest(tenantId, id, everything),
          activities: yield* activities.list(tenantId, { contactId: id }, { limit: everything }),
          tasks: yield* tasks.list(tenantId, { contactId: id, now: yield* DateTime.now }, { limit: everything })
        })
      })

      const exportPerson = Effect.fn("Privacy.export")(function* (id: ContactId) {
        const { tenantId } = yield* CurrentActor
        const { contactId, mergedContactIds } = yield* identify(id)
        const ids = [contactId, ...mergedContactIds]
        const domainEvents = yield* persons.domainEvents(tenantId, ids)
        const current = yield* live(contactId)
        const held: Option.Option<Held> = Option.isSome(current)
          ? current
          : yield* persons.archived(tenantId, contactId)
        const stayed = yield* persons.stayed(tenantId, contactId)
        const all = Option.match(held, {
          onNone: () => stayed,
          onSome: ({ activities, tasks }) => ({
            activities: [...activities, ...stayed.activities],
            tasks: [...tasks, ...stayed.tasks]
          })
        })
        const exportedAt = yield* DateTime.now
        const exported = {
          deletedDeals: yield* Effect.forEach(yield* deals.archivedOfContacts(tenantId, ids), ({ notes, record }) =>
            dealDetails.withNotes(record, notes)
          ),
          contactId,
          mergedContactIds,
          exportedAt,
          domainEvents,
          activities: all.activities.toSorted(byId),
          tasks: all.tasks.toSorted(byId).map((task) => Task.toTask(task, exportedAt))
        }
        if (Option.isSome(held)) {
          const { activities: _activities, record, tasks: _tasks, ...belongings } = held.value
          const [view] = yield* journal.views([record])
          if (view === undefined) return yield* Effect.die("A record without a view")
          const { dealIds, enriched, ...others } = belongings
          const contact = ContactRecord.toDetail(record, view.owner, {
            activities: [],
            deals: [],
            notes: [],
            enrichment: Enrichment.toView(Enrichment.describing(enriched, record.fields))
          })
          const found = yield* Effect.forEach(dealIds, (dealId) => deals.find(tenantId, dealId))
          return {
            ...others,
            ...exported,
            contact: Struct.omit(contact, ["activities", "deals", "notes"]),
            deals: yield* Effect.forEach(Arr.getSomes(found), dealDetails.of)
          }
        }
        if (domainEvents.length === 0) return yield* details.missing(id)
        return { ...exported, contact: null, deleted: null, deals: [], notes: [], trackedEvents: [], history: [] }
      }, uow.snapshot)

      /** Locks the contact that a person is, wherever a merge that was quicker has put it; none if it is not live. */
      const lock = Effect.fnUntraced(function* (id: ContactId) {
        const { tenantId } = yield* CurrentActor
        let person = yield* identify(id)
        for (;;) {
          const [record] = yield* contacts.lock(tenantId, [person.contactId])
          const now = yield* identify(person.contactId)
          if (now.contactId === person.contactId) return { ...now, record }
          person = now
        }
      })

      const erase = Effect.fn("Privacy.erase")(function* (id: ContactId) {
        const { tenantId, userId } = yield* CurrentActor
        const origin = yield* journal.origin
        const { contactId, mergedContactIds, record } = yield* lock(id)
        const ids = [contactId, ...mergedContactIds]
        // A deletion takes along all that is the contact's, and keeps lists and counts right: what is left to remove is
        // in one place, whether the contact was deleted before or only now.
        if (record !== undefined) yield* contacts.archive(tenantId, record, { at: origin.timestamp, by: userId })
        const archived = yield* persons.archived(tenantId, contactId)
        const domainEvents = yield* persons.domainEvents(tenantId, ids)
        if (Option.isNone(archived) && domainEvents.length === 0) return yield* details.missing(id)

        yield* journal.append([
          (eventId) => Events.contactDeleted(eventId, origin, { id: contactId, email: null, name: erasedText })
        ])
        // Events still know the deals of a contact that was purged, and the names that the person had before.
        const told = toldBy(domainEvents)
        const [dealIds, names] = Option.match(archived, {
          onNone: () => [told.dealIds, told.names] as const,
          onSome: ({ dealIds, record }) =>
            [[...new Set([...dealIds, ...told.dealIds])], [...namesOf(record.fields), ...told.names]] as const
        })
        const erasedDeals = yield* deals.erase(tenantId, { dealIds, contactIds: ids }, mentions(names))
        const stayed = yield* persons.stayed(tenantId, contactId)
        const belongings = Option.match(archived, { onNone: () => [stayed], onSome: (held) => [held, stayed] })
        yield* idempotency.erase(tenantId, contactId, [
          ...ids,
          ...erasedDeals,
          ...belongings.flatMap(idsOf),
          ...names.filter((name) => Email.key(name) !== undefined).map(insideJson)
        ])
        const removed = yield* persons.erase(tenantId, ids, erasedDeals)
        if (Option.isSome(archived)) {
          if (removed === 0) return yield* restoredMeanwhile
          yield* erased.remember(tenantId, ContactRecord.emailKeys(archived.value.record.fields))
        }
        // Last, because jobs are locked last.
        yield* imports.erase(tenantId, ids, tellsOf(names))
        yield* uow.afterCommit(scoring.forgetTexts)
      }, uow.transaction)

      return Privacy.of({ export: exportPerson, erase })
    })
  )
}

// internal

interface Held extends Omit<ArchivedContact, "deleted"> {
  readonly deleted: Deletion | null
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1)

/** The ids of what belongs to a contact: what was answered about it names it so, where it does not name the contact. */
const idsOf = ({
  activities,
  notes = [],
  tasks
}: Pick<ArchivedContact, "activities" | "tasks"> & Partial<ArchivedContact>): ReadonlyArray<string> => [
  ...activities.map(({ id }) => id),
  ...notes.map(({ id }) => id),
  ...tasks.map(({ id }) => id)
]

const insideJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** More than one contact will ever have of anything. */
const everything = 2_147_483_647

const restoredMeanwhile = Effect.fail(
  new StorageError({ operation: "Privacy.erase", reason: new StorageBusy({ cause: "Restored meanwhile" }) })
)

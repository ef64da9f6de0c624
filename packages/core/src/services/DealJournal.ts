/**
 * What commands that change deals share: locking a deal with its contact, and what every change leaves behind in the
 * transaction of the change. That is a row of history, events, the note that came along, and contacts up to date.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ContactRecord } from "../domain/ContactRecord.ts"
import type { Deal } from "../domain/Deal.ts"
import * as DealHistory from "../domain/DealHistory.ts"
import { type DealRecord, previous } from "../domain/DealRecord.ts"
import { DealNotFound, type Refused, type StorageError } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import { type ContactId, type DealId, type EventId, noteId } from "../domain/Ids.ts"
import type { Note } from "../domain/Note.ts"
import { type Pipeline, typeOf } from "../domain/Pipeline.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { NoteStore } from "../ports/NoteStore.ts"
import { ContactDeals } from "./ContactDeals.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { DealDetails } from "./DealDetails.ts"
import { Pipelines } from "./Pipelines.ts"

/** A change of a deal, or, without a state before, its creation; and what was noted about it. */
export interface NotedChange {
  readonly before: DealRecord | null
  readonly after: DealRecord
  readonly note: string | null
}

export class DealJournal extends Context.Service<
  DealJournal,
  {
    /** Locks contacts; answers those that are there. */
    readonly lockContacts: (
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyArray<ContactRecord>, StorageError, CurrentActor>
    /** Locks a deal's contact and some others, and then the deal. */
    readonly lock: (
      id: DealId,
      others?: ReadonlyArray<ContactId>
    ) => Effect.Effect<
      { readonly record: DealRecord; readonly held: ReadonlyArray<ContactRecord> },
      DealNotFound | StorageError,
      CurrentActor
    >
    readonly addNotes: (
      notes: ReadonlyArray<{ readonly dealId: DealId; readonly content: string; readonly at: DateTime.Utc }>
    ) => Effect.Effect<ReadonlyArray<Note>, StorageError, CurrentActor>
    readonly addNote: (id: DealId, content: string, at: DateTime.Utc) => Effect.Effect<Note, StorageError, CurrentActor>
    /** Notes that deals were written, for the first time or with changes; `held` are the contacts that this concerns. */
    readonly changed: (
      changes: ReadonlyArray<NotedChange>,
      held: ReadonlyArray<ContactRecord>
    ) => Effect.Effect<void, Refused | StorageError, CurrentActor>
    /** Moves a deal into the archive, and notes that. */
    readonly removed: (
      record: DealRecord,
      held: ReadonlyArray<ContactRecord>
    ) => Effect.Effect<void, Refused | StorageError, CurrentActor>
  }
>()("@clientele/core/services/DealJournal") {
  static readonly layer: Layer.Layer<
    DealJournal,
    never,
    ContactDeals | ContactJournal | ContactStore | DealDetails | DealStore | IdGenerator | NoteStore | Pipelines
  > = Layer.effect(
    DealJournal,
    Effect.gen(function* () {
      const contactDeals = yield* ContactDeals
      const contacts = yield* ContactStore
      const deals = yield* DealStore
      const details = yield* DealDetails
      const ids = yield* IdGenerator
      const journal = yield* ContactJournal
      const notes = yield* NoteStore
      const { current: pipeline } = yield* Pipelines

      const lockContacts = Effect.fnUntraced(function* (wanted: ReadonlyArray<ContactId>) {
        const { tenantId } = yield* CurrentActor
        return wanted.length === 0 ? [] : yield* contacts.lock(tenantId, [...new Set(wanted)])
      })

      const lock = Effect.fnUntraced(function* (id: DealId, others: ReadonlyArray<ContactId> = []) {
        const { tenantId } = yield* CurrentActor
        const seen = yield* deals.find(tenantId, id)
        if (Option.isNone(seen)) return yield* new DealNotFound({ dealId: id })
        const { contactId } = seen.value.fields
        const held = yield* lockContacts(contactId === null ? others : [contactId, ...others])
        const record = yield* deals.lock(tenantId, id, contactId)
        if (Option.isNone(record)) return yield* new DealNotFound({ dealId: id })
        return { record: record.value, held }
      })

      const addNotes = Effect.fnUntraced(function* (
        added: ReadonlyArray<{ readonly dealId: DealId; readonly content: string; readonly at: DateTime.Utc }>
      ) {
        const { tenantId, userId } = yield* CurrentActor
        const bodies = yield* ids.bodies(added.length)
        const written = Arr.zipWith(added, bodies, ({ at, content, dealId }, body) => {
          const note: Note = { id: noteId(body), content, createdBy: userId, createdAt: at }
          return { dealId, note }
        })
        yield* notes.insert(tenantId, written)
        return written.map(({ note }) => note)
      })

      const addNote = Effect.fnUntraced(function* (id: DealId, content: string, at: DateTime.Utc) {
        const [note] = yield* addNotes([{ dealId: id, content, at }])
        return note ?? (yield* Effect.die("A note was not written"))
      })

      const changed = Effect.fnUntraced(function* (
        changes: ReadonlyArray<NotedChange>,
        held: ReadonlyArray<ContactRecord>
      ) {
        const { tenantId, userId } = yield* CurrentActor
        const origin = yield* journal.origin
        yield* addNotes(
          changes.flatMap(({ after, note }) =>
            note === null ? [] : [{ dealId: after.id, content: note, at: after.updatedAt }]
          )
        )
        yield* deals.record(
          tenantId,
          changes.flatMap(({ after, before, note }) =>
            DealHistory.ofChange(before, after, { at: happenedAt(before, after, origin), by: userId, notes: note }).map(
              (row) => ({ ...row, dealId: after.id })
            )
          )
        )
        const views = yield* details.views(changes.map(({ after }) => after))
        yield* journal.append(
          Arr.zip(changes, views).flatMap(([{ after, before }, view]) =>
            eventsOf(pipeline, before, after, origin).map((event) => (id: EventId) => event(id, origin, view))
          )
        )
        yield* contactDeals.settle(held, origin)
      })

      const removed = Effect.fnUntraced(function* (record: DealRecord, held: ReadonlyArray<ContactRecord>) {
        const { tenantId, userId } = yield* CurrentActor
        const { id } = record
        const origin = yield* journal.origin
        const at = DateTime.max(origin.timestamp, record.updatedAt)
        const row = DealHistory.ofDeletion(record, { at, by: userId, notes: null })
        yield* deals.record(tenantId, [{ ...row, dealId: id }])
        yield* deals.archive(tenantId, record, { at: origin.timestamp, by: userId })
        yield* journal.append([(eventId) => Events.dealDeleted(eventId, origin, { id, name: record.fields.name })])
        yield* contactDeals.settle(held, origin)
      })

      return DealJournal.of({ lockContacts, lock, addNote, addNotes, changed, removed })
    })
  )
}

// internal

type DealEvent = (id: EventId, origin: Events.Origin, view: Deal) => Events.DomainEvent

/** When a change happened. A deal that is imported began before that, or has ended already. */
const happenedAt = (before: DealRecord | null, after: DealRecord, { cause }: Events.Origin): DateTime.Utc =>
  before === null && cause === "import" ? (after.closedAt ?? after.createdAt) : after.updatedAt

/**
 * The events of a change, in their order: what happened, and that it won or lost the deal. Of a deal that is imported only
 * that it is there: what it went through was before.
 */
const eventsOf = (
  pipeline: Pipeline,
  before: DealRecord | null,
  after: DealRecord,
  { cause }: Events.Origin
): ReadonlyArray<DealEvent> => {
  const move = (view: Deal) => ({ ...view, from: before?.stage ?? null, to: after.stage, at: after.updatedAt })
  const first: DealEvent = (id, origin, view) => {
    if (before === null) return Events.dealCreated(id, origin, view)
    return before.stage === after.stage
      ? Events.dealUpdated(id, origin, view, previous(before, after))
      : Events.dealStageChanged(id, origin, move(view))
  }
  if (before === null && cause === "import") return [first]
  const type = typeOf(pipeline, after.stage)
  const closing = type === "won" ? Events.dealWon : type === "lost" ? Events.dealLost : undefined
  return closing === undefined || (before !== null && typeOf(pipeline, before.stage) === type)
    ? [first]
    : [first, (id, origin, view) => closing(id, origin, move(view))]
}

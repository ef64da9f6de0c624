/**
 * What every change of contacts leaves behind: an entry in the history of each, and its events in the outbox, all in the
 * transaction of the change. The one place where these are written, whichever use case brings the change about.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Contact } from "../domain/Contact.ts"
import * as ContactRecord from "../domain/ContactRecord.ts"
import type { Refused, StorageError } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import * as History from "../domain/History.ts"
import { type EventId, eventId } from "../domain/Ids.ts"
import type { ContactChange } from "../ports/ContactStore.ts"
import { CommandHook } from "../ports/CommandHook.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { HistoryStore } from "../ports/HistoryStore.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { Outbox } from "../ports/Outbox.ts"
import { Users } from "../ports/Users.ts"
import { ownersOf } from "./OwnerNames.ts"

export class ContactJournal extends Context.Service<
  ContactJournal,
  {
    /** The list items of contacts, with their owners' names. */
    readonly views: (
      records: ReadonlyArray<ContactRecord.ContactRecord>
    ) => Effect.Effect<ReadonlyArray<Contact>, StorageError, CurrentActor>
    /** Who does the running command, when, and through what. */
    readonly origin: Effect.Effect<Events.Origin, never, CurrentActor>
    /** Appends events, each with an id of its own, unless the host refuses them. */
    readonly append: (
      events: ReadonlyArray<(id: EventId) => Events.DomainEvent>
    ) => Effect.Effect<void, Refused | StorageError, CurrentActor>
    /** Appends events of what follows from something else, about which nobody is asked. */
    readonly tell: (
      events: ReadonlyArray<(id: EventId) => Events.DomainEvent>
    ) => Effect.Effect<void, StorageError, CurrentActor>
    /** Notes that contacts came to be. */
    readonly created: (
      records: ReadonlyArray<ContactRecord.ContactRecord>,
      origin: Events.Origin
    ) => Effect.Effect<ReadonlyArray<Contact>, Refused | StorageError, CurrentActor>
    /** Notes that settable fields of contacts changed. */
    readonly updated: (
      changes: ReadonlyArray<ContactChange>,
      origin: Events.Origin
    ) => Effect.Effect<void, Refused | StorageError, CurrentActor>
  }
>()("@clientele/core/services/ContactJournal") {
  static readonly layer: Layer.Layer<ContactJournal, never, HistoryStore | IdGenerator | Outbox | Users> = Layer.effect(
    ContactJournal,
    Effect.gen(function* () {
      const history = yield* HistoryStore
      const hook = yield* CommandHook
      const ids = yield* IdGenerator
      const outbox = yield* Outbox
      const users = yield* Users

      const views = Effect.fnUntraced(function* (records: ReadonlyArray<ContactRecord.ContactRecord>) {
        const { tenantId } = yield* CurrentActor
        const ownerOf = yield* ownersOf(
          users,
          tenantId,
          records.map(({ fields }) => fields.ownerId)
        )
        return records.map((record) => ContactRecord.toContact(record, ownerOf(record.fields.ownerId)))
      })

      const origin = Effect.gen(function* () {
        const { userId, userName } = yield* CurrentActor
        return {
          timestamp: yield* DateTime.now,
          cause: yield* Events.CurrentCause,
          actor: { id: userId, name: userName }
        }
      })

      const nextIds = (count: number) => Effect.map(ids.bodies(count), (bodies) => bodies.map(eventId))

      const numbered = Effect.fnUntraced(function* (events: ReadonlyArray<(id: EventId) => Events.DomainEvent>) {
        const eventIds = yield* nextIds(events.length)
        return Arr.zipWith(events, eventIds, (event, id) => event(id))
      })

      const putDown = Effect.fnUntraced(function* (events: ReadonlyArray<Events.DomainEvent>) {
        const { tenantId } = yield* CurrentActor
        yield* outbox.append(tenantId, events)
      })

      const asked = (events: ReadonlyArray<Events.DomainEvent>) => Effect.andThen(hook(events), putDown(events))

      const append = (events: ReadonlyArray<(id: EventId) => Events.DomainEvent>) =>
        Effect.flatMap(numbered(events), asked)

      const tell = (events: ReadonlyArray<(id: EventId) => Events.DomainEvent>) =>
        Effect.flatMap(numbered(events), putDown)

      /** An entry of the history has the id of the event that tells of the same change. */
      const write = Effect.fnUntraced(function* (
        changes: ReadonlyArray<Omit<ContactChange, "before"> & { readonly before: ContactRecord.ContactRecord | null }>,
        origin: Events.Origin
      ) {
        const { tenantId } = yield* CurrentActor
        const seen = yield* views(changes.map(({ after }) => after))
        const written = Arr.zip(Arr.zip(changes, seen), yield* nextIds(changes.length))
        yield* history.append(
          tenantId,
          written.map(([[{ after, before }], id]) => ({
            contactId: after.id,
            entry: {
              id,
              at: origin.timestamp,
              actor: origin.actor,
              cause: origin.cause,
              changes: History.changes(before?.fields ?? null, after.fields)
            }
          }))
        )
        yield* asked(
          written.map(([[{ after, before }, view], id]) =>
            before === null
              ? Events.contactCreated(id, origin, view)
              : Events.contactUpdated(id, origin, view, ContactRecord.previous(before.fields, after.fields))
          )
        )
        return seen
      })

      const created = (records: ReadonlyArray<ContactRecord.ContactRecord>, origin: Events.Origin) =>
        write(
          records.map((after) => ({ before: null, after })),
          origin
        )

      const updated = (changes: ReadonlyArray<ContactChange>, origin: Events.Origin) =>
        Effect.asVoid(write(changes, origin))

      return ContactJournal.of({ views, origin, append, tell, created, updated })
    })
  )
}

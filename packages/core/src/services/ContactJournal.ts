/**
 * What every change of contacts leaves behind: an entry in the history of each, and its events in the outbox, all in the
 * transaction of the change. The one place where these are written, whichever use case brings the change about.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Contact, Owner } from "../domain/Contact.ts"
import * as ContactRecord from "../domain/ContactRecord.ts"
import type { StorageError } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import { type EventId, eventId } from "../domain/Ids.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { Outbox } from "../ports/Outbox.ts"
import { Users } from "../ports/Users.ts"

export interface ContactChange {
  readonly before: ContactRecord.ContactRecord
  readonly after: ContactRecord.ContactRecord
}

export class ContactJournal extends Context.Service<
  ContactJournal,
  {
    /** The list items of contacts, with their owners' names. */
    readonly views: (
      records: ReadonlyArray<ContactRecord.ContactRecord>
    ) => Effect.Effect<ReadonlyArray<Contact>, StorageError, CurrentActor>
    /** Who does the running command, when, and through what. */
    readonly origin: Effect.Effect<Events.Origin, never, CurrentActor>
    /** Appends events, each with an id of its own. */
    readonly append: (
      events: ReadonlyArray<(id: EventId) => Events.DomainEvent>
    ) => Effect.Effect<void, StorageError, CurrentActor>
    /** Notes that settable fields of contacts changed. */
    readonly updated: (
      changes: ReadonlyArray<ContactChange>,
      origin: Events.Origin
    ) => Effect.Effect<void, StorageError, CurrentActor>
  }
>()("@clientele/core/services/ContactJournal") {
  static readonly layer: Layer.Layer<ContactJournal, never, IdGenerator | Outbox | Users> = Layer.effect(
    ContactJournal,
    Effect.gen(function* () {
      const ids = yield* IdGenerator
      const outbox = yield* Outbox
      const users = yield* Users

      const views = Effect.fnUntraced(function* (records: ReadonlyArray<ContactRecord.ContactRecord>) {
        const { tenantId } = yield* CurrentActor
        const ownerIds = new Set(records.flatMap(({ fields }) => (fields.ownerId === null ? [] : [fields.ownerId])))
        const names = yield* users.names(tenantId, [...ownerIds])
        const ownerOf = ({ ownerId }: ContactRecord.ContactFields): Owner | null =>
          ownerId === null ? null : { id: ownerId, name: names.get(ownerId) ?? ownerId }
        return records.map((record) => ContactRecord.toContact(record, ownerOf(record.fields)))
      })

      const origin = Effect.gen(function* () {
        const { userId, userName } = yield* CurrentActor
        return {
          timestamp: yield* DateTime.now,
          cause: yield* Events.CurrentCause,
          actor: { id: userId, name: userName }
        }
      })

      const append = Effect.fnUntraced(function* (events: ReadonlyArray<(id: EventId) => Events.DomainEvent>) {
        if (events.length === 0) return
        const { tenantId } = yield* CurrentActor
        const bodies = yield* ids.bodies(events.length)
        yield* outbox.append(
          tenantId,
          events.map((make, index) => make(eventId(bodies[index] ?? "")))
        )
      })

      const updated = Effect.fnUntraced(function* (changes: ReadonlyArray<ContactChange>, origin: Events.Origin) {
        const after = yield* views(changes.map((change) => change.after))
        yield* append(
          changes.flatMap((change, index) => {
            const view = after[index]
            const previous = ContactRecord.previous(change.before.fields, change.after.fields)
            return view === undefined ? [] : [(id: EventId) => Events.contactUpdated(id, origin, view, previous)]
          })
        )
      })

      return ContactJournal.of({ views, origin, append, updated })
    })
  )
}


/** Takes in tracked events, in sets: one round of queries for any number, and engagement in the same transaction. */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { StorageError, ValidationError } from "../domain/Errors.ts"
import { type ContactId, eventId } from "../domain/Ids.ts"
import { maxBatch, type TrackedEvent, TrackedEventInput, type TrackingReport } from "../domain/TrackedEvent.ts"
import { validator } from "../domain/Validation.ts"
import { ContactStore, type Interactions } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { TrackedEventStore } from "../ports/TrackedEventStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactScoring } from "./ContactScoring.ts"

export class TrackedEvents extends Context.Service<
  TrackedEvents,
  {
    /** Records up to 1,000 events. One whose contact does not exist fails alone; one sent before is a duplicate. */
    readonly record: (
      events: ReadonlyArray<TrackedEventInput>
    ) => Effect.Effect<TrackingReport, StorageError | ValidationError, CurrentActor>
  }
>()("@clientele/core/services/TrackedEvents") {
  static readonly layer: Layer.Layer<
    TrackedEvents,
    never,
    ContactScoring | ContactStore | IdGenerator | TrackedEventStore | UnitOfWork
  > = Layer.effect(
    TrackedEvents,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const ids = yield* IdGenerator
      const scoring = yield* ContactScoring
      const store = yield* TrackedEventStore
      const uow = yield* UnitOfWork

      const write = Effect.fnUntraced(function* (reported: ReadonlyArray<TrackedEventInput>) {
        const { tenantId } = yield* CurrentActor
        const now = yield* DateTime.now
        const bodies = yield* ids.bodies(reported.length)
        const existing = new Set(
          yield* contacts.lockIds(tenantId, distinct(reported.map(({ contactId }) => contactId)))
        )
        const events = reported.flatMap((input, index): ReadonlyArray<TrackedEvent> =>
          existing.has(input.contactId)
            ? [
                {
                  id: eventId(bodies[index] ?? ""),
                  clientId: input.id ?? null,
                  contactId: input.contactId,
                  event: input.event,
                  timestamp: input.timestamp ?? now,
                  properties: input.properties ?? {}
                }
              ]
            : []
        )
        const accepted = yield* store.insert(tenantId, events)
        const fresh = events.filter(({ id }) => accepted.has(id))
        yield* contacts.engage(tenantId, interactionsOf(fresh))
        yield* scoring.happened(
          fresh.map(({ contactId, event }) => ({ contactId, name: event })),
          now
        )
        return {
          accepted: fresh.length,
          duplicates: events.length - fresh.length,
          failed: reported.flatMap(({ contactId }, index) =>
            existing.has(contactId)
              ? []
              : [{ index, code: "contact_not_found" as const, message: `No contact has the id ${contactId}` }]
          )
        }
      }, uow.transaction)

      const record = Effect.fn("TrackedEvents.record")(function* (events: ReadonlyArray<TrackedEventInput>) {
        return yield* write(yield* Effect.fromResult(validate(events)))
      })

      return TrackedEvents.of({ record })
    })
  )
}

// internal

const validate = validator(Schema.Array(TrackedEventInput).check(Schema.isMaxLength(maxBatch)))

const distinct = (ids: ReadonlyArray<ContactId>): ReadonlyArray<ContactId> => [...new Set(ids)]

const interactionsOf = (events: ReadonlyArray<TrackedEvent>): ReadonlyArray<Interactions> => {
  const byContact = new Map<ContactId, Interactions>()
  for (const { contactId, timestamp } of events) {
    const known = byContact.get(contactId)
    byContact.set(contactId, {
      contactId,
      count: (known?.count ?? 0) + 1,
      latest: known === undefined ? timestamp : DateTime.max(known.latest, timestamp)
    })
  }
  return [...byContact.values()]
}

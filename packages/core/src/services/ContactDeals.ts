/**
 * What contacts know of their deals: how many are open and won, and what the won ones are worth. Recounted from the deals
 * in the transaction of every change of them, so that it always equals a recount; with it go the score, and a lead whose
 * first deal is won is a customer.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ContactRecord from "../domain/ContactRecord.ts"
import type { Refused, StorageError } from "../domain/Errors.ts"
import type { Origin } from "../domain/Events.ts"
import type { ContactId } from "../domain/Ids.ts"
import { type Standing, standing } from "../domain/PipelineSummary.ts"
import { type ContactChange, ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { ContactScoring } from "./ContactScoring.ts"
import { Pipelines } from "./Pipelines.ts"

export class ContactDeals extends Context.Service<
  ContactDeals,
  {
    /** What the deals of contacts come to together. */
    readonly standingOf: (ids: ReadonlyArray<ContactId>) => Effect.Effect<Standing, StorageError, CurrentActor>
    /** Brings contacts, locked by the transaction, up to date with their deals, which have changed. */
    readonly settle: (
      records: ReadonlyArray<ContactRecord.ContactRecord>,
      origin: Origin
    ) => Effect.Effect<void, Refused | StorageError, CurrentActor>
    /** A contact that has just got its deals back, up to date with them: its first may have been won meanwhile. */
    readonly recount: (
      record: ContactRecord.ContactRecord,
      origin: Origin
    ) => Effect.Effect<ContactRecord.ContactRecord, Refused | StorageError, CurrentActor>
  }
>()("@clientele/core/services/ContactDeals") {
  static readonly layer: Layer.Layer<
    ContactDeals,
    never,
    ContactJournal | ContactScoring | ContactStore | DealStore | Pipelines
  > = Layer.effect(
    ContactDeals,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const deals = yield* DealStore
      const journal = yield* ContactJournal
      const pipelines = yield* Pipelines
      const scoring = yield* ContactScoring

      const standingOf = Effect.fnUntraced(function* (ids: ReadonlyArray<ContactId>) {
        const { tenantId } = yield* CurrentActor
        const groups = yield* deals.groupsOfContacts(tenantId, ids)
        return standing([...groups.values()].flat(), pipelines.current, yield* pipelines.conversion)
      })

      const write = Effect.fnUntraced(
        function* (changes: ReadonlyArray<ContactChange>, origin: Origin) {
          const { tenantId } = yield* CurrentActor
          const changed = changes.filter(({ after, before }) => after !== before)
          if (changed.length === 0) return changed
          const scored = yield* scoring.scoreChanged(changed, origin.timestamp)
          yield* contacts.update(tenantId, scored)
          yield* journal.updated(
            scored.filter(({ after, before }) => after.version !== before.version),
            origin
          )
          yield* scoring.changed(scored, origin)
          return scored
        },
        // Nothing by which a contact is known changes with its deals.
        Effect.catchTag("IdentityTaken", Effect.die)
      )

      const settle = Effect.fnUntraced(function* (records: ReadonlyArray<ContactRecord.ContactRecord>, origin: Origin) {
        if (records.length === 0) return
        const { tenantId } = yield* CurrentActor
        const ids = records.map(({ id }) => id)
        const groups = yield* deals.groupsOfContacts(tenantId, ids)
        const conversion = yield* pipelines.conversion
        const changes = records.map((before) => {
          const now = standing(groups.get(before.id) ?? [], pipelines.current, conversion)
          return { before, after: ContactRecord.settle(before, now, origin.timestamp) }
        })
        yield* write(changes, origin)
      })

      const recount = Effect.fnUntraced(function* (before: ContactRecord.ContactRecord, origin: Origin) {
        const after = ContactRecord.settle(before, yield* standingOf([before.id]), origin.timestamp)
        const [written] = yield* write([{ before, after }], origin)
        return written?.after ?? before
      })

      return ContactDeals.of({ standingOf, settle, recount })
    })
  )
}

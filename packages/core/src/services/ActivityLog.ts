/**
 * What logging an activity does to its contact, for the commands that do it, in their transactions: it counts in the
 * engagement, and the score follows. The one place where activities are written, whichever use case writes them.
 *
 * Contacts are locked before what belongs to them: whoever adds or takes away an activity holds its contact.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Activity, eventName, isInteraction, type Links } from "../domain/Activity.ts"
import { type ContactNotFound, DealNotFound, type StorageError } from "../domain/Errors.ts"
import type { ContactId, DealId } from "../domain/Ids.ts"
import { ActivityStore } from "../ports/ActivityStore.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { ContactDetails } from "./ContactDetails.ts"
import { ContactScoring } from "./ContactScoring.ts"

export class ActivityLog extends Context.Service<
  ActivityLog,
  {
    /** Locks the contact that is named, and looks for the deal; fails when one of them is not there. */
    readonly check: (links: Links) => Effect.Effect<void, ContactNotFound | DealNotFound | StorageError, CurrentActor>
    /** What a new activity with these links is about, checked, and its contact locked. */
    readonly attach: (links: Links) => Effect.Effect<Links, ContactNotFound | DealNotFound | StorageError, CurrentActor>
    /** What an activity with these links is about: one that names only a deal is about the deal's contact, too. */
    readonly about: (links: Links) => Effect.Effect<Links, StorageError, CurrentActor>
    /** Logs an activity, whose contact the transaction has locked. */
    readonly add: (activity: Activity) => Effect.Effect<void, StorageError, CurrentActor>
    /** Takes an activity away, whose contact the transaction has locked; false when it was gone. */
    readonly remove: (activity: Activity) => Effect.Effect<boolean, StorageError, CurrentActor>
  }
>()("@clientele/core/services/ActivityLog") {
  static readonly layer: Layer.Layer<
    ActivityLog,
    never,
    ActivityStore | ContactDetails | ContactScoring | ContactStore | DealStore
  > = Layer.effect(
    ActivityLog,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const deals = yield* DealStore
      const details = yield* ContactDetails
      const scoring = yield* ContactScoring
      const store = yield* ActivityStore

      const findDeal = Effect.fnUntraced(function* (dealId: DealId) {
        const { tenantId } = yield* CurrentActor
        return yield* deals.find(tenantId, dealId)
      })

      const check = Effect.fnUntraced(function* ({ contactId, dealId }: Links) {
        const { tenantId } = yield* CurrentActor
        if (contactId !== null && (yield* contacts.lockIds(tenantId, [contactId])).length === 0) {
          return yield* details.missing(contactId)
        }
        if (dealId !== null && Option.isNone(yield* findDeal(dealId))) return yield* new DealNotFound({ dealId })
      })

      const about = Effect.fnUntraced(function* (links: Links) {
        if (links.contactId !== null || links.dealId === null) return links
        const deal = yield* findDeal(links.dealId)
        return { ...links, contactId: Option.isSome(deal) ? deal.value.fields.contactId : null }
      })

      const attach = Effect.fnUntraced(function* (named: Links) {
        yield* check(named)
        const { contactId, dealId } = yield* about(named)
        if (contactId === null || contactId === named.contactId) return { contactId, dealId }
        const { tenantId } = yield* CurrentActor
        const [locked = null] = yield* contacts.lockIds(tenantId, [contactId])
        return { contactId: locked, dealId }
      })

      const rescore = Effect.fnUntraced(function* (contactId: ContactId, { type }: Activity) {
        yield* scoring.happened([{ contactId, name: eventName(type) }], yield* DateTime.now)
      })

      const add = Effect.fnUntraced(function* (activity: Activity) {
        const { tenantId } = yield* CurrentActor
        const { contactId, occurredAt, type } = activity
        yield* store.insert(tenantId, [activity])
        if (contactId === null) return
        if (isInteraction(type)) yield* contacts.engage(tenantId, [{ contactId, count: 1, latest: occurredAt }])
        yield* rescore(contactId, activity)
      })

      const remove = Effect.fnUntraced(function* (activity: Activity) {
        const { tenantId } = yield* CurrentActor
        const { contactId, id, type } = activity
        const isRemoved = yield* store.remove(tenantId, id)
        if (!isRemoved || contactId === null) return isRemoved
        if (isInteraction(type)) yield* contacts.recount(tenantId, [contactId])
        yield* rescore(contactId, activity)
        return true
      })

      return ActivityLog.of({ check, attach, about, add, remove })
    })
  )
}

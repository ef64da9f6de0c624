/**
 * Merging contacts: a preview, which writes nothing, and the merge, which does exactly what the preview shows. One
 * transaction; contacts are locked in the order of their ids, so that two merges over the same ones cannot wait for
 * each other, and the second finds what the first has left.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ContactDetail } from "../domain/Contact.ts"
import { type ContactRecord, withDeals } from "../domain/ContactRecord.ts"
import * as Definition from "../domain/Definition.ts"
import { ContactNotFound, type Refused, StorageError, type ValidationError } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import type { ContactId, EventId } from "../domain/Ids.ts"
import * as Merging from "../domain/Merging.ts"
import { validator } from "../domain/Validation.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CrmDefinition } from "../ports/CrmDefinition.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactDeals } from "./ContactDeals.ts"
import { ContactDetails } from "./ContactDetails.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { ContactScoring } from "./ContactScoring.ts"

export class Merges extends Context.Service<
  Merges,
  {
    /** What a merge would do, without doing it. */
    readonly preview: (
      request: Merging.MergeRequest
    ) => Effect.Effect<
      Merging.MergePreview,
      ContactNotFound | Merging.MergeConflict | StorageError | ValidationError,
      CurrentActor
    >
    /** Folds contacts into the primary one. They are gone for good; their belongings are the primary's. */
    readonly merge: (
      request: Merging.MergeRequest
    ) => Effect.Effect<
      ContactDetail,
      ContactNotFound | Merging.MergeConflict | Refused | StorageError | ValidationError,
      CurrentActor
    >
  }
>()("@clientele/core/services/Merges") {
  static readonly layer: Layer.Layer<
    Merges,
    never,
    ContactDeals | ContactDetails | ContactJournal | ContactScoring | ContactStore | UnitOfWork
  > = Layer.effect(
    Merges,
    Effect.gen(function* () {
      const contactDeals = yield* ContactDeals
      const contacts = yield* ContactStore
      const definition = yield* CrmDefinition
      const details = yield* ContactDetails
      const journal = yield* ContactJournal
      const scoring = yield* ContactScoring
      const uow = yield* UnitOfWork

      /** The contacts of a request and the plan for them; fails when one of them is not there. */
      const planFor = Effect.fnUntraced(function* (
        request: Merging.MergeRequest,
        found: ReadonlyArray<ContactRecord>,
        now: DateTime.Utc
      ) {
        const { tenantId } = yield* CurrentActor
        const byId = new Map(found.map((record) => [record.id, record]))
        const ids = [request.primaryContactId, ...request.mergeContactIds]
        const absent = ids.filter((id) => !byId.has(id))
        if (absent.length > 0) return yield* refuseAbsent(absent, yield* contacts.mergedInto(tenantId, absent))
        const [primary, ...others] = ids.flatMap((id) => byId.get(id) ?? [])
        if (primary === undefined) return yield* Effect.die("A merge without a primary")
        const plan = yield* Effect.fromResult(
          Merging.plan({
            primary,
            others,
            now,
            preferences: request.fieldPreferences,
            versions: request.versions
          })
        )
        yield* Effect.fromResult(checkChoices(definition, request, plan.contact))
        // What deals are worth together is rounded once, and not the sum of what each contact's are.
        const united = withDeals(plan.contact, yield* contactDeals.standingOf(ids))
        const contact = yield* scoring.scoreUnited(united, [primary, ...others], now)
        return { primary, others, plan: { ...plan, contact } }
      })

      const preview = Effect.fn("Merges.preview")(function* (request: Merging.MergeRequest) {
        const valid = yield* Effect.fromResult(validate(request))
        const ids = [valid.primaryContactId, ...valid.mergeContactIds]
        yield* Effect.fromResult(Merging.checkIds(valid.primaryContactId, valid.mergeContactIds))
        const { tenantId } = yield* CurrentActor
        const found = yield* contacts.findAll(tenantId, ids)
        const { others, plan, primary } = yield* planFor(valid, found, yield* DateTime.now)
        const moved = yield* contacts.countBelongings(tenantId, plan.mergedIds)
        return {
          contact: yield* details.uniting(plan.contact, [primary, ...others]),
          versions: plan.versions,
          fields: plan.fields,
          moves: moved
        }
      }, uow.snapshot)

      const merge = Effect.fn("Merges.merge")(
        function* (request: Merging.MergeRequest) {
          const valid = yield* Effect.fromResult(validate(request))
          yield* Effect.fromResult(Merging.checkIds(valid.primaryContactId, valid.mergeContactIds))
          const { tenantId } = yield* CurrentActor
          const locked = yield* contacts
            .lock(tenantId, [valid.primaryContactId, ...valid.mergeContactIds])
            .pipe(Effect.timeoutOrElse({ duration: maxWait, orElse: () => conflictBusy }))
          const origin = yield* journal.origin
          const { others, plan, primary } = yield* planFor(valid, locked, origin.timestamp)
          yield* contacts.merge(tenantId, primary, plan.contact, others)

          const detail = yield* details.of(plan.contact)
          const [contact] = yield* journal.views([plan.contact])
          yield* journal.append([
            ...(contact === undefined
              ? []
              : [(id: EventId) => Events.contactMerged(id, origin, { contact, mergedContactIds: plan.mergedIds })]),
            ...others.map(
              (gone) => (id: EventId) =>
                Events.contactDeleted(id, origin, { id: gone.id, email: gone.fields.email, name: gone.fields.name })
            )
          ])
          const change = { before: primary, after: plan.contact }
          if (plan.contact.version !== primary.version) yield* journal.updated([change], origin)
          yield* scoring.changed([change], origin)
          return detail
        },
        uow.transaction,
        Effect.provideService(Events.CurrentCause, "merge"),
        // The identities that a merge writes belong to its own contacts, which it holds.
        Effect.catchTag("IdentityTaken", Effect.die),
        Effect.catchIf(isBusy, () => conflictBusy)
      )

      return Merges.of({ preview, merge })
    })
  )
}

// internal

const validate = validator(Merging.MergeRequest)

/** Values move as they are; one that somebody chooses has to be one that could be written. */
const checkChoices = (
  definition: Definition.Definition,
  { fieldPreferences = {} }: Merging.MergeRequest,
  { fields: { customFields } }: ContactRecord
) => {
  const chosen = Object.entries(customFields).filter(([key]) => Object.hasOwn(fieldPreferences, `custom_fields.${key}`))
  const path = "field_preferences.custom_fields"
  return Definition.fitting(definition, { customFields: Object.fromEntries(chosen) }, { path })
}

const isBusy = (error: { readonly _tag: string }): error is StorageError =>
  error instanceof StorageError && error.reason._tag === "StorageBusy"

/** How long a merge waits for contacts that someone else is changing. A database may give up by itself before that. */
const maxWait = "5 seconds"

const conflictBusy = Effect.fail(new Merging.MergeConflict({ reason: "busy", contactIds: [], mergedInto: null }))

const refuseAbsent = (
  absent: ReadonlyArray<ContactId>,
  mergedInto: ReadonlyMap<ContactId, ContactId>
): Effect.Effect<never, ContactNotFound | Merging.MergeConflict> => {
  const merged = absent.filter((id) => mergedInto.has(id))
  const [first] = merged
  const [unknown] = absent.filter((id) => !mergedInto.has(id))
  return first === undefined
    ? Effect.fail(new ContactNotFound({ contactId: unknown ?? "" }))
    : Effect.fail(
        new Merging.MergeConflict({
          reason: "already_merged",
          contactIds: merged,
          mergedInto: mergedInto.get(first) ?? null
        })
      )
}

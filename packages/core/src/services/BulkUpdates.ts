/** Bulk updates: one change to up to 1,000 contacts in one transaction, with an outcome for each. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import {
  BulkFailed,
  type BulkFailure,
  type BulkUpdateReport,
  BulkUpdateRequest,
  changesFor
} from "../domain/BulkUpdate.ts"
import { ContactUpdate } from "../domain/Contact.ts"
import * as ContactRecord from "../domain/ContactRecord.ts"
import * as Definition from "../domain/Definition.ts"
import type { Refused, StorageError, ValidationError } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import { validator } from "../domain/Validation.ts"
import { type ContactChange, ContactStore } from "../ports/ContactStore.ts"
import { CrmDefinition } from "../ports/CrmDefinition.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { ContactScoring } from "./ContactScoring.ts"

export class BulkUpdates extends Context.Service<
  BulkUpdates,
  {
    /** Changes every contact that can be changed; with `atomic`, all of them or none. */
    readonly update: (
      request: BulkUpdateRequest
    ) => Effect.Effect<BulkUpdateReport, BulkFailed | Refused | StorageError | ValidationError, CurrentActor>
  }
>()("@clientele/core/services/BulkUpdates") {
  static readonly layer: Layer.Layer<
    BulkUpdates,
    never,
    ContactJournal | ContactScoring | ContactStore | PhoneNormalizer | UnitOfWork
  > = Layer.effect(
    BulkUpdates,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const definition = yield* CrmDefinition
      const journal = yield* ContactJournal
      const { toE164 } = yield* PhoneNormalizer
      const scoring = yield* ContactScoring
      const uow = yield* UnitOfWork

      const update = Effect.fn("BulkUpdates.update")(
        function* (request: BulkUpdateRequest) {
          const valid = yield* Effect.fromResult(validateRequest(request))
          const { atomic = false, contactIds } = valid
          const updates = yield* Effect.fromResult(
            Definition.fitting(definition, valid.updates, { path: "updates.customFields" })
          )
          const { tenantId } = yield* CurrentActor
          const origin = yield* journal.origin
          const ids = [...new Set(contactIds)]
          const found = new Map((yield* contacts.lock(tenantId, ids)).map((record) => [record.id, record]))

          const failed: Array<BulkFailure> = []
          const changed: Array<ContactChange> = []
          for (const id of ids) {
            const before = found.get(id)
            if (before === undefined) {
              failed.push({ id, code: "contact_not_found", message: `No contact has the id ${id}` })
              continue
            }
            const changes = validateChanges(changesFor(before, updates))
            if (Result.isFailure(changes)) {
              failed.push({ id, code: "validation_error", message: changes.failure.message })
              continue
            }
            const after = ContactRecord.update(before, changes.success, { now: origin.timestamp, toE164 })
            if (after !== before) changed.push({ before, after })
          }
          if (atomic && failed.length > 0) return yield* new BulkFailed({ failed })

          const scored = yield* scoring.scoreChanged(changed, origin.timestamp)
          yield* contacts.update(tenantId, scored)
          yield* journal.updated(scored, origin)
          yield* scoring.changed(scored, origin)
          return {
            requested: ids.length,
            updated: changed.length,
            unchanged: ids.length - failed.length - changed.length,
            failed
          }
        },
        uow.transaction,
        Effect.provideService(Events.CurrentCause, "bulk"),
        // Nothing by which a contact is known can be changed in bulk.
        Effect.catchTag("IdentityTaken", Effect.die)
      )

      return BulkUpdates.of({ update })
    })
  )
}

// internal

const validateRequest = validator(BulkUpdateRequest)
const validateChanges = validator(ContactUpdate)

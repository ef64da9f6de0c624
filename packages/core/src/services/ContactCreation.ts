/**
 * Creates contacts in sets. One round of queries serves any number of drafts, and each draft ends as created or refused as
 * a duplicate, of a stored contact or of an earlier draft of the set.
 *
 * Drafts are expected to be valid: `Contacts` checks them first.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Contact from "../domain/Contact.ts"
import * as ContactRecord from "../domain/ContactRecord.ts"
import { DuplicateContact, type Refused, StorageError, StorageUnavailable } from "../domain/Errors.ts"
import { type ContactId, contactId, noteId } from "../domain/Ids.ts"
import type { Note } from "../domain/Note.ts"
import * as Text from "../domain/Text.ts"
import { ContactStore, type Identity } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { ErasedEmails } from "../ports/ErasedEmails.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { NoteStore } from "../ports/NoteStore.ts"
import { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { ContactScoring } from "./ContactScoring.ts"

export interface CreatedContact {
  readonly record: ContactRecord.ContactRecord
  readonly view: Contact.Contact
  readonly notes: ReadonlyArray<Note>
}

export class ContactCreation extends Context.Service<
  ContactCreation,
  {
    /**
     * One outcome per draft, in order; one transaction for all of them. Creating the contact of an erased person again is
     * allowed, and forgets that it was.
     */
    readonly createAll: (
      drafts: ReadonlyArray<Contact.ContactDraft>
    ) => Effect.Effect<
      ReadonlyArray<Result.Result<CreatedContact, DuplicateContact>>,
      Refused | StorageError,
      CurrentActor
    >
  }
>()("@clientele/core/services/ContactCreation") {
  static readonly layer: Layer.Layer<
    ContactCreation,
    never,
    | ContactJournal
    | ContactScoring
    | ContactStore
    | ErasedEmails
    | IdGenerator
    | NoteStore
    | PhoneNormalizer
    | UnitOfWork
  > = Layer.effect(
    ContactCreation,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const erased = yield* ErasedEmails
      const ids = yield* IdGenerator
      const journal = yield* ContactJournal
      const noteStore = yield* NoteStore
      const { toE164 } = yield* PhoneNormalizer
      const scoring = yield* ContactScoring
      const uow = yield* UnitOfWork

      const createAll = Effect.fn("ContactCreation.createAll")(
        function* (drafts: ReadonlyArray<Contact.ContactDraft>) {
          const actor = yield* CurrentActor
          const origin = yield* journal.origin
          const now = origin.timestamp
          const [contactBodies, noteBodies] = Arr.splitAt(yield* ids.bodies(drafts.length * 2), drafts.length)
          const records = yield* scoring.scoreNew(
            Arr.zipWith(drafts, contactBodies, (draft, body) =>
              ContactRecord.create(draft, { id: contactId(body), now, toE164 })
            ),
            now
          )
          const proposals = Arr.zipWith(Arr.zip(drafts, noteBodies), records, ([draft, noteBody], record) => ({
            draft,
            noteBody,
            record
          }))
          const known = yield* contacts.owners(
            actor.tenantId,
            proposals.flatMap(({ record }) => ContactRecord.identities(record.fields))
          )
          const claims = new Map(
            known.map(({ identity, contactId }) => [ContactRecord.identityKey(identity), contactId])
          )

          const outcomes = proposals.map(({ draft, noteBody, record }): Result.Result<Accepted, DuplicateContact> => {
            const own = ContactRecord.identities(record.fields)
            const taken = own.find((identity) => claims.has(ContactRecord.identityKey(identity)))
            if (taken !== undefined)
              return Result.fail(duplicate(taken, claims.get(ContactRecord.identityKey(taken)) ?? record.id))
            for (const identity of own) claims.set(ContactRecord.identityKey(identity), record.id)
            const content = Text.trimToNull(draft.notes) === null ? null : (draft.notes ?? null)
            const notes =
              content === null ? [] : [{ id: noteId(noteBody), content, createdBy: actor.userId, createdAt: now }]
            return Result.succeed({ record, notes })
          })

          const created = outcomes.flatMap((outcome) => (Result.isSuccess(outcome) ? [outcome.success] : []))
          yield* contacts.insert(
            actor.tenantId,
            created.map(({ record }) => record)
          )
          yield* noteStore.insert(
            actor.tenantId,
            created.flatMap(({ record, notes }) => notes.map((note) => ({ contactId: record.id, note })))
          )
          // Somebody wants the person of such an address to be there.
          yield* erased.forget(
            actor.tenantId,
            created.flatMap(({ record }) => ContactRecord.emailKeys(record.fields))
          )
          const views = yield* journal.created(
            created.map(({ record }) => record),
            origin
          )
          const viewOf = new Map(views.map((view) => [view.id, view]))
          return outcomes.map(
            Result.map(({ notes, record }) => ({
              record,
              notes,
              view: viewOf.get(record.id) ?? ContactRecord.toContact(record, null)
            }))
          )
        },
        uow.transaction,
        // Someone else took an identity between our look and our write: the next look finds it.
        Effect.retry({ while: (error) => error._tag === "IdentityTaken", times: 5 }),
        Effect.catchTag("IdentityTaken", (cause) =>
          Effect.fail(
            new StorageError({ operation: "ContactCreation.createAll", reason: new StorageUnavailable({ cause }) })
          )
        )
      )

      return ContactCreation.of({ createAll })
    })
  )
}

export const duplicate = (identity: Identity, contactId: ContactId): DuplicateContact =>
  new DuplicateContact({ contactId, reason: identity.kind })

// internal

interface Accepted {
  readonly record: ContactRecord.ContactRecord
  readonly notes: ReadonlyArray<Note>
}

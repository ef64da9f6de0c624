/**
 * Creates contacts in sets: what single creation and import share. One round of queries serves any number of drafts,
 * and each draft ends as created or refused as a duplicate, of a stored contact or of an earlier draft of the set.
 *
 * Drafts are expected to be valid: `Contacts` and `Imports` check them first, each with paths in its caller's words.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Contact from "../domain/Contact.ts"
import * as ContactRecord from "../domain/ContactRecord.ts"
import { DuplicateContact, EmailErased, StorageError, StorageUnavailable, type Refused } from "../domain/Errors.ts"
import { type ContactId, contactId, noteId, type TenantId } from "../domain/Ids.ts"
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
    /** The same for drafts that nobody has looked at one by one: those of erased persons are refused. */
    readonly importAll: (
      drafts: ReadonlyArray<Contact.ContactDraft>
    ) => Effect.Effect<
      ReadonlyArray<Result.Result<CreatedContact, DuplicateContact | EmailErased>>,
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

      const write = Effect.fnUntraced(
        function* <E>(drafts: ReadonlyArray<Contact.ContactDraft>, rules: Rules<E>) {
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
            proposals.flatMap(({ record }) => identities(record.fields))
          )
          // After the owners: whoever is erased between the two questions has no owner by the first or a hash by the second.
          const refusalOf = yield* rules.refusals(
            actor.tenantId,
            proposals.flatMap(({ record }) => ContactRecord.emailKeys(record.fields))
          )
          const claims = new Map(known.map(({ identity, contactId }) => [claim(identity), contactId]))

          const outcomes = proposals.map(
            ({ draft, noteBody, record }): Result.Result<Accepted, DuplicateContact | E> => {
              const refusal = Option.firstSomeOf(ContactRecord.emailKeys(record.fields).map(refusalOf))
              if (Option.isSome(refusal)) return Result.fail(refusal.value)
              const own = identities(record.fields)
              const taken = own.find((identity) => claims.has(claim(identity)))
              if (taken !== undefined) return Result.fail(duplicate(taken, claims.get(claim(taken)) ?? record.id))
              for (const identity of own) claims.set(claim(identity), record.id)
              const content = Text.trimToNull(draft.notes) === null ? null : (draft.notes ?? null)
              const notes =
                content === null ? [] : [{ id: noteId(noteBody), content, createdBy: actor.userId, createdAt: now }]
              return Result.succeed({ record, notes })
            }
          )

          const created = outcomes.flatMap((outcome) => (Result.isSuccess(outcome) ? [outcome.success] : []))
          yield* contacts.insert(
            actor.tenantId,
            created.map(({ record }) => record)
          )
          yield* noteStore.insert(
            actor.tenantId,
            created.flatMap(({ record, notes }) => notes.map((note) => ({ contactId: record.id, note })))
          )
          yield* rules.created(
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

      const createAll = Effect.fn("ContactCreation.createAll")((drafts: ReadonlyArray<Contact.ContactDraft>) =>
        write(drafts, { refusals: () => Effect.succeed(Option.none), created: erased.forget })
      )

      const importAll = Effect.fn("ContactCreation.importAll")((drafts: ReadonlyArray<Contact.ContactDraft>) =>
        write(drafts, {
          refusals: (tenantId, emailKeys) =>
            Effect.map(
              erased.among(tenantId, emailKeys),
              (found) => (emailKey) => (found.has(emailKey) ? Option.some(new EmailErased()) : Option.none())
            ),
          created: () => Effect.void
        })
      )

      return ContactCreation.of({ createAll, importAll })
    })
  )
}

/** What the store must keep unique of a contact. */
export const identities = (fields: ContactRecord.ContactFields): ReadonlyArray<Identity> => [
  ...ContactRecord.emailKeys(fields).map((value): Identity => ({ kind: "email", value })),
  ...(fields.externalId === null ? [] : [{ kind: "external_id", value: fields.externalId } satisfies Identity])
]

export const duplicate = (identity: Identity, contactId: ContactId): DuplicateContact =>
  new DuplicateContact({ contactId, reason: identity.kind })

// internal

/** What ways of creating do differently about the addresses of erased persons. */
interface Rules<E> {
  /** Looks at the addresses of all drafts at once; answers why a draft with one of them is refused. */
  readonly refusals: (
    tenantId: TenantId,
    emailKeys: ReadonlyArray<string>
  ) => Effect.Effect<(emailKey: string) => Option.Option<E>, StorageError>
  /** Told of the addresses of the contacts that were created. */
  readonly created: (tenantId: TenantId, emailKeys: ReadonlyArray<string>) => Effect.Effect<void, StorageError>
}

interface Accepted {
  readonly record: ContactRecord.ContactRecord
  readonly notes: ReadonlyArray<Note>
}

const claim = (identity: Identity): string => `${identity.kind}:${identity.value}`

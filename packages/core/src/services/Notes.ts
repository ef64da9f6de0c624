/**
 * Notes of contacts: added, read newest first, mended and taken away. A note changes nothing of its contact. Those of
 * deals are added and read by `Deals`, and mended and taken away here.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type ContactNotFound, NoteNotFound, type StorageError, type ValidationError } from "../domain/Errors.ts"
import { type ContactId, type NoteId, noteId } from "../domain/Ids.ts"
import { type Note, NoteInput } from "../domain/Note.ts"
import type * as Query from "../domain/Query.ts"
import { validator } from "../domain/Validation.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { NoteStore } from "../ports/NoteStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactDetails } from "./ContactDetails.ts"
import * as Walk from "./Walk.ts"

export class Notes extends Context.Service<
  Notes,
  {
    readonly add: (
      contactId: ContactId,
      input: NoteInput
    ) => Effect.Effect<Note, ContactNotFound | StorageError | ValidationError, CurrentActor>
    /** A contact's notes, newest first. */
    readonly list: (
      contactId: ContactId,
      query: Walk.WalkQuery
    ) => Effect.Effect<Query.Page<Note>, ContactNotFound | StorageError | ValidationError, CurrentActor>
    /** Replaces what a note says; its author and time stay. */
    readonly edit: (
      id: NoteId,
      input: NoteInput
    ) => Effect.Effect<Note, NoteNotFound | StorageError | ValidationError, CurrentActor>
    readonly remove: (id: NoteId) => Effect.Effect<void, NoteNotFound | StorageError, CurrentActor>
  }
>()("@clientele/core/services/Notes") {
  static readonly layer: Layer.Layer<
    Notes,
    never,
    ContactDetails | ContactStore | IdGenerator | NoteStore | UnitOfWork
  > = Layer.effect(
    Notes,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const details = yield* ContactDetails
      const ids = yield* IdGenerator
      const notes = yield* NoteStore
      const uow = yield* UnitOfWork

      const add = Effect.fn("Notes.add")(function* (contactId: ContactId, input: NoteInput) {
        const { content } = yield* Effect.fromResult(validateInput(input))
        const { tenantId, userId } = yield* CurrentActor
        const [existing] = yield* contacts.lockIds(tenantId, [contactId])
        if (existing === undefined) return yield* details.missing(contactId)
        const [body = ""] = yield* ids.bodies(1)
        const note: Note = { id: noteId(body), content, createdBy: userId, createdAt: yield* DateTime.now }
        yield* notes.insert(tenantId, [{ contactId, note }])
        return note
      }, uow.transaction)

      const list = Effect.fn("Notes.list")(function* (contactId: ContactId, query: Walk.WalkQuery) {
        const { tenantId } = yield* CurrentActor
        if (Option.isNone(yield* contacts.find(tenantId, contactId))) return yield* details.missing(contactId)
        return yield* Walk.page({
          query,
          scope: { notesOf: contactId },
          read: (limit, after) => notes.newest(tenantId, { contactId }, limit, after),
          count: notes.count(tenantId, { contactId }),
          positionOf: (note) => ({ key: DateTime.formatIso(note.createdAt), id: note.id })
        })
      }, uow.snapshot)

      const edit = Effect.fn("Notes.edit")(function* (id: NoteId, input: NoteInput) {
        const { content } = yield* Effect.fromResult(validateInput(input))
        const { tenantId } = yield* CurrentActor
        return yield* Option.match(yield* notes.replace(tenantId, id, content), {
          onNone: () => Effect.fail(new NoteNotFound({ noteId: id })),
          onSome: Effect.succeed<Note>
        })
      }, uow.transaction)

      const remove = Effect.fn("Notes.remove")(function* (id: NoteId) {
        const { tenantId } = yield* CurrentActor
        if (!(yield* notes.remove(tenantId, id))) return yield* new NoteNotFound({ noteId: id })
      }, uow.transaction)

      return Notes.of({ add, list, edit, remove })
    })
  )
}

// internal

const validateInput = validator(NoteInput)

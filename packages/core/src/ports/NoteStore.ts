/** Keeps notes. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Position } from "../domain/Cursor.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { ContactId, DealId, NoteId, TenantId } from "../domain/Ids.ts"
import type { Note } from "../domain/Note.ts"

/** What a note is about. */
export type NoteSubject = { readonly contactId: ContactId } | { readonly dealId: DealId }

export class NoteStore extends Context.Service<
  NoteStore,
  {
    readonly insert: (
      tenantId: TenantId,
      notes: ReadonlyArray<NoteSubject & { readonly note: Note }>
    ) => Effect.Effect<void, StorageError>
    /** The notes about a contact or a deal, newest first, behind a position when one is given. */
    readonly newest: (
      tenantId: TenantId,
      subject: NoteSubject,
      limit: number,
      after?: Position
    ) => Effect.Effect<ReadonlyArray<Note>, StorageError>
    readonly count: (tenantId: TenantId, subject: NoteSubject) => Effect.Effect<number, StorageError>
    /** Replaces what a note says; none when there is no such note. */
    readonly replace: (
      tenantId: TenantId,
      id: NoteId,
      content: string
    ) => Effect.Effect<Option.Option<Note>, StorageError>
    /** Whether there was such a note to remove. */
    readonly remove: (tenantId: TenantId, id: NoteId) => Effect.Effect<boolean, StorageError>
  }
>()("@clientele/core/ports/NoteStore") {}

/** Keeps notes. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { ContactId, TenantId } from "../domain/Ids.ts"
import type { Note } from "../domain/Note.ts"

export class NoteStore extends Context.Service<
  NoteStore,
  {
    readonly insert: (
      tenantId: TenantId,
      notes: ReadonlyArray<{ readonly contactId: ContactId; readonly note: Note }>
    ) => Effect.Effect<void, StorageError>
    /** A contact's notes, newest first. */
    readonly newest: (
      tenantId: TenantId,
      contactId: ContactId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Note>, StorageError>
  }
>()("@clientele/core/ports/NoteStore") {}

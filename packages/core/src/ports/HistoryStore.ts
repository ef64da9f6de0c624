/** Keeps the history of contacts. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Position } from "../domain/Cursor.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { HistoryEntry } from "../domain/History.ts"
import type { ContactId, TenantId } from "../domain/Ids.ts"

export class HistoryStore extends Context.Service<
  HistoryStore,
  {
    readonly append: (
      tenantId: TenantId,
      entries: ReadonlyArray<{ readonly contactId: ContactId; readonly entry: HistoryEntry }>
    ) => Effect.Effect<void, StorageError>
    /** A contact's history, newest first, behind a position when one is given. */
    readonly newest: (
      tenantId: TenantId,
      contactId: ContactId,
      limit: number,
      after?: Position
    ) => Effect.Effect<ReadonlyArray<HistoryEntry>, StorageError>
    readonly count: (tenantId: TenantId, contactId: ContactId) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/HistoryStore") {}

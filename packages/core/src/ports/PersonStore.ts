/** Finds, and removes, what is kept about a person outside the live tables of contacts. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Activity } from "../domain/Activity.ts"
import type { ContactRecord } from "../domain/ContactRecord.ts"
import type { Enriched } from "../domain/Enrichment.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { DomainEvent } from "../domain/Events.ts"
import type { HistoryEntry } from "../domain/History.ts"
import type { ContactId, DealId, TenantId } from "../domain/Ids.ts"
import type { Note } from "../domain/Note.ts"
import type { Deletion } from "../domain/PersonalData.ts"
import type { TaskRecord } from "../domain/Task.ts"
import type { TrackedEvent } from "../domain/TrackedEvent.ts"

/** A deleted contact and what went with it, newest first. */
export interface ArchivedContact {
  readonly record: ContactRecord
  readonly deleted: Deletion
  /** The deals that it had. */
  readonly dealIds: ReadonlyArray<DealId>
  readonly enriched: Enriched
  readonly notes: ReadonlyArray<Note>
  readonly trackedEvents: ReadonlyArray<TrackedEvent>
  readonly history: ReadonlyArray<HistoryEntry>
  readonly activities: ReadonlyArray<Activity>
  readonly tasks: ReadonlyArray<TaskRecord>
}

export class PersonStore extends Context.Service<
  PersonStore,
  {
    readonly archived: (
      tenantId: TenantId,
      id: ContactId
    ) => Effect.Effect<Option.Option<ArchivedContact>, StorageError>
    /** What names a deal, too, and stayed when the contact was deleted; it says of itself that it is the contact's. */
    readonly stayed: (
      tenantId: TenantId,
      id: ContactId
    ) => Effect.Effect<Pick<ArchivedContact, "activities" | "tasks">, StorageError>
    /** The contacts that were merged into one. */
    readonly mergedIds: (tenantId: TenantId, id: ContactId) => Effect.Effect<ReadonlyArray<ContactId>, StorageError>
    /** The events in the outbox that tell of contacts and were not erased, oldest first. */
    readonly domainEvents: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyArray<DomainEvent>, StorageError>
    /**
     * Removes contacts from the archive, and what is personal from what stayed when they were deleted and from the events
     * that tell of them or of deals; answers how many were archived. Once the transaction has committed, the database also
     * lets go of the copies that it keeps for its own
     * purposes, as far as it can.
     */
    readonly erase: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>,
      dealIds: ReadonlyArray<DealId>
    ) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/PersonStore") {}

/** Keeps tracked events. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { ContactId, EventId, TenantId } from "../domain/Ids.ts"
import type { TrackedEvent } from "../domain/TrackedEvent.ts"

export class TrackedEventStore extends Context.Service<
  TrackedEventStore,
  {
    /** Writes events of contacts that exist; answers the ids of those whose client id was not known yet. */
    readonly insert: (
      tenantId: TenantId,
      events: ReadonlyArray<TrackedEvent>
    ) => Effect.Effect<ReadonlySet<EventId>, StorageError>
    /** A contact's events, newest first. */
    readonly newest: (
      tenantId: TenantId,
      contactId: ContactId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<TrackedEvent>, StorageError>
  }
>()("@clientele/core/ports/TrackedEventStore") {}

/** Keeps what enrichment found of contacts, beside them. It comes and goes with its contact, as all that belongs to it. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Enriched } from "../domain/Enrichment.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { ContactId, TenantId } from "../domain/Ids.ts"

export class EnrichmentStore extends Context.Service<
  EnrichmentStore,
  {
    /** What is kept of those contacts of a set of which anything is. */
    readonly find: (
      tenantId: TenantId,
      contactIds: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyMap<ContactId, Enriched>, StorageError>
    /** Replaces what is kept of contacts that the transaction has locked. */
    readonly write: (
      tenantId: TenantId,
      entries: ReadonlyArray<{ readonly contactId: ContactId; readonly enriched: Enriched }>
    ) => Effect.Effect<void, StorageError>
  }
>()("@clientele/core/ports/EnrichmentStore") {}

/** Answers, for what is about deals, which of them there are, and whose. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { ContactId, DealId, TenantId } from "../domain/Ids.ts"

export class DealLookup extends Context.Service<
  DealLookup,
  {
    /** The deals that exist of a set, each with its contact. */
    readonly find: (
      tenantId: TenantId,
      ids: ReadonlyArray<DealId>
    ) => Effect.Effect<ReadonlyMap<DealId, { readonly contactId: ContactId | null }>, StorageError>
  }
>()("@clientele/core/ports/DealLookup") {}

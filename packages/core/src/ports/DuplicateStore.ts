/** Finds contacts that may be one person: by keys that are kept with them, and with little of each contact read. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ComparedFields } from "../domain/Duplicates.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { ContactId, TenantId } from "../domain/Ids.ts"

/** What is compared of a contact. */
export interface ComparedContact {
  readonly id: ContactId
  readonly fields: ComparedFields
}

export class DuplicateStore extends Context.Service<
  DuplicateStore,
  {
    /** The contacts that exist of a set, in any order. */
    readonly find: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyArray<ComparedContact>, StorageError>
    /** Contacts by descending id, those below an id if one is given. */
    readonly below: (
      tenantId: TenantId,
      id: ContactId | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ComparedContact>, StorageError>
    /** For each key that contacts have, who they are: all of them, or any that are as many as asked for. */
    readonly members: (
      tenantId: TenantId,
      keys: ReadonlyArray<string>,
      most: number
    ) => Effect.Effect<ReadonlyMap<string, ReadonlyArray<ContactId>>, StorageError>
    /** About a share of all contacts, between 0 and 1, drawn evenly: see `Duplicates.sampleRange`. */
    readonly sample: (tenantId: TenantId, share: number) => Effect.Effect<ReadonlyArray<ComparedContact>, StorageError>
  }
>()("@clientele/core/ports/DuplicateStore") {}

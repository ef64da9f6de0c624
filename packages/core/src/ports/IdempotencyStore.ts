/** Keeps the keys of requests, and what was answered to them. */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { StorageError } from "../domain/Errors.ts"
import type { IdempotencyKey, KeyRecord } from "../domain/Idempotency.ts"
import type { ContactId, TenantId, UserId } from "../domain/Ids.ts"

export class IdempotencyStore extends Context.Service<
  IdempotencyStore,
  {
    /** Writes a new key; false when the user has it already. */
    readonly insert: (tenantId: TenantId, record: KeyRecord) => Effect.Effect<boolean, StorageError>
    readonly find: (
      tenantId: TenantId,
      userId: UserId,
      key: IdempotencyKey
    ) => Effect.Effect<Option.Option<KeyRecord>, StorageError>
    /**
     * Writes what becomes of a key; false, and nothing written, when it is not as `before` any more. In the transaction
     * of a request this decides whether the request may commit.
     */
    readonly replace: (tenantId: TenantId, before: KeyRecord, after: KeyRecord) => Effect.Effect<boolean, StorageError>
    /** Forgets a key that is as `before` still. */
    readonly remove: (tenantId: TenantId, before: KeyRecord) => Effect.Effect<void, StorageError>
    /**
     * Removes the answers in which one of the texts occurs, and notes that they were a contact's; answers how many those
     * were. Reads every answer that the tenant has.
     */
    readonly erase: (
      tenantId: TenantId,
      contactId: ContactId,
      texts: ReadonlyArray<string>
    ) => Effect.Effect<number, StorageError>
    /** Forgets keys, of all tenants, that were claimed before a time; answers how many those were. */
    readonly purge: (claimedBefore: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/IdempotencyStore") {}

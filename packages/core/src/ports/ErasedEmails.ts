/**
 * Remembers which e-mail addresses were erased, so that an import does not bring a person back. Not the addresses are
 * kept but keyed hashes: what is stored tells nobody which they were, but an address that is asked for is recognised.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { TenantId } from "../domain/Ids.ts"

export class ErasedEmails extends Context.Service<
  ErasedEmails,
  {
    /** Remembers addresses, given by the keys under which they are unique. */
    readonly remember: (tenantId: TenantId, emailKeys: ReadonlyArray<string>) => Effect.Effect<void, StorageError>
    /** Those of the addresses that were erased. */
    readonly among: (
      tenantId: TenantId,
      emailKeys: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlySet<string>, StorageError>
    /** Forgets addresses that someone has put in again on purpose. */
    readonly forget: (tenantId: TenantId, emailKeys: ReadonlyArray<string>) => Effect.Effect<void, StorageError>
  }
>()("@clientele/core/ports/ErasedEmails") {}

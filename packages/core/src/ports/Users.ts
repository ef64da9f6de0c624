/** The host's users: all the library knows of one is an id, and a name to show for it. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { TenantId, UserId } from "../domain/Ids.ts"

export class Users extends Context.Service<
  Users,
  {
    /** The names of those users that are known; an unknown id is simply absent. */
    readonly names: (
      tenantId: TenantId,
      ids: ReadonlyArray<UserId>
    ) => Effect.Effect<ReadonlyMap<string, string>, StorageError>
    /** Notes the current name of a user, for instance from a verified token. */
    readonly remember: (tenantId: TenantId, id: UserId, name: string) => Effect.Effect<void, StorageError>
  }
>()("@clientele/core/ports/Users") {}

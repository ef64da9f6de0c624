/** Who calls: every command and query runs as one actor of one tenant, and touches nothing of another. */
import * as Context from "effect/Context"
import type { TenantId, UserId } from "../domain/Ids.ts"

export class CurrentActor extends Context.Service<
  CurrentActor,
  {
    readonly tenantId: TenantId
    readonly userId: UserId
    /** The user's name for people to read, when the caller knows it. */
    readonly userName: string | null
    readonly roles: ReadonlyArray<string>
  }
>()("@clientele/core/ports/CurrentActor") {}

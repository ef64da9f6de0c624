/** Where events are put down in the transaction of their change, to be read and delivered after it commits. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { DomainEvent } from "../domain/Events.ts"
import type { TenantId } from "../domain/Ids.ts"

export class Outbox extends Context.Service<
  Outbox,
  {
    readonly append: (tenantId: TenantId, events: ReadonlyArray<DomainEvent>) => Effect.Effect<void, StorageError>
  }
>()("@clientele/core/ports/Outbox") {}

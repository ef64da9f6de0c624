/**
 * Where events are put down in the transaction of their change, to be read and delivered after it commits.
 *
 * A position is a place between two events, in an order in which all that is committed later comes later: whoever goes
 * on from the position of the last event it was given misses none, whatever transactions were open meanwhile. An event
 * can be read when it is committed and nothing that began before it is open still.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import type { StorageError } from "../domain/Errors.ts"
import type { DomainEvent, Position } from "../domain/Events.ts"
import type { TenantId } from "../domain/Ids.ts"
import type { EventHead } from "../domain/Webhook.ts"

/** Which events are asked for: those behind a position, or from the oldest that is kept; of one tenant, or of all. */
export interface Reading {
  readonly after?: Position | undefined
  readonly tenantId?: TenantId | undefined
  readonly limit: number
}

/** An event that is committed. */
export interface Committed<A = DomainEvent> {
  /** The place just behind it. */
  readonly position: Position
  readonly tenantId: TenantId
  readonly event: A
}

export class Outbox extends Context.Service<
  Outbox,
  {
    readonly append: (tenantId: TenantId, events: ReadonlyArray<DomainEvent>) => Effect.Effect<void, StorageError>
    /** Events that can be read, in the order of their positions. */
    readonly read: (reading: Reading) => Effect.Effect<ReadonlyArray<Committed>, StorageError>
    /** What there is to know of events without reading their bodies. */
    readonly heads: (reading: Reading) => Effect.Effect<ReadonlyArray<Committed<EventHead>>, StorageError>
    /** A position behind all events that can be read now, and before all that cannot. */
    readonly end: Effect.Effect<Position, StorageError>
    /** Tells of events that this process has committed from now on: several in a row may be told as one. */
    readonly wakes: Effect.Effect<PubSub.Subscription<void>, never, Scope.Scope>
    /**
     * The position that was kept under a consumer's name, or one before all events. In a transaction nobody else is given
     * it until that ends: `undefined` says that somebody has it now.
     */
    readonly hold: (consumer: string) => Effect.Effect<Position | undefined, StorageError>
    /** Keeps a position under a consumer's name: events behind it are kept for it. */
    readonly keep: (consumer: string, position: Position) => Effect.Effect<void, StorageError>
    /** Forgets a consumer, and for its sake keeps nothing any more. */
    readonly forget: (consumer: string) => Effect.Effect<void, StorageError>
    /**
     * Forgets events that happened before a time, but for those that a consumer has not come to, and those that some
     * delivery is of; answers how many those were.
     */
    readonly purge: (before: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/Outbox") {}

/**
 * Committed events, as a stream that goes on with new ones. It reads the outbox, so what it shows is what was committed,
 * in an order that everybody sees alike, and from a position it goes on without losing or repeating any.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { StorageError } from "../domain/Errors.ts"
import type { Position } from "../domain/Events.ts"
import type { TenantId } from "../domain/Ids.ts"
import { type Committed, Outbox } from "../ports/Outbox.ts"

/** How long events, and deliveries of them, are kept: 30 days, unless a host says otherwise. */
export const EventRetention = Context.Reference<Duration.Duration>("@clientele/core/services/EventRetention", {
  defaultValue: () => Duration.days(30)
})

export interface Following {
  /** Where to go on; from the oldest event that is kept unless it is given. */
  readonly after?: Position | undefined
  /** Only the events of this tenant. */
  readonly tenantId?: TenantId | undefined
}

export class DomainEvents extends Context.Service<
  DomainEvents,
  {
    /**
     * Events as they are committed, without an end: those of this process at once, those of others within a second.
     *
     * @example
     * ```ts
     * import { DomainEvents } from "@clientele/core"
     * import { Effect, Stream } from "effect"
     *
     * const log = Effect.gen(function* () {
     *   const events = yield* DomainEvents
     *   yield* events
     *     .follow({ after: yield* events.end })
     *     .pipe(Stream.runForEach(({ event, position }) => Effect.log(event.type, position)))
     * })
     * ```
     */
    readonly follow: (following?: Following) => Stream.Stream<Committed, StorageError>
    /** The events that can be read now. */
    readonly past: (following?: Following) => Stream.Stream<Committed, StorageError>
    /** The position behind all that can be read now. */
    readonly end: Effect.Effect<Position, StorageError>
    /**
     * The position that was kept under a consumer's name, or one before all events. In a transaction nobody else is given
     * it until that ends: `undefined` says that somebody has it now. So a consumer that writes what it makes of events,
     * and keeps their last position, in one transaction, makes it once of each, in any number of processes.
     */
    readonly hold: (consumer: string) => Effect.Effect<Position | undefined, StorageError>
    /** Keeps a position under a consumer's name. Events behind it are not purged before the consumer has come to them. */
    readonly keep: (consumer: string, position: Position) => Effect.Effect<void, StorageError>
    /** Forgets a consumer, for whose sake nothing is kept any more. */
    readonly forget: (consumer: string) => Effect.Effect<void, StorageError>
    /** Forgets old events of all tenants, but for those that are needed still; answers how many those were. */
    readonly purge: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/services/DomainEvents") {
  static readonly layer: Layer.Layer<DomainEvents, never, Outbox> = Layer.effect(
    DomainEvents,
    Effect.gen(function* () {
      const outbox = yield* Outbox
      const retention = yield* EventRetention

      const past = ({ after, tenantId }: Following = {}) =>
        Stream.paginate(
          after,
          Effect.fnUntraced(function* (after) {
            const page = yield* outbox.read({ after, tenantId, limit: pageSize })
            const last = page.at(-1)
            const next = page.length < pageSize || last === undefined ? Option.none() : Option.some(last.position)
            return [page, next] as const
          })
        )

      const follow = ({ after, tenantId }: Following = {}) =>
        Stream.unwrap(
          Effect.map(outbox.wakes, (wakes) =>
            Stream.paginate(
              after,
              Effect.fnUntraced(function* (after) {
                const page = yield* outbox.read({ after, tenantId, limit: pageSize })
                const last = page.at(-1)
                if (last === undefined) yield* Effect.raceFirst(PubSub.take(wakes), Effect.sleep(interval))
                return [page, Option.some(last?.position ?? after)] as const
              })
            )
          )
        )

      const purge = Effect.fn("DomainEvents.purge")((now: DateTime.Utc) =>
        outbox.purge(DateTime.subtractDuration(now, retention))
      )

      const { end, forget, hold, keep } = outbox
      return DomainEvents.of({ follow, past, end, hold, keep, forget, purge })
    })
  )
}

// internal

const pageSize = 100

/** How often it is looked for what other processes have committed. */
const interval = Duration.seconds(1)

/** Transactions whose body is a promise. */
import type { StorageError } from "@clientele/core/domain/Errors"
import type { CurrentActor } from "@clientele/core/ports/CurrentActor"
import { UnitOfWork } from "@clientele/core/ports/UnitOfWork"
import type { Crm } from "@clientele/core/services/Crm"
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

/** Puts calls in the order they were made in. A connection runs one command at a time: each is a savepoint of its own. */
export type Around = <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageError, R>

/** One call after the other. */
export const inTurn = () => Semaphore.makeUnsafe(1).withPermit

/**
 * Runs `work` in a transaction: with a context whose calls are inside, and with what has to be around each of them.
 * Calls that `work` does not wait for are finished before the commit; one that comes later is rejected.
 */
export const inTransaction = <A>(
  context: Context.Context<Crm | CurrentActor | UnitOfWork>,
  work: (inside: Context.Context<Crm | CurrentActor>, around: Around) => Promise<A>
): Promise<A> =>
  Effect.gen(function* () {
    const { transaction } = yield* UnitOfWork
    return yield* transaction(body(work))
  }).pipe(
    Effect.catchTag("Rejected", ({ error }) => Effect.fail(error)),
    Effect.runPromiseWith(context)
  )

// internal

/** Keeps errors of the host apart, which are no reason to run anything again. */
class Rejected extends Data.TaggedError("Rejected")<{ readonly error: unknown }> {}

const body = Effect.fnUntraced(function* <A>(
  work: (inside: Context.Context<Crm | CurrentActor>, around: Around) => Promise<A>
) {
  const inside = yield* Effect.context<Crm | CurrentActor>()
  const turn = inTurn()
  let isOver = false
  const around: Around = (call) =>
    turn(Effect.suspend(() => (isOver ? Effect.die(new Error("The transaction of this call is over")) : call)))
  const end = turn(
    Effect.sync(() => {
      isOver = true
    })
  )
  return yield* Effect.tryPromise({
    try: () => work(inside, around),
    catch: (error) => new Rejected({ error })
  }).pipe(Effect.ensuring(end))
})

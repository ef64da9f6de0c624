/** What a host is asked for, whether it answers at once or promises to. */
import { StorageError, StorageUnavailable } from "@clientele/core/domain/Errors"
import * as Effect from "effect/Effect"

export type Awaitable<A> = A | PromiseLike<A>

/** A host that does not answer is as a database that does not. */
export const asked = <A>(operation: string, ask: () => Awaitable<A>): Effect.Effect<A, StorageError> =>
  Effect.tryPromise({
    try: async () => await ask(),
    catch: (cause) => new StorageError({ operation, reason: new StorageUnavailable({ cause }) })
  })

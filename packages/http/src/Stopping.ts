/** Tells answers that have no end of their own when to end. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Completes when the server is about to stop, before it waits for the requests under way. Where a host does not say,
 * such an answer ends when its follower or the server goes away.
 */
export const Stopping = Context.Reference<Effect.Effect<void>>("@clientele/http/Stopping", {
  defaultValue: () => Effect.never
})

/** Makes the bodies of ids: unique, time-ordered, lower case. Replaceable, so that tests know what ids they get. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

export class IdGenerator extends Context.Service<
  IdGenerator,
  {
    /** One body per position; later positions sort later. */
    readonly bodies: (count: number) => Effect.Effect<ReadonlyArray<string>>
  }
>()("@clientele/core/ports/IdGenerator") {}

/** What a host allows whom: stricter than the roles, which let everyone who has one do everything in the tenant. */
import type { CurrentActor } from "@clientele/core/ports/CurrentActor"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Whether an actor may do an operation of the API, told by group and endpoint as the description has them: `contacts.list`,
 * `deals.changeStage`. PATCH beside PUT is one of its own (`contacts.patch`), so a list of what is allowed is safer than one of
 * what is not. A request that may not is answered with 403 `forbidden`, before anything of it is read.
 *
 * @example
 * ```ts
 * import { Policy } from "@clientele/http/Policy"
 * import { Effect, Layer } from "effect"
 *
 * const onlyAdminsErase = Layer.succeed(Policy, ({ roles }, operation) =>
 *   Effect.succeed(operation !== "privacy.erase" || roles.includes("tenant_admin"))
 * )
 * ```
 */
export type Policy = (actor: CurrentActor["Service"], operation: string) => Effect.Effect<boolean>

export const Policy = Context.Reference<Policy>("@clientele/http/Policy", {
  defaultValue: () => () => Effect.succeed(true)
})

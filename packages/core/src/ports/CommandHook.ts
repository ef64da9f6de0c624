/**
 * A host's say in commands: it is asked about the events that a command is about to put down, in the command's
 * transaction, and may refuse them. Then the command fails with `Refused`, and nothing of it was written. What the hook
 * itself writes through the same database client is committed with the command, or undone with it.
 *
 * It is not asked about what merely follows from others: changes of scores, and tasks that come to be due. It must not
 * touch anything outside of the database, because a transaction may be run again, or not be committed.
 *
 * @example
 * ```ts
 * import { CommandHook, Refused } from "@clientele/core"
 * import { Effect, Layer } from "effect"
 *
 * const noDeletions = Layer.succeed(CommandHook, (events) =>
 *   events.some(({ type }) => type === "crm.deal_deleted")
 *     ? Effect.fail(new Refused({ reason: "Deals are kept for the auditors" }))
 *     : Effect.void
 * )
 * ```
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Refused, StorageError } from "../domain/Errors.ts"
import type { DomainEvent } from "../domain/Events.ts"
import type { CurrentActor } from "./CurrentActor.ts"

export type CommandHook = (
  events: ReadonlyArray<DomainEvent>
) => Effect.Effect<void, Refused | StorageError, CurrentActor>

export const CommandHook = Context.Reference<CommandHook>("@clientele/core/ports/CommandHook", {
  defaultValue: () => () => Effect.void
})

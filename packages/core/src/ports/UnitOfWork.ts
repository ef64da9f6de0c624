/**
 * The only place where a transaction opens. Inside one that is already open on the same database client, by an outer
 * command or by the host, `transaction` joins it as a savepoint: it can be undone alone, and lasts only if the outer
 * one commits.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"

/**
 * Whether reads may be a little older than what was written last: then a `snapshot` that joins nothing may be read from
 * a database that follows the first one. Never unless somebody says so.
 */
export const MayLag = Context.Reference<boolean>("@clientele/core/ports/UnitOfWork/MayLag", {
  defaultValue: () => false
})

export class UnitOfWork extends Context.Service<
  UnitOfWork,
  {
    /**
     * Runs an effect so that all it writes lasts, or nothing does. A deadlock or serialization failure of an outermost
     * transaction is retried a few times, so the effect must not touch anything outside the database.
     */
    readonly transaction: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageError, R>
    /** Runs reads that must all see one state of the database. They never wait for a writer. */
    readonly snapshot: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageError, R>
    /** Like `snapshot`, for reads that may be long: what else the process does goes on beside them. */
    readonly longSnapshot: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageError, R>
    /** Runs an effect after the outermost transaction commits: to wake a reader of what was written, never to carry it. */
    readonly afterCommit: <R>(effect: Effect.Effect<void, never, R>) => Effect.Effect<void, never, R>
  }
>()("@clientele/core/ports/UnitOfWork") {}

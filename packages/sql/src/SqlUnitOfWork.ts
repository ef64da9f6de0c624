/** The unit of work over an Effect `SqlClient`: joins a transaction that is open on the same client. */
import { StorageError } from "@clientele/core/domain/Errors"
import { UnitOfWork } from "@clientele/core/ports/UnitOfWork"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import * as SqlError from "effect/sql/SqlError"
import { Dialect } from "./Dialect.ts"
import * as Replica from "./Replica.ts"
import { toStorageError } from "./internal/storage.ts"

export const layer: Layer.Layer<UnitOfWork, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  UnitOfWork,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { aside, beginSnapshot, name } = yield* Dialect

    const joined = Effect.map(Effect.serviceOption(sql.transactionService), Option.isSome)

    // SQLite has one writer and no pool, and says itself when waiting takes too long.
    const outermost = name === "pg" ? inTime(sql.withTransaction) : sql.withTransaction

    const open =
      (operation: string, withTransaction = outermost) =>
      <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | StorageError, R> =>
        withTransaction(self).pipe(
          Effect.catchCause((cause) => Effect.failCause(withoutBroken(cause))),
          Effect.catchIf(SqlError.isSqlError, (error) => Effect.fail(toStorageError(operation)(error)))
        )

    const snapshotHere = Effect.fnUntraced(function* <A, E, R>(self: Effect.Effect<A, E, R>) {
      // For this transaction alone: not for one on another client, or that begins after this one.
      const begin = yield* SqlClient.BeginTransaction
      return yield* open("snapshot")(Effect.provideService(self, SqlClient.BeginTransaction, begin)).pipe(
        Effect.provideService(SqlClient.BeginTransaction, beginSnapshot)
      )
    })

    const replica = yield* Replica.Replica
    const there = replica && open("snapshot", inTime(Replica.transactionOn(replica, sql, beginSnapshot)))
    const choose = Replica.makeChoice()

    const snapshot = Effect.fnUntraced(function* <A, E, R>(self: Effect.Effect<A, E, R>) {
      if (yield* joined) return yield* self
      const here = snapshotHere(self)
      return yield* there === undefined ? here : choose(there(self), here)
    })

    return UnitOfWork.of({
      transaction: (self) =>
        // Only who opened the outermost transaction can run it again: inside another one the whole is already lost.
        Effect.flatMap(joined, (inside) =>
          inside
            ? open("transaction", sql.withTransaction)(self)
            : Effect.retry(open("transaction")(self), { while: lostToConcurrency, schedule: backoff, times: attempts })
        ),
      snapshot,
      longSnapshot: (self) => aside(snapshot(self)),
      afterCommit: (self) => sql.afterCommit(self)
    })
  })
)

// internal

// Of many transactions that meet on the same rows each may have to give way to every other one; about a second in all.
const attempts = 10
const backoff = Schedule.jittered(Schedule.exponential("10 millis", 1.5))

/** How long a transaction waits for a connection that others have. */
const patience = Duration.seconds(10)

/** Gives up a transaction that has not begun in time: a pool that is exhausted lets others wait for ever. */
const inTime =
  (withTransaction: SqlClient.SqlClient["withTransaction"]): SqlClient.SqlClient["withTransaction"] =>
  (self) =>
    Effect.suspend(() => {
      let hasBegun = false
      const begun = Effect.sync(() => void (hasBegun = true))
      const tooLong = Effect.suspend(() => (hasBegun ? Effect.never : Effect.fail(exhausted)))
      return Effect.raceFirst(withTransaction(Effect.andThen(begun, self)), Effect.delay(tooLong, patience))
    })

const exhausted = new SqlError.SqlError({
  reason: new SqlError.ConnectionError({
    cause: undefined,
    message: "No connection of the pool was free in time",
    operation: "begin"
  })
})

/**
 * Over a connection that broke nothing can be rolled back, nor need be. The client takes that for a defect, and Effect
 * takes the failure beside a defect for one, too.
 */
const withoutBroken = <E>(cause: Cause.Cause<E>): Cause.Cause<E | SqlError.SqlError> => {
  const broken = cause.reasons.filter(Cause.isDieReason).find(({ defect }) => SqlError.isSqlError(defect))
  return SqlError.isSqlError(broken?.defect) ? Cause.fail(broken.defect) : cause
}

const concurrencyFailures = new Set(["DeadlockError", "SerializationError", "UniqueViolation"])

const lostToConcurrency = (error: unknown): boolean =>
  error instanceof StorageError &&
  SqlError.isSqlError(error.reason.cause) &&
  concurrencyFailures.has(error.reason.cause.reason._tag)

/**
 * A second database that follows the first one, for reads that may be a little old (`MayLag`). Whatever a snapshot reads
 * through the stores' own client is then read there: for as long as it lasts that client's transaction is one of the
 * replica's, read-only and of one state. When the replica cannot be had the snapshot is of the first database, and the
 * replica is left alone for ten seconds.
 */
import { StorageError } from "@clientele/core/domain/Errors"
import { MayLag } from "@clientele/core/ports/UnitOfWork"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import * as SqlError from "effect/sql/SqlError"
import { isAway } from "./internal/storage.ts"

/** The client of the replica, of the same dialect as the stores'; undefined unless a host has one. */
export const Replica = Context.Reference<SqlClient.SqlClient | undefined>("@clientele/sql/Replica", {
  defaultValue: () => undefined
})

type Transaction = SqlClient.SqlClient["withTransaction"]

/** Whatever runs a transaction with `begin` on a connection of the replica, as one of `sql`. */
export const transactionOn = (replica: SqlClient.SqlClient, sql: SqlClient.SqlClient, begin: string): Transaction =>
  SqlClient.makeWithTransaction({
    transactionService: sql.transactionService,
    spanAttributes: [],
    acquireConnection: (restore) => restore(replica.reserve),
    begin: (connection) => control(connection, begin),
    commit: (connection) => control(connection, "COMMIT"),
    rollback: (connection) => control(connection, "ROLLBACK"),
    savepoint: (connection, id) => control(connection, `SAVEPOINT effect_sql_${id}`),
    rollbackSavepoint: (connection, id) => control(connection, `ROLLBACK TO SAVEPOINT effect_sql_${id}`)
  })

/** Takes the replica for what may lag, and the first database for everything else, and when there is no replica. */
export const makeChoice = () => {
  let awayUntil = 0
  const give = Effect.fnUntraced(function* (error: StorageError) {
    awayUntil = (yield* Clock.currentTimeMillis) + patience
    yield* Effect.logWarning("The replica cannot be had", error)
  })
  return <A, E, R>(
    replica: Effect.Effect<A, E | StorageError, R>,
    primary: Effect.Effect<A, E | StorageError, R>
  ): Effect.Effect<A, E | StorageError, R> =>
    Effect.gen(function* () {
      if (!(yield* MayLag) || (yield* Clock.currentTimeMillis) < awayUntil) return yield* primary
      return yield* Effect.catchIf(replica, isOfReplica, (error) => Effect.andThen(give(error), primary))
    })
}

// internal

const patience = Duration.toMillis("10 seconds")

const control = (connection: Connection, statement: string) =>
  Effect.asVoid(connection.executeUnprepared(statement, [], undefined))

/** A replica also cancels reads that stand in the way of what it has to follow; Postgres calls that a serialization failure. */
const reasons = new Set(["AuthenticationError", "ConnectionError", "SerializationError"])

const isOfReplica = (error: unknown): error is StorageError =>
  error instanceof StorageError &&
  SqlError.isSqlError(error.reason.cause) &&
  (reasons.has(error.reason.cause.reason._tag) || isAway(error.reason.cause.reason.cause))

/**
 * The kinds of `SqlConnection` over a `Database`, and the wait for a lock.
 *
 * A statement that meets another connection's lock has done nothing and is tried again until `busyTimeout`, with sleeps
 * of the Effect clock in between, so that the event loop runs on and the wait can be interrupted; then it fails with
 * `LockTimeoutError`. Inside a transaction nothing is tried again, except COMMIT, which SQLite leaves pending.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { bind, type Database, type Method, type Results } from "./database.ts"
import { SqliteFailure } from "./failure.ts"
import type { LongReader } from "./longReader.ts"
import { isBusy, toSqlError } from "./sqlError.ts"
import { cursorStream } from "./stream.ts"

export type Transform = (<A extends object>(row: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined

export type Run = <M extends Method>(
  method: M,
  sql: string,
  params: ReadonlyArray<unknown>
) => Effect.Effect<Results[M], SqlError>

/** Completes a way to run statements to a connection. Every statement is prepared once and kept, whatever it is. */
export const makeConnection = (
  run: Run,
  executeStream: (sql: string, params: ReadonlyArray<unknown>, transform: Transform) => Stream.Stream<unknown, SqlError>
): Connection => {
  const execute: Connection["execute"] = (sql, params, transform) =>
    transform === undefined ? run("rows", sql, params) : Effect.map(run("rows", sql, params), transform)
  const executeValues: Connection["executeValues"] = (sql, params) => run("values", sql, params)
  return {
    execute,
    executeUnprepared: execute,
    executeRaw: (sql, params) => run("raw", sql, params),
    executeStream,
    executeValues,
    executeValuesUnprepared: executeValues
  }
}

/** Tries again while another connection holds the lock. `while` says whether that is still safe. */
export type LockWait = <A>(
  attempt: Effect.Effect<A, SqlError>,
  options?: { readonly while: () => boolean }
) => Effect.Effect<A, SqlError>

export const makeLockWait = (busyTimeout: Duration.Input): LockWait => {
  // An attempt takes microseconds, and whoever waits longer than this between two is overtaken by other processes.
  const schedule = Schedule.min([Schedule.exponential("1 millis", 1.5), Schedule.spaced("10 millis")]).pipe(
    Schedule.jittered,
    Schedule.upTo({ duration: busyTimeout })
  )
  return (attempt, options) =>
    Effect.retry(attempt, {
      schedule,
      while: (error) => isBusy(error) && (options === undefined || options.while())
    })
}

/** One attempt, on the calling thread. */
export const attempt =
  (database: Database): Run =>
  (method, sql, params) =>
    Effect.withFiber((fiber) => {
      try {
        return Effect.succeed(database.run(method, sql, bind(params), fiber.getRef(SqlClient.SafeIntegers)))
      } catch (cause) {
        return Effect.fail(toSqlError(cause, "execute"))
      }
    })

/** Statements one by one, each its own transaction. */
export const autocommit = (database: Database, lockWait: LockWait): Run => {
  const once = attempt(database)
  const open = Effect.suspend(() => {
    if (!database.isTransaction) return Effect.void
    const cause = new SqliteFailure({
      code: "SQLITE_MISUSE",
      errno: 21,
      phase: "run",
      message: "a transaction was begun by a statement of its own: use withTransaction"
    })
    return Effect.flatMap(rollback(database), () => Effect.fail(toSqlError(cause, "execute")))
  })
  return (method, sql, params) => lockWait(Effect.tap(once(method, sql, params), open))
}

/** Whether the holder of a connection still holds it: a fiber that outlives its transaction must not join the next. */
export interface Lease {
  ended: boolean
}

const over = (message: string) =>
  toSqlError(new SqliteFailure({ code: "SQLITE_ABORT_ROLLBACK", errno: 516, phase: "run", message }), "execute")

const whileLeased = (lease: Lease): Effect.Effect<void, SqlError> =>
  Effect.suspend(() => (lease.ended ? Effect.fail(over("the transaction of this fiber is over")) : Effect.void))

/** A connection reserved by a caller, who may begin and end transactions on it. */
export const reserved = (database: Database, lockWait: LockWait, lease: Lease): Connection => {
  const once = attempt(database)
  const leased = whileLeased(lease)
  const outside = { while: () => !database.isTransaction }
  return makeConnection(
    (method, sql, params) => Effect.andThen(leased, lockWait(once(method, sql, params), outside)),
    (sql, params, transform) => cursorStream(Effect.as(leased, database), sql, params, transform)
  )
}

const isUndo = /^\s*(?:ROLLBACK|RELEASE)\b/i

/**
 * The connection inside a transaction that is already begun. After some errors (a full disk, for one) SQLite itself
 * rolls back; the statements that follow must then fail, or they would each commit on their own.
 */
export const transaction = (database: Database, lockWait: LockWait, lease: Lease): Connection => {
  const once = attempt(database)
  const open = Effect.andThen(
    whileLeased(lease),
    Effect.suspend(() =>
      database.isTransaction
        ? Effect.void
        : Effect.fail(over("the transaction is over: an earlier error made SQLite roll it back"))
    )
  )
  return makeConnection(
    (method, sql, params) => {
      const statement = Effect.andThen(open, once(method, sql, params))
      if (sql === "COMMIT") return lockWait(statement)
      // Undoing what is already undone succeeds.
      return isUndo.test(sql)
        ? Effect.suspend(() => (database.isTransaction ? statement : once(method, "SELECT 1 WHERE 0", [])))
        : statement
    },
    (sql, params, transform) => cursorStream(Effect.as(open, database), sql, params, transform)
  )
}

/** Rows as a stream that has read them all before it gives the first. */
export const collected = (rows: Effect.Effect<ReadonlyArray<unknown>, SqlError>): Stream.Stream<unknown, SqlError> =>
  Stream.unwrap(Effect.map(rows, (rows) => Stream.fromIterable(rows)))

/** A snapshot held on a thread; its streams arrive whole, since a cursor cannot cross threads. */
export const longRead = (reader: LongReader, lease: Lease): Connection => {
  const leased = whileLeased(lease)
  const connection = makeConnection(
    (method, sql, params) => Effect.andThen(leased, reader.run(method, sql, params)),
    (sql, params, transform) => collected(connection.execute(sql, params, transform))
  )
  return connection
}

export const rollback = (database: Database): Effect.Effect<void, SqlError> =>
  Effect.try({ try: () => database.rollback(), catch: (cause) => toSqlError(cause, "rollback") })

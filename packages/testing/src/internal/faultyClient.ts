/**
 * A `SqlClient` in front of another one. Statements are compiled and run by the one behind, in whatever transaction that
 * has open, so what differs between drivers (routes of reads, savepoints, what waits for a commit) stays as it is.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { BeginTransaction, type SqlClient } from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import * as SqlError from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import type { Place } from "../Faults.ts"
import { reach, type Struck } from "./injection.ts"

export const clientThrough = (client: SqlClient): SqlClient => {
  const connection = connectionThrough(client)
  const statements = Statement.make(
    Effect.succeed(connection),
    compilerOf(client),
    [],
    // The one behind transforms rows; that there is something here says to let it.
    (rows) => rows,
    (run) => run(connection)
  )
  const through: SqlClient = Object.assign(statements, {
    ...client,
    ...statements,
    withTransaction: transactionThrough(client),
    reserve: Effect.map(client.reserve, struckConnection),
    withoutTransforms: () =>
      client.withoutTransforms() === client ? through : clientThrough(client.withoutTransforms())
  })
  return through
}

// internal

const transactionThrough =
  (client: SqlClient): SqlClient["withTransaction"] =>
  (self) =>
    Effect.gen(function* () {
      if (Option.isSome(yield* Effect.serviceOption(client.transactionService))) {
        yield* reachSql("savepoint", "SAVEPOINT")
        return yield* client.withTransaction(Effect.tap(self, () => reachSql("release", "SAVEPOINT")))
      }
      const begin = (yield* BeginTransaction) ?? "BEGIN"
      yield* reachSql("begin", begin)
      const answer = yield* client.withTransaction(Effect.tap(self, () => reachSql("commit", begin)))
      yield* reachSql("committed", begin)
      return answer
    })

/** Runs statements by the client, which looks for the transaction that is open. */
const connectionThrough = (client: SqlClient): Connection =>
  struckConnection({
    execute: (sql, params, transform) => {
      const statement = client.unsafe(sql, params)
      return transform === undefined ? statement.withoutTransform : statement
    },
    executeUnprepared: (sql, params) => client.unsafe(sql, params).unprepared,
    executeRaw: (sql, params) => client.unsafe(sql, params).raw,
    executeStream: (sql, params) => client.unsafe(sql, params).stream,
    executeValues: (sql, params) => client.unsafe(sql, params).values,
    executeValuesUnprepared: (sql, params) => client.unsafe(sql, params).valuesUnprepared
  })

const struckConnection = (connection: Connection): Connection => ({
  execute: (sql, ...rest) => Effect.andThen(reachSql("statement", sql), connection.execute(sql, ...rest)),
  executeUnprepared: (sql, ...rest) =>
    Effect.andThen(reachSql("statement", sql), connection.executeUnprepared(sql, ...rest)),
  executeRaw: (sql, params) => Effect.andThen(reachSql("statement", sql), connection.executeRaw(sql, params)),
  executeStream: (sql, ...rest) =>
    Stream.unwrap(Effect.as(reachSql("statement", sql), connection.executeStream(sql, ...rest))),
  executeValues: (sql, params) => Effect.andThen(reachSql("statement", sql), connection.executeValues(sql, params)),
  executeValuesUnprepared: (sql, params) =>
    Effect.andThen(reachSql("statement", sql), connection.executeValuesUnprepared(sql, params))
})

const compilerOf = (client: SqlClient): Statement.Compiler => {
  const compiler: Statement.Compiler = {
    dialect: client.onDialectOrElse({
      sqlite: () => "sqlite" as const,
      mysql: () => "mysql" as const,
      mssql: () => "mssql" as const,
      clickhouse: () => "clickhouse" as const,
      orElse: () => "pg" as const
    }),
    compile: (fragment, withoutTransform) => client`${fragment}`.compile(withoutTransform),
    get withoutTransform() {
      return compiler
    }
  }
  return compiler
}

const reachSql = (place: Place, detail: string): Effect.Effect<void, SqlError.SqlError> =>
  Effect.mapError(reach(place, detail), (struck) => new SqlError.SqlError({ reason: reasonOf(struck) }))

const reasonOf = ({ cause, fault }: Struck): SqlError.SqlErrorReason => {
  const props = { cause, message: cause.message, operation: "injected" }
  switch (fault) {
    case "unavailable":
      return new SqlError.ConnectionError(props)
    case "contention":
      return new SqlError.SerializationError(props)
    case "corrupt":
      return new SqlError.UnknownError(props)
  }
}

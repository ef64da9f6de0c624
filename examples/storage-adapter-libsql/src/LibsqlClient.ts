/**
 * Effect's `SqlClient` over libSQL. There is one connection, for which statements and transactions take turns: so what
 * reads beside an open transaction waits until that ends, and what asks for the connection inside of a transaction that
 * it is not part of waits for ever.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import Database from "libsql"
import { toSqlError } from "./sqlError.ts"

export interface LibsqlConfig {
  /** A path, or ":memory:" for a database that ends with the client. */
  readonly filename: string
}

/** The client, open as long as the layer is. */
export const layer = (config: LibsqlConfig): Layer.Layer<SqlClient.SqlClient, SqlError> =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.flatMap(open(config), (database) => clientOver(connectionOver(database), () => database.inTransaction))
  ).pipe(Layer.provide(Reactivity.layer))

// internal

const settings = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA secure_delete = ON`

const open = ({ filename }: LibsqlConfig) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const database = new Database(filename)
        database.exec(settings)
        return database
      },
      catch: toSqlError("open")
    }),
    (database) => Effect.sync(() => database.close())
  )

const clientOver = (connection: Connection, isTransaction: () => boolean) =>
  SqlClient.make({
    ...SqlClient.makeSqliteAcquirers({
      connection: Effect.succeed(connection),
      semaphore: Semaphore.makeUnsafe(1),
      isTransaction
    }),
    compiler: Statement.makeCompilerSqlite(),
    driver: "libsql",
    spanAttributes: [["db.system.name", "sqlite"]],
    // Another process that writes is met here and not in the middle of the transaction.
    beginTransaction: "BEGIN IMMEDIATE",
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`
  })

const connectionOver = (database: Database.Database): Connection => {
  const prepare = (sql: string) => Effect.try({ try: () => database.prepare(sql), catch: toSqlError("prepare") })

  const run = (sql: string, params: ReadonlyArray<unknown>, asArrays: boolean) =>
    Effect.flatMap(prepare(sql), (statement) =>
      Effect.try({ try: () => rowsOf(statement, params, asArrays), catch: toSqlError("run") })
    )

  const execute: Connection["execute"] = (sql, params, transformRows) =>
    Effect.map(run(sql, params, false), (rows) =>
      transformRows === undefined ? rows : transformRows(rows.filter(isRow))
    )

  const executeValues: Connection["executeValues"] = (sql, params) =>
    Effect.map(run(sql, params, true), (rows) => rows.filter(Array.isArray))

  return {
    execute,
    executeUnprepared: execute,
    executeRaw: (sql, params) => run(sql, params, false),
    executeStream: (sql, params, transformRows) => Stream.fromIterableEffect(execute(sql, params, transformRows)),
    executeValues,
    executeValuesUnprepared: executeValues
  }
}

/** Parameters go as one array: a single one that is null would be taken for something else. */
const rowsOf = (statement: Database.Statement, params: ReadonlyArray<unknown>, asArrays: boolean) => {
  if (statement.reader) return statement.raw(asArrays).all(params)
  statement.run(params)
  return []
}

const isRow = (row: unknown): row is object => typeof row === "object" && row !== null

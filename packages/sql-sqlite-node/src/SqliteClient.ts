/**
 * Effect's `SqlClient` over `node:sqlite`.
 *
 * What it guarantees:
 * - **One writer, readers beside it.** Transactions begin with BEGIN IMMEDIATE on the one writing connection; a read
 *   outside a transaction runs on a read-only connection, never waits for a transaction, and sees every commit that
 *   was made before it. A statement is a read only if the read-only connection accepts it.
 * - **Snapshots.** `withTransaction` under `SqlClient.BeginTransaction` "BEGIN DEFERRED" is a read-only transaction
 *   that sees the database as it was when it began, and that neither waits for the writer nor makes it wait.
 * - **The event loop goes on.** Waiting for another process is Effect's sleep, at most `busyTimeout`, and then
 *   `LockTimeoutError`. Streams come in chunks with yields between them. A read marked by `LongRead` runs on a thread.
 * - **Nothing silent.** A string with two statements, an unbound `undefined`, NaN, and integers beyond 2^53 without
 *   `SafeIntegers` are errors.
 *
 * How it fails: with `SqlError`, whose reason is found from SQLite's extended result code; see `sqliteCode`. A
 * statement that SQLite itself has rolled back with its whole transaction (a full disk) makes every later statement
 * of that transaction fail.
 *
 * Numbers are bound as SQLite reals, as other drivers of Node do: `SELECT 5 / ${2}` is 2.5, and a bigint binds as an
 * integer. What belongs to one connection (TEMP tables, ATTACH, most PRAGMAs) belongs to the writer.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import { backupTo, type BackupResult } from "./internal/backup.ts"
import { makeConnections } from "./internal/connections.ts"
import { SqliteFailure } from "./internal/failure.ts"
import { temporaryFile } from "./internal/temporaryFile.ts"

/** The runtime identifier of `SqliteClient`. */
export const TypeId: TypeId = "~@clientele/sql-sqlite-node/SqliteClient"

/** The type of `TypeId`. */
export type TypeId = "~@clientele/sql-sqlite-node/SqliteClient"

/** What a checkpoint achieved. */
export interface CheckpointResult {
  /** False if an open snapshot, stream or other process still needs pages of the write-ahead log. */
  readonly complete: boolean
}

/**
 * A `SqlClient` on one SQLite file.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { SqliteClient } from "@clientele/sql-sqlite-node/SqliteClient"
 *
 * const nightly = Effect.gen(function*() {
 *   const sql = yield* SqliteClient
 *   yield* sql.backup("/var/backups/crm.db")
 * })
 * ```
 */
export interface SqliteClient extends SqlClient.SqlClient {
  readonly [TypeId]: TypeId
  readonly config: SqliteClientConfig

  /**
   * Copies the database as it is now to a file, off the event loop and while others write. The file appears, or is
   * replaced, only when the copy is complete. Interruption stops the copy and leaves nothing behind.
   *
   * With `disableWAL`, writers wait for the end of the copy, at most their `busyTimeout`.
   */
  readonly backup: (path: string) => Effect.Effect<BackupResult, SqlError>

  /**
   * Moves the write-ahead log into the database file and empties it. SQLite does so by itself from time to time; call
   * it where data that was erased must not stay in the log. Waits for the writer, is refused
   * inside a transaction, and holds the event loop for as long
   * as the pages take.
   */
  readonly checkpoint: Effect.Effect<CheckpointResult, SqlError>
}

/** The service of the SQLite client. */
export const SqliteClient: Context.Service<SqliteClient, SqliteClient> = Context.Service<SqliteClient>(
  "@clientele/sql-sqlite-node/SqliteClient"
)

/**
 * Marks reads that take long enough to be felt (from about 5 ms: counts over a table, reports): they run on a thread
 * of their own, if they are outside a transaction or in a snapshot that began under the mark. Inside other
 * transactions it changes nothing. A short read only loses: a tenth of a millisecond on a thread,
 * a tenth of that without.
 *
 * Rows of a thread are plain objects, and a stream in such a snapshot is read whole before its first row.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { SqlClient } from "effect/sql"
 * import { LongRead } from "@clientele/sql-sqlite-node/SqliteClient"
 *
 * const total = Effect.gen(function*() {
 *   const sql = yield* SqlClient.SqlClient
 *   return yield* sql`SELECT count(*) AS n FROM contacts`.pipe(Effect.provideService(LongRead, true))
 * })
 * ```
 */
export const LongRead: Context.Reference<boolean> = Context.Reference<boolean>("@clientele/sql-sqlite-node/LongRead", {
  defaultValue: () => false
})

/** Settings of a client. The names that `@effect/sql-sqlite-node` has too mean the same. */
export interface SqliteClientConfig {
  /**
   * A path, or ":memory:" for a database that ends with the client. The latter is a file in a private directory under
   * the system's temporary directory, because two connections of SQLite cannot share a database in memory with a
   * write-ahead log; it is removed when the scope closes, and stays behind if the process is killed.
   */
  readonly filename: string
  /** Opens for reading only: every transaction is a snapshot. */
  readonly readonly?: boolean | undefined
  /** How many statements each connection keeps prepared, the most recently used; 200 by default. */
  readonly prepareCacheSize?: number | undefined
  /**
   * Keeps the rollback journal in place of the write-ahead log, for file systems without shared memory. Readers and
   * the writer then wait for each other.
   */
  readonly disableWAL?: boolean | undefined
  /**
   * "full" (the default) makes a commit survive the loss of power. "normal" survives the end of the process, may lose
   * the latest commits with the power, never corrupts, and commits about ten times faster.
   */
  readonly synchronous?: "full" | "normal" | undefined
  /** How long to wait for a lock that another process or client holds; 5 seconds by default. */
  readonly busyTimeout?: Duration.Input | undefined
  /** How many threads may serve `LongRead`; 2 by default. With 0 it is ignored, as where bundling loses the worker. */
  readonly longReaders?: number | undefined
  readonly spanAttributes?: Record<string, unknown> | undefined
  readonly transformResultNames?: ((name: string) => string) | undefined
  readonly transformQueryNames?: ((name: string) => string) | undefined
}

/** The result of `backup`. */
export type { BackupResult }

/**
 * SQLite's name of the result behind an error, such as "SQLITE_FULL", "SQLITE_CORRUPT" or "SQLITE_CONSTRAINT_CHECK".
 * `undefined` if the error is not of this driver.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { SqlClient } from "effect/sql"
 * import { sqliteCode } from "@clientele/sql-sqlite-node/SqliteClient"
 *
 * const write = Effect.gen(function*() {
 *   const sql = yield* SqlClient.SqlClient
 *   yield* sql`INSERT INTO notes (text) VALUES (${"hello"})`
 * }).pipe(Effect.tapError((error) => sqliteCode(error) === "SQLITE_FULL" ? Effect.logFatal("disk full") : Effect.void))
 * ```
 */
export const sqliteCode = (error: SqlError): string | undefined =>
  error.reason.cause instanceof SqliteFailure ? error.reason.cause.code : undefined

let clients = 0

/**
 * Opens a client in the current scope.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Reactivity } from "effect/reactivity"
 * import * as SqliteClient from "@clientele/sql-sqlite-node/SqliteClient"
 *
 * const program = Effect.gen(function*() {
 *   const sql = yield* SqliteClient.make({ filename: "crm.db" })
 *   return yield* sql`SELECT 1 AS one`
 * }).pipe(Effect.scoped, Effect.provide(Reactivity.layer))
 * ```
 */
export const make = Effect.fnUntraced(function* (
  config: SqliteClientConfig
): Effect.fn.Return<SqliteClient, SqlError, Scope.Scope | Reactivity.Reactivity> {
  const temporary = config.filename === ":memory:"
  const connections = yield* makeConnections({
    filename: temporary ? yield* temporaryFile : config.filename,
    readonly: config.readonly ?? false,
    statements: config.prepareCacheSize ?? 200,
    wal: config.disableWAL !== true,
    synchronous: temporary ? "off" : (config.synchronous ?? "full"),
    busyTimeout: config.busyTimeout ?? "5 seconds",
    longReaders: config.longReaders ?? 2,
    isLongRead: LongRead
  })
  const spanAttributes: Array<readonly [string, unknown]> = [
    ...Object.entries(config.spanAttributes ?? {}),
    ["db.system.name", "sqlite"]
  ]
  const transactionService = Context.Service<SqlClient.TransactionConnection, SqlClient.TransactionConnection.Service>(
    `@clientele/sql-sqlite-node/TransactionConnection/${clients++}`
  )
  const control = (connection: Connection, sql: string) => Effect.asVoid(connection.execute(sql, [], undefined))

  const client = yield* SqlClient.make({
    acquirer: Effect.succeed(connections.routing),
    borrower: (f) => f(connections.routing),
    // Only for `reserve`: transactions are begun below.
    transactionAcquirer: connections.reserve,
    compiler: Statement.makeCompilerSqlite(config.transformQueryNames),
    driver: "sqlite-node",
    spanAttributes,
    transactionService,
    ...(config.transformResultNames === undefined
      ? {}
      : { transformRows: Statement.defaultTransforms(config.transformResultNames).array })
  })

  // SqlClient.make runs BEGIN where nothing can interrupt it; the wait for another process belongs to the acquisition.
  const withTransaction = SqlClient.makeWithTransaction({
    transactionService,
    spanAttributes,
    acquireConnection: (restore) => restore(Effect.flatMap(SqlClient.BeginTransaction, connections.begin)),
    begin: () => Effect.void,
    savepoint: (connection, id) => control(connection, `SAVEPOINT effect_sql_${id}`),
    releaseSavepoint: (connection, id) => control(connection, `RELEASE SAVEPOINT effect_sql_${id}`),
    rollbackSavepoint: (connection, id) => control(connection, `ROLLBACK TO SAVEPOINT effect_sql_${id}`),
    commit: (connection) => control(connection, "COMMIT"),
    onCommitFailure: (connection) => control(connection, "ROLLBACK"),
    rollback: (connection) => control(connection, "ROLLBACK")
  })

  // A statement of the client: inside a transaction it fails, where the writer's turn would never come.
  const checkpoint = Effect.map(client.unsafe("PRAGMA wal_checkpoint(TRUNCATE)").values, ([row]): CheckpointResult => ({
    complete: row?.[0] === 0
  }))

  return Object.assign(client, {
    [TypeId]: TypeId,
    config,
    withTransaction,
    backup: backupTo(connections.snapshot),
    checkpoint
  })
})

const layerFrom = <E>(
  config: Effect.Effect<SqliteClientConfig, E>
): Layer.Layer<SqliteClient | SqlClient.SqlClient, E | SqlError> =>
  Layer.effectContext(
    Effect.map(Effect.flatMap(config, make), (client) =>
      Context.make(SqliteClient, client).pipe(Context.add(SqlClient.SqlClient, client))
    )
  ).pipe(Layer.provide(Reactivity.layer))

/**
 * The client, as `SqliteClient` and as `SqlClient`.
 *
 * @example
 * ```ts
 * import * as SqliteClient from "@clientele/sql-sqlite-node/SqliteClient"
 *
 * const SqlLive = SqliteClient.layer({ filename: "crm.db" })
 * ```
 */
export const layer = (config: SqliteClientConfig): Layer.Layer<SqliteClient | SqlClient.SqlClient, SqlError> =>
  layerFrom(Effect.succeed(config))

/**
 * The same, configured by `Config`.
 *
 * @example
 * ```ts
 * import { Config } from "effect"
 * import * as SqliteClient from "@clientele/sql-sqlite-node/SqliteClient"
 *
 * const SqlLive = SqliteClient.layerConfig({ filename: Config.String("DATABASE_FILE") })
 * ```
 */
export const layerConfig = (
  config: Config.Wrap<SqliteClientConfig>
): Layer.Layer<SqliteClient | SqlClient.SqlClient, Config.ConfigError | SqlError> => layerFrom(Config.unwrap(config))

/**
 * All connections of a client, and which statement goes to which.
 *
 * - One writer behind a semaphore, whose permit a transaction keeps from BEGIN IMMEDIATE to COMMIT. Waiting for it is
 *   first come, first served, unbounded and interruptible; waiting for another process is bounded by `busyTimeout`.
 * - One read-only connection for reads outside transactions. They are synchronous, so it needs no lock, and each sees
 *   the latest commit.
 * - Read-only connections for snapshots, one per open snapshot; a few are kept for the next.
 * - A fresh read-only connection per stream outside a transaction, closed with the stream.
 * - Threads for long reads (`longReader.ts`).
 *
 * A transaction that its owner left open is rolled back when the connection is handed back; if that fails, whoever
 * takes the connection next tries again first, and gets the error if it still cannot be done.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { isDeferred, mayRead } from "./classify.ts"
import * as Connections from "./connection.ts"
import { Database, type OpenOptions, type Results } from "./database.ts"
import { makeLongReaders } from "./longReader.ts"
import { Lru } from "./lru.ts"
import { isRefusedByReader, toSqlError } from "./sqlError.ts"
import { cursorStream } from "./stream.ts"

export interface Options extends Omit<OpenOptions, "mode"> {
  readonly readonly: boolean
  readonly busyTimeout: Duration.Input
  readonly longReaders: number
  /** Whether the fiber asks for a thread. */
  readonly isLongRead: Effect.Effect<boolean>
}

export interface ClientConnections {
  /** For statements outside transactions. */
  readonly routing: Connection
  /** The writer, without a transaction. */
  readonly reserve: Effect.Effect<Connection, SqlError, Scope.Scope>
  /** A connection on which the transaction is begun, as the statement asks; ended with the scope. */
  readonly begin: (statement: string | undefined) => Effect.Effect<Connection, SqlError, Scope.Scope>
  /** A read-only connection in a read transaction, closed with the scope. */
  readonly snapshot: Effect.Effect<Database, SqlError, Scope.Scope>
}

const idleSnapshots = 4

const lease: Effect.Effect<Connections.Lease, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync((): Connections.Lease => ({ ended: false })),
  (lease) =>
    Effect.sync(() => {
      lease.ended = true
    })
)

export const makeConnections = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<ClientConnections, SqlError, Scope.Scope> {
  const lockWait = Connections.makeLockWait(options.busyTimeout)

  const open = (mode: OpenOptions["mode"]) =>
    lockWait(
      Effect.try({
        try: () => Database.open({ ...options, mode }),
        catch: (cause) => toSqlError(cause, "open")
      })
    )
  const close = (database: Database) => Effect.sync(() => database.close())

  // The writer first: it creates the file and its WAL, without which a reader cannot open. Closed last, it checkpoints.
  const writer = yield* Effect.acquireRelease(open(options.readonly ? "read" : "write"), close)
  const reader = yield* Effect.acquireRelease(open("read"), close)

  const semaphore = Semaphore.makeUnsafe(1)
  const clean = Connections.rollback(writer)
  const leaseWriter = Effect.gen(function* () {
    yield* semaphore.takeScoped(1)
    yield* clean
    yield* Effect.addFinalizer(() => Effect.ignore(clean))
    return yield* lease
  })

  // Snapshots
  const idle: Array<Database> = []
  let keepIdle = idleSnapshots
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      keepIdle = 0
      for (const database of idle) database.close()
    })
  )

  const beginSnapshot = (database: Database): Effect.Effect<Database, SqlError> =>
    lockWait(
      Effect.try({
        try: () => {
          database.beginSnapshot()
          return database
        },
        catch: (cause) => toSqlError(cause, "begin")
      })
    )
  const keep = (database: Database) =>
    Effect.sync(() => {
      try {
        database.rollback()
      } catch {
        return database.close()
      }
      if (idle.length < keepIdle) idle.push(database)
      else database.close()
    })

  const snapshot = Effect.acquireRelease(open("read"), close, { interruptible: true }).pipe(
    Effect.flatMap(beginSnapshot)
  )
  const pooledSnapshot = Effect.acquireRelease(
    Effect.suspend(() => {
      const database = idle.pop()
      return database === undefined ? open("read") : Effect.succeed(database)
    }),
    keep
  ).pipe(Effect.flatMap(beginSnapshot))

  // Long reads
  const longReaders =
    options.longReaders > 0
      ? yield* makeLongReaders(options.longReaders, {
          filename: options.filename,
          statements: options.statements,
          wal: options.wal,
          synchronous: options.synchronous,
          mode: "read"
        })
      : undefined
  const isLongRead = longReaders === undefined ? Effect.succeed(false) : options.isLongRead

  const begin = Effect.fnUntraced(function* (statement: string | undefined) {
    if (options.readonly || (statement !== undefined && isDeferred(statement))) {
      if (longReaders !== undefined && (yield* options.isLongRead)) {
        const long = yield* longReaders
        yield* Effect.addFinalizer(() => long.rollback)
        yield* lockWait(long.beginSnapshot)
        return Connections.longRead(long, yield* lease)
      }
      return Connections.transaction(yield* pooledSnapshot, lockWait, yield* lease)
    }
    const held = yield* leaseWriter
    yield* lockWait(
      Effect.try({
        try: () => writer.run("rows", statement ?? "BEGIN IMMEDIATE", [], false),
        catch: (cause) => toSqlError(cause, "begin")
      })
    )
    return Connections.transaction(writer, lockWait, held)
  })

  // Statements outside transactions
  const read = Connections.autocommit(reader, lockWait)
  const writerAlone = Connections.autocommit(writer, lockWait)
  const write: Connections.Run = options.readonly
    ? read
    : (method, sql, params) => semaphore.withPermit(Effect.andThen(clean, writerAlone(method, sql, params)))
  const kinds = new Lru<string, "read" | "write">(1024)
  const kindOf = (sql: string) => {
    let kind = kinds.get(sql)
    if (kind === undefined) kinds.set(sql, (kind = mayRead(sql) ? "read" : "write"))
    return kind
  }
  /** The writer has the last word on what the reader refuses. */
  const orWrite = <A>(sql: string, reading: Effect.Effect<A, SqlError>, writing: Effect.Effect<A, SqlError>) =>
    options.readonly
      ? reading
      : Effect.catchIf(reading, isRefusedByReader, (error) => {
          if (error.reason._tag === "AuthorizationError") kinds.set(sql, "write")
          return writing
        })
  const readOnThread: Connections.Run = <M extends keyof Results>(
    method: M,
    sql: string,
    params: ReadonlyArray<unknown>
  ) =>
    longReaders === undefined
      ? read(method, sql, params)
      : Effect.scoped(Effect.flatMap(longReaders, (reader) => lockWait(reader.run(method, sql, params))))
  const route: Connections.Run = (method, sql, params) =>
    kindOf(sql) === "write"
      ? write(method, sql, params)
      : orWrite(
          sql,
          Effect.flatMap(isLongRead, (long) => (long ? readOnThread : read)(method, sql, params)),
          write(method, sql, params)
        )
  const routing = Connections.makeConnection(route, (sql, params, transform) => {
    // What writes must not keep the writer for as long as somebody reads its rows.
    const collected = Connections.collected(routing.execute(sql, params, transform))
    if (kindOf(sql) === "write") return collected
    // A refusal comes before the first row.
    return Stream.catchIf(cursorStream(snapshot, sql, params, transform), isRefusedByReader, () => collected)
  })

  return {
    routing,
    reserve: Effect.map(leaseWriter, (held) => Connections.reserved(writer, lockWait, held)),
    begin,
    snapshot
  }
})

/** Clients on files of their own, and what the operating system says of those files. */
import * as Effect from "effect/Effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as SqliteClient from "@clientele/sql-sqlite-node/SqliteClient"

/** The path of a database that does not exist yet; its directory is removed with the scope. */
export const temporaryPath = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "sql-sqlite-node-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  ),
  (directory) => join(directory, "test.db")
)

/** Tests are about behaviour, not about the loss of power. */
export const client = (config: SqliteClient.SqliteClientConfig) =>
  SqliteClient.make({ synchronous: "normal", ...config }).pipe(Effect.provide(Reactivity.layer))

/** A client on a new file with a table `t (id, name)`. */
export const withTable = Effect.fnUntraced(function* (config: Partial<SqliteClient.SqliteClientConfig> = {}) {
  const filename = yield* temporaryPath
  const sql = yield* client({ filename, ...config })
  yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE)`
  return { sql, filename }
})

/** The names in table `t`, in the order of their ids. */
export const names = (sql: SqliteClient.SqliteClient): Effect.Effect<ReadonlyArray<unknown>, SqlError> =>
  Effect.map(sql`SELECT name FROM t ORDER BY id`.values, (rows) => rows.map(([name]) => name))

/**
 * How many descriptors this process holds on a file. Ask for the `-wal`: those of the database itself are kept by
 * SQLite for the next connection, because closing one would drop the POSIX locks of all.
 */
export const openDescriptors = (path: string): number =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path
    } catch {
      return false
    }
  }).length

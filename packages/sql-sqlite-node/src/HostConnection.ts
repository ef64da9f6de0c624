/**
 * A connection of `node:sqlite` that the host has opened, as a connection of Effect's: statements run on it as they come,
 * in whatever transaction the host has open. Nothing of it is set, begun, committed or closed here.
 */
import type { Connection } from "effect/sql/SqlConnection"
import type { DatabaseSync } from "node:sqlite"
import { attempt, collected, makeConnection } from "./internal/connection.ts"
import { Database } from "./internal/database.ts"

/**
 * The connection over a host's.
 *
 * @example
 * ```ts
 * import { over } from "@clientele/sql-sqlite-node/HostConnection"
 * import { DatabaseSync } from "node:sqlite"
 *
 * const connection = over(new DatabaseSync("host.db"))
 * ```
 */
export const over = (handle: DatabaseSync): Connection => {
  const connection: Connection = makeConnection(
    attempt(new Database(handle, keptStatements)),
    (sql, params, transform) => collected(connection.execute(sql, params, transform))
  )
  return connection
}

// internal

const keptStatements = 200

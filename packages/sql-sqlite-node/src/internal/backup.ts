/**
 * The online backup of SQLite, on the thread pool of Node, from a snapshot of its own.
 *
 * The snapshot matters: SQLite starts a backup again whenever another connection writes, and beside a busy writer it
 * would never end. The copy goes to a neighbouring file and is renamed when complete, so that a failure or an
 * interruption never leaves half a database under the given name.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import { renameSync, rmSync } from "node:fs"
import * as Sqlite from "node:sqlite"
import type { Database } from "./database.ts"
import { toSqlError } from "./sqlError.ts"

/** How much was copied. */
export interface BackupResult {
  readonly totalPages: number
}

// 4 MiB of the usual page size: what an interruption waits for.
const pagesPerStep = 1024

export const backupTo =
  (snapshot: Effect.Effect<Database, SqlError, Scope.Scope>) =>
  (path: string): Effect.Effect<BackupResult, SqlError> =>
    Effect.scoped(
      Effect.flatMap(snapshot, (database) => {
        const partial = `${path}.partial`
        return Effect.callback<BackupResult, SqlError>((resume, signal) => {
          const copy = async () => {
            const totalPages = await Sqlite.backup(database.handle, partial, {
              rate: pagesPerStep,
              progress: () => signal.throwIfAborted()
            })
            signal.throwIfAborted()
            renameSync(partial, path)
            return { totalPages }
          }
          const done = copy().then(
            (result) => resume(Effect.succeed(result)),
            (cause) => resume(Effect.fail(toSqlError(cause, "backup")))
          )
          // The connection is closed only when Node has let go of it.
          return Effect.promise(() => done)
        }).pipe(Effect.onError(() => Effect.ignore(Effect.try(() => rmSync(partial, { force: true })))))
      })
    )

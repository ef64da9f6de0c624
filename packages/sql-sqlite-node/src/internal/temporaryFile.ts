/** A path in a private directory (mode 0700) of the system's temporary directory, removed when the scope closes. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { SqliteFailure } from "./failure.ts"
import { toSqlError } from "./sqlError.ts"

export const temporaryFile: Effect.Effect<string, SqlError, Scope.Scope> = Effect.acquireRelease(
  Effect.try({
    try: () => join(mkdtempSync(join(tmpdir(), "clientele-")), "memory.db"),
    catch: (cause) =>
      toSqlError(
        new SqliteFailure(
          {
            code: "SQLITE_CANTOPEN",
            errno: 14,
            phase: "open",
            message: "no temporary directory can be made for the database"
          },
          { cause }
        ),
        "open"
      )
  }),
  (file) => Effect.sync(() => rmSync(dirname(file), { recursive: true, force: true }))
)

/** Empty databases of every kind, for tests of what lies beneath the stores: migrations and the catalogue. */
import type { Dialect } from "@clientele/sql"
import { PgDialect } from "@clientele/sql-pg"
import { SqliteClient, SqliteDialect } from "@clientele/sql-sqlite-node"
import { PgClient } from "@effect/sql-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freshDatabase } from "../support/database.ts"

/** A client of one database; each time it is built, another one. */
export type Client = Layer.Layer<Dialect | SqlClient, SqlError>

export interface Database {
  readonly name: "Postgres" | "SQLite"
  /** The database's dialect, for a prefix of its own. */
  readonly dialect: Layer.Layer<Dialect, never, SqlClient>
  /** An empty database, gone with the scope. */
  readonly fresh: Effect.Effect<Client, SqlError, Scope.Scope>
}

/** A folder that is gone with the scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "clientele-conformance-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/**
 * An empty database of the run's Postgres, gone with the scope. It looks for a deadlock soon, where others wait for a
 * second.
 */
export const freshPostgres = Effect.fnUntraced(function* (name: string) {
  const url = yield* freshDatabase(name)
  const alter = Effect.flatMap(PgClient.PgClient, (sql) => {
    const database = sql(new URL(url).pathname.slice(1))
    return sql`ALTER DATABASE ${database} SET deadlock_timeout = '50ms'`
  })
  yield* alter.pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })))
  return url
})

export const databases: ReadonlyArray<Database> = [
  {
    name: "SQLite",
    dialect: SqliteDialect.layer,
    fresh: Effect.map(temporaryFolder, (folder) =>
      Layer.fresh(
        SqliteDialect.layer.pipe(Layer.provideMerge(SqliteClient.layer({ filename: join(folder, "crm.db") })))
      )
    )
  },
  {
    name: "Postgres",
    dialect: PgDialect.layer,
    fresh: Effect.map(freshDatabase("migrations"), (url) =>
      Layer.fresh(PgDialect.layer.pipe(Layer.provideMerge(PgClient.layer({ url: Redacted.make(url) }))))
    )
  }
]

/**
 * Databases of the test run's Postgres (see postgres.ts), one for each that asks: tests that share none can run beside
 * each other and need no clean-up.
 */
import type { SqlError } from "effect/sql/SqlError"
import type { Scope } from "effect"
import { Effect } from "effect"
import { inject } from "vitest"
import { createDatabase } from "./create-database.ts"

/** The URL of the run's server, which the first to ask starts. Not started is a defect: no test can go on. */
export const serverUrl: Effect.Effect<string> = Effect.promise(async () => {
  const source = inject("postgres")
  if ("server" in source) return source.server
  const response = await fetch(source.ask, { headers: { connection: "close" } })
  const body = await response.text()
  if (!response.ok) throw new Error(body)
  return body
})

/**
 * A new, empty database, dropped with the scope whoever is still connected. The name only helps a reader of
 * `pg_stat_activity`: two databases of the same name are two.
 */
export const freshDatabase = (name: string): Effect.Effect<string, SqlError, Scope.Scope> =>
  Effect.flatMap(serverUrl, (server) => createDatabase(server, name))

/** Databases of any server that one can reach, inside the test runner or outside of it. */
import { PgClient } from "@effect/sql-pg"
import type { Scope } from "effect"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { randomBytes } from "node:crypto"

/** A new, empty database on the server of that URL, dropped with the scope whoever is still connected. */
export const createDatabase = (server: string, name: string): Effect.Effect<string, SqlError, Scope.Scope> => {
  const database = uniqueName(name)
  const url = new URL(server)
  url.pathname = `/${database}`
  return Effect.acquireRelease(
    // template0 is never connected to, so that several can copy it at the same time; copying its files takes half the
    // time of logging its blocks.
    administer(server, (sql) => sql`CREATE DATABASE ${sql(database)} TEMPLATE template0 STRATEGY FILE_COPY`).pipe(
      Effect.as(url.href)
    ),
    // A database that cannot be dropped is a fault of the test run, and a finalizer has no error to report it with.
    () => administer(server, (sql) => sql`DROP DATABASE ${sql(database)} WITH (FORCE)`).pipe(Effect.orDie)
  )
}

// internal

/** On a connection of its own, closed at once: hundreds of databases must not hold hundreds of connections. */
const administer = <A>(
  server: string,
  statement: (sql: PgClient.PgClient) => Effect.Effect<A, SqlError>
): Effect.Effect<A, SqlError> =>
  PgClient.make({ url: Redacted.make(server), maxConnections: 1 }).pipe(
    Effect.flatMap(statement),
    Effect.scoped,
    Effect.provide(Reactivity.layer)
  )

/** Postgres cuts names at 63 bytes. */
const uniqueName = (name: string): string =>
  `test_${name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .slice(0, 40)}_${randomBytes(6).toString("hex")}`

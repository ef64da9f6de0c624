import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { freshDatabase, serverUrl } from "./database.ts"
import { clusterFolders, clusterPrefix, sweepClusters } from "./stale-clusters.ts"

const on = <A, E>(url: string, use: Effect.Effect<A, E, PgClient.PgClient>) =>
  Effect.provide(use, PgClient.layer({ url: Redacted.make(url) }))

const databases = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql`SELECT datname FROM pg_database`
  return rows.map((row) => row["datname"])
})

describe("the run's Postgres", () => {
  it.effect("is a Postgres 18", () =>
    Effect.gen(function* () {
      const version = Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        return yield* sql`SELECT version() AS version`
      })
      const [row] = yield* on(yield* freshDatabase("version"), version)
      assert.include(row?.["version"], "PostgreSQL 18")
    })
  )

  it.effect("gives each who asks a database of their own", () =>
    Effect.gen(function* () {
      const create = Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        yield* sql`CREATE TABLE contacts (id int PRIMARY KEY)`
        yield* sql`INSERT INTO contacts VALUES (1)`
      })
      const tables = Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        return yield* sql`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
      })
      const [one, two] = yield* Effect.all([freshDatabase("twin"), freshDatabase("twin")], { concurrency: 2 })
      yield* on(one, create)
      assert.deepStrictEqual(yield* on(one, tables), [{ tablename: "contacts" }])
      assert.deepStrictEqual(yield* on(two, tables), [])
    })
  )

  it.effect("drops a database with its scope, even while someone is connected", () =>
    Effect.gen(function* () {
      const server = yield* serverUrl
      const outer = yield* Effect.scope
      const name = yield* Effect.scoped(
        Effect.gen(function* () {
          const url = yield* freshDatabase("dropped")
          const sql = yield* PgClient.make({ url: Redacted.make(url) }).pipe(Scope.provide(outer))
          const [row] = yield* sql`SELECT current_database() AS name`
          assert.include(yield* on(server, databases), row?.["name"])
          return row?.["name"]
        })
      ).pipe(Effect.provide(Reactivity.layer))
      assert.notInclude(yield* on(server, databases), name)
    })
  )

  it.effect("sweeps the cluster of a killed run", () =>
    Effect.promise(async () => {
      const keeper = spawn(process.execPath, [fileURLToPath(new URL("keeper.ts", import.meta.url))])
      await once(createInterface(keeper.stdout), "line")
      const clusters = () => clusterFolders().filter((path) => path.includes(`${clusterPrefix}${keeper.pid}-`))
      assert.lengthOf(clusters(), 1)
      keeper.kill("SIGKILL")
      await once(keeper, "exit")
      await sweepClusters()
      assert.lengthOf(clusters(), 0)
    })
  )
})

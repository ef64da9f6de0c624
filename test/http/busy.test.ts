import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Deferred, Effect, type Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import { DatabaseSync } from "node:sqlite"
import type { ServerConfig } from "clientele"
import { detailOf, problemOf } from "./client.ts"
import { type Database, databases, useServer } from "./server.ts"

/** Someone else, with a connection of their own, who is changing contacts until the scope ends. */
const changeContacts = (database: ServerConfig.Database): Effect.Effect<void, unknown, Scope.Scope> =>
  database._tag === "Sqlite"
    ? Effect.acquireRelease(
        Effect.sync(() => {
          const other = new DatabaseSync(database.filename)
          other.exec("BEGIN IMMEDIATE")
          return other
        }),
        (other) => Effect.sync(() => other.close())
      )
    : Effect.gen(function* () {
        const sql = yield* PgClient.make({ url: database.url, maxConnections: 1 })
        const locked = yield* Deferred.make<void>()
        yield* sql`SELECT id FROM crm_contacts FOR UPDATE`.pipe(
          Effect.andThen(Deferred.succeed(locked, undefined)),
          Effect.andThen(Effect.never),
          sql.withTransaction,
          Effect.forkScoped
        )
        yield* Deferred.await(locked)
      }).pipe(Effect.provide(Reactivity.layer))

describe.concurrent.each(databases)("contacts that someone else is changing, on $name", (given) => {
  let opened: ServerConfig.Database | undefined
  const database: Database = {
    ...given,
    open: Effect.tap(given.open, (config) => Effect.sync(() => void (opened = config)))
  }
  const server = useServer(database)

  it.live("cannot be merged: a 409 merge_conflict busy after five seconds, and the same request succeeds later", () =>
    Effect.gen(function* () {
      const { crm, request } = yield* Effect.promise(async () => {
        const crm = await server.tenant()
        const [one, two] = [await crm.create({ name: "One" }), await crm.create({ name: "Two" })]
        return { crm, request: { primary_contact_id: one.id, merge_contact_ids: [two.id] } }
      })
      // A key may be used again then. SQLite has one writer, so that a key could not even be claimed.
      const headers: Record<string, string> = given.name === "Postgres" ? { "idempotency-key": "k" } : {}
      const config = opened ?? assert.fail("the server has no database")
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* changeContacts(config)
          const started = Date.now()
          const answer = yield* Effect.promise(() => crm.post("/contacts/merge", request, headers))
          assert.deepInclude(problemOf(answer, "merge_conflict"), { reason: "busy", contact_ids: [] })
          assert.isAtLeast(Date.now() - started, 4_500)
        })
      )
      yield* Effect.promise(async () => detailOf(await crm.post("/contacts/merge", request, headers)))
    })
  )
})

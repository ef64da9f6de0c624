import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { vi } from "vitest"
import { freshDatabase, serverUrl } from "../support/database.ts"
import { detailOf, exchange, keyed, problemOf } from "./client.ts"
import { type Database, useServer } from "./server.ts"

/** Stands between a server and its Postgres, and can be cut. */
const wire = (() => {
  const sockets = new Set<Socket>()
  let target = new URL("postgres://127.0.0.1:1")
  let open = true
  const relay = createServer((incoming) => {
    if (!open) return void incoming.destroy()
    const outgoing = connect(Number(target.port), target.hostname)
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming]
    ] as const) {
      sockets.add(one)
      one.on("error", () => {})
      one.once("close", () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  return {
    to: async (url: URL): Promise<URL> => {
      target = url
      relay.listen(0, "127.0.0.1")
      await once(relay, "listening")
      const address = relay.address()
      const through = new URL(url)
      through.host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
      return through
    },
    cut: () => {
      open = false
      for (const socket of sockets) socket.destroy()
    },
    mend: () => {
      open = true
    },
    close: () => relay.close()
  }
})()

const postgresByWire: Database = {
  name: "Postgres",
  open: Effect.gen(function* () {
    const url = new URL(yield* freshDatabase("cut"))
    const through = yield* Effect.acquireRelease(
      Effect.promise(() => wire.to(url)),
      () => Effect.sync(wire.close)
    )
    return { _tag: "Postgres", url: Redacted.make(through.href) }
  })
}

describe("while Postgres cannot be reached", () => {
  const server = useServer(postgresByWire)

  it("answers are 503 unavailable, the process lives but is not ready, and all is well again by itself", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ email: "before@example.com" })
    const health = (path: string) => exchange("GET", `${server.origin()}${path}`)

    wire.cut()
    for (const answer of [
      await crm.get(`/contacts/${id}`),
      await crm.get("/contacts"),
      await crm.post("/contacts", { name: "During" }),
      await crm.put(`/contacts/${id}`, { name: "During" }),
      await crm.delete(`/contacts/${id}`),
      await health("/readyz")
    ]) {
      problemOf(answer, "unavailable")
      assert.notMatch(answer.text, /ECONN|socket|SELECT|postgres/i)
    }
    assert.strictEqual((await health("/healthz")).status, 200)
    problemOf(await crm.post("/contacts", { nome: "x" }), "validation_error")

    wire.mend()
    await vi.waitFor(async () => assert.strictEqual((await health("/readyz")).status, 200), {
      timeout: 10_000,
      interval: 20
    })
    assert.deepInclude(detailOf(await crm.get(`/contacts/${id}`)), { name: "Someone", version: 1 })
    await crm.create({ name: "After" })
  })
})

/** A role whose connections can be counted: a superuser's are not. */
const role = `limited_${process.pid}`

const onServer = <A, E>(use: (sql: PgClient.PgClient) => Effect.Effect<A, E>) =>
  Effect.flatMap(serverUrl, (url) =>
    Effect.flatMap(PgClient.PgClient, use).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url) })))
  )

const postgresOfRole: Database = {
  name: "Postgres",
  open: Effect.gen(function* () {
    yield* Effect.acquireRelease(
      onServer((sql) => sql`CREATE ROLE ${sql(role)} LOGIN PASSWORD 'limited'`),
      () => Effect.orDie(onServer((sql) => sql`DROP ROLE ${sql(role)}`))
    )
    const url = new URL(yield* freshDatabase("limited"))
    yield* onServer((sql) => sql`ALTER DATABASE ${sql(url.pathname.slice(1))} OWNER TO ${sql(role)}`)
    url.username = role
    url.password = "limited"
    return { _tag: "Postgres", url: Redacted.make(url.href) }
  })
}

describe("while Postgres has no connection left", () => {
  const server = useServer(postgresOfRole)

  it("answers are 503 unavailable, also of who has been cut off, and all is well again by itself", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ name: "Before" })
    const limit = (connections: number) =>
      Effect.runPromise(
        onServer((sql) => sql`ALTER ROLE ${sql(role)} CONNECTION LIMIT ${sql.literal(`${connections}`)}`)
      )
    await limit(0)
    await Effect.runPromise(
      onServer((sql) => sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${role}`)
    )
    for (const answer of [
      await crm.get(`/contacts/${id}`),
      await crm.get("/contacts"),
      await crm.post("/contacts", { name: "During" }),
      await crm.send("POST", "/contacts", keyed("during", { json: { name: "During" } }))
    ]) {
      problemOf(answer, "unavailable")
    }
    await limit(-1)
    assert.deepInclude(detailOf(await crm.get(`/contacts/${id}`)), { name: "Before" })
    const after = await crm.send("POST", "/contacts", keyed("during", { json: { name: "After" } }))
    assert.strictEqual(after.status, 201, after.text)
  })
})

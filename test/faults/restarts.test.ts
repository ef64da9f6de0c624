/**
 * Three servers on one Postgres under load, of which one is killed, and a Postgres that is then restarted without a
 * warning: what was acknowledged is there, once, and whoever lives goes on by itself. `CLIENTELE_FAULT_ROUNDS` says how
 * often Postgres is restarted, once unless it is set; with more rounds leases are waited for.
 */
import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted, Schema } from "effect"
import { Reactivity } from "effect/reactivity"
import { setTimeout } from "node:timers/promises"
import { vi } from "vitest"
import { type Client, idOf, jsonOf, keyed, problemOf } from "../http/client.ts"
import { serve, workFolder } from "../http/process.ts"
import { phrase, tokenFor } from "../http/server.ts"
import { file, mapping, multipart, options, uploadHeaders } from "../http/uploads.ts"
import { launchPostgres } from "../support/launch-postgres.ts"
import { answerWith, receiver } from "../support/receiver.ts"

const rounds = Number(process.env["CLIENTELE_FAULT_ROUNDS"] ?? 1)
const imported = 3_000

const table = `Name\n${Array.from({ length: imported }, (_, n) => `Imported ${n}\n`).join("")}`

const cluster = Effect.acquireRelease(
  Effect.promise(() => launchPostgres({ durable: true })),
  ({ stop }) => Effect.promise(stop)
)

/** A caller who does not give up: it sends every request until it is answered, to whichever server does. */
const makeCaller = (name: string, clients: ReadonlyArray<Client>) => {
  const written = new Map<string, string>()
  const refusals: Array<string> = []
  const send = async (method: string, path: string, key: string, json: object, status: number): Promise<string> => {
    for (let attempt = 0; ; attempt++) {
      const client = clients[attempt % clients.length]
      const answer = await client?.send(method, path, keyed(key, { json })).catch(() => undefined)
      if (answer?.status === status) return idOf(answer)
      if (answer !== undefined) {
        refusals.push(problemOf(answer).code)
      }
      await setTimeout(50)
    }
  }
  return {
    written,
    refusals,
    run: async (isOver: () => boolean) => {
      for (let n = 0; !isOver(); n++) {
        const key = `${name}.${n}`
        const id = await send("POST", "/contacts", `${key}.create`, { name: key }, 201)
        await send("PUT", `/contacts/${id}`, `${key}.update`, { title: `Title of ${key}` }, 200)
        written.set(key, id)
      }
    }
  }
}

const Kept = Schema.Struct({ id: Schema.String, name: Schema.String, title: Schema.NullOr(Schema.String) })
const decodeKept = Schema.decodeUnknownEffect(Schema.Array(Kept))
const isCompleted = Schema.is(Schema.Struct({ status: Schema.Literal("completed") }))

describe("three servers on one Postgres", () => {
  it.live(
    "of which one is killed, go on when it is restarted: nothing acknowledged is lost or doubled",
    () =>
      Effect.gen(function* () {
        const { restart, url } = yield* cluster
        const sql = yield* PgClient.make({ url: Redacted.make(url) })
        const endpoint = yield* receiver(answerWith(200))
        const folder = workFolder()
        const token = yield* Effect.promise(() => tokenFor({ tenant_id: "acme" }))
        // One after the other: the second need not compile what the first has.
        const started = yield* Effect.forEach([1, 2, 3], () => {
          const server = serve(folder, {
            CLIENTELE_DATABASE_URL: url,
            CLIENTELE_JWT_SECRET: phrase,
            CLIENTELE_WEBHOOK_ALLOW_PRIVATE: "true"
          })
          return Effect.map(
            Effect.promise(() => server.client(token)),
            (client) => ({ server, client })
          )
        })
        const [servers, clients] = [started.map(({ server }) => server), started.map(({ client }) => client)]
        const [first, ...others] = clients
        if (first === undefined) return assert.fail("three servers were started")

        yield* Effect.promise(() => first.post("/webhooks", { url: endpoint.url, include_imports: true }))
        const upload = multipart([file(table), mapping({ name: "Name" }), options({ async: true })])
        const accepted = yield* Effect.promise(() =>
          first.send("POST", "/contacts/import", { headers: uploadHeaders, body: upload })
        )
        assert.strictEqual(accepted.status, 202, accepted.text)

        let isOver = false
        const callers = clients.map((client, index) =>
          makeCaller(`Caller ${index}`, [client, ...others, ...others.toReversed()])
        )
        const load = Promise.all(callers.map(({ run }) => run(() => isOver)))
        const writes = () => callers.reduce((sum, { written }) => sum + written.size, 0)
        const untilMore = async (count: number) => {
          const before = writes()
          const reached = () => assert.isAtLeast(writes(), before + count)
          await Promise.race([load, vi.waitFor(reached, { timeout: 120_000, interval: 10 })])
        }

        /** What the time is that others leave to a process that may have died, without the waiting. */
        const letTimePass = Effect.gen(function* () {
          if (rounds > 1) return
          yield* sql`UPDATE crm_idempotency_keys SET claimed_at = '2020-01-01T00:00:00Z' WHERE status IS NULL`
          yield* sql`UPDATE crm_jobs SET due_at = '2020-01-01T00:00:00Z' WHERE due_at IS NOT NULL`
          yield* sql`UPDATE crm_webhooks SET lease_until = '2020-01-01T00:00:00Z'`
        })
        yield* Effect.promise(() => untilMore(10))
        servers[0]?.child.kill("SIGKILL")
        for (let round = 0; round < rounds; round++) {
          yield* Effect.promise(() => untilMore(5))
          yield* Effect.promise(restart)
          yield* Effect.retry(letTimePass, { times: 20 })
          yield* Effect.promise(() => untilMore(10))
          for (const { send } of others) {
            yield* Effect.promise(() =>
              vi.waitFor(async () => assert.strictEqual((await send("GET", "/contacts")).status, 200))
            )
          }
        }
        isOver = true
        yield* Effect.promise(() => load)
        const refusals = new Set(callers.flatMap(({ refusals }) => refusals))
        assert.includeMembers(["idempotency_in_progress", "unavailable"], [...refusals])

        yield* Effect.promise(() =>
          vi.waitFor(
            async () => {
              const job = jsonOf(await (others[0] ?? first).get(`/jobs/${idOf(accepted)}`))
              assert.isTrue(isCompleted(job), JSON.stringify(job))
            },
            { timeout: 120_000, interval: 20 }
          )
        )
        const kept = yield* decodeKept(yield* sql`SELECT id, name, title FROM crm_contacts`)
        const expected = callers.flatMap(({ written }) => [...written])
        assert.sameDeepMembers(
          kept.filter(({ name }) => name.startsWith("Caller")),
          expected.map(([name, id]) => ({ id, name, title: `Title of ${name}` }))
        )
        assert.lengthOf(kept, expected.length + imported)
        assert.lengthOf(new Set(kept.map(({ name }) => name)), kept.length)

        const events = (yield* sql`SELECT id FROM crm_outbox`.values).map(([id]) => String(id))
        const delivered = () => new Set(endpoint.received.map(({ headers }) => String(headers["webhook-id"])))
        yield* Effect.promise(() =>
          vi.waitFor(() => assert.strictEqual(delivered().size, events.length), { timeout: 120_000, interval: 20 })
        )
        assert.sameMembers([...delivered()], events)
        assert.lengthOf(events, kept.length + expected.length)
        for (const server of servers) assert.notMatch(server.errors() + server.output(), /ERROR/)
      }).pipe(Effect.provide(Reactivity.layer)),
    60_000 + rounds * 120_000
  )
})

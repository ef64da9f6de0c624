/** Servers that are killed while they answer requests under keys, and the same requests sent again afterwards. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { type Answer, idOf, keyed, pageOf } from "../http/client.ts"
import { serve, workFolder } from "../http/process.ts"
import { phrase, tokenFor } from "../http/server.ts"
import { servicesOver } from "../support/jobs.ts"
import { databases } from "./processes.ts"

const requests = Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, json: { name: `Contact ${n}` } }))

/** What the minute is that a server may be silent for, without the waiting. */
const letAMinutePass = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`UPDATE crm_idempotency_keys SET claimed_at = '2020-01-01T00:00:00.000Z' WHERE status IS NULL`
})

describe.each(databases)("requests under keys, on $name", ({ fresh, name }) => {
  it.live(
    "are done once, however often the server is killed while it answers",
    () =>
      Effect.gen(function* () {
        const url = yield* fresh
        const folder = workFolder()
        const environment = {
          CLIENTELE_DATABASE_URL: name === "SQLite" ? `sqlite:${url}` : url,
          CLIENTELE_JWT_SECRET: phrase
        }
        const token = yield* Effect.promise(() => tokenFor({ tenant_id: "acme" }))
        const answers = new Map<string, Answer>()
        const round = async (killAfter: number) => {
          const server = serve(folder, environment)
          const crm = await server.client(token)
          let answered = 0
          const sends = requests.map(async ({ json, key }) => {
            const answer = await crm.send("POST", "/contacts", keyed(key, { json })).catch(() => undefined)
            if (answer === undefined) return
            if (++answered === killAfter) server.child.kill("SIGKILL")
            const known = answers.get(key)
            if (known !== undefined) assert.strictEqual(answer.text, known.text)
            if (answer.status === 201) answers.set(key, answer)
          })
          await Promise.all(sends)
          if (killAfter > requests.length) return crm
          await server.exited
          return undefined
        }
        for (const killAfter of [5, 30]) {
          yield* Effect.promise(() => round(killAfter))
          yield* Effect.provide(letAMinutePass, servicesOver(url))
        }
        const crm = yield* Effect.promise(() => round(Number.POSITIVE_INFINITY))
        assert.strictEqual(answers.size, requests.length)
        const page = yield* Effect.promise(async () => crm?.get("/contacts?limit=100"))
        if (page === undefined) return assert.fail("the last server is there")
        assert.sameMembers(
          pageOf(page).data.map(({ id }) => id),
          [...answers.values()].map(idOf)
        )
      }),
    120_000
  )
})

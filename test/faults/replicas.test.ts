/**
 * A Postgres and its standby, which has come to a halt: whoever sees what was written last has asked the first one, and
 * whoever does not, the standby.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { createCrm } from "clientele"
import { Effect, Redacted, Schedule } from "effect"
import { onTestFinished } from "vitest"
import { pageOf } from "../http/client.ts"
import { serve, workFolder } from "../http/process.ts"
import { phrase, tokenFor } from "../http/server.ts"
import { launchPostgres } from "../support/launch-postgres.ts"

const on = <A, E>(url: string, use: (sql: PgClient.PgClient) => Effect.Effect<A, E>) =>
  Effect.runPromise(
    Effect.flatMap(PgClient.PgClient, use).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url) })))
  )

/** A standby that has every table and the first contact, and nothing from then on. */
const halted = (standby: string) =>
  on(standby, (sql) =>
    Effect.gen(function* () {
      // Fails without the table, and as long as it is empty.
      yield* Effect.retry(sql`SELECT 1 / count(*) FROM crm_contacts`, Schedule.spaced("10 millis"))
      yield* sql`SELECT pg_wal_replay_pause()`
      const state = sql`SELECT pg_get_wal_replay_pause_state()`.values
      yield* Effect.repeat(state, { until: ([row]) => row?.[0] === "paused" })
    })
  )

describe("a replica", () => {
  it("answers lists, reports and exports, unless a request wants the newest, and until it is away", async () => {
    const { dropStandbys, replicate, stop, url } = await launchPostgres({ durable: true })
    onTestFinished(stop)
    const standby = await replicate()
    const server = serve(workFolder(), {
      CLIENTELE_DATABASE_URL: url,
      CLIENTELE_DATABASE_REPLICA_URL: standby,
      CLIENTELE_JWT_SECRET: phrase
    })
    const crm = await server.client(await tokenFor({ tenant_id: "acme" }))
    await crm.create({ name: "Old" })
    await halted(standby)
    const created = await crm.create({ name: "New" })

    const names = async (headers = {}) => pageOf(await crm.get("/contacts", headers)).data.map(({ name }) => name)
    const says = async (path: string) => (await crm.get(path)).text
    assert.deepStrictEqual(await names(), ["Old"])
    assert.deepStrictEqual(await names({ "cache-control": "max-age=0, no-cache" }), ["New", "Old"])
    assert.include(await says("/contacts?search=New"), '"data":[]')
    assert.notInclude(await says("/contacts/export?format=csv"), "New")
    assert.include(await says(`/contacts/${created.id}`), '"name":"New"')
    assert.strictEqual((await crm.get("/pipeline/analytics")).status, 200)
    const update = { headers: { "if-match": '"1"' }, json: { title: "Dr" } }
    assert.strictEqual((await crm.send("PUT", `/contacts/${created.id}`, update)).status, 200)

    const embedded = await createCrm({ database: url, replica: standby })
    const listed = async (mayLag: boolean) =>
      (await embedded.as({ tenant: "acme", user: "ann", mayLag }).contacts.list({})).data.map(({ name }) => name)
    assert.deepStrictEqual([await listed(true), await listed(false)], [["Old"], ["New", "Old"]])

    const misled = await createCrm({ database: "sqlite::memory:", replica: standby }).catch(String)
    assert.match(String(misled), /^TypeError: .*replica/)

    await dropStandbys()
    assert.deepStrictEqual(await names(), ["New", "Old"])
    assert.deepStrictEqual(await listed(true), ["New", "Old"])
    await embedded.close()
    assert.include(server.output() + server.errors(), "The replica cannot be had")
  }, 60_000)
})

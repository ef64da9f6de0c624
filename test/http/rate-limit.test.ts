import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { randomUUID } from "node:crypto"
import { keyed, pageOf, problemOf } from "./client.ts"
import { sqlite, useServer } from "./server.ts"

describe("a server with a rate limit", () => {
  const server = useServer(sqlite, { rateLimit: { requests: 3, per: Duration.hours(1) } })

  it("refuses what is more than a token may ask, says when it may again, and serves others", async () => {
    const tenant_id = `tenant_${randomUUID()}`
    const [ann, bob] = [await server.tenant({ tenant_id, sub: "ann" }), await server.tenant({ tenant_id, sub: "bob" })]
    const create = (key: string) => ann.send("POST", "/contacts", keyed(key, { json: { name: "Ann" } }))
    for (let n = 0; n < 3; n++) assert.strictEqual((await create(`k${n}`)).status, 201)
    const refused = await create("k3")
    problemOf(refused, "rate_limited")
    const wait = Number(refused.headers["retry-after"])
    assert.isTrue(wait > 1_100 && wait <= 1_200, String(wait))
    assert.strictEqual(pageOf(await bob.get("/contacts")).pagination.total, 3)
    // No claim is left of what was refused.
    assert.strictEqual((await bob.send("POST", "/contacts", keyed("k3", { json: { name: "Bob" } }))).status, 201)
  })

  it("does not count what has no valid token", async () => {
    const crm = server.withToken()
    for (let n = 0; n < 5; n++) assert.strictEqual((await crm.get("/contacts")).status, 401)
  })
})

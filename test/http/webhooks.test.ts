/** Webhooks over HTTP: managed by a tenant, and delivered by the server to an endpoint on a socket. */
import { DeliveryPage } from "@clientele/api/WebhooksApi"
import { Delivery, Webhook as WebhookSchema, WebhookWithSecret } from "@clientele/core/domain/Webhook"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema, Scope } from "effect"
import { Webhook } from "standardwebhooks"
import { afterAll, vi } from "vitest"
import { answerWith, bodyOfDelivery, headersOf, type Received, receiver } from "../support/receiver.ts"
import { type Client, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const withSecretOf = reader(WebhookWithSecret)
const webhookOf = reader(WebhookSchema)
const webhooksOf = reader(Schema.Struct({ data: Schema.Array(WebhookSchema) }))
const deliveryOf = reader(Delivery)
const deliveriesOf = reader(DeliveryPage)

const unreachable = "https://hooks.invalid/crm"

const scope = Scope.makeUnsafe()
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const listen = (...args: Parameters<typeof receiver>) => Effect.runPromise(receiver(...args).pipe(Scope.provide(scope)))

const add = async (crm: Client, input: object) => withSecretOf(await crm.post("/webhooks", input), 201)

/** What was received, if its signature is good. */
const verified = (secret: string, received: Received | undefined) => {
  if (received === undefined) return assert.fail("Nothing was received")
  new Webhook(secret).verify(received.body, headersOf(received))
  return bodyOfDelivery(received.body)
}

describe.each(databases)("webhooks on $name", (database) => {
  const server = useServer(database)

  const newest = async (crm: Client, id: string) =>
    deliveriesOf(await crm.get(`/webhooks/${id}/deliveries`)).data[0] ?? assert.fail("No delivery")

  /** The newest delivery of a webhook, once it has this status. */
  const settled = (crm: Client, id: string, status: string) =>
    vi.waitFor(
      async () => {
        const delivery = await newest(crm, id)
        assert.strictEqual(delivery.status, status)
        return delivery
      },
      { timeout: 10_000, interval: 20 }
    )

  it("are delivered, signed", async () => {
    const crm = await server.tenant()
    const endpoint = await listen()
    const { id: webhook, secret } = await add(crm, { url: endpoint.url })
    const { id } = await crm.create({ name: "Jane", email: "jane@example.com" })
    const [delivery] = await endpoint.deliveries(1)
    const event = verified(secret, delivery)
    assert.deepInclude(event, { type: "crm.contact_created", cause: "api", actor: { id: "user_1", name: null } })
    assert.deepInclude(event.data, { id, name: "Jane", email: "jane@example.com" })
    assert.strictEqual(delivery?.headers["webhook-id"], event.id)
    assert.strictEqual(delivery?.headers["content-type"], "application/json")
    const { attempts, ...rest } = await settled(crm, webhook, "delivered")
    assert.deepInclude(rest, { event_id: event.id, type: "crm.contact_created", next_attempt_at: null })
    assert.deepStrictEqual(
      attempts.map(({ error, status }) => [status, error]),
      [[200, null]]
    )
  })

  it("are told soon: some of a few events at least, where other tests of the database hold none of them back", async () => {
    const crm = await server.tenant()
    const endpoint = await listen()
    await add(crm, { url: endpoint.url })
    const waits: Array<number> = []
    for (let count = 1; count <= 3; count++) {
      await crm.create()
      const committed = performance.now()
      await endpoint.deliveries(count)
      waits.push(performance.now() - committed)
    }
    assert.isBelow(Math.min(...waits), 1_000)
  })

  it("are listed, changed, disabled and deleted, and their secrets shown once", async () => {
    const crm = await server.tenant()
    const { secret, ...webhook } = await add(crm, { url: unreachable })
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    assert.deepInclude(webhook, { url: unreachable, events: [], include_imports: false, status: "active" })
    assert.deepStrictEqual(webhookOf(await crm.get(`/webhooks/${webhook.id}`)), webhook)
    assert.deepStrictEqual(webhooksOf(await crm.get("/webhooks")).data, [webhook])
    const changes = { events: ["crm.deal_won"], include_imports: true, status: "disabled" }
    const changed = webhookOf(await crm.put(`/webhooks/${webhook.id}`, changes))
    assert.deepEqual<object>(changed, { ...webhook, ...changes })
    assert.deepStrictEqual(webhookOf(await crm.put(`/webhooks/${webhook.id}`, {})), changed)
    const rotated = withSecretOf(await crm.send("POST", `/webhooks/${webhook.id}/rotate-secret`))
    assert.notStrictEqual(rotated.secret, secret)
    assert.strictEqual((await crm.delete(`/webhooks/${webhook.id}`)).status, 204)
    problemOf(await crm.delete(`/webhooks/${webhook.id}`), "webhook_not_found")
    assert.deepStrictEqual(webhooksOf(await crm.get("/webhooks")).data, [])
  })

  it("refuse what cannot be one at its path", async () => {
    const crm = await server.tenant()
    for (const url of [
      "",
      "hooks",
      "ftp://example.com",
      "javascript:alert(1)",
      "https://a:b@example.com",
      "http://",
      7
    ]) {
      assert.deepStrictEqual(pathsOf(await crm.post("/webhooks", { url })), ["url"], String(url))
    }
    assert.deepStrictEqual(pathsOf(await crm.post("/webhooks", {})), ["url"])
    assert.deepStrictEqual(pathsOf(await crm.post("/webhooks", { url: unreachable, events: ["deal_won"] })), [
      "events[0]"
    ])
    assert.deepStrictEqual(pathsOf(await crm.post("/webhooks", { url: unreachable, secret: "x" })), ["secret"])
    const { id } = await add(crm, { url: unreachable })
    assert.deepStrictEqual(pathsOf(await crm.put(`/webhooks/${id}`, { url: "hooks" })), ["url"])
    assert.deepStrictEqual(pathsOf(await crm.put(`/webhooks/${id}`, { status: "paused" })), ["status"])
    await crm.put(`/webhooks/${id}`, { status: "disabled" })
    assert.deepStrictEqual(pathsOf(await crm.send("POST", `/webhooks/${id}/test`)), ["status"])
  })

  it("are sent a test, and once more what failed, when asked to", async () => {
    const crm = await server.tenant()
    const endpoint = await listen((response, number, received) =>
      answerWith(number === 0 ? 400 : 200)(response, number, received)
    )
    const { id, secret } = await add(crm, { url: endpoint.url, events: ["crm.deal_won"] })
    const test = deliveryOf(await crm.send("POST", `/webhooks/${id}/test`), 202)
    assert.deepInclude(test, { type: "crm.webhook_test", status: "pending", attempts: [] })
    assert.deepStrictEqual((await settled(crm, id, "failed")).id, test.id)
    await crm.create({ name: "Not wanted" })
    deliveryOf(await crm.send("POST", `/webhooks/${id}/deliveries/${test.id}/redeliver`), 202)
    const [first, second] = await endpoint.deliveries(2)
    assert.deepStrictEqual(verified(secret, first), verified(secret, second))
    assert.deepInclude(verified(secret, first), { id: test.event_id, data: { webhook_id: id } })
    const { attempts } = await settled(crm, id, "delivered")
    assert.deepStrictEqual(
      attempts.map(({ status }) => status),
      [400, 200]
    )
    problemOf(await crm.send("POST", `/webhooks/${id}/deliveries/dlv_0/redeliver`), "webhook_not_found")
  })

  it("are signed with both secrets for a day after a rotation", async () => {
    const crm = await server.tenant()
    const endpoint = await listen()
    const { id, secret } = await add(crm, { url: endpoint.url })
    const rotated = withSecretOf(await crm.send("POST", `/webhooks/${id}/rotate-secret`))
    await crm.create()
    const [delivery] = await endpoint.deliveries(1)
    assert.deepStrictEqual(verified(secret, delivery), verified(rotated.secret, delivery))
    assert.lengthOf(String(delivery?.headers["webhook-signature"]).split(" "), 2)
  })

  it("are told of imports only when they ask for them", async () => {
    const crm = await server.tenant()
    const [quiet, eager] = [await listen(), await listen()]
    await add(crm, { url: quiet.url })
    await add(crm, { url: eager.url, include_imports: true })
    const form = [
      "--b",
      'content-disposition: form-data; name="file"; filename="a.csv"',
      "",
      "name",
      "Ann",
      "--b--",
      ""
    ]
    const headers = { "content-type": "multipart/form-data; boundary=b" }
    await crm.send("POST", "/contacts/import", { body: form.join("\r\n"), headers })
    await crm.create({ name: "Ben" })
    const causes = (received: ReadonlyArray<Received>) => received.map(({ body }) => bodyOfDelivery(body).cause)
    assert.deepStrictEqual(causes(await eager.deliveries(2)), ["import", "api"])
    assert.deepStrictEqual(causes(await quiet.deliveries(1)), ["api"])
  })

  it("of another tenant are those of nothing", async () => {
    const [mine, theirs] = [await server.tenant(), await server.tenant()]
    const endpoint = await listen()
    const { id } = await add(theirs, { url: endpoint.url })
    const test = deliveryOf(await theirs.send("POST", `/webhooks/${id}/test`), 202)
    for (const [method, path] of [
      ["GET", ""],
      ["PUT", ""],
      ["DELETE", ""],
      ["POST", "/rotate-secret"],
      ["POST", "/test"],
      ["GET", "/deliveries"],
      ["POST", `/deliveries/${test.id}/redeliver`]
    ] as const) {
      const call = method === "PUT" ? { json: { status: "disabled" } } : {}
      const [one, other] = [
        await mine.send(method, `/webhooks/${id}${path}`, call),
        await mine.send(method, `/webhooks/hook_0${path}`, call)
      ]
      problemOf(one, "webhook_not_found")
      assert.strictEqual(one.text.replaceAll(id, ""), other.text.replaceAll("hook_0", ""))
    }
    assert.deepStrictEqual(webhooksOf(await mine.get("/webhooks")).data, [])
    await mine.create({ name: "Mine" })
    await theirs.create({ name: "Theirs" })
    const received = await endpoint.deliveries(2)
    assert.notInclude(received.map(({ body }) => body).join(), "Mine")
  })
})

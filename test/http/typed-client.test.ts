/** The typed client, over a socket. */
import * as CrmClient from "@clientele/api/CrmClient"
import { assert, describe, it } from "@effect/vitest"
import { defineCrm } from "@clientele/core"
import { Effect, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import { databases, sqlite, tokenFor, useServer } from "./server.ts"

describe.each(databases)("the typed client on $name", (database) => {
  const server = useServer(database)
  const options = async (tenant: string) => {
    const { base } = server.withToken()
    return { baseUrl: new URL(base).origin, token: await tokenFor({ tenant_id: tenant }) }
  }

  it("as promises takes and gives plain values", async () => {
    const { baseUrl, token } = await options("client_1")
    const crm = CrmClient.createClient({ baseUrl, token: async () => token })
    const jane = await crm.contacts.create({ payload: { name: "Jane Doe", email: "jane@example.com" } })
    assert.instanceOf(jane.createdAt, Date)
    const occurredAt = new Date("2026-01-24T15:00:00Z")
    const call = await crm.activities.create({ payload: { type: "call", contactId: jane.id, occurredAt } })
    assert.deepStrictEqual(call.occurredAt, occurredAt)
    const deal = await crm.deals.create({ payload: { name: "Deal", contactId: jane.id, value: 12_500.5 } })
    assert.strictEqual(deal.value, 12_500.5)
    assert.strictEqual((await crm.deals.list({ query: { min_value: 12_500.5 } })).data[0]?.id, deal.id)
    assert.strictEqual((await crm.contacts.list()).pagination.total, 1)
    const payload = new FormData()
    payload.append("file", new File(["Name\nAnn\n"], "a.csv"))
    payload.append("mapping", JSON.stringify({ name: "Name" }))
    const report = await crm.contacts.import({ payload })
    assert.isTrue("imported" in report && report.imported === 1)
    await crm.contacts.remove({ params: { contact_id: jane.id } })
    assert.strictEqual((await crm.contacts.list()).pagination.total, 1)
  })

  it("as promises is rejected with problems that the code tells apart", async () => {
    const crm = CrmClient.createClient(await options("client_2"))
    const { id } = await crm.contacts.create({ payload: { name: "Jane", email: "jane@example.com" } })
    const again = crm.contacts.create({ payload: { name: "J", email: "JANE@example.com" } })
    const problem: unknown = await again.then(
      () => undefined,
      (error: unknown) => error
    )
    if (!CrmClient.isProblem(problem)) return assert.fail(String(problem))
    assert.isTrue(problem.code === "duplicate_contact" && problem.contact_id === id)
    const nobody = CrmClient.createClient({ ...(await options("client_2")), token: "none" })
    const refused: unknown = await nobody.contacts.list().then(
      () => undefined,
      (error: unknown) => error
    )
    assert.isTrue(CrmClient.isProblem(refused) && refused.code === "unauthorized")
  })

  it("as effects has them in their types", async () => {
    const found = CrmClient.make(await options("client_3")).pipe(
      Effect.flatMap((crm) => crm.contacts.get({ params: { contact_id: "nobody" }, query: {} })),
      Effect.catchTag("ContactNotFoundProblem", ({ contact_id }) => Effect.succeed(`no ${contact_id}`)),
      Effect.provide(FetchHttpClient.layer)
    )
    assert.strictEqual(await Effect.runPromise(found), "no nobody")
  })
})

describe("the typed client of a server with a definition", () => {
  const definition = defineCrm({
    contact: {
      tier: Schema.Literals(["gold", "silver"]),
      renews_on: Schema.DateTimeUtcFromString
    }
  })
  const server = useServer(sqlite, { definition })

  it("has the custom fields that are defined", async () => {
    const { base } = server.withToken()
    const token = await tokenFor({ tenant_id: "client_4" })
    const options = { baseUrl: new URL(base).origin, token }
    const crm = CrmClient.createClient({ ...options, definition })
    const customFields = { tier: "gold", renews_on: new Date("2027-01-01T00:00:00Z") } as const
    const jane = await crm.contacts.create({ payload: { name: "Jane Doe", customFields } })
    assert.deepStrictEqual(jane.customFields, customFields)
    assert.deepStrictEqual((await crm.contacts.list()).data[0]?.customFields, customFields)
    const refused: unknown = await crm.contacts
      // @ts-expect-error no such tier
      .update({ params: { contact_id: jane.id }, payload: { customFields: { tier: "bronze" } } })
      .catch((error: unknown) => error)
    assert.isTrue(CrmClient.isProblem(refused) && refused.code === "validation_error")
    const plain = await CrmClient.createClient(options).contacts.get({ params: { contact_id: jane.id } })
    assert.deepStrictEqual(plain.customFields, { tier: "gold", renews_on: "2027-01-01T00:00:00.000Z" })
  })
})

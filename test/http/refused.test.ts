/** What a host's hook refuses is answered with its reason. */
import { CommandHook, Refused } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { detailOf, pageOf, problemOf } from "./client.ts"
import { sqlite, useServer } from "./server.ts"

const hook = Layer.succeed(CommandHook, (events) =>
  events.some(({ type }) => type === "crm.contact_deleted" || type === "crm.contact_updated")
    ? Effect.fail(new Refused({ reason: "Contacts are frozen until Monday" }))
    : Effect.void
)

describe("a command that the host refuses", () => {
  const server = useServer(sqlite, {}, hook)

  it("is 422 with the host's reason, and has changed nothing", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ name: "Jane" })
    const before = detailOf(await crm.get(`/contacts/${id}`))
    for (const answer of [
      await crm.delete(`/contacts/${id}`),
      await crm.put(`/contacts/${id}`, { name: "Janet" }),
      await crm.post("/contacts/bulk-update", { contact_ids: [id], updates: { title: "x" } }),
      await crm.send("POST", `/contacts/${id}/erase`)
    ]) {
      assert.strictEqual(problemOf(answer, "refused").detail, "Contacts are frozen until Monday")
    }
    assert.deepStrictEqual(detailOf(await crm.get(`/contacts/${id}`)), before)
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 1)
  })
})

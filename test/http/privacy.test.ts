import { assert, describe, it } from "@effect/vitest"
import { PersonalData } from "@clientele/core/domain/PersonalData"
import { problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const dataOf = reader(PersonalData)

describe.each(databases)("privacy over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("one person's data are handed out, and kept out of caches", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ name: "Jane Doe", email: "jane@example.com", notes: "Called" })
    const answer = await crm.get(`/contacts/${id}/personal-data`)
    const data = dataOf(answer)
    assert.deepInclude(data.contact, { id, name: "Jane Doe", email: "jane@example.com" })
    assert.deepStrictEqual(
      data.notes.map(({ content }) => content),
      ["Called"]
    )
    assert.deepStrictEqual(
      data.domain_events.map(({ type }) => type),
      ["crm.contact_created"]
    )
    assert.strictEqual(answer.headers["cache-control"], "private, no-store")
  })

  it("an erasure is answered with 204, and what is erased is not found", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const answer = await crm.send("POST", `/contacts/${id}/erase`)
    assert.deepStrictEqual([answer.status, answer.text], [204, ""])
    for (const path of [`/contacts/${id}`, `/contacts/${id}/personal-data`]) {
      problemOf(await crm.get(path), "contact_not_found")
    }
    problemOf(await crm.send("POST", `/contacts/${id}/erase`), "contact_not_found")
  })
})

import { assert, describe, it } from "@effect/vitest"
import { HistoryPage } from "@clientele/api/ContactsApi"
import { detailOf, jsonOf, pageOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const historyOf = reader(HistoryPage)

describe.each(databases)("restoring and history over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("restore brings a deleted contact back as it was, with its notes and events, and its version as ETag", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ email: "jane@example.com", secondary_emails: ["j@example.com"], notes: "Kept" })
    await crm.post("/events", { contact_id: id, event: "seen" })
    const before = detailOf(await crm.put(`/contacts/${id}`, { tags: ["vip"] }))
    await crm.delete(`/contacts/${id}`)
    assert.strictEqual(pageOf(await crm.get("/contacts?search=j@example")).pagination.total, 0)
    const answer = await crm.send("POST", `/contacts/${id}/restore`)
    assert.deepStrictEqual(detailOf(answer), before)
    assert.strictEqual(answer.headers.etag, '"2"')
    assert.strictEqual(answer.headers["cache-control"], "private, no-store")
    assert.strictEqual(pageOf(await crm.get("/contacts?search=j@example&tag=vip")).pagination.total, 1)
    assert.strictEqual(detailOf(await crm.put(`/contacts/${id}`, { name: "X" }, { "if-match": '"2"' })).version, 3)
  })

  it("restore of what is not deleted is a 404, also of what was brought back a moment ago", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    for (const missing of [id, "contact_00000000000000000000000000", "a b", "\0", "x".repeat(200)]) {
      const answer = await crm.send("POST", `/contacts/${encodeURIComponent(missing)}/restore`)
      assert.strictEqual(problemOf(answer, "contact_not_found").contact_id, missing)
    }
    await crm.delete(`/contacts/${id}`)
    const answers = await Promise.all(Array.from({ length: 8 }, () => crm.send("POST", `/contacts/${id}/restore`)))
    const restored = answers.filter(({ status }) => status === 200)
    assert.lengthOf(restored, 1)
    for (const answer of answers) if (answer.status !== 200) problemOf(answer, "contact_not_found")
    assert.deepStrictEqual(pathsOf(await crm.send("POST", `/contacts/${id}/restore?force=1`)), ["force"])
  })

  it("restore is refused while somebody else has an address or the external id of the contact", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ email: "a@example.com", secondary_emails: ["b@example.com"], external_id: "x" })
    await crm.delete(`/contacts/${id}`)
    for (const [fields, reason] of [
      [{ email: "B@example.com" }, "email"],
      [{ external_id: "x" }, "external_id"]
    ] as const) {
      const other = await crm.create(fields)
      const problem = problemOf(await crm.send("POST", `/contacts/${id}/restore`), "duplicate_contact")
      assert.deepInclude(problem, { contact_id: other.id, reason })
      await crm.delete(`/contacts/${other.id}`)
    }
    detailOf(await crm.send("POST", `/contacts/${id}/restore`))
  })

  it("history tells who changed which field, when and through what, newest first", async () => {
    const tenant_id = "tenant_with_history"
    const crm = await server.tenant({ tenant_id, sub: "user_1", name: "Ann" })
    const { created_at, id } = await crm.create({ name: "Jane", tags: ["a"], custom_fields: { size: 5 } })
    const other = await server.tenant({ tenant_id, sub: "user_2" })
    const { updated_at } = detailOf(
      await other.put(`/contacts/${id}`, {
        title: "VP",
        custom_fields: { size: null, b: true },
        address: { city: "Rome" }
      })
    )
    await crm.put(`/contacts/${id}`, { title: "VP" })
    await crm.post("/contacts/bulk-update", { contact_ids: [id], updates: { tags: { add: ["b"] } } })
    const answer = await crm.get(`/contacts/${id}/history`)
    const { data } = historyOf(answer)
    for (const entry of data) assert.match(entry.id, /^evt_[0-9a-v]{26}$/)
    assert.lengthOf(new Set(data.map((entry) => entry.id)), 3)
    assert.deepStrictEqual(jsonOf(answer), {
      data: [
        {
          id: data[0]?.id,
          at: data[0]?.at,
          actor: { id: "user_1", name: "Ann" },
          cause: "bulk",
          changes: [{ field: "tags", before: ["a"], after: ["a", "b"] }]
        },
        {
          id: data[1]?.id,
          at: updated_at,
          actor: { id: "user_2", name: null },
          cause: "api",
          changes: [
            { field: "title", before: null, after: "VP" },
            { field: "address.city", before: null, after: "Rome" },
            { field: "custom_fields.b", before: null, after: true },
            { field: "custom_fields.size", before: 5, after: null }
          ]
        },
        {
          id: data[2]?.id,
          at: created_at,
          actor: { id: "user_1", name: "Ann" },
          cause: "api",
          changes: [
            { field: "type", before: null, after: "lead" },
            { field: "status", before: null, after: "active" },
            { field: "name", before: null, after: "Jane" },
            { field: "tags", before: null, after: ["a"] },
            { field: "custom_fields.size", before: null, after: 5 }
          ]
        }
      ],
      pagination: { limit: 20, total: 3, next_cursor: null }
    })
  })

  it("history is walked by cursor, keeps what merged contacts had, and ends with the contact", async () => {
    const crm = await server.tenant()
    const [one, two] = [await crm.create({ name: "One" }), await crm.create({ name: "Two", company: "Acme" })]
    for (let n = 0; n < 4; n++) await crm.put(`/contacts/${one.id}`, { title: `T${n}` })
    await crm.post("/contacts/merge", { primary_contact_id: one.id, merge_contact_ids: [two.id] })
    const causes: Array<string> = []
    let query = "limit=3"
    for (let next: string | null = ""; next !== null; query = `limit=3&cursor=${next}`) {
      const { data, pagination } = historyOf(await crm.get(`/contacts/${one.id}/history?${query}`))
      assert.strictEqual(pagination.total, 7)
      causes.push(...data.map(({ cause }) => cause))
      next = pagination.next_cursor
    }
    assert.deepStrictEqual(causes, ["merge", ...Array.from({ length: 6 }, () => "api")])
    for (const [query, path] of [
      ["page=1", "page"],
      ["limit=0", "limit"],
      ["cursor=x", "cursor"]
    ] as const) {
      assert.deepStrictEqual(pathsOf(await crm.get(`/contacts/${one.id}/history?${query}`)), [path])
    }
    await crm.delete(`/contacts/${one.id}`)
    problemOf(await crm.get(`/contacts/${one.id}/history`), "contact_not_found")
    await crm.send("POST", `/contacts/${one.id}/restore`)
    assert.isAtLeast(historyOf(await crm.get(`/contacts/${one.id}/history`)).data.length, 7)
  })
})

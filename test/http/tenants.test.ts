import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Answer, type Call, detailOf, idOf, jsonOf, pageOf, problemOf } from "./client.ts"
import { databases, useServer } from "./server.ts"

type Request = readonly [method: string, path: string, call?: Call]

/** Everything that can be asked with the id of a contact, in paths and in bodies; `own` is one of the asking tenant. */
const asking = (id: string, own: string): ReadonlyArray<Request> => {
  const merging = (primary_contact_id: string, merge_contact_ids: ReadonlyArray<string>, rest: object = {}) => ({
    json: { primary_contact_id, merge_contact_ids, ...rest }
  })
  const bodies = [
    merging(own, [id]),
    merging(id, [own]),
    merging(own, [id], { versions: { [id]: 1 } }),
    merging(own, [id], { field_preferences: { email: id } }),
    merging(id, [id]),
    merging(own, [id, id])
  ]
  return [
    ["GET", `/contacts/${id}`],
    ["PUT", `/contacts/${id}`, { json: { name: "Mine now" } }],
    ["PUT", `/contacts/${id}`, { json: { name: "" } }],
    ["PUT", `/contacts/${id}`, { json: { name: "Mine now" }, headers: { "if-match": '"1"' } }],
    ["PUT", `/contacts/${id}`, { json: { name: "Mine now" }, headers: { "if-match": '"9"' } }],
    ["PATCH", `/contacts/${id}`, { json: { email: "secret@example.com" } }],
    ["DELETE", `/contacts/${id}`],
    ["DELETE", `/contacts/${id}`, { headers: { "if-match": '"9"' } }],
    ["GET", `/contacts/${id}/notes`],
    ["GET", `/contacts/${id}/notes?limit=1`],
    ["POST", `/contacts/${id}/notes`, { json: { content: "x" } }],
    ["GET", `/contacts/${id}/history`],
    ["GET", `/contacts/${id}/score`],
    ["POST", "/scoring/preview", { json: { contact_ids: [id] } }],
    ["GET", `/contacts/${id}/duplicates`],
    ["POST", `/contacts/${id}/enrich`],
    ["POST", `/contacts/${id}/enrich`, { json: { fields: ["company"], overwrite: true } }],
    ["POST", `/contacts/${id}/restore`],
    ["GET", `/contacts/${id}/personal-data`],
    ["POST", `/contacts/${id}/erase`],
    ...bodies.flatMap((call): ReadonlyArray<Request> => [
      ["POST", "/contacts/merge", call],
      ["POST", "/contacts/merge/preview", call]
    ]),
    ["POST", "/contacts/bulk-update", { json: { contact_ids: [id], updates: { title: "Mine" } } }],
    ["POST", "/contacts/bulk-update", { json: { contact_ids: [id], updates: { title: "Mine" }, atomic: true } }],
    ["POST", "/deals", { json: { name: "Mine", contact_id: id } }],
    ["POST", "/activities", { json: { contact_id: id, type: "call" } }],
    ["POST", "/activities", { json: { deal_id: id, type: "call" } }],
    ["GET", `/activities?contact_id=${id}`],
    ["GET", `/activities?deal_id=${id}`],
    ["POST", "/tasks", { json: { contact_id: id, title: "x" } }],
    ["POST", "/tasks", { json: { contact_id: own, deal_id: id, title: "x" } }],
    ["GET", `/tasks?contact_id=${id}`],
    ["GET", `/tasks?deal_id=${id}`],
    ["POST", "/events", { json: { contact_id: id, event: "seen" } }],
    ["POST", "/events", { json: [{ id: "theirs", contact_id: id, event: "seen" }] }]
  ]
}

const readId = Schema.decodeUnknownSync(Schema.Struct({ id: Schema.String }))

const seen = ({ headers, status, text }: Answer, of: string) => ({
  status,
  headers: Object.entries(headers).filter(([name]) => name !== "date" && name !== "x-request-id"),
  text: text.replaceAll(of, "ID")
})

/** The id of nothing, as long as this one and like it. */
const likeIt = (id: string) => `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`

describe.each(databases)("another tenant's ids, on $name", (database) => {
  const server = useServer(database)

  it("are answered to the byte as ids of nothing: of contacts that live, were deleted, were merged", async () => {
    const [mine, theirs] = [await server.tenant(), await server.tenant()]
    const own = await mine.create({ name: "Own" })
    const live = await theirs.create({ email: "secret@example.com", external_id: "s-1", notes: "Theirs" })
    const [deleted, merged] = [await theirs.create({ email: "gone@example.com" }), await theirs.create()]
    await theirs.post("/events", { id: "theirs", contact_id: live.id, event: "seen" })
    await theirs.post("/contacts/merge", { primary_contact_id: live.id, merge_contact_ids: [merged.id] })
    await theirs.delete(`/contacts/${deleted.id}`)
    const before = [await theirs.get(`/contacts/${live.id}`), await theirs.get(`/contacts/${live.id}/history`)]
    for (const { id } of [live, deleted, merged]) {
      const nothing = asking(likeIt(id), own.id)
      for (const [index, [method, path, call]] of asking(id, own.id).entries()) {
        const [, otherPath = "", otherCall] = nothing[index] ?? []
        const one = await mine.send(method, path, call)
        const other = await mine.send(method, otherPath, otherCall)
        assert.deepStrictEqual(seen(one, id), seen(other, likeIt(id)), `${method} ${path}`)
        if (one.status !== 200) continue
        assert.match(
          one.text,
          /contact_not_found|"data":\[\],"pagination":\{"page":1,"limit":20,"total":0/,
          `${method} ${path}`
        )
      }
    }
    const after = [await theirs.get(`/contacts/${live.id}`), await theirs.get(`/contacts/${live.id}/history`)]
    assert.deepStrictEqual(after.map(jsonOf), before.map(jsonOf))
    assert.deepStrictEqual(detailOf(await mine.get(`/contacts/${own.id}`)), own)
    assert.deepStrictEqual(detailOf(await theirs.send("POST", `/contacts/${deleted.id}/restore`)), deleted)
    await mine.create({ name: "Own", email: "secret@example.com", external_id: "s-1" })
  })

  it("of deals and products are answered likewise, in paths and in bodies", async () => {
    const [mine, theirs] = [await server.tenant(), await server.tenant()]
    const idOf = (answer: Answer) => readId(jsonOf(answer)).id
    const product = idOf(await theirs.post("/products", { name: "License", price: 1 }))
    const contact = await theirs.create()
    const fields = { name: "Theirs", contact_id: contact.id, external_id: "d-1", products: [{ product_id: product }] }
    const deal = idOf(await theirs.post("/deals", fields))
    const own = idOf(await mine.post("/deals", { name: "Own" }))
    const before = await theirs.get(`/deals/${deal}`)
    const asking = (deal: string, product: string): ReadonlyArray<Request> => [
      ["GET", `/deals/${deal}`],
      ["PUT", `/deals/${deal}`, { json: { name: "Mine now" } }],
      ["PUT", `/deals/${deal}`, { json: { name: "Mine now" }, headers: { "if-match": '"9"' } }],
      ["PATCH", `/deals/${deal}/stage`, { json: { stage: "closed_won" } }],
      ["PATCH", `/deals/${deal}/stage`, { json: { stage: "nowhere" } }],
      ["GET", `/deals/${deal}/notes`],
      ["POST", `/deals/${deal}/notes`, { json: { content: "x" } }],
      ["DELETE", `/deals/${deal}`],
      ["POST", "/deals", { json: { name: "Mine", products: [{ product_id: product }] } }],
      ["GET", `/products/${product}`],
      ["PUT", `/products/${product}`, { json: { name: "Mine", price: 2 } }],
      ["DELETE", `/products/${product}`]
    ]
    const nothing = asking(likeIt(deal), likeIt(product))
    for (const [index, [method, path, call]] of asking(deal, product).entries()) {
      const [, otherPath = "", otherCall] = nothing[index] ?? []
      const [one, other] = [await mine.send(method, path, call), await mine.send(method, otherPath, otherCall)]
      assert.isAtLeast(one.status, 400)
      assert.strictEqual(
        one.text.replaceAll(/(deal|prod)_\w+/g, ""),
        other.text.replaceAll(/(deal|prod)_\w+/g, ""),
        path
      )
      assert.strictEqual(one.status, other.status)
    }
    assert.strictEqual((await mine.send("PUT", `/deals/${own}`, { json: { contact_id: contact.id } })).status, 404)
    assert.include((await mine.get(`/deals?contact_id=${contact.id}`)).text, '"data":[]')
    assert.include((await mine.get("/deals?external_id=d-1")).text, '"data":[]')
    assert.deepStrictEqual(jsonOf(await theirs.get(`/deals/${deal}`)), jsonOf(before))
  })

  it("of notes and keys of segments are answered likewise", async () => {
    const [mine, theirs] = [await server.tenant(), await server.tenant()]
    const { id, notes } = await theirs.create({ notes: "Theirs" })
    const note = notes[0]?.id ?? ""
    const segment = { key: "secret1", name: "Theirs", predicate: { all: [] } }
    await theirs.post("/segments", segment)
    for (const [of, path, json] of [
      [note, "/notes", { content: "Mine now" }],
      [note, "/notes", { content: "" }],
      ["secret1", "/segments", { name: "Mine now", predicate: { all: [] } }]
    ] as const) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const call = method === "PUT" ? { json } : {}
        const [one, other] = [
          await mine.send(method, `${path}/${of}`, call),
          await mine.send(method, `${path}/${likeIt(of)}`, call)
        ]
        assert.isAtLeast(one.status, 400)
        assert.deepStrictEqual(seen(one, of), seen(other, likeIt(of)), `${method} ${path}`)
      }
    }
    assert.deepStrictEqual(detailOf(await theirs.get(`/contacts/${id}`)).notes, notes)
    assert.deepStrictEqual(jsonOf(await theirs.get("/segments/secret1")), segment)
    assert.deepStrictEqual(jsonOf(await mine.get("/segments")), { data: [] })
  })

  it("of activities and tasks are answered likewise, and so is who is assigned", async () => {
    const [mine, theirs] = [await server.tenant(), await server.tenant()]
    const { id } = await theirs.create()
    const own = await mine.create()
    const call = await theirs.post("/activities", { contact_id: id, type: "call", subject: "Theirs" })
    const due = { due_date: "2026-01-26", assigned_to: "user_1" }
    const task = await theirs.post("/tasks", { contact_id: id, title: "Theirs", ...due })
    const ownTask = idOf(await mine.post("/tasks", { contact_id: own.id, title: "Mine" }))
    for (const [of, path, ways] of [
      [idOf(call), "/activities", ["GET", "PUT", "DELETE"]],
      [idOf(task), "/tasks", ["GET", "PUT", "DELETE"]]
    ] as const) {
      for (const method of ways) {
        const given = method === "PUT" ? { json: { title: "Mine now", status: "completed" } } : {}
        const [one, other] = [
          await mine.send(method, `${path}/${of}`, given),
          await mine.send(method, `${path}/${likeIt(of)}`, given)
        ]
        assert.isAtLeast(one.status, 400)
        assert.deepStrictEqual(seen(one, of), seen(other, likeIt(of)), `${method} ${path}`)
      }
    }
    problemOf(await mine.send("POST", `/tasks/${idOf(task)}/complete`), "task_not_found")
    problemOf(await mine.put(`/tasks/${ownTask}`, { contact_id: id }), "contact_not_found")
    for (const query of ["assigned_to=user_1", "status=overdue", `contact_id=${id}`]) {
      assert.deepInclude(jsonOf(await mine.get(`/tasks?${query}`)), { data: [] }, query)
    }
    assert.deepStrictEqual(jsonOf(await theirs.get(`/tasks/${idOf(task)}`)), jsonOf(task))
    assert.deepStrictEqual(jsonOf(await theirs.get(`/activities/${idOf(call)}`)), jsonOf(call))
  })

  it("are none as filters, segments, tags and places in a walk", async () => {
    const [mine, theirs] = [await server.tenant(), await server.tenant()]
    for (let n = 0; n < 3; n++) await theirs.create({ external_id: `x${n}`, owner_id: "user_1", tags: ["secret"] })
    await theirs.post("/segments", { key: "every", name: "Every", predicate: { all: [] } })
    const { pagination } = pageOf(await theirs.get("/contacts?limit=1"))
    const own = await mine.create({ name: "Own" })
    const filters = ["external_id=x0", "owner_id=user_1", "tag=secret", "segment=secret", "segment=every"]
    for (const query of filters) assert.lengthOf(pageOf(await mine.get(`/contacts?${query}`)).data, 0, query)
    for (const { id } of pageOf(await mine.get(`/contacts?cursor=${pagination.next_cursor}`)).data) {
      assert.strictEqual(id, own.id)
    }
  })
})

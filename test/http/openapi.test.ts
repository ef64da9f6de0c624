import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Schema } from "effect"
import { type Answer, detailOf, idOf, jsonOf } from "./client.ts"
import { operations } from "./operations.ts"
import { basePath, databases, sqlite, useServer } from "./server.ts"

const Operation = Schema.Struct({
  operationId: Schema.String,
  summary: Schema.String,
  security: Schema.Array(Schema.Record(Schema.String, Schema.Unknown)),
  parameters: Schema.Array(Schema.Struct({ in: Schema.String, name: Schema.String, required: Schema.Boolean })),
  requestBody: Schema.optionalKey(Schema.Struct({ content: Schema.Record(Schema.String, Schema.Unknown) })),
  responses: Schema.Record(
    Schema.String,
    Schema.Struct({ content: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)) })
  )
})

const readDocument = Schema.decodeUnknownSync(
  Schema.Struct({
    openapi: Schema.String,
    info: Schema.Struct({ title: Schema.String, version: Schema.String }),
    paths: Schema.Record(Schema.String, Schema.Record(Schema.String, Operation)),
    components: Schema.Struct({
      schemas: Schema.Record(Schema.String, Schema.Unknown),
      securitySchemes: Schema.Record(Schema.String, Schema.Struct({ type: Schema.String, scheme: Schema.String }))
    })
  })
)

/** Of every operation. */
const anywhere = [401, 403, 429, 500, 503]

/** Of every operation that takes keys. */
const ofKeys = [409, 422]

describe("the OpenAPI document", () => {
  const server = useServer(sqlite)
  const document = async () => readDocument(jsonOf(await server.withToken().get("/openapi.json")))

  it("is of version 3.1 and names the bearer scheme", async () => {
    const { components, info, openapi } = await document()
    assert.match(openapi, /^3\.1\.\d+$/)
    assert.strictEqual(info.title, "Clientele")
    assert.deepStrictEqual(
      Object.values(components.securitySchemes).map(({ scheme, type }) => [type, scheme.toLowerCase()]),
      [["http", "bearer"]]
    )
  })

  it.each(operations)(
    "has $method $path with its codes, parameters, body and security",
    async ({ answers, body, content: success = "application/json", method, parameters, path }) => {
      const { components, paths } = await document()
      const operation = paths[`${basePath}${path}`]?.[method]
      assert.isDefined(operation)
      assert.isNotEmpty(operation.summary)
      const writes = method !== "get"
      const expected = new Set([...answers, ...anywhere, ...(writes ? ofKeys : [])])
      assert.sameMembers(Object.keys(operation.responses).map(Number), [...expected])
      for (const [status, { content }] of Object.entries(operation.responses)) {
        const type = Number(status) >= 400 ? ["application/problem+json"] : status === "204" ? [] : [success].flat()
        assert.deepStrictEqual(Object.keys(content ?? {}), type)
      }
      assert.sameMembers(
        operation.parameters.map(({ name }) => name),
        [...parameters, ...(writes ? ["idempotency-key"] : [])]
      )
      for (const { in: place, required } of operation.parameters) assert.strictEqual(required, place === "path")
      assert.deepStrictEqual(Object.keys(operation.requestBody?.content ?? {}), body === undefined ? [] : [body])
      assert.deepStrictEqual(
        operation.security.flatMap((schemes) => Object.keys(schemes)),
        Object.keys(components.securitySchemes)
      )
    }
  )

  it("has no other operations", async () => {
    const { paths } = await document()
    assert.sameMembers(
      Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)),
      operations.map(({ method, path }) => `${method} ${basePath}${path}`)
    )
  })
})

describe.each(databases)("answers on $name", (database) => {
  const server = useServer(database)

  it("are as the OpenAPI document says, whatever their code", async () => {
    const crm = await server.tenant({ name: "Ann" })
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
    const document = jsonOf(await crm.get("/openapi.json"))
    if (typeof document !== "object" || document === null) throw new Error("the document is no object")
    ajv.addSchema(document, "api")
    const errorsOf = (method: string, path: string, status: number, body: unknown) => {
      const type = status < 400 ? "application/json" : "application/problem+json"
      const pointer = ["paths", `${basePath}${path}`, method, "responses", String(status), "content", type, "schema"]
      const validate = ajv.compile({
        $ref: `api#/${pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`
      })
      return validate(body) ? [] : (validate.errors ?? [])
    }
    const fits = (method: string, path: string, answer: Answer) =>
      assert.deepStrictEqual(
        errorsOf(method, path, answer.status, jsonOf(answer)),
        [],
        `${method} ${path} ${answer.status}`
      )

    const one = "/contacts/{contact_id}"
    const full = await crm.post("/contacts", {
      name: "Jane Doe",
      email: "jane@example.com",
      secondary_emails: ["j@example.com"],
      phone: "+1 202 555 0143",
      tags: ["a"],
      address: { city: "Rome" },
      social: { twitter: "@j", mastodon: null },
      custom_fields: { a: "x", b: 1.5, c: true, d: ["x"] },
      owner_id: "user_1",
      notes: "First"
    })
    fits("post", "/contacts", full)
    const { id } = detailOf(full, 201)
    fits("post", "/contacts", await crm.post("/contacts", { name: "Bare" }))
    fits("post", "/contacts", await crm.post("/contacts", { name: "Twice", email: "jane@example.com" }))
    fits("post", "/contacts", await crm.post("/contacts", {}))
    fits("post", "/contacts", await crm.send("POST", "/contacts", { body: "{" }))
    fits(
      "post",
      "/contacts",
      await crm.send("POST", "/contacts", { body: "x", headers: { "content-type": "text/plain" } })
    )
    fits("post", "/contacts", await crm.post("/contacts", { name: "x".repeat(2_000_000) }))
    fits("get", "/contacts", await crm.get("/contacts?limit=1"))
    fits("get", "/contacts", await crm.get("/contacts?limit=0"))
    fits("get", "/contacts", await server.withToken().get("/contacts"))
    fits("get", "/contacts", await (await server.tenant({ roles: [] })).get("/contacts"))
    fits("get", one, await crm.get(`/contacts/${id}`))
    fits("get", one, await crm.get("/contacts/nobody"))
    fits("put", one, await crm.put(`/contacts/${id}`, { name: "Jane" }))
    fits("put", one, await crm.put(`/contacts/${id}`, {}, { "if-match": '"1"' }))
    fits("patch", one, await crm.patch(`/contacts/${id}`, { email: null }))
    fits("delete", one, await crm.delete("/contacts/nobody"))
    const parts = (file: string) =>
      `--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${file}\r\n--b\r\n` +
      `Content-Disposition: form-data; name="mapping"\r\n\r\n{"name":"n","email":["e","f"]}\r\n--b--\r\n`
    const headers = { "content-type": "multipart/form-data; boundary=b" }
    const send = (file: string) => crm.send("POST", "/contacts/import", { headers, body: parts(file) })
    fits("post", "/contacts/import", await send("n,e,f,g\nAnn,a@example.com,,\nBob,nope,,\n"))
    fits("post", "/contacts/import", await send("n\n"))

    const other = detailOf(await crm.post("/contacts", { name: "Jane", email: "jd@example.com", notes: "x" }), 201)
    const request = { primary_contact_id: id, merge_contact_ids: [other.id] }
    await crm.post(
      "/events",
      [id, other.id].map((contact_id) => ({ contact_id, event: "seen" }))
    )
    for (const path of ["/contacts/merge/preview", "/contacts/merge"]) {
      fits("post", path, await crm.post(path, request))
      fits("post", path, await crm.post(path, { ...request, merge_contact_ids: [id] }))
      fits("post", path, await crm.post(path, { ...request, merge_contact_ids: ["nobody"] }))
      fits("post", path, await crm.post(path, { ...request, field_preferences: { emial: id } }))
    }
    fits("post", "/contacts/merge", await crm.post("/contacts/merge", request))
    fits("get", one, await crm.get(`/contacts/${other.id}`))
    const bulk = { contact_ids: [id, "nobody"], updates: { tags: { add: ["b"] } } }
    fits("post", "/contacts/bulk-update", await crm.post("/contacts/bulk-update", bulk))
    fits("post", "/contacts/bulk-update", await crm.post("/contacts/bulk-update", { ...bulk, atomic: true }))
    fits("get", "/contacts/duplicates", await crm.get("/contacts/duplicates?min_band=possible&limit=1"))
    fits("get", "/contacts/duplicates", await crm.get("/contacts/duplicates?limit=0"))
    fits("get", `${one}/duplicates`, await crm.get(`/contacts/${id}/duplicates`))
    fits("get", `${one}/duplicates`, await crm.get("/contacts/nobody/duplicates"))
    fits("get", `${one}/score`, await crm.get(`/contacts/${id}/score?sources=true`))
    fits("get", `${one}/score`, await crm.get("/contacts/nobody/score"))
    fits("get", "/scoring/rules", await crm.get("/scoring/rules"))
    fits("put", "/scoring/rules", await crm.put("/scoring/rules", { rules: [] }))
    fits("put", "/scoring/rules", await crm.put("/scoring/rules", { rules: [{ category: "fit" }] }))
    fits("post", "/scoring/preview", await crm.post("/scoring/preview", { contact_ids: [id] }))
    fits("get", `${one}/history`, await crm.get(`/contacts/${id}/history`))
    fits("get", `${one}/history`, await crm.get("/contacts/nobody/history?limit=1"))
    fits("get", `${one}/notes`, await crm.get(`/contacts/${id}/notes?limit=1`))
    const note = await crm.post(`/contacts/${id}/notes`, { content: "x" })
    fits("post", `${one}/notes`, note)
    fits("post", `${one}/notes`, await crm.post(`/contacts/${id}/notes`, {}))
    fits("put", "/notes/{note_id}", await crm.put("/notes/nothing", { content: "x" }))
    fits("delete", "/notes/{note_id}", await crm.delete("/notes/nothing"))
    fits(
      "post",
      "/events",
      await crm.post("/events", [
        { contact_id: id, event: "seen" },
        { contact_id: "x", event: "y" }
      ])
    )
    fits("post", "/events", await crm.post("/events", [{ contact_id: id }]))
    const logged = await crm.post("/activities", { contact_id: id, type: "call", subject: "x", duration_minutes: 5 })
    fits("post", "/activities", logged)
    fits("post", "/activities", await crm.post("/activities", { type: "call" }))
    fits("post", "/activities", await crm.post("/activities", { contact_id: "nobody", type: "call" }))
    fits("post", "/activities", await crm.post("/activities", { contact_id: id, deal_id: "none", type: "call" }))
    fits("get", "/activities", await crm.get(`/activities?contact_id=${id}&limit=1`))
    fits("get", "/activities", await crm.get("/activities?type=fax"))
    fits("get", "/activities/{activity_id}", await crm.get(`/activities/${idOf(logged)}`))
    fits("get", "/activities/{activity_id}", await crm.get("/activities/nothing"))
    fits("delete", "/activities/{activity_id}", await crm.delete("/activities/nothing"))
    const planned = await crm.post("/tasks", { contact_id: id, title: "x", due_date: "2026-01-26" })
    fits("post", "/tasks", planned)
    fits("post", "/tasks", await crm.post("/tasks", {}))
    fits("post", "/tasks", await crm.post("/tasks", { title: "x", deal_id: "none" }))
    fits("get", "/tasks", await crm.get("/tasks?status=overdue"))
    fits("get", "/tasks", await crm.get("/tasks?status=late"))
    const task = `/tasks/${idOf(planned)}`
    fits("put", "/tasks/{task_id}", await crm.put(task, { priority: "high", due_date: null }))
    fits("put", "/tasks/{task_id}", await crm.put(task, { status: "overdue" }))
    fits("put", "/tasks/{task_id}", await crm.put("/tasks/nothing", {}))
    fits("post", "/tasks/{task_id}/complete", await crm.send("POST", `${task}/complete`))
    fits("post", "/tasks/{task_id}/complete", await crm.send("POST", "/tasks/nothing/complete"))
    fits("get", "/tasks/{task_id}", await crm.get(task))
    fits("get", "/tasks/{task_id}", await crm.get("/tasks/nothing"))
    fits("delete", "/tasks/{task_id}", await crm.delete("/tasks/nothing"))
    const predicate = { any: [{ field: "score", operator: "gte", value: 1 }, { not: { all: [] } }] }
    fits("post", "/segments", await crm.post("/segments", { key: "k", name: "K", predicate }))
    fits("get", "/segments", await crm.get("/segments"))
    fits("get", "/segments/{key}", await crm.get("/segments/k"))
    fits("put", "/segments/{key}", await crm.put("/segments/k", { name: "L", predicate }))
    fits("put", "/segments/{key}", await crm.put("/segments/k", { name: "L", predicate: {} }))
    fits("delete", "/segments/{key}", await crm.delete("/segments/nothing"))
    fits("get", "/jobs", await crm.get("/jobs"))
    fits("get", "/jobs", await crm.get("/jobs?limit=0"))
    fits("get", "/jobs/{job_id}", await crm.get("/jobs/nothing"))
    fits("post", "/jobs/{job_id}/cancel", await crm.send("POST", "/jobs/nothing/cancel"))
    fits("get", `${one}/personal-data`, await crm.get(`/contacts/${id}/personal-data`))
    fits("get", `${one}/personal-data`, await crm.get("/contacts/nobody/personal-data"))
    fits("post", `${one}/erase`, await crm.send("POST", "/contacts/nobody/erase"))
    await crm.delete(`/contacts/${id}`)
    fits("post", `${one}/restore`, await crm.send("POST", `/contacts/${id}/restore`))
    fits("post", `${one}/restore`, await crm.send("POST", `/contacts/${id}/restore`))

    // A check that takes anything would be none.
    assert.isNotEmpty(errorsOf("get", one, 200, { ...detailOf(await crm.get(`/contacts/${id}`)), tags: null }))
    assert.isNotEmpty(errorsOf("get", "/contacts", 200, { data: [] }))
  })
})

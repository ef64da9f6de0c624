import { MxResolver } from "@clientele/enrichment"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import * as fc from "fast-check"
import { randomUUID } from "node:crypto"
import {
  type Answer,
  type Call,
  type Client,
  idOf,
  jsonOf,
  keyed,
  pageOf,
  pathsOf,
  problemOf,
  reportOf
} from "./client.ts"
import { operations } from "./operations.ts"
import { databases, useServer } from "./server.ts"

/** All of an answer but what each has of its own: when it was sent, and that it was sent again. */
const contentOf = ({ headers, status, text }: Answer) => ({
  status,
  text,
  headers: Object.fromEntries(
    Object.entries(headers).filter(([name]) => !["date", "x-request-id", "idempotent-replayed"].includes(name))
  )
})

const isReplay = ({ headers }: Answer): boolean => headers["idempotent-replayed"] === "true"

const readJob = Schema.decodeUnknownSync(Schema.Struct({ job: Schema.Struct({ id: Schema.String }) }))

const upload = (boundary: string, file: string): Call => ({
  headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  body: `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${file}\r\n--${boundary}--\r\n`
})

/** Something of every kind, for operations to be done on. */
const makeThings = async (crm: Client) => {
  const rules = crm.put("/scoring/rules", { rules: [] })
  const [ann, bob, gone] = await Promise.all([
    crm.create({ name: "Ann", email: "ann@example.com" }),
    crm.create({ name: "Bob" }),
    crm.create({ name: "Gone" })
  ])
  const [deal, task, activity, note, product] = await Promise.all([
    crm.post("/deals", { name: "Deal", contact_id: ann.id, value: 10 }),
    crm.post("/tasks", { contact_id: ann.id, title: "Call" }),
    crm.post("/activities", { contact_id: ann.id, type: "call" }),
    crm.post(`/contacts/${ann.id}/notes`, { content: "x" }),
    crm.post("/products", { name: "Product", price: 1 }),
    crm.post("/segments", { key: "every", name: "Every", predicate: { all: [] } }),
    crm.delete(`/contacts/${gone.id}`)
  ])
  const webhook = idOf(await crm.post("/webhooks", { url: "https://hooks.invalid/", events: ["crm.deal_won"] }))
  return {
    ann: ann.id,
    bob: bob.id,
    gone: gone.id,
    deal: idOf(deal),
    task: idOf(task),
    activity: idOf(activity),
    note: idOf(note),
    product: idOf(product),
    job: readJob(jsonOf(await rules)).job.id,
    webhook,
    delivery: idOf(await crm.send("POST", `/webhooks/${webhook}/test`)),
    imported: reportOf(await crm.send("POST", "/contacts/import", upload("b", "name\nImported\n"))).job_id
  }
}
type Things = Awaited<ReturnType<typeof makeThings>>

/** One request of every operation that writes. */
const requests: { readonly [operation: string]: (things: Things) => readonly [path: string, call?: Call] } = {
  "post /contacts": () => ["/contacts", { json: { name: "New", email: "new@example.com", notes: "x" } }],
  "put /contacts/{contact_id}": ({ ann }) => [`/contacts/${ann}`, { json: { title: "CEO" } }],
  "patch /contacts/{contact_id}": ({ ann }) => [`/contacts/${ann}`, { json: { title: "CEO" } }],
  "delete /contacts/{contact_id}": ({ ann }) => [`/contacts/${ann}`],
  "post /contacts/import": () => ["/contacts/import", upload("b", "name\nCarl\nDora\n")],
  "post /deals/import": () => ["/deals/import", upload("b", "name,value\nOne,1\nTwo,2\n")],
  "post /contacts/{contact_id}/enrich": ({ ann }) => [`/contacts/${ann}/enrich`],
  "post /contacts/enrich/bulk": ({ ann }) => ["/contacts/enrich/bulk", { json: { contact_ids: [ann] } }],
  "post /contacts/merge": ({ ann, bob }) => [
    "/contacts/merge",
    { json: { primary_contact_id: ann, merge_contact_ids: [bob] } }
  ],
  "post /contacts/merge/preview": ({ ann, bob }) => [
    "/contacts/merge/preview",
    { json: { primary_contact_id: ann, merge_contact_ids: [bob] } }
  ],
  "post /contacts/bulk-update": ({ ann }) => [
    "/contacts/bulk-update",
    { json: { contact_ids: [ann, "nobody"], updates: { tags: { add: ["a"] } } } }
  ],
  "post /contacts/{contact_id}/restore": ({ gone }) => [`/contacts/${gone}/restore`],
  "post /contacts/{contact_id}/erase": ({ bob }) => [`/contacts/${bob}/erase`],
  "post /contacts/{contact_id}/notes": ({ ann }) => [`/contacts/${ann}/notes`, { json: { content: "New" } }],
  "put /notes/{note_id}": ({ note }) => [`/notes/${note}`, { json: { content: "Other" } }],
  "delete /notes/{note_id}": ({ note }) => [`/notes/${note}`],
  "post /activities": ({ ann }) => ["/activities", { json: { contact_id: ann, type: "call" } }],
  "delete /activities/{activity_id}": ({ activity }) => [`/activities/${activity}`],
  "post /tasks": ({ ann }) => ["/tasks", { json: { contact_id: ann, title: "New" } }],
  "put /tasks/{task_id}": ({ task }) => [`/tasks/${task}`, { json: { title: "Other" } }],
  "delete /tasks/{task_id}": ({ task }) => [`/tasks/${task}`],
  "post /tasks/{task_id}/complete": ({ task }) => [`/tasks/${task}/complete`],
  "post /events": ({ ann }) => ["/events", { json: { contact_id: ann, event: "seen" } }],
  "post /segments": () => ["/segments", { json: { key: "new", name: "New", predicate: { all: [] } } }],
  "put /segments/{key}": () => ["/segments/every", { json: { name: "All", predicate: { all: [] } } }],
  "delete /segments/{key}": () => ["/segments/every"],
  "post /deals": ({ ann }) => ["/deals", { json: { name: "New", contact_id: ann, value: 5 } }],
  "put /deals/{deal_id}": ({ deal }) => [`/deals/${deal}`, { json: { value: 20 } }],
  "patch /deals/{deal_id}": ({ deal }) => [`/deals/${deal}`, { json: { value: 20 } }],
  "delete /deals/{deal_id}": ({ deal }) => [`/deals/${deal}`],
  "patch /deals/{deal_id}/stage": ({ deal }) => [`/deals/${deal}/stage`, { json: { stage: "closed_won" } }],
  "post /deals/{deal_id}/notes": ({ deal }) => [`/deals/${deal}/notes`, { json: { content: "New" } }],
  "post /products": () => ["/products", { json: { name: "New", price: 1 } }],
  "put /products/{product_id}": ({ product }) => [`/products/${product}`, { json: { name: "Other", price: 1 } }],
  "delete /products/{product_id}": ({ product }) => [`/products/${product}`],
  "post /webhooks": () => ["/webhooks", { json: { url: "https://hooks.invalid/new" } }],
  "put /webhooks/{webhook_id}": ({ webhook }) => [`/webhooks/${webhook}`, { json: { status: "disabled" } }],
  "delete /webhooks/{webhook_id}": ({ webhook }) => [`/webhooks/${webhook}`],
  "post /webhooks/{webhook_id}/rotate-secret": ({ webhook }) => [`/webhooks/${webhook}/rotate-secret`],
  "post /webhooks/{webhook_id}/test": ({ webhook }) => [`/webhooks/${webhook}/test`],
  "post /webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": ({ delivery, webhook }) => [
    `/webhooks/${webhook}/deliveries/${delivery}/redeliver`
  ],
  "post /jobs/{job_id}/revert": ({ imported }) => [`/jobs/${imported}/revert`],
  "post /jobs/{job_id}/cancel": ({ job }) => [`/jobs/${job}/cancel`],
  "put /scoring/rules": () => ["/scoring/rules", { json: { rules: [] } }],
  "post /scoring/preview": ({ ann }) => ["/scoring/preview", { json: { contact_ids: [ann] } }]
}

/** All that a tenant has, once its jobs are done. */
const stateOf = async (crm: Client, { ann, bob, deal }: Things) => {
  let jobs = await crm.get("/jobs")
  while (/"(queued|running)"/.test(jobs.text)) jobs = await crm.get("/jobs")
  const lists = [
    "/contacts",
    "/deals",
    "/tasks",
    "/activities",
    "/products",
    "/segments",
    "/scoring/rules",
    "/webhooks"
  ]
  const details = [`/contacts/${ann}`, `/contacts/${bob}`, `/contacts/${ann}/history`, `/deals/${deal}`]
  const answers = await Promise.all([...lists, ...details].map((path) => crm.get(path)))
  return [jobs, ...answers].map(({ text }) => text)
}

describe.each(databases)("a request with an idempotency key, on $name", (database) => {
  const noMail = Layer.succeed(MxResolver, { acceptsMail: () => Effect.succeed(false) })
  const server = useServer(database, {}, noMail)

  it("is tried here of every operation that writes", () => {
    assert.sameMembers(
      Object.keys(requests),
      operations.filter(({ method }) => method !== "get").map(({ method, path }) => `${method} ${path}`)
    )
  })

  it.each(Object.entries(requests))("does nothing the second time: %s", async (operation, make) => {
    const [method = ""] = operation.toUpperCase().split(" ")
    const crm = await server.tenant({ name: "Ann" })
    const things = await makeThings(crm)
    const [path, call] = make(things)
    const first = await crm.send(method, path, keyed("k-1", call))
    assert.isBelow(first.status, 300, first.text)
    assert.isFalse(isReplay(first))
    const state = await stateOf(crm, things)
    const again = await crm.send(method, path, keyed("k-1", call))
    assert.deepStrictEqual(contentOf(again), contentOf(first))
    assert.isTrue(isReplay(again))
    assert.deepStrictEqual(await stateOf(crm, things), state)
  })

  it("is answered as one without", async () => {
    const [one, other] = [await server.tenant(), await server.tenant()]
    for (const [json, status] of [
      [{ name: "Ann", email: "ann@example.com" }, 201],
      [{ name: "Ann", email: "ann@example.com" }, 400],
      [{ name: "", emial: 1 }, 400],
      [{ name: "Bob" }, 201]
    ] as const) {
      const [plain, named] = [
        await one.post("/contacts", json),
        await other.send("POST", "/contacts", keyed(randomUUID(), { json }))
      ]
      assert.strictEqual(plain.status, status)
      const shape = (answer: Answer) => {
        const { headers, text } = contentOf(answer)
        const { "content-length": _length, ...rest } = headers
        return [rest, text.replaceAll(/contact_\w+|\d{4}-[\d-]+T[\d:.]+Z/g, "")]
      }
      assert.deepStrictEqual(shape(named), shape(plain))
    }
  })

  it("is of one tenant and one user, and of those is answered only once", async () => {
    const tenant_id = `tenant_${randomUUID()}`
    const callers = [
      await server.tenant({ tenant_id }),
      await server.tenant({ tenant_id, sub: "user_2" }),
      await server.tenant()
    ]
    const ids = new Set<string>()
    for (const crm of callers) {
      const answers = [1, 2].map(() => crm.send("POST", "/contacts", keyed("same", { json: { name: "Ann" } })))
      for (const answer of await Promise.all(answers)) {
        if (answer.status === 201) ids.add(idOf(answer))
        else problemOf(answer, "idempotency_in_progress")
      }
    }
    assert.strictEqual(ids.size, 3)
  })

  it("is refused again if it was, until something else is asked for", async () => {
    const crm = await server.tenant()
    const jane = { json: { name: "Jane", email: "jane@example.com" } }
    const { id } = await crm.create(jane.json)
    const send = (key: string, method: string, path: string, call: Call = {}) =>
      crm.send(method, path, keyed(key, call))
    for (const [key, method, path, call, status] of [
      ["a", "POST", "/contacts", jane, 400],
      ["b", "POST", "/contacts", { json: { nme: "x" } }, 400],
      ["c", "POST", "/contacts", { body: "{", headers: { "content-type": "application/json" } }, 400],
      ["d", "PUT", "/contacts/nobody", { json: {} }, 404],
      ["e", "POST", "/contacts/merge", { json: { primary_contact_id: id, merge_contact_ids: [id] } }, 409]
    ] as const) {
      const first = await send(key, method, path, call)
      assert.strictEqual(first.status, status, first.text)
      const again = await send(key, method, path, call)
      assert.isTrue(isReplay(again), key)
      assert.deepStrictEqual(contentOf(again), contentOf(first))
      problemOf(await send(key, method, path, { json: { name: "Other" } }), "idempotency_mismatch")
      problemOf(await send(key, "POST", "/segments", call), "idempotency_mismatch")
    }
    // What stood in the way is gone, and still it was refused.
    await crm.delete(`/contacts/${id}`)
    problemOf(await send("a", "POST", "/contacts", jane), "duplicate_contact")
    assert.strictEqual((await send("f", "POST", "/contacts", jane)).status, 201)
  })

  it("may be tried again where that can help: the key is free", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const json = { title: "CEO" }
    const send = (version: string) =>
      crm.send("PUT", `/contacts/${id}`, { json, headers: { "idempotency-key": "k", "if-match": version } })
    problemOf(await send('"7"'), "precondition_failed")
    problemOf(await crm.send("POST", "/contacts", keyed("m", { body: "x", headers: { "content-type": "text/plain" } })))
    problemOf(await crm.post("/contacts", { name: "x".repeat(2_000_000) }, { "idempotency-key": "m" }))
    assert.strictEqual((await crm.send("POST", "/contacts", keyed("m", { json: { name: "Ann" } }))).status, 201)
    const done = await send('"1"')
    assert.strictEqual(done.headers.etag, '"2"')
    assert.strictEqual((await send('"1"')).headers.etag, '"2"')
  })

  it("has a key that can be told", async () => {
    const crm = await server.tenant()
    for (const key of ["", " ", "x".repeat(256), "ä", "a\tb"]) {
      const refused = await crm.send("POST", "/contacts", keyed(key, { json: { name: "Ann" } }))
      assert.deepStrictEqual(pathsOf(refused), ["idempotency-key"], key)
    }
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 0)
    for (const key of ["x".repeat(255), "a b", '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "~!@'\\"]) {
      for (const replay of [false, true]) {
        const answer = await crm.send("POST", "/contacts", keyed(key, { json: { name: "Ann" } }))
        assert.strictEqual(answer.status, 201)
        assert.strictEqual(isReplay(answer), replay)
      }
    }
  })

  it("that uploads is the same by its parts", async () => {
    const crm = await server.tenant()
    const send = (boundary: string, file: string) =>
      crm.send("POST", "/contacts/import", keyed("k", upload(boundary, file)))
    const first = await send("one", "name\nAnn\n")
    assert.strictEqual(first.status, 200)
    assert.deepStrictEqual(contentOf(await send("another", "name\nAnn\n")), contentOf(first))
    problemOf(await send("one", "name\nBob\n"), "idempotency_mismatch")
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 1)
  })

  it("sent twenty times at once is done once", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const sends = Array.from({ length: 20 }, () =>
      crm.send("POST", `/contacts/${id}/notes`, keyed("k", { json: { content: "Once" } }))
    )
    const answers = await Promise.all(sends)
    const done = answers.filter(({ status }) => status === 201)
    assert.isNotEmpty(done)
    assert.strictEqual(done.filter((answer) => !isReplay(answer)).length, 1)
    assert.strictEqual(new Set(done.map(idOf)).size, 1)
    for (const answer of answers) if (answer.status !== 201) problemOf(answer, "idempotency_in_progress")
    assert.lengthOf(Object(jsonOf(await crm.get(`/contacts/${id}/notes`))).data, 1)
  })

  it("is run again when it lost to another transaction, as one without is", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, n) =>
        crm.send("PUT", `/contacts/${id}`, keyed(`k${n}`, { json: { custom_fields: { [`f${n}`]: n } } }))
      )
    )
    assert.deepStrictEqual(
      answers.map(({ status }) => status),
      answers.map(() => 200)
    )
    assert.strictEqual(new Set(answers.map(({ headers }) => headers.etag)).size, 16)
  })

  it("has no answer any more once the person that it told of is erased", async () => {
    const crm = await server.tenant()
    const create = (key: string, name: string) =>
      crm.send("POST", "/contacts", keyed(key, { json: { name, email: `${name}@example.com` } }))
    const [jane, other] = [await create("jane", "jane"), await create("other", "other")]
    const id = idOf(jane)
    const note = () => crm.send("POST", `/contacts/${id}/notes`, keyed("note", { json: { content: "Secret" } }))
    assert.strictEqual((await note()).status, 201)
    await crm.send("POST", `/contacts/${id}/erase`)
    for (const answer of [await create("jane", "jane"), await note()]) {
      const problem = problemOf(answer, "contact_not_found")
      assert.strictEqual(problem.contact_id, id)
      assert.isTrue(isReplay(answer))
    }
    assert.deepStrictEqual(contentOf(await create("other", "other")), contentOf(other))
  })

  it("is done as often as there are keys, whatever the order and however often it is sent", async () => {
    const key = fc.constantFrom("a", "b", "c")
    const sent = fc.record({ key, name: fc.constantFrom("Ann", "Bob", "") })
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { maxLength: 12 }), async (sequence) => {
        const crm = await server.tenant()
        const firsts = new Map<string, { readonly name: string; readonly answer: Answer }>()
        for (const { key, name } of sequence) {
          const answer = await crm.send("POST", "/contacts", keyed(key, { json: { name } }))
          const first = firsts.get(key)
          if (first === undefined) {
            assert.strictEqual(answer.status, name === "" ? 400 : 201)
            firsts.set(key, { name, answer })
          } else if (first.name === name) assert.deepStrictEqual(contentOf(answer), contentOf(first.answer))
          else problemOf(answer, "idempotency_mismatch")
        }
        const created = [...firsts.values()].filter(({ name }) => name !== "")
        assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, created.length)
      }),
      { numRuns: 15 }
    )
  })
})

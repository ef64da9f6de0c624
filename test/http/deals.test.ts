import { DealDetail } from "@clientele/core/domain/Deal"
import { DealPage } from "@clientele/core/domain/DealQuery"
import { Pipeline } from "@clientele/core/domain/Pipeline"
import { Product } from "@clientele/core/domain/Product"
import { NotePage } from "@clientele/api/NotesApi"
import { ProductPage } from "@clientele/api/ProductsApi"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { detailOf, jsonOf, pageOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const dealOf = reader(DealDetail)
const dealsOf = reader(DealPage)
const notesOf = reader(NotePage)
const productOf = reader(Product)
const productsOf = reader(ProductPage)
const pipelinesOf = reader(Schema.Struct({ data: Schema.Array(Pipeline) }))

describe.each(databases)("deals over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("take the contract's bodies as they stand, and answer in its shapes", async () => {
    const crm = await server.tenant()
    const contact = await crm.create({ company: "Acme Corp" })
    const created = dealOf(
      await crm.post("/deals", {
        name: "New Enterprise Deal",
        contact_id: contact.id,
        value: 75000.0,
        stage: "qualified",
        expected_close: "2026-03-01",
        owner_id: "user_001",
        products: [{ product_id: "prod_001", quantity: 1 }],
        notes: "Multi-location deployment"
      }),
      201
    )
    const { created_at, id, notes, stage_history, updated_at, ...fields } = created
    assert.deepStrictEqual(fields, {
      name: "New Enterprise Deal",
      contact_id: contact.id,
      company: "Acme Corp",
      value: 75000,
      currency: "USD",
      stage: "qualified",
      probability: 20,
      expected_close: "2026-03-01",
      owner: { id: "user_001", name: "user_001" },
      products: [{ product_id: "prod_001", name: "prod_001", quantity: 1, value: null }],
      external_id: null,
      version: 1,
      probability_source: "stage",
      closed_at: null,
      lost_reason: null
    })
    assert.strictEqual(created_at, updated_at)
    assert.deepStrictEqual(
      notes.map(({ content }) => content),
      ["Multi-location deployment"]
    )
    const moved = dealOf(
      await crm.patch(
        `/deals/${id}/stage`,
        { stage: "proposal", notes: "Sent pricing proposal" },
        { "if-match": '"1"' }
      )
    )
    assert.deepStrictEqual([moved.stage, moved.probability, moved.version], ["proposal", 40, 2])
    assert.deepStrictEqual(
      moved.stage_history.map(({ from, kind, notes, to }) => [kind, from, to, notes]),
      [
        ...stage_history.map(({ from, kind, notes, to }) => [kind, from, to, notes]),
        ["move", "qualified", "proposal", "Sent pricing proposal"]
      ]
    )
    const list = dealsOf(await crm.get("/deals"))
    const { closed_at: _c, external_id: _e, lost_reason: _l, notes: _n, ...shown } = moved
    const { probability_source: _p, stage_history: _s, version: _v, ...item } = shown
    assert.deepStrictEqual(list, {
      data: [item],
      pipeline_summary: {
        total_value: 75000,
        weighted_value: 30000,
        deal_count: 1,
        open: { count: 1, value: 75000, weighted: 30000 }
      },
      currency: "USD",
      converted_all: true,
      unconverted: [],
      pagination: { page: 1, limit: 20, total: 1, next_cursor: null }
    })
    const detail = detailOf(await crm.get(`/contacts/${contact.id}`))
    assert.deepStrictEqual(detail.deals, [{ id, name: "New Enterprise Deal", value: 75000, stage: "proposal" }])
  })

  it("are read, changed, closed and deleted", async () => {
    const crm = await server.tenant()
    const contact = await crm.create()
    const made = dealOf(await crm.post("/deals", { name: "Deal", contact_id: contact.id, value: 0.3 }), 201)
    const answer = await crm.get(`/deals/${made.id}`)
    assert.strictEqual(answer.headers["etag"], '"1"')
    assert.deepStrictEqual(dealOf(answer), made)
    // A whole detail view may be sent back, and changes nothing.
    assert.deepStrictEqual(dealOf(await crm.put(`/deals/${made.id}`, made)), made)
    const changed = dealOf(await crm.patch(`/deals/${made.id}`, { value: 0.1, probability: 33 }, { "if-match": '"1"' }))
    assert.deepStrictEqual([changed.value, changed.probability_source, changed.version], [0.1, "manual", 2])
    problemOf(await crm.put(`/deals/${made.id}`, { name: "X" }, { "if-match": '"1"' }), "precondition_failed")
    problemOf(
      await crm.patch(`/deals/${made.id}/stage`, { stage: "lead" }, { "if-match": '"1"' }),
      "precondition_failed"
    )
    assert.deepStrictEqual(pathsOf(await crm.put(`/deals/${made.id}`, { stage: "proposal" })), ["stage"])
    const won = dealOf(await crm.patch(`/deals/${made.id}/stage`, { stage: "closed_won" }))
    assert.strictEqual(won.closed_at, won.updated_at)
    const customer = detailOf(await crm.get(`/contacts/${contact.id}`))
    assert.deepStrictEqual([customer.type, customer.engagement.lifetime_value], ["customer", 0.1])
    problemOf(await crm.delete(`/deals/${made.id}`, { "if-match": '"1"' }), "precondition_failed")
    assert.strictEqual((await crm.delete(`/deals/${made.id}`)).status, 204)
    problemOf(await crm.delete(`/deals/${made.id}`), "deal_not_found")
    problemOf(await crm.get(`/deals/${made.id}`), "deal_not_found")
    assert.strictEqual(detailOf(await crm.get(`/contacts/${contact.id}`)).engagement.lifetime_value, 0)
  })

  it("say what is wrong, and where", async () => {
    const crm = await server.tenant()
    const { id } = dealOf(await crm.post("/deals", { name: "Deal", external_id: "d-1" }), 201)
    const stages = ["lead", "qualified", "proposal", "negotiation", "closed_won", "closed_lost"]
    for (const answer of [
      await crm.post("/deals", { name: "Deal", stage: "won" }),
      await crm.patch(`/deals/${id}/stage`, { stage: "won" }),
      await crm.get("/deals?stage=won")
    ]) {
      const { stage, stages: known } = problemOf(answer, "invalid_stage")
      assert.deepStrictEqual([stage, known], ["won", stages])
    }
    problemOf(await crm.post("/deals", { name: "Deal", contact_id: "contact_none" }), "contact_not_found")
    const wrong: ReadonlyArray<readonly [object, string]> = [
      [{}, "name"],
      [{ name: "x", value: 0.001 }, "value"],
      [{ name: "x", value: -1 }, "value"],
      [{ name: "x", value: "1" }, "value"],
      [{ name: "x", currency: "usd" }, "currency"],
      [{ name: "x", expected_close: "2026-02-30" }, "expected_close"],
      [{ name: "x", expected_close: "2026-02-01T00:00:00Z" }, "expected_close"],
      [{ name: "x", probability: 101 }, "probability"],
      [{ name: "x", stage: "closed_won", probability: 50 }, "probability"],
      [{ name: "x", external_id: "d-1" }, "external_id"],
      [{ name: "x", products: [{ product_id: "prod_none" }] }, "products[0].product_id"],
      [{ name: "x", products: [{ quantity: 0, name: "y" }] }, "products[0].quantity"],
      [{ name: "x", note: "typo" }, "note"]
    ]
    for (const [body, path] of wrong) assert.deepStrictEqual(pathsOf(await crm.post("/deals", body)), [path])
    assert.deepStrictEqual(pathsOf(await crm.patch(`/deals/${id}/stage`, { stage: "lead", probabilty: 1 })), [
      "probabilty"
    ])
    for (const query of ["min_value=x", "min_value=1e3", "close_date=2026-2-1", "sort=stage", "limit=0", "nope=1"]) {
      problemOf(await crm.get(`/deals?${query}`), "validation_error")
    }
    assert.lengthOf(dealsOf(await crm.get("/deals")).data, 1)
  })

  it("are filtered, sorted, walked and summed up", async () => {
    const crm = await server.tenant()
    const drafts = [
      { name: "a", value: 100, currency: "USD", stage: "closed_won", expected_close: "2026-02-14", owner_id: "user_1" },
      { name: "b", value: 200.5, currency: "EUR", stage: "proposal", expected_close: "2026-02-15" },
      { name: "c", value: 300, currency: "JPY", stage: "lead", expected_close: "2026-03-01" },
      { name: "d", value: 400, currency: "USD", stage: "closed_lost" }
    ]
    for (const draft of drafts) dealOf(await crm.post("/deals", draft), 201)
    const namesOf = async (query: string) => dealsOf(await crm.get(`/deals?${query}`)).data.map(({ name }) => name)
    for (const [query, names] of [
      ["sort=name", "abcd"],
      ["sort=-value", "dcba"],
      ["sort=expected_close", "abcd"],
      ["sort=-expected_close", "cbad"],
      ["sort=name&min_value=200.5", "bcd"],
      ["sort=name&min_value=200.51&max_value=399.99", "c"],
      ["close_date=2026-02-15", "b"],
      ["sort=name&close_after=2026-02-15", "bc"],
      ["sort=name&close_before=2026-02-15", "ab"],
      ["owner_id=user_1", "a"],
      ["stage=lead", "c"],
      ["contact_id=contact_none", ""],
      ["min_value=999999999999999999", ""]
    ] as const) {
      assert.deepStrictEqual((await namesOf(query)).join(""), names, query)
    }
    const all = dealsOf(await crm.get("/deals"))
    assert.deepStrictEqual(all.pipeline_summary, {
      total_value: 100,
      weighted_value: 100,
      deal_count: 3,
      open: { count: 2, value: 0, weighted: 0 }
    })
    assert.deepStrictEqual(all.unconverted, [
      { currency: "EUR", count: 1, value: 200.5 },
      { currency: "JPY", count: 1, value: 300 }
    ])
    assert.isFalse(all.converted_all)
    const visited: Array<string> = []
    let path: string | null = "/deals?limit=1&sort=-expected_close"
    while (path !== null) {
      const page: ReturnType<typeof dealsOf> = dealsOf(await crm.get(path))
      visited.push(...page.data.map(({ name }) => name))
      assert.strictEqual(page.pagination.total, 4)
      path = page.pagination.next_cursor === null ? null : `/deals?limit=1&cursor=${page.pagination.next_cursor}`
    }
    assert.strictEqual(visited.join(""), "cbad")
    assert.strictEqual(pageOf(await crm.get("/contacts?segment=is:open_deals")).pagination.total, 0)
  })

  it("have notes, and a pipeline", async () => {
    const crm = await server.tenant()
    const { id } = dealOf(await crm.post("/deals", { name: "Deal" }), 201)
    const added = await crm.post(`/deals/${id}/notes`, { content: "Called" })
    assert.strictEqual(added.status, 201)
    const [note] = notesOf(await crm.get(`/deals/${id}/notes`)).data
    assert.deepStrictEqual(jsonOf(added), note)
    assert.strictEqual((await crm.put(`/notes/${note?.id}`, { content: "Called twice" })).status, 200)
    assert.strictEqual(dealOf(await crm.get(`/deals/${id}`)).notes[0]?.content, "Called twice")
    const [pipeline] = pipelinesOf(await crm.get("/pipelines")).data
    assert.deepStrictEqual(
      pipeline?.stages.map(({ key, probability, type }) => [key, type, probability]),
      [
        ["lead", "open", 10],
        ["qualified", "open", 20],
        ["proposal", "open", 40],
        ["negotiation", "open", 60],
        ["closed_won", "won", 100],
        ["closed_lost", "lost", 0]
      ]
    )
  })

  it("are made of products that are managed", async () => {
    const crm = await server.tenant()
    const license = productOf(await crm.post("/products", { name: "License", price: 45000.5 }), 201)
    assert.deepStrictEqual([license.price, license.currency], [45000.5, "USD"])
    const deal = dealOf(
      await crm.post("/deals", { name: "Deal", products: [{ product_id: license.id, quantity: 2 }] }),
      201
    )
    assert.strictEqual(deal.value, 90001)
    assert.deepStrictEqual(deal.products, [{ product_id: license.id, name: "License", quantity: 2, value: 90001 }])
    const replaced = productOf(await crm.put(`/products/${license.id}`, { name: "Licence", price: 1 }))
    assert.deepStrictEqual(productOf(await crm.get(`/products/${license.id}`)), replaced)
    assert.deepStrictEqual(productsOf(await crm.get("/products")).data, [replaced])
    assert.strictEqual((await crm.delete(`/products/${license.id}`)).status, 204)
    problemOf(await crm.get(`/products/${license.id}`), "product_not_found")
    problemOf(await crm.delete(`/products/${license.id}`), "product_not_found")
    assert.deepStrictEqual(dealOf(await crm.get(`/deals/${deal.id}`)), deal)
    assert.deepStrictEqual(pathsOf(await crm.post("/products", { name: "x", price: 0.001 })), ["price"])
  })
})

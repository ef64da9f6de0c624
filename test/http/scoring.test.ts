import { ContactScore, Preview, RulesInForce } from "@clientele/core/domain/LeadScore"
import { assert, describe, it } from "@effect/vitest"
import { type Client, detailOf, pageOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const scoreOf = reader(ContactScore)
const rulesOf = reader(RulesInForce)
const previewOf = reader(Preview)

/** The contract's example. */
const contract = {
  rules: [
    {
      category: "demographic",
      field: "company_size",
      conditions: [
        { operator: "gte", value: 500, score: 10 },
        { operator: "gte", value: 100, score: 7 },
        { operator: "gte", value: 50, score: 5 }
      ]
    },
    { category: "behavioral", event: "demo_request", score: 15 }
  ]
}

const invalid = async (crm: Client, body: unknown, method: "PUT" | "POST" = "PUT") => {
  const path = method === "PUT" ? "/scoring/rules" : "/scoring/preview"
  const { errors = [], ...problem } = problemOf(await crm.send(method, path, { json: body }), "invalid_rules")
  return { index: problem.index, reason: problem.reason, paths: errors.map(({ path }) => path) }
}

describe.each(databases)("lead scoring over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("takes the contract's rules, and scores by them at once whoever is looked at", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ custom_fields: { company_size: "500+" } })
    const before = rulesOf(await crm.get("/scoring/rules"))
    assert.deepStrictEqual([before.version, before.updated_at, before.updated_by, before.job], [0, null, null, null])

    const set = rulesOf(await crm.put("/scoring/rules", contract))
    assert.deepStrictEqual<unknown>(set.rules, contract.rules)
    assert.deepStrictEqual(set.category_max, { demographic: 30, behavioral: 40, fit: 30 })
    assert.deepStrictEqual([set.version, set.job?.kind, set.job?.total], [1, "rescore", 1])

    assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).score, 10)
    await crm.post("/events", { contact_id: id, event: "demo_request" })
    const answer = await crm.get(`/contacts/${id}/score`)
    const score = scoreOf(answer)
    assert.deepStrictEqual([score.contact_id, score.total_score, score.grade, score.rules_version], [id, 25, "D", 1])
    assert.deepStrictEqual(score.breakdown, {
      demographic: {
        score: 10,
        max: 30,
        capped: false,
        factors: [{ factor: "company_size", score: 10, reason: "500+ employees" }]
      },
      behavioral: {
        score: 15,
        max: 40,
        capped: false,
        factors: [{ factor: "demo_request", score: 15, reason: score.breakdown.behavioral.factors[0]?.reason ?? "" }]
      },
      fit: { score: 0, max: 30, capped: false, factors: [] }
    })
    assert.isNotEmpty(score.recommendation)
    const detail = detailOf(await crm.get(`/contacts/${id}`))
    assert.deepStrictEqual([detail.score, detail.score_breakdown], [25, score.score_breakdown])
    assert.strictEqual(pageOf(await crm.get("/contacts?sort=-score")).data[0]?.score, 25)
    // A score is no edit.
    assert.strictEqual(detail.version, 1)

    const [explained] = scoreOf(await crm.get(`/contacts/${id}/score?sources=true`)).breakdown.behavioral.factors
    assert.strictEqual(explained?.rule_index, 1)
    assert.lengthOf(explained?.event_ids ?? [], 1)
  })

  it("refuses rules by rule and reason, and leaves those in force as they are", async () => {
    const crm = await server.tenant()
    await crm.put("/scoring/rules", contract)
    const event = { category: "behavioral", event: "demo_request", score: 15 }
    const ladder = (...values: ReadonlyArray<number>) => ({
      category: "demographic",
      field: "company_size",
      conditions: values.map((value) => ({ operator: "gte", value, score: 1 }))
    })
    assert.deepStrictEqual(await invalid(crm, { rules: [event, { ...event, category: "other" }] }), {
      index: 1,
      reason: "unknown_category",
      paths: ["rules[1].category"]
    })
    const unknown = { ...ladder(), conditions: [{ operator: "about", value: 1, score: 1 }] }
    assert.deepStrictEqual(await invalid(crm, { rules: [unknown] }), {
      index: 0,
      reason: "unknown_operator",
      paths: ["rules[0].conditions[0].operator"]
    })
    const hidden = { index: 0, reason: "unreachable_condition", paths: ["rules[0].conditions[1]"] }
    assert.deepStrictEqual(await invalid(crm, { rules: [ladder(50, 500)] }), hidden)
    assert.deepStrictEqual(await invalid(crm, { rules: [ladder(50, 500)] }, "POST"), hidden)
    assert.strictEqual((await invalid(crm, { rules: [{ category: "fit", score: 5 }] })).reason, "no_subject")
    assert.strictEqual((await invalid(crm, { rules: [], category_max: { fit: 31 } })).reason, "category_max")
    assert.strictEqual((await invalid(crm, {})).reason, "malformed")

    problemOf(await crm.put("/scoring/rules", { ...contract, notfy: "all" }), "validation_error")
    problemOf(await crm.send("PUT", "/scoring/rules", { body: "{" }), "malformed_json")
    assert.strictEqual(rulesOf(await crm.get("/scoring/rules")).version, 1)
  })

  it("previews rules without setting them", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ custom_fields: { company_size: 100 } })
    const rules = rulesOf(await crm.get("/scoring/rules"))
    const whole = previewOf(await crm.post("/scoring/preview", contract))
    assert.deepStrictEqual([whole.previewed, whole.contacts], [1, []])
    const described = { contact: { name: "New" }, events: [{ event: "demo_request" }] }
    const { contacts, grades } = previewOf(
      await crm.post("/scoring/preview", { ...contract, contact_ids: [id], contacts: [described] })
    )
    assert.deepStrictEqual(
      contacts.map(({ after, contact_id }) => [contact_id, after.total_score]),
      [
        [id, 7],
        [null, 15]
      ]
    )
    assert.deepStrictEqual(grades.after, { A: 0, B: 0, C: 0, D: 0, F: 2 })
    assert.deepStrictEqual(rulesOf(await crm.get("/scoring/rules")), rules)
    const absent = await crm.post("/scoring/preview", { ...contract, contact_ids: ["nobody"] })
    problemOf(absent, "contact_not_found")
    problemOf(await crm.get("/contacts/nobody/score"), "contact_not_found")
  })
})

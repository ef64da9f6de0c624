import { Outcome, type BulkReport } from "@clientele/core/domain/Enrichment"
import { Job } from "@clientele/core/domain/Job"
import * as ProviderCalls from "@clientele/core/services/ProviderCalls"
import { MxResolver } from "@clientele/enrichment"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Layer, Schedule, Scope } from "effect"
import { afterAll } from "vitest"
import { directory, known } from "../support/directory.ts"
import { type Client, detailOf, idOf, jsonOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const outcomeOf = reader(Outcome)
const jobOf = reader(Job)

const scope = Scope.makeUnsafe()
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const service = await Effect.runPromise(Scope.provide(directory, scope))

/** Name servers that know of every domain but one, and a little patience with providers. */
const settings = Layer.mergeAll(
  Layer.succeed(MxResolver, { acceptsMail: (domain) => Effect.succeed(domain !== "nowhere.example") }),
  Layer.succeed(ProviderCalls.Settings, {
    attempt: Duration.millis(300),
    total: Duration.seconds(2),
    retry: Schedule.recurs(1),
    breaker: { failures: 1_000, pause: Duration.seconds(1) }
  })
)

const finished = async (crm: Client, id: string): Promise<(typeof Job)["Encoded"]> => {
  // The stream of a job ends when it has finished.
  await crm.get(`/jobs/${id}/events`)
  return jobOf(await crm.get(`/jobs/${id}`))
}

describe.each(databases)("enrichment over HTTP, on $name", (database) => {
  const server = useServer(
    database,
    { enrichment: { name: "directory", url: `${service.url}/people?email={email}`, confidence: 0.92 } },
    settings
  )

  it("adds what the providers know, shows where it comes from, and adds nothing the second time", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ email: "jane@acme.com", phone: "+44 7400 123456", title: "VP" })
    const outcome = outcomeOf(await crm.send("POST", `/contacts/${id}/enrich`))
    assert.deepStrictEqual(outcome, {
      contact_id: id,
      enrichment_status: "completed",
      data_added: {
        company: { ...known.company, domain: "acme.com", website: "https://acme.com" },
        social: known.social,
        contact: {
          title: "VP Operations",
          verified_email: true,
          disposable_email: false,
          free_email: false,
          phone_e164: "+447400123456",
          phone_region: "GB",
          phone_type: "mobile",
          phone_valid: true
        }
      },
      confidence: 0.83,
      sources: ["directory", "email_domain", "email_verification", "phone_metadata"],
      failures: []
    })

    const detail = detailOf(await crm.get(`/contacts/${id}`))
    const { fields, ...parts } = detail.enrichment
    assert.deepStrictEqual(parts, outcome.data_added)
    assert.deepInclude(fields["company.employees"], { source: "directory", confidence: 0.92 })
    // A profile that the contact lacked is filled in, a title that it has is not replaced.
    assert.deepStrictEqual([detail.social["linkedin"], detail.title], [known.social.linkedin, "VP"])
    assert.strictEqual(detail.version, 2)
    const { data } = JSON.parse((await crm.get(`/contacts/${id}/history`)).text)
    assert.deepInclude(data[0], {
      cause: "enrichment",
      changes: [{ field: "social.linkedin", before: null, after: known.social.linkedin }]
    })

    const again = outcomeOf(await crm.post(`/contacts/${id}/enrich`, {}))
    assert.deepStrictEqual(again, { ...outcome, data_added: { company: {}, social: {}, contact: {} } })
    const overwritten = outcomeOf(await crm.post(`/contacts/${id}/enrich`, { fields: ["contact"], overwrite: true }))
    assert.deepStrictEqual(overwritten.data_added, { company: {}, social: {}, contact: { title: "VP Operations" } })
    assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).title, "VP Operations")
  })

  it("asks for nothing but the fields that are wanted", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ email: "jane@nowhere.example" })
    const { data_added, sources } = outcomeOf(
      await crm.post(`/contacts/${id}/enrich`, { fields: ["email_verification"] })
    )
    assert.deepStrictEqual(data_added, {
      company: {},
      social: {},
      contact: { verified_email: false, disposable_email: false, free_email: false }
    })
    assert.deepStrictEqual(sources, ["email_verification"])
  })

  it("is scored by what was found", async () => {
    const crm = await server.tenant()
    await crm.put("/scoring/rules", {
      rules: [{ category: "fit", field: "employees", conditions: [{ operator: "gte", value: 500, score: 25 }] }]
    })
    const { id } = await crm.create({ email: "jane@acme.com" })
    assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).score, 0)
    await crm.send("POST", `/contacts/${id}/enrich`)
    assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).score, 25)
    const { breakdown } = JSON.parse((await crm.get(`/contacts/${id}/score`)).text)
    assert.strictEqual(breakdown.fit.factors[0].reason, "850 employees")
  })

  it.each([
    ["silent", "timeout"],
    ["stalled", "timeout"],
    ["down", "unavailable"],
    ["stranger", "refused"],
    ["moved", "refused"],
    ["cut", "unavailable"],
    ["junk", "invalid_answer"],
    ["huge", "invalid_answer"],
    ["types", "invalid_answer"]
  ] as const)("a provider that is %s is no error of the request: %s", async (local, reason) => {
    const crm = await server.tenant()
    const contact = await crm.create({ email: `${local}@acme.com` })
    const failures = [{ source: "directory", reason }]
    const company = outcomeOf(await crm.post(`/contacts/${contact.id}/enrich`, { fields: ["company"] }))
    assert.deepInclude(company, { enrichment_status: "partial", confidence: 0.6, sources: ["email_domain"], failures })
    const social = outcomeOf(await crm.post(`/contacts/${contact.id}/enrich`, { fields: ["social"] }))
    assert.deepInclude(social, { enrichment_status: "failed", confidence: null, sources: [], failures })
    const { enrichment: _enrichment, ...rest } = detailOf(await crm.get(`/contacts/${contact.id}`))
    const { enrichment: _before, ...before } = contact
    assert.deepStrictEqual(rest, before)
  })

  it("others are answered while a provider is waited for", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ email: "silent@acme.com" })
    let waiting = true
    const slow = crm.send("POST", `/contacts/${id}/enrich`).finally(() => (waiting = false))
    await crm.put(`/contacts/${id}`, { email: "jane@acme.com" })
    await crm.create({ name: "Other" })
    assert.isTrue(waiting)
    // It was changed meanwhile, so that nothing is believed of what was answered about it.
    const { enrichment_status, failures } = outcomeOf(await slow)
    assert.strictEqual(enrichment_status, "failed")
    assert.deepInclude(failures, { source: "email_domain", reason: "outdated" })
  })

  it("nothing known is no error, either", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ email: "nobody@gmail.com" })
    const { enrichment_status } = outcomeOf(await crm.post(`/contacts/${id}/enrich`, { fields: ["company", "phone"] }))
    assert.strictEqual(enrichment_status, "no_data")
  })

  it("refuses what it does not know", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const refused = async (body: unknown) => pathsOf(await crm.post(`/contacts/${id}/enrich`, body))
    assert.deepStrictEqual(await refused({ fields: ["shoe_size"] }), ["fields[0]"])
    assert.deepStrictEqual(await refused({ fields: [] }), ["fields"])
    assert.deepStrictEqual(await refused({ overwrite: "yes" }), ["overwrite"])
    assert.deepStrictEqual(await refused({ feilds: ["company"] }), ["feilds"])
    problemOf(await crm.post("/contacts/contact_nobody/enrich", {}), "contact_not_found")
    const gone = await crm.create()
    await crm.post("/contacts/merge", { primary_contact_id: id, merge_contact_ids: [gone.id] })
    const { merged_into } = problemOf(await crm.post(`/contacts/${gone.id}/enrich`, {}), "contact_not_found")
    assert.strictEqual(merged_into, id)
    problemOf(await crm.send("POST", `/contacts/${id}/enrich`, { body: "{" }), "malformed_json")
    problemOf(
      await crm.send("POST", `/contacts/${id}/enrich`, { body: "x", headers: { "content-type": "text/plain" } }),
      "unsupported_media_type"
    )
    const large = {
      body: JSON.stringify({ fields: ["x".repeat(1_100_000)] }),
      headers: { "content-type": "application/json" }
    }
    for (const path of [`/contacts/${id}/enrich`, "/contacts/enrich/bulk"]) {
      problemOf(await crm.send("POST", path, large), "payload_too_large")
      problemOf(await server.withToken().post(path, {}), "unauthorized")
    }
    const bulk = async (body: unknown) => pathsOf(await crm.post("/contacts/enrich/bulk", body))
    assert.deepStrictEqual(await bulk({}), ["contact_ids"])
    assert.deepStrictEqual(await bulk({ contact_ids: [] }), ["contact_ids"])
    assert.deepStrictEqual(await bulk({ contact_ids: Array.from({ length: 1_001 }, (_, n) => `c${n}`) }), [
      "contact_ids"
    ])
    assert.deepStrictEqual(await bulk({ contact_ids: [id], fields: ["company", "x"] }), ["fields[1]"])
  })

  it("takes the contract's example of many, and tells what became of each", async () => {
    const crm = await server.tenant()
    const jane = await crm.create({ email: "jane@acme.com" })
    const down = await crm.create({ email: "down@gmail.com" })
    const started = await crm.post("/contacts/enrich/bulk", {
      contact_ids: [jane.id, "contact_nobody", down.id, jane.id],
      fields: ["company", "social", "email_verification"]
    })
    assert.deepInclude(jobOf(started, 202), { kind: "enrich", total: 3 })
    const job = await finished(crm, idOf(started))
    assert.deepInclude(job, { status: "completed", done: 3, failure: null })
    const report: (typeof BulkReport)["Encoded"] = {
      completed: 1,
      partial: 1,
      no_data: 0,
      failed: 1,
      contacts: [
        { contact_id: jane.id, enrichment_status: "completed", code: null },
        { contact_id: "contact_nobody", enrichment_status: "failed", code: "contact_not_found" },
        { contact_id: down.id, enrichment_status: "partial", code: null }
      ]
    }
    assert.deepStrictEqual(job.result, report)
    const { enrichment } = detailOf(await crm.get(`/contacts/${jane.id}`))
    assert.deepInclude(enrichment.company, known.company)
    assert.notProperty(enrichment.contact, "title")
  })

  it("goes to the archive and comes back with its contact, and is part of what is held of a person", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ email: "jane@acme.com" })
    await crm.send("POST", `/contacts/${id}/enrich`)
    const { enrichment } = detailOf(await crm.get(`/contacts/${id}`))
    const held = async () => JSON.parse((await crm.get(`/contacts/${id}/personal-data`)).text).contact.enrichment
    assert.deepStrictEqual(await held(), enrichment)
    await crm.delete(`/contacts/${id}`)
    assert.deepStrictEqual(await held(), enrichment)
    assert.deepStrictEqual(detailOf(await crm.post(`/contacts/${id}/restore`, undefined)).enrichment, enrichment)
    // A page that was read may be sent back as it is.
    const page = jsonOf(await crm.get(`/contacts/${id}`))
    assert.strictEqual((await crm.put(`/contacts/${id}`, page)).status, 200)
    assert.strictEqual((await crm.send("POST", `/contacts/${id}/erase`)).status, 204)
    problemOf(await crm.post(`/contacts/${id}/enrich`, {}), "contact_not_found")
  })
})

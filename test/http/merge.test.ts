import { assert, describe, it } from "@effect/vitest"
import { MergePreview } from "@clientele/core/domain/Merging"
import { Note } from "@clientele/core/domain/Note"
import { type Client, detailOf, jsonOf, pageOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const previewOf = reader(MergePreview)
const noteOf = reader(Note)
const unknown = "contact_00000000000000000000000000"
const paths = ["/contacts/merge", "/contacts/merge/preview"]

const three = async (crm: Client) =>
  [
    await crm.create({
      name: "Jane Doe",
      email: "jane@example.com",
      tags: ["enterprise"],
      notes: "From Jane",
      custom_fields: { size: 5 },
      social: { twitter: "@jane" }
    }),
    await crm.create({
      name: "J. Doe",
      email: "jd@example.com",
      phone: "+1 202 555 0143",
      type: "customer",
      tags: ["Enterprise", "vip"],
      address: { city: "Rome", country: "IT" },
      notes: "From J."
    }),
    await crm.create({ name: "jane", company: "Acme", status: "inactive", secondary_phones: ["+1 202 555 0199"] })
  ] as const

describe.each(databases)("merging over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("the contract's example is accepted, and answered with the merged detail view and its version as ETag", async () => {
    const crm = await server.tenant()
    const [one, two, other] = await three(crm)
    const request = {
      primary_contact_id: one.id,
      merge_contact_ids: [two.id, other.id],
      field_preferences: { email: one.id, phone: two.id }
    }
    const preview = await crm.post("/contacts/merge/preview", request)
    const answer = await crm.post("/contacts/merge", request)
    const merged = detailOf(answer)
    assert.deepStrictEqual(jsonOf(answer), {
      ...one,
      type: "customer",
      phone: "+1 202 555 0143",
      secondary_emails: ["jd@example.com"],
      secondary_phones: ["+1 202 555 0199"],
      company: "Acme",
      tags: ["enterprise", "vip"],
      address: { street: null, city: "Rome", state: null, zip: null, country: "IT" },
      notes: [...two.notes, ...one.notes],
      score: 9,
      score_breakdown: { engagement: 0, profile_completeness: 4, recent_activity: 0, fit_score: 5 },
      version: 2,
      updated_at: merged.updated_at
    })
    assert.strictEqual(answer.headers.etag, '"2"')
    assert.strictEqual(answer.headers["cache-control"], "private, no-store")
    assert.deepStrictEqual({ ...previewOf(preview).contact, updated_at: "" }, { ...merged, updated_at: "" })
    assert.deepStrictEqual(detailOf(await crm.get(`/contacts/${one.id}`)), merged)
    assert.strictEqual(
      detailOf(await crm.put(`/contacts/${one.id}`, { name: "Jane" }, { "if-match": '"2"' })).version,
      3
    )
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 1)
  })

  it("a preview shows contact, versions, where each value comes from, and what moves; and writes nothing", async () => {
    const crm = await server.tenant()
    const [one, two, other] = await three(crm)
    await crm.post(
      "/events",
      [one, two, two].map(({ id }) => ({ contact_id: id, event: "seen" }))
    )
    const before = await Promise.all([one, two, other].map(async ({ id }) => (await crm.get(`/contacts/${id}`)).text))
    const answer = await crm.post("/contacts/merge/preview", {
      primary_contact_id: one.id,
      merge_contact_ids: [two.id, other.id]
    })
    const { contact, fields, ...rest } = previewOf(answer)
    assert.deepStrictEqual(rest, {
      versions: { [one.id]: 1, [two.id]: 1, [other.id]: 1 },
      moves: { deals: 0, activities: 0, tasks: 0, notes: 1, events: 2 }
    })
    assert.strictEqual(contact.id, one.id)
    assert.deepStrictEqual(fields.slice(0, 4), [
      {
        field: "name",
        source: one.id,
        value: "Jane Doe",
        others: [
          { contact_id: two.id, value: "J. Doe" },
          { contact_id: other.id, value: "jane" }
        ]
      },
      {
        field: "type",
        source: two.id,
        value: "customer",
        others: [
          { contact_id: one.id, value: "lead" },
          { contact_id: other.id, value: "lead" }
        ]
      },
      {
        field: "status",
        source: one.id,
        value: "active",
        others: [
          { contact_id: two.id, value: "active" },
          { contact_id: other.id, value: "inactive" }
        ]
      },
      {
        field: "email",
        source: one.id,
        value: "jane@example.com",
        others: [{ contact_id: two.id, value: "jd@example.com" }]
      }
    ])
    assert.includeMembers(
      fields.map(({ field, source }) => `${field} ${source}`),
      [`social.twitter ${one.id}`, `custom_fields.size ${one.id}`, "tags null", `address ${two.id}`]
    )
    assert.deepStrictEqual(
      await Promise.all([one, two, other].map(async ({ id }) => (await crm.get(`/contacts/${id}`)).text)),
      before
    )
  })

  it("all ways to a merged contact lead to a 404 that says where it went, over chains too", async () => {
    const crm = await server.tenant()
    const [one, two, other] = await three(crm)
    detailOf(await crm.post("/contacts/merge", { primary_contact_id: two.id, merge_contact_ids: [other.id] }))
    detailOf(await crm.post("/contacts/merge", { primary_contact_id: one.id, merge_contact_ids: [two.id] }))
    for (const { id } of [two, other]) {
      for (const [method, path, json] of [
        ["GET", ""],
        ["PUT", "", { name: "x" }],
        ["PATCH", "", {}],
        ["DELETE", ""],
        ["GET", "/notes"],
        ["POST", "/notes", { content: "x" }],
        ["GET", "/history"],
        ["POST", "/restore"]
      ] as const) {
        const answer = await crm.send(method, `/contacts/${id}${path}`, json === undefined ? {} : { json })
        const problem = problemOf(answer, "contact_not_found")
        assert.deepInclude(problem, { contact_id: id, merged_into: one.id }, `${method} ${path}`)
      }
    }
    assert.strictEqual(detailOf(await crm.get(`/contacts/${one.id}`)).notes.length, 2)
    for (const { id } of [two, other]) {
      assert.include((await crm.post("/events", { contact_id: id, event: "seen" })).text, "contact_not_found")
    }
    const reused = await crm.post("/contacts", { name: "Again", email: "jd@example.com" })
    assert.strictEqual(problemOf(reused, "duplicate_contact").contact_id, one.id)
    const [note] = detailOf(await crm.get(`/contacts/${one.id}`)).notes
    assert.strictEqual(noteOf(await crm.put(`/notes/${note?.id}`, { content: "Moved, and mended" })).id, note?.id)
  })

  it("what cannot be merged is a 409 merge_conflict that says why, on merge and preview", async () => {
    const crm = await server.tenant()
    const [one, two, other] = await three(crm)
    const gone = await crm.create()
    detailOf(await crm.post("/contacts/merge", { primary_contact_id: one.id, merge_contact_ids: [gone.id] }))
    const refuses = async (reason: string, contact_ids: ReadonlyArray<string>, request: object, rest: object = {}) => {
      for (const path of paths) {
        const answer = await crm.post(path, { primary_contact_id: one.id, ...request })
        const { detail, ...problem } = problemOf(answer, "merge_conflict")
        assert.isString(detail)
        assert.deepStrictEqual(problem, {
          type: "urn:clientele:problem:merge_conflict",
          title: "Contacts cannot be merged",
          status: 409,
          code: "merge_conflict",
          reason,
          contact_ids,
          ...rest
        })
      }
    }
    await refuses("primary_among_merged", [one.id], { merge_contact_ids: [two.id, one.id] })
    await refuses("repeated_id", [two.id], { merge_contact_ids: [two.id, other.id, two.id] })
    await refuses("already_merged", [gone.id], { merge_contact_ids: [two.id, gone.id] }, { merged_into: one.id })
    const asPrimary = { primary_contact_id: gone.id, merge_contact_ids: [two.id] }
    await refuses("already_merged", [gone.id], asPrimary, { merged_into: one.id })

    const others = { merge_contact_ids: [two.id, other.id] }
    const { versions } = previewOf(await crm.post("/contacts/merge/preview", { primary_contact_id: one.id, ...others }))
    await crm.put(`/contacts/${other.id}`, { name: "Moved on" })
    await refuses("stale_version", [other.id], { ...others, versions })
    assert.deepInclude(detailOf(await crm.get(`/contacts/${one.id}`)), { version: 1, name: "Jane Doe" })
    const fresh = previewOf(await crm.post("/contacts/merge/preview", { primary_contact_id: one.id, ...others }))
    detailOf(await crm.post("/contacts/merge", { primary_contact_id: one.id, ...others, versions: fresh.versions }))
  })

  it("ids that name nothing are a 404 with the id, and nothing is merged", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const deleted = await crm.create()
    await crm.delete(`/contacts/${deleted.id}`)
    for (const missing of [unknown, deleted.id, "nobody", "__proto__"]) {
      for (const path of paths) {
        const [asOther, asPrimary] = [
          await crm.post(path, { primary_contact_id: id, merge_contact_ids: [missing] }),
          await crm.post(path, { primary_contact_id: missing, merge_contact_ids: [id] })
        ]
        assert.strictEqual(problemOf(asOther, "contact_not_found").contact_id, missing)
        assert.strictEqual(problemOf(asPrimary, "contact_not_found").contact_id, missing)
      }
    }
    assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).version, 1)
  })

  it("names the path of each member that is not as it should be", async () => {
    const crm = await server.tenant()
    const [one, two] = await three(crm)
    const good = { primary_contact_id: one.id, merge_contact_ids: [two.id] }
    const preferring = (field: string, id: unknown = two.id) =>
      [{ ...good, field_preferences: { [field]: id } }, [`field_preferences.${field}`]] as const
    const all: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
      [{}, ["primary_contact_id", "merge_contact_ids"]],
      [{ ...good, primary_contact_id: 1 }, ["primary_contact_id"]],
      [{ ...good, merge_contact_ids: [] }, ["merge_contact_ids"]],
      [{ ...good, merge_contact_ids: two.id }, ["merge_contact_ids"]],
      [{ ...good, merge_contact_ids: [two.id, null, ""] }, ["merge_contact_ids[1]", "merge_contact_ids[2]"]],
      [{ ...good, merge_contact_ids: Array.from({ length: 51 }, (_, n) => `contact_${n}`) }, ["merge_contact_ids"]],
      preferring("emial"),
      preferring("Email"),
      preferring("ownerId"),
      preferring("custom_fields.Nope"),
      preferring("tags"),
      preferring("address.city"),
      preferring("social"),
      preferring("email", "contact_elsewhere"),
      preferring("email", 5),
      preferring("email", null),
      [{ ...good, versions: { [one.id]: "1" } }, [`versions.${one.id}`]],
      [{ ...good, versions: { contact_Elsewhere: 1 } }, ["versions.contact_Elsewhere"]],
      [{ ...good, preferences: {} }, ["preferences"]],
      [[good], [""]]
    ]
    for (const [body, expected] of all) {
      for (const path of paths) {
        assert.sameMembers([...pathsOf(await crm.post(path, body))], [...expected], JSON.stringify(body))
      }
    }
    const proto = `{"primary_contact_id":"${one.id}","merge_contact_ids":["${two.id}"],"field_preferences":{"__proto__":"${two.id}"}}`
    for (const path of paths) {
      const answer = await crm.send("POST", path, { body: proto, headers: { "content-type": "application/json" } })
      assert.deepStrictEqual(pathsOf(answer), ["field_preferences.__proto__"])
    }
    assert.deepStrictEqual(pathsOf(await crm.post("/contacts/merge?preview=1", good)), ["preview"])
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 3)
  })

  it("of many merges at once over the same contacts one wins, and each contact ends in one place", async () => {
    const crm = await server.tenant()
    const contacts = await Promise.all(Array.from({ length: 6 }, (_, n) => crm.create({ notes: `Note ${n}` })))
    const ids = contacts.map(({ id }) => id)
    const answers = await Promise.all(
      ids.map((primary_contact_id) =>
        crm.post("/contacts/merge", {
          primary_contact_id,
          merge_contact_ids: ids.filter((id) => id !== primary_contact_id)
        })
      )
    )
    const [won, ...others] = answers.filter(({ status }) => status === 200)
    assert.isDefined(won)
    assert.lengthOf(others, 0)
    const { id, notes } = detailOf(won)
    assert.lengthOf(notes, 6)
    for (const answer of answers.filter((answer) => answer !== won)) {
      assert.deepInclude(problemOf(answer, "merge_conflict"), { reason: "already_merged", merged_into: id })
    }
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 1)
  })
})

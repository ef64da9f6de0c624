import { assert, describe, it } from "@effect/vitest"
import { detailOf, jsonOf, pageOf, pathsOf, problemOf } from "./client.ts"
import { databases, useServer } from "./server.ts"

/** As the contract prints it. */
const janeDoe = {
  name: "Jane Doe",
  email: "jane@example.com",
  phone: "+1234567890",
  company: "Tech Corp",
  title: "VP of Food Services",
  source: "referral",
  type: "lead",
  tags: ["enterprise"],
  custom_fields: { industry: "healthcare", locations: 25 },
  owner_id: "user_001",
  notes: "Interested in multi-location deployment"
}

const unknown = "contact_00000000000000000000000000"
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

describe.each(databases)("contacts over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("the contract's creation is answered with the whole detail view", async () => {
    const crm = await server.tenant({ sub: "user_007", name: "Tess" })
    const answer = await crm.post("/contacts", janeDoe)
    const created = detailOf(answer, 201)
    const [note] = created.notes
    assert.match(created.id, /^contact_[0-9a-v]{26}$/)
    assert.match(created.created_at, instant)
    assert.match(note?.id ?? "", /^note_/)
    assert.deepStrictEqual(jsonOf(answer), {
      id: created.id,
      external_id: null,
      type: "lead",
      name: "Jane Doe",
      email: "jane@example.com",
      secondary_emails: [],
      phone: "+1234567890",
      secondary_phones: [],
      company: "Tech Corp",
      title: "VP of Food Services",
      source: "referral",
      status: "active",
      score: 23,
      tags: ["enterprise"],
      custom_fields: { industry: "healthcare", locations: 25 },
      engagement: { last_interaction: null, total_interactions: 0, lifetime_value: 0 },
      owner: { id: "user_001", name: "user_001" },
      address: { street: null, city: null, state: null, zip: null, country: null },
      social: { linkedin: null, twitter: null },
      score_breakdown: { engagement: 0, profile_completeness: 18, recent_activity: 0, fit_score: 5 },
      enrichment: { company: {}, social: {}, contact: {}, fields: {} },
      deals: [],
      activities: [],
      notes: [
        {
          id: note?.id,
          content: "Interested in multi-location deployment",
          created_by: "user_007",
          created_at: created.created_at
        }
      ],
      version: 1,
      created_at: created.created_at,
      updated_at: created.created_at
    })
    assert.deepStrictEqual(jsonOf(await crm.get(`/contacts/${created.id}`)), jsonOf(answer))
  })

  it("a contact of a name alone has every documented member, null or empty", async () => {
    const crm = await server.tenant()
    const created = await crm.create({ name: "Nobody" })
    const { created_at, id, updated_at, ...rest } = created
    assert.deepStrictEqual(rest, {
      external_id: null,
      type: "lead",
      name: "Nobody",
      email: null,
      secondary_emails: [],
      phone: null,
      secondary_phones: [],
      company: null,
      title: null,
      source: null,
      status: "active",
      score: 0,
      tags: [],
      custom_fields: {},
      engagement: { last_interaction: null, total_interactions: 0, lifetime_value: 0 },
      owner: null,
      address: { street: null, city: null, state: null, zip: null, country: null },
      social: { linkedin: null, twitter: null },
      score_breakdown: { engagement: 0, profile_completeness: 0, recent_activity: 0, fit_score: 0 },
      enrichment: { company: {}, social: {}, contact: {}, fields: {} },
      deals: [],
      activities: [],
      notes: [],
      version: 1
    })
    assert.strictEqual(created_at, updated_at)
    assert.isNotEmpty(id)
  })

  it("every settable member is stored and comes back as it was sent", async () => {
    const crm = await server.tenant()
    const sent = {
      external_id: "crm-4711/ä",
      type: "customer" as const,
      status: "inactive" as const,
      name: "Żółć 😀 \u202e o'Brien\"; --",
      email: "Jürgen@MÜNCHEN.example",
      secondary_emails: ["two@example.com"],
      phone: "030 / 90 18 20",
      secondary_phones: ["+49 30 901820"],
      company: "  spaced  ",
      title: "%_\\",
      source: "e\u0301vent",
      address: { street: "1\n2", city: "København", state: "CA", zip: "0001", country: "Denmark" },
      social: { linkedin: "https://linkedin.com/in/x", mastodon: "@x@y.example" },
      tags: ["a b", "Ä"],
      custom_fields: { constructor: "c", n: 1.5, big: 1e21, yes: true, list: ["x", ""], empty: "" },
      owner_id: "user|1"
    }
    const { owner_id, social, ...members } = sent
    const created = await crm.create(sent)
    const read = detailOf(await crm.get(`/contacts/${created.id}`))
    assert.deepStrictEqual(read, created)
    assert.deepInclude(read, {
      ...members,
      company: read.company,
      address: { ...sent.address, country: "DK" },
      social: { twitter: null, ...social },
      owner: { id: owner_id, name: owner_id }
    })
    assert.strictEqual(read.company?.trim(), "spaced")
  })

  it("PUT replaces what is present, clears what is null, merges objects by key and leaves the rest", async () => {
    const crm = await server.tenant()
    const before = await crm.create({ ...janeDoe, address: { city: "Rome", zip: "1" }, social: { twitter: "@j" } })
    const after = detailOf(
      await crm.put(`/contacts/${before.id}`, {
        company: null,
        tags: ["new"],
        address: { zip: null, street: "Via" },
        social: { linkedin: "in/j" },
        custom_fields: { industry: null, size: 3 },
        owner_id: null
      })
    )
    assert.deepStrictEqual(after, {
      ...before,
      company: null,
      tags: ["new"],
      address: { street: "Via", city: "Rome", state: null, zip: null, country: null },
      social: { linkedin: "in/j", twitter: "@j" },
      custom_fields: { locations: 25, size: 3 },
      owner: null,
      // Without the points for the industry.
      score: before.score - 6,
      score_breakdown: { ...before.score_breakdown, profile_completeness: 12 },
      version: 2,
      updated_at: after.updated_at
    })
    assert.deepStrictEqual(detailOf(await crm.get(`/contacts/${before.id}`)), after)
  })

  it("PATCH does what PUT does", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create(janeDoe)
    const patched = detailOf(await crm.patch(`/contacts/${id}`, { title: "CEO" }))
    assert.strictEqual(patched.title, "CEO")
    assert.strictEqual(patched.version, 2)
    assert.strictEqual(detailOf(await crm.patch(`/contacts/${id}`, {})).version, 2)
  })

  it("a whole detail view can be sent back; a read-only member that differs is refused at its path", async () => {
    const crm = await server.tenant()
    const before = await crm.create(janeDoe)
    assert.deepStrictEqual(detailOf(await crm.put(`/contacts/${before.id}`, before)), before)
    const answer = await crm.put(`/contacts/${before.id}`, {
      ...before,
      company: "Changed",
      score: 99,
      score_breakdown: {},
      created_at: "2020-01-01T00:00:00Z"
    })
    assert.sameMembers([...pathsOf(answer)], ["score", "score_breakdown", "created_at"])
    assert.deepStrictEqual(detailOf(await crm.get(`/contacts/${before.id}`)), before)
  })

  it("DELETE is answered with 204 and nothing, and frees the e-mail; then there is no such contact", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create(janeDoe)
    const gone = await crm.delete(`/contacts/${id}`)
    assert.strictEqual(gone.status, 204)
    assert.strictEqual(gone.text, "")
    assert.strictEqual(gone.headers["content-type"], undefined)
    for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
      const json = method === "PUT" || method === "PATCH" ? { json: {} } : {}
      assert.deepInclude(problemOf(await crm.send(method, `/contacts/${id}`, json), "contact_not_found"), {
        contact_id: id
      })
    }
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 0)
    await crm.create(janeDoe)
  })

  it("the version is the ETag of what shows or changes one contact, never to be stored", async () => {
    const crm = await server.tenant()
    const created = await crm.post("/contacts", { name: "V" })
    const { id } = detailOf(created, 201)
    const changed = await crm.put(`/contacts/${id}`, { name: "W" })
    const patched = await crm.patch(`/contacts/${id}`, { name: "X" })
    const read = await crm.get(`/contacts/${id}`)
    for (const [answer, etag] of [
      [created, '"1"'],
      [changed, '"2"'],
      [patched, '"3"'],
      [read, '"3"']
    ] as const) {
      assert.strictEqual(answer.headers.etag, etag)
      assert.strictEqual(answer.headers["cache-control"], "private, no-store")
    }
    assert.strictEqual((await crm.get(`/contacts/${id}`, { "if-none-match": '"3"' })).status, 200)
  })

  it.each(["PUT", "PATCH", "DELETE"])(
    "%s with an If-Match other than the version is refused and changes nothing",
    async (method) => {
      const crm = await server.tenant()
      const { id } = await crm.create()
      const before = detailOf(await crm.put(`/contacts/${id}`, { name: "Two" }))
      const body = method === "DELETE" ? {} : { json: { name: "Three" } }
      for (const stale of [
        '"1"',
        'W/"1"',
        '"3"',
        "2",
        '"02"',
        '"2", "1"',
        "garbage",
        '""',
        `"${"9".repeat(30)}"`,
        ""
      ]) {
        const answer = await crm.send(method, `/contacts/${id}`, { ...body, headers: { "if-match": stale } })
        assert.strictEqual(problemOf(answer, "precondition_failed").version, 2, stale)
      }
      assert.deepStrictEqual(detailOf(await crm.get(`/contacts/${id}`)), before)
    }
  )

  it.each(['"1"', 'W/"1"', "*", ' "1" '])("If-Match %s lets the first change through", async (current) => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const headers = { "if-match": current }
    assert.strictEqual(detailOf(await crm.put(`/contacts/${id}`, { name: "Two" }, headers)).version, 2)
    const other = await crm.create({ email: "other@example.com" })
    assert.strictEqual((await crm.delete(`/contacts/${other.id}`, headers)).status, 204)
  })

  it("If-Match on a contact that is not there is a 404, whatever it says", async () => {
    const crm = await server.tenant()
    for (const value of ["*", '"1"', "x"]) {
      const put = await crm.put(`/contacts/${unknown}`, {}, { "if-match": value })
      assert.strictEqual(problemOf(put, "contact_not_found").contact_id, unknown)
      problemOf(await crm.delete(`/contacts/${unknown}`, { "if-match": value }), "contact_not_found")
    }
  })

  it("an e-mail in use is refused with the contact that has it, however it is spelled, on creation and change", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ email: "Jane@Example.com", secondary_emails: ["jd@example.com"] })
    for (const email of ["jane@example.com", " JANE@EXAMPLE.COM ", "JD@example.com"]) {
      const problem = problemOf(await crm.post("/contacts", { name: "Other", email }), "duplicate_contact")
      assert.deepInclude(problem, { contact_id: id, reason: "email" })
    }
    const other = await crm.create({ email: "free@example.com", external_id: "x1" })
    assert.strictEqual(
      problemOf(await crm.put(`/contacts/${other.id}`, { email: "JANE@example.com" }), "duplicate_contact").contact_id,
      id
    )
    assert.deepInclude(problemOf(await crm.post("/contacts", { name: "X", external_id: "x1" }), "duplicate_contact"), {
      contact_id: other.id,
      reason: "external_id"
    })
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 2)
  })

  it("of forty creations of one e-mail at once exactly one wins, and the others name it", async () => {
    const crm = await server.tenant()
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => crm.post("/contacts", { name: `Racer ${n}`, email: "race@example.com" }))
    )
    const [winner, ...others] = answers.filter(({ status }) => status === 201)
    assert.isDefined(winner)
    assert.lengthOf(others, 0)
    const { id } = detailOf(winner, 201)
    const refused = answers.filter((answer) => answer !== winner)
    assert.lengthOf(refused, 39)
    for (const answer of refused) {
      assert.deepInclude(problemOf(answer, "duplicate_contact"), { contact_id: id, reason: "email" })
    }
    assert.strictEqual(pageOf(await crm.get("/contacts?search=racer")).pagination.total, 1)
  })

  it("an owner is shown by the name their token brought, and by id until then", async () => {
    const tenant_id = "tenant_of_mike"
    const crm = await server.tenant({ tenant_id })
    const { id } = await crm.create({ owner_id: "user_mike" })
    assert.deepStrictEqual(detailOf(await crm.get(`/contacts/${id}`)).owner, { id: "user_mike", name: "user_mike" })
    const mike = await server.tenant({ tenant_id, sub: "user_mike", name: "Sales Rep Mike" })
    await mike.get("/contacts")
    const owner = { id: "user_mike", name: "Sales Rep Mike" }
    assert.deepStrictEqual(detailOf(await crm.get(`/contacts/${id}`)).owner, owner)
    assert.deepStrictEqual(pageOf(await crm.get("/contacts")).data[0]?.owner, owner)
  })

  it("a request id of the caller's is echoed when it is sane, else replaced", async () => {
    const crm = await server.tenant()
    const echoed = async (id: string) => (await crm.get("/contacts", { "x-request-id": id })).headers["x-request-id"]
    for (const sane of ["abc", "A-b.c_d:9", "x".repeat(128)]) assert.strictEqual(await echoed(sane), sane)
    for (const odd of ["", "a b", "a<script>", "x".repeat(129), "é"]) {
      assert.match(String(await echoed(odd)), /^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    }
    assert.strictEqual(
      (await crm.get(`/contacts/${unknown}`, { "x-request-id": "r-404" })).headers["x-request-id"],
      "r-404"
    )
  })
})

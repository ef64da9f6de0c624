import { assert, describe, it } from "@effect/vitest"
import { type Client, jsonOf, pageOf, pathsOf } from "./client.ts"
import { databases, useServer } from "./server.ts"

const names = async (crm: Client, query: string): Promise<ReadonlyArray<string>> => {
  const page = pageOf(await crm.get(`/contacts?${query}`))
  assert.strictEqual(page.pagination.total, page.data.length, "every filter here fits on one page")
  return page.data.map(({ name }) => name)
}

const itemMembers = [
  "id",
  "external_id",
  "type",
  "name",
  "email",
  "phone",
  "company",
  "title",
  "source",
  "status",
  "score",
  "tags",
  "custom_fields",
  "engagement",
  "owner",
  "version",
  "created_at",
  "updated_at"
] as const

describe.each(databases)("the list of contacts, on $name", (database) => {
  const server = useServer(database)

  it("shows each contact with all members of a list item, and where the page stands", async () => {
    const crm = await server.tenant()
    const created = await crm.create({
      name: "Jane",
      email: "jane@example.com",
      owner_id: "user_001",
      notes: "Not in the list"
    })
    const item = Object.fromEntries(itemMembers.map((member) => [member, created[member]]))
    assert.deepStrictEqual(jsonOf(await crm.get("/contacts")), {
      data: [item],
      pagination: { page: 1, limit: 20, total: 1, next_cursor: null }
    })
  })

  it("an empty list is a page like any other", async () => {
    const crm = await server.tenant()
    const empty = { data: [], pagination: { page: 1, limit: 20, total: 0, next_cursor: null } }
    assert.deepStrictEqual(jsonOf(await crm.get("/contacts")), empty)
    assert.deepStrictEqual(jsonOf(await crm.get("/contacts/")), empty)
  })

  it("goes from the newest to the oldest, over pages that hold each contact once", async () => {
    const crm = await server.tenant()
    const created: Array<string> = []
    for (let n = 0; n < 25; n++) created.unshift((await crm.create({ name: `Contact ${n}` })).id)
    const walked: Array<string> = []
    for (let page = 1; page <= 3; page++) {
      const { data, pagination } = pageOf(await crm.get(`/contacts?page=${page}&limit=10`))
      const { next_cursor, ...place } = pagination
      assert.deepStrictEqual(place, { page, limit: 10, total: 25 })
      assert.strictEqual(next_cursor === null, page === 3)
      walked.push(...data.map(({ id }) => id))
    }
    assert.deepStrictEqual(walked, created)
    assert.lengthOf(pageOf(await crm.get("/contacts")).data, 20)
    assert.lengthOf(pageOf(await crm.get("/contacts?limit=100")).data, 25)
    for (const beyond of [4, 1_000_000_000]) {
      const { data, pagination } = pageOf(await crm.get(`/contacts?page=${beyond}&limit=10`))
      assert.lengthOf(data, 0)
      assert.strictEqual(pagination.total, 25)
    }
  })

  it("filters by each parameter alone and by all of them together", async () => {
    const crm = await server.tenant()
    await crm.create({ name: "Ann", type: "lead", source: "website", owner_id: "user_1", external_id: "a-1" })
    await crm.create({ name: "Bob", type: "customer", source: "website", owner_id: "user_2" })
    await crm.create({ name: "Cid", type: "customer", status: "inactive", source: "web site", owner_id: "user_1" })
    const all: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
      ["status=active", ["Bob", "Ann"]],
      ["status=inactive", ["Cid"]],
      ["status=lead", ["Ann"]],
      ["status=customer", ["Cid", "Bob"]],
      ["type=lead", ["Ann"]],
      ["type=customer", ["Cid", "Bob"]],
      ["status=active&type=customer", ["Bob"]],
      ["status=lead&type=customer", []],
      ["source=website", ["Bob", "Ann"]],
      ["source=web%20site", ["Cid"]],
      ["source=web+site", ["Cid"]],
      ["source=nowhere", []],
      ["owner_id=user_1", ["Cid", "Ann"]],
      ["owner_id=nobody", []],
      ["external_id=a-1", ["Ann"]],
      ["external_id=a-2", []],
      ["status=customer&type=customer&source=website&owner_id=user_2&search=bo&page=1&limit=5", ["Bob"]]
    ]
    for (const [query, expected] of all) assert.deepStrictEqual(await names(crm, query), expected, query)
  })

  it("searches names, e-mails, companies and phones, whatever the case and accents; signs are plain characters", async () => {
    const crm = await server.tenant()
    await crm.create({
      name: "Jürgen Müller",
      email: "jm@example.com",
      company: "Acme 100% Ltd",
      phone: "+1 202-555-0143"
    })
    await crm.create({ name: "Anna Muller", email: "anna_m@example.org", secondary_emails: ["second@example.net"] })
    const all: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
      ["MULLER", ["Anna Muller", "Jürgen Müller"]],
      ["müller jür", ["Jürgen Müller"]],
      ["acme", ["Jürgen Müller"]],
      ["100%", ["Jürgen Müller"]],
      ["%%%", []],
      ["anna_m", ["Anna Muller"]],
      ["___", []],
      ["second@example", ["Anna Muller"]],
      ["2025550143", ["Jürgen Müller"]],
      ["an", ["Anna Muller"]],
      ["' OR 1=1 --", []],
      ['"', []],
      ["nobody", []],
      ["", ["Anna Muller", "Jürgen Müller"]]
    ]
    for (const [search, expected] of all) {
      assert.deepStrictEqual(await names(crm, `search=${encodeURIComponent(search)}`), expected, search)
    }
  })

  it("is the list of one tenant", async () => {
    const [one, two] = [await server.tenant(), await server.tenant()]
    await one.create({ name: "Mine" })
    assert.deepStrictEqual(await names(two, ""), [])
    assert.deepStrictEqual(await names(two, "search=mine"), [])
    assert.deepStrictEqual(await names(one, "search=mine"), ["Mine"])
  })

  it("refuses a parameter that has no such value, with its name", async () => {
    const crm = await server.tenant()
    const all: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
      ...[
        "0",
        "101",
        "-1",
        "+5",
        "1e3",
        "0x10",
        "5.0",
        "",
        "%20",
        "%205",
        "5%20",
        "%D9%A3",
        "NaN",
        "null",
        "99999999999999999999"
      ].map((value) => [`limit=${value}`, ["limit"]] as const),
      ...["0", "-1", "1.5", "", "x", "1000000001"].map((value) => [`page=${value}`, ["page"]] as const),
      ["limit", ["limit"]],
      ["status=bogus", ["status"]],
      ["status=Active", ["status"]],
      ["status=", ["status"]],
      ["type=active", ["type"]],
      [`source=${"x".repeat(256)}`, ["source"]],
      [`search=${"x".repeat(201)}`, ["search"]],
      ["search=%00", ["search"]],
      ["source=a%00b", ["source"]],
      ["external_id=", ["external_id"]],
      ...["", "%20", "x".repeat(101), "%00"].flatMap((value) =>
        ["segment", "tag"].map((name) => [`${name}=${value}`, [name]] as const)
      ),
      ...["", "id", "Name", "-", "+name", "--name", "name,score", "name%20desc", "owner_id"].map(
        (value) => [`sort=${value}`, ["sort"]] as const
      ),
      ...["", "1", "TRUE", "no"].map((value) => [`total=${value}`, ["total"]] as const),
      ["status=bogus&limit=0&page=0", ["status", "limit", "page"]]
    ]
    for (const [query, paths] of all) {
      assert.sameMembers([...pathsOf(await crm.get(`/contacts?${query}`))], [...paths], query)
    }
  })

  it("refuses parameters that it does not know, and those that come twice", async () => {
    const crm = await server.tenant()
    for (const name of ["foo", "Limit", "limit%5B%5D", "__proto__", "constructor", "toString", "$limit"]) {
      assert.deepStrictEqual(pathsOf(await crm.get(`/contacts?${name}=1`)), [decodeURIComponent(name)])
    }
    for (const twice of [
      "limit=1&limit=2",
      "status=active&status=active",
      "search=a&search=b",
      "sort=name&sort=score"
    ]) {
      assert.deepStrictEqual(pathsOf(await crm.get(`/contacts?${twice}`)), [twice.slice(0, twice.indexOf("="))])
    }
    const { id } = await crm.create()
    assert.deepStrictEqual(pathsOf(await crm.get(`/contacts/${id}?fields=name`)), ["fields"])
    assert.deepStrictEqual(pathsOf(await crm.post("/contacts?dry_run=true", { name: "X" })), ["dry_run"])
    assert.deepStrictEqual(pathsOf(await crm.put(`/contacts/${id}?force=1`, { name: "X" })), ["force"])
    assert.deepStrictEqual(pathsOf(await crm.delete(`/contacts/${id}?force=1`)), ["force"])
    assert.deepStrictEqual(await names(crm, "type=lead&"), ["Someone"])
  })
})

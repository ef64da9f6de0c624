import { assert, describe, it } from "@effect/vitest"
import { BulkUpdateReport } from "@clientele/core/domain/BulkUpdate"
import { type Client, type Detail, detailOf, jsonOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const reportOf = reader(BulkUpdateReport)
const unknown = "contact_00000000000000000000000000"
const path = "/contacts/bulk-update"

const read = async (crm: Client, { id }: Detail) => detailOf(await crm.get(`/contacts/${id}`))

describe.each(databases)("bulk updates over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("the contract's example is accepted, and answered with what became of the contacts", async () => {
    const crm = await server.tenant()
    const one = await crm.create({ tags: ["small_business", "vip"] })
    const two = await crm.create({ tags: ["Enterprise"], owner_id: "user_002" })
    const request = {
      contact_ids: [one.id, two.id],
      updates: {
        owner_id: "user_002",
        tags: { add: ["enterprise"], remove: ["small_business"] }
      }
    }
    const report = { requested: 2, updated: 1, unchanged: 1, failed: [] }
    assert.deepStrictEqual(jsonOf(await crm.post(path, request)), report)
    const after = await read(crm, one)
    assert.deepInclude(after, { tags: ["vip", "enterprise"], version: 2, owner: { id: "user_002", name: "user_002" } })
    assert.deepStrictEqual(await read(crm, two), two)
    assert.deepStrictEqual(jsonOf(await crm.post(path, request)), { ...report, updated: 0, unchanged: 2 })
  })

  it("every field that can be changed on many is; null clears, maps merge, a list of tags replaces", async () => {
    const crm = await server.tenant()
    const fields = { company: "Old", address: { city: "Rome" }, custom_fields: { a: 1, b: 2 }, tags: ["x"] }
    const contacts = [await crm.create(fields), await crm.create({ ...fields, source: "web" })]
    const updates = {
      type: "customer",
      status: "inactive",
      company: null,
      title: "CEO",
      source: null,
      address: { zip: "00100" },
      social: { twitter: "@a" },
      custom_fields: { a: null, c: ["x"] },
      owner_id: "user_1",
      tags: ["new"]
    }
    const contact_ids = [...contacts, ...contacts].map(({ id }) => id)
    assert.deepStrictEqual(reportOf(await crm.post(path, { contact_ids, updates })), {
      requested: 2,
      updated: 2,
      unchanged: 0,
      failed: []
    })
    for (const contact of contacts) {
      assert.deepInclude(await read(crm, contact), {
        type: "customer",
        status: "inactive",
        company: null,
        title: "CEO",
        source: null,
        address: { street: null, city: "Rome", state: null, zip: "00100", country: null },
        social: { linkedin: null, twitter: "@a" },
        custom_fields: { b: 2, c: ["x"] },
        tags: ["new"],
        version: 2
      })
    }
  })

  it("contacts that cannot be changed are named, and the others changed", async () => {
    const crm = await server.tenant()
    const full = await crm.create({ tags: Array.from({ length: 100 }, (_, n) => `t${n}`) })
    const [one, gone] = [await crm.create(), await crm.create()]
    await crm.post("/contacts/merge", { primary_contact_id: one.id, merge_contact_ids: [gone.id] })
    const contact_ids = [unknown, full.id, one.id, gone.id, "nobody"]
    const { failed, ...counts } = reportOf(await crm.post(path, { contact_ids, updates: { tags: { add: ["more"] } } }))
    assert.deepStrictEqual(counts, { requested: 5, updated: 1, unchanged: 0 })
    assert.deepStrictEqual(
      failed.map(({ code, id }) => [id, code]),
      [
        [unknown, "contact_not_found"],
        [full.id, "validation_error"],
        [gone.id, "contact_not_found"],
        ["nobody", "contact_not_found"]
      ]
    )
    for (const { message } of failed) assert.isNotEmpty(message)
    assert.deepStrictEqual((await read(crm, one)).tags, ["more"])
    assert.strictEqual((await read(crm, full)).version, 1)
  })

  it("atomic, one failure undoes all: bulk_failed with every contact that failed", async () => {
    const crm = await server.tenant()
    const one = await crm.create()
    const request = { contact_ids: [one.id, unknown, "nobody"], updates: { title: "CEO" }, atomic: true }
    const problem = problemOf(await crm.post(path, request), "bulk_failed")
    assert.deepStrictEqual(
      problem.failed?.map(({ code, id }) => [id, code]),
      [
        [unknown, "contact_not_found"],
        ["nobody", "contact_not_found"]
      ]
    )
    assert.deepStrictEqual(await read(crm, one), one)
    const fine = reportOf(await crm.post(path, { ...request, contact_ids: [one.id] }))
    assert.deepStrictEqual(fine, { requested: 1, updated: 1, unchanged: 0, failed: [] })
    assert.strictEqual(reportOf(await crm.post(path, { ...request, atomic: false })).failed.length, 2)
  })

  it("takes a thousand contacts, and not one more", async () => {
    const crm = await server.tenant()
    const contacts = await Promise.all(Array.from({ length: 20 }, () => crm.create()))
    const others = Array.from({ length: 980 }, (_, n) => `contact_none${n}`)
    const contact_ids = [...contacts.map(({ id }) => id), ...others]
    const report = reportOf(await crm.post(path, { contact_ids, updates: { title: "CEO" } }))
    assert.deepInclude(report, { requested: 1_000, updated: 20, unchanged: 0 })
    assert.lengthOf(report.failed, 980)
    const beyond = await crm.post(path, { contact_ids: [...contact_ids, "one-more"], updates: { title: "CEO" } })
    assert.deepStrictEqual(pathsOf(beyond), ["contact_ids"])
  })

  it("names the path of each member that is not as it should be", async () => {
    const crm = await server.tenant()
    const one = await crm.create()
    const all: ReadonlyArray<readonly [object, ReadonlyArray<string>]> = [
      [{ updates: {}, contact_ids: [] }, ["contact_ids"]],
      [{ updates: {}, contact_ids: [one.id, "", 1] }, ["contact_ids[1]", "contact_ids[2]"]],
      [{ updates: null }, ["updates"]],
      [{ updates: [] }, ["updates"]],
      [{ updates: { tags: { add: [""] } } }, ["updates.tags.add[0]"]],
      [{ updates: { tags: { add: ["a", "\0"], remove: "x" } } }, ["updates.tags.add[1]", "updates.tags.remove"]],
      [{ updates: { tags: { set: ["a"] } } }, ["updates.tags.set"]],
      [{ updates: { tags: ["a", 1] } }, ["updates.tags[1]"]],
      [{ updates: { type: "vip" } }, ["updates.type"]],
      [{ updates: { status: null } }, ["updates.status"]],
      [{ updates: { owner_id: "" } }, ["updates.owner_id"]],
      [{ updates: { ownerId: "user_1" } }, ["updates.ownerId"]],
      [{ updates: { custom_fields: { a: {} } } }, ["updates.custom_fields.a"]],
      [{ updates: { address: { planet: "x" } } }, ["updates.address.planet"]],
      ...["name", "email", "phone", "external_id", "secondary_emails", "notes", "id", "version", "__proto__"].map(
        (member) => [{ updates: JSON.parse(`{"${member}":"x"}`) }, [`updates.${member}`]] as const
      ),
      [{ updates: {}, atomic: "true" }, ["atomic"]],
      [{ updates: {}, ids: [] }, ["ids"]]
    ]
    for (const [body, paths] of all) {
      const answer = await crm.post(path, { contact_ids: [one.id], ...body })
      assert.sameMembers([...pathsOf(answer)], [...paths], JSON.stringify(body))
    }
    assert.sameMembers([...pathsOf(await crm.post(path, {}))], ["contact_ids", "updates"])
    assert.deepStrictEqual(await read(crm, one), one)
  })
})

import { DuplicatePage } from "@clientele/api/ContactsApi"
import { assert, describe, it } from "@effect/vitest"
import { jsonOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const duplicatesOf = reader(DuplicatePage)

const jane = { name: "Jane Wintergreen", email: "jane.wintergreen@acme.example", phone: "+1 415 555 0132" }
const typed = { name: "Wintergreen, Jane", email: "jwintergreen@gmail.com", phone: "(415) 555-0132", company: "Acme" }

describe.each(databases)("duplicates over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("are groups of contacts with the evidence for each pair", async () => {
    const crm = await server.tenant()
    const [one, other] = [await crm.create(jane), await crm.create(typed)]
    await crm.create({ name: "Robert Miller", email: "bob@example.com" })
    const answer = await crm.get("/contacts/duplicates")
    const { data, pagination } = duplicatesOf(answer)
    assert.deepStrictEqual(pagination, { limit: 20, next_cursor: null })
    assert.lengthOf(data, 1)
    assert.sameMembers([...(data[0]?.contacts ?? [])], [one.id, other.id])
    const [pair] = data[0]?.pairs ?? []
    assert.sameMembers([pair?.a, pair?.b], [one.id, other.id])
    assert.include(["certain", "likely"], pair?.band)
    assert.isAtLeast(pair?.probability ?? 0, 0.85)
    assert.includeMembers(pair?.evidence.map(({ field }) => field) ?? [], ["name", "phones"])

    const ofOne = await crm.get(`/contacts/${one.id}/duplicates`)
    assert.deepStrictEqual(jsonOf(ofOne), {
      data: data,
      pagination: { page: 1, limit: 1, total: 1, next_cursor: null }
    })
    await crm.post("/contacts/merge", { primary_contact_id: one.id, merge_contact_ids: [other.id] })
    assert.deepStrictEqual(duplicatesOf(await crm.get("/contacts/duplicates")).data, [])
    const merged = problemOf(await crm.get(`/contacts/${other.id}/duplicates`), "contact_not_found")
    assert.strictEqual(merged.merged_into, one.id)
  })

  it("are walked by cursor, in the band that is asked for", async () => {
    const crm = await server.tenant()
    const groups: Array<ReadonlyArray<string>> = []
    for (const surname of ["Wintergreen", "Oakenfold", "Lindqvist"]) {
      const [one, other] = [`${surname}@one.example`, `${surname}@two.example`]
      const phone = `+1 415 555 0${100 + groups.length}`
      groups.unshift([
        (await crm.create({ name: `Jane ${surname}`, email: one, phone })).id,
        (await crm.create({ name: `Jane ${surname}`, email: other, phone })).id
      ])
    }
    const visited: Array<ReadonlyArray<string>> = []
    let path = "/contacts/duplicates?limit=1&min_band=possible"
    for (;;) {
      const { data, pagination } = duplicatesOf(await crm.get(path))
      visited.push(...data.map(({ contacts }) => contacts))
      if (pagination.next_cursor === null) break
      path = `/contacts/duplicates?limit=1&min_band=possible&cursor=${pagination.next_cursor}`
    }
    assert.deepStrictEqual(visited, groups)
  })

  it("refuse what they do not know, at its path", async () => {
    const crm = await server.tenant()
    for (const [query, path] of [
      ["min_band=sure", "min_band"],
      ["limit=0", "limit"],
      ["cursor=nonsense", "cursor"],
      ["page=2", "page"]
    ] as const) {
      const answer = await crm.get(`/contacts/duplicates?${query}`)
      assert.strictEqual(answer.status, 400, query)
      assert.deepStrictEqual(pathsOf(answer), [path])
    }
    assert.strictEqual((await crm.get("/contacts/contact_nobody/duplicates")).status, 404)
  })
})

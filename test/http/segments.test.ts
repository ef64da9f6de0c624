import { assert, describe, it } from "@effect/vitest"
import { SegmentDefinition, type WrittenPredicate } from "@clientele/core/domain/Segment"
import { Schema } from "effect"
import { type Client, jsonOf, pageOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const segmentOf = reader(SegmentDefinition)
const listOf = reader(Schema.Struct({ data: Schema.Array(SegmentDefinition) }))

const large: (typeof SegmentDefinition)["Encoded"] = {
  key: "large",
  name: "Large companies",
  predicate: {
    all: [
      { field: "custom_fields.company_size", operator: "gte", value: 500 },
      { not: { field: "status", operator: "eq", value: "inactive" } }
    ]
  }
}

const names = async (crm: Client, query: string) =>
  pageOf(await crm.get(`/contacts?sort=name&${query}`)).data.map(({ name }) => name)

const condition: WrittenPredicate = { field: "name", operator: "exists" }

describe.each(databases)("segments over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("are saved, listed by key, read, replaced and deleted", async () => {
    const crm = await server.tenant()
    assert.deepStrictEqual(jsonOf(await crm.get("/segments")), { data: [] })
    assert.deepStrictEqual(jsonOf(await crm.post("/segments", large)), large)
    const any = { key: "any-one", name: "Anyone", predicate: { all: [] } }
    assert.deepStrictEqual(segmentOf(await crm.post("/segments", any), 201), any)
    assert.deepStrictEqual(listOf(await crm.get("/segments")).data, [any, large])
    assert.deepStrictEqual(segmentOf(await crm.get("/segments/large")), large)

    const { key, ...rest } = { ...large, name: "Larger", predicate: condition }
    assert.deepStrictEqual(segmentOf(await crm.put("/segments/large", rest)), { key, ...rest })
    assert.deepStrictEqual(segmentOf(await crm.put("/segments/large", large)), large)
    assert.deepStrictEqual(pathsOf(await crm.put("/segments/large", { ...large, key: "other" })), ["key"])

    const gone = await crm.delete("/segments/large")
    assert.deepStrictEqual([gone.status, gone.text], [204, ""])
    assert.deepStrictEqual(listOf(await crm.get("/segments")).data, [any])
  })

  it("that are not there are a 404 segment_not_found, whatever stands for the key", async () => {
    const crm = await server.tenant()
    const { key, ...rest } = large
    for (const missing of [key, "is:hot", "Large", "a b", "\0", "x".repeat(1_000), "__proto__", "é€😀", "'"]) {
      const path = `/segments/${encodeURIComponent(missing)}`
      for (const answer of [await crm.get(path), await crm.put(path, rest), await crm.delete(path)]) {
        assert.strictEqual(problemOf(answer, "segment_not_found").key, missing)
      }
    }
  })

  it("are of one tenant, and so are their keys", async () => {
    const [one, two] = [await server.tenant(), await server.tenant()]
    await one.post("/segments", large)
    assert.deepStrictEqual(listOf(await two.get("/segments")).data, [])
    problemOf(await two.get("/segments/large"), "segment_not_found")
    problemOf(await two.delete("/segments/large"), "segment_not_found")
    assert.strictEqual((await two.post("/segments", { ...large, name: "Theirs" })).status, 201)
    assert.strictEqual(segmentOf(await one.get("/segments/large")).name, large.name)
  })

  it("a list is filtered by a built-in segment, a saved one, or a tag; a name that is none of these has no contacts", async () => {
    const crm = await server.tenant()
    const big = { custom_fields: { company_size: "500+" } }
    await crm.create({ name: "Ann", ...big, tags: ["VIP"], owner_id: "user_1" })
    await crm.create({ name: "Bob", custom_fields: { company_size: "51-200" }, tags: ["large"] })
    await crm.create({ name: "Cid", ...big, status: "inactive", type: "customer" })
    const { id } = await crm.create({ name: "Dee", ...big, tags: ["vip", "is:hot"] })
    await crm.post("/events", { contact_id: id, event: "seen", timestamp: "2020-01-01" })
    const all: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
      ["segment=is:new", ["Ann", "Bob", "Cid", "Dee"]],
      ["segment=is:untouched", ["Ann", "Bob", "Cid"]],
      ["segment=is:no_owner", ["Bob", "Cid", "Dee"]],
      ["segment=is:hot", []],
      ["segment=is:at_risk", []],
      ["segment=is:high_value", []],
      ["segment=is:open_deals", []],
      ["segment=large", ["Bob"]],
      ["segment=vip", ["Ann", "Dee"]],
      ["segment=Vip&tag=is:hot", ["Dee"]],
      ["tag=large", ["Bob"]],
      ["tag=LARGE&segment=is:no_owner&status=lead&search=bob", ["Bob"]],
      ["segment=nothing", []],
      ["segment=is:unknown", []],
      ["segment=__proto__", []],
      ["segment=constructor", []]
    ]
    for (const [query, expected] of all) assert.deepStrictEqual(await names(crm, query), [...expected], query)
    await crm.post("/segments", large)
    assert.deepStrictEqual(await names(crm, "segment=large"), ["Ann", "Dee"], "a key goes before a tag")
    assert.deepStrictEqual(await names(crm, "segment=large&tag=large"), [])
    await crm.put(`/contacts/${id}`, { type: "customer" })
    assert.deepStrictEqual(await names(crm, "segment=is:at_risk"), ["Dee"])
    await crm.delete("/segments/large")
    assert.deepStrictEqual(await names(crm, "segment=large"), ["Bob"])
  })

  it("refuse a predicate at the path of what is wrong in it", async () => {
    const crm = await server.tenant()
    await crm.post("/segments", large)
    const deep = (depth: number): object => (depth === 1 ? condition : { not: deep(depth - 1) })
    const all: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
      [{ all: [{ field: "score", operator: "contains", value: "1" }] }, ["predicate.all[0].operator"]],
      [{ all: [condition, { field: "score", operator: "is", value: 1 }] }, ["predicate.all[1].operator"]],
      [{ any: [{ not: { field: "nope", operator: "eq", value: 1 } }] }, ["predicate.any[0].not.field"]],
      [{ field: "score", operator: "gte", value: "high" }, ["predicate.value"]],
      [{ field: "score", operator: "between", value: [9, 1] }, ["predicate.value"]],
      [{ field: "name", operator: "in", value: ["a", ""] }, ["predicate.value[1]"]],
      [{ field: "name", operator: "eq", value: "\0" }, ["predicate.value"]],
      [{ field: "type", operator: "eq", value: "vip" }, ["predicate.value"]],
      [{ field: "custom_fields.Size", operator: "exists" }, ["predicate.field"]],
      [{ field: "name", operator: "exists", value: 1 }, ["predicate.value"]],
      [{ field: "name" }, ["predicate.operator"]],
      [{ operator: "exists" }, ["predicate.field"]],
      [{ all: [], any: [] }, ["predicate"]],
      [{ all: {}, extra: 1 }, ["predicate.all", "predicate.extra"]],
      [{}, ["predicate"]],
      [[], ["predicate"]],
      [null, ["predicate"]],
      ["is:hot", ["predicate"]],
      [{ all: Array.from({ length: 201 }, () => condition) }, ["predicate.all"]],
      [{ any: [{ all: Array.from({ length: 200 }, () => condition) }, condition] }, ["predicate"]],
      [deep(9), [`predicate${".not".repeat(8)}`]]
    ]
    for (const [predicate, paths] of all) {
      const text = JSON.stringify(predicate)?.slice(0, 200)
      for (const answer of [
        await crm.post("/segments", { ...large, key: "new", predicate }),
        await crm.put("/segments/large", { name: "x", predicate })
      ]) {
        assert.sameMembers([...pathsOf(answer)], [...paths], text)
      }
    }
    assert.strictEqual((await crm.post("/segments", { ...large, key: "deep", predicate: deep(8) })).status, 201)
    const endless = `{"key":"e","name":"e","predicate":${'{"not":'.repeat(50_000)}{}${"}".repeat(50_001)}`
    const answer = await crm.send("POST", "/segments", {
      body: endless,
      headers: { "content-type": "application/json" }
    })
    problemOf(answer, "validation_error")
  })

  it("refuse keys and names that cannot be, a key in use, and members they do not have", async () => {
    const crm = await server.tenant()
    await crm.post("/segments", large)
    assert.deepStrictEqual(pathsOf(await crm.post("/segments", large)), ["key"])
    for (const key of ["", "A", "1a", "is:hot", "a b", "x".repeat(64), 1, null]) {
      assert.deepStrictEqual(pathsOf(await crm.post("/segments", { ...large, key })), ["key"])
    }
    for (const name of ["", " ", "x".repeat(201), "\0", null]) {
      assert.deepStrictEqual(pathsOf(await crm.post("/segments", { ...large, key: "n", name })), ["name"])
      assert.deepStrictEqual(pathsOf(await crm.put("/segments/large", { ...large, name })), ["name"])
    }
    assert.sameMembers([...pathsOf(await crm.post("/segments", { id: 1 }))], ["key", "name", "predicate", "id"])
    assert.deepStrictEqual(pathsOf(await crm.get("/segments?page=1")), ["page"])
    assert.deepStrictEqual(listOf(await crm.get("/segments")).data, [large])
  })

  it("of twenty that claim one key at once one is saved", async () => {
    const crm = await server.tenant()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => crm.post("/segments", { ...large, name: `Racer ${n}` }))
    )
    const saved = answers.filter(({ status }) => status === 201)
    assert.lengthOf(saved, 1)
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      assert.deepStrictEqual(pathsOf(answer), ["key"])
    }
  })
})

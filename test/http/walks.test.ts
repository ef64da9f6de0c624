import { assert, describe, it } from "@effect/vitest"
import { type Client, type Page, pageOf, pathsOf } from "./client.ts"
import { databases, useServer } from "./server.ts"

const sortFields = ["created_at", "updated_at", "name", "score", "last_interaction"] as const
const sorts = sortFields.flatMap((field) => [field, `-${field}`])

/** Every page from the first to the one that has no next. */
const walk = async (crm: Client, query: string): Promise<ReadonlyArray<Page>> => {
  const pages = [pageOf(await crm.get(`/contacts?${query}`))]
  for (
    let next = pages[0]?.pagination.next_cursor;
    typeof next === "string";
    next = pages.at(-1)?.pagination.next_cursor
  ) {
    assert.isBelow(pages.length, 100, "the walk has no end")
    pages.push(pageOf(await crm.get(`/contacts?${query}&cursor=${next}`)))
  }
  return pages
}

const idsOf = (pages: ReadonlyArray<Page>) => pages.flatMap(({ data }) => data.map(({ id }) => id))

const cursorOf = async (crm: Client, query: string): Promise<string> => {
  const cursor = pageOf(await crm.get(`/contacts?${query}`)).pagination.next_cursor
  assert.isString(cursor)
  return cursor ?? ""
}

/** Contacts that tie in every sort key: names in pairs, scores alike, a last interaction here and there. */
const fill = async (crm: Client, count: number): Promise<ReadonlyArray<string>> => {
  const ids: Array<string> = []
  for (let n = 0; n < count; n++) {
    const name = ["Zoë", "zoe", "Ärger", "argus", "!mark", "老王"][n % 6] ?? ""
    ids.push((await crm.create({ name, tags: [n % 2 === 0 ? "even" : "odd"] })).id)
  }
  const events = ids
    .filter((_, n) => n % 3 === 0)
    .map((contact_id, n) => ({ contact_id, event: "seen", timestamp: `2026-01-0${1 + (n % 3)}T00:00:00Z` }))
  assert.strictEqual((await crm.post("/events", events)).status, 200)
  return ids
}

describe.each(databases)("walks through the list of contacts, on $name", (database) => {
  const server = useServer(database)

  it("by next_cursor visit every contact once under each sort, in its order, the empty last", async () => {
    const crm = await server.tenant()
    const all = await fill(crm, 20)
    for (const sort of sorts) {
      const pages = await walk(crm, `limit=3&sort=${sort}`)
      assert.lengthOf(pages, 7)
      assert.sameMembers(idsOf(pages), [...all], sort)
      assert.lengthOf(new Set(idsOf(pages)), 20)
      assert.deepStrictEqual(
        idsOf(pages),
        pageOf(await crm.get(`/contacts?limit=100&sort=${sort}`)).data.map(({ id }) => id),
        sort
      )
      for (const [index, { pagination }] of pages.entries()) {
        const { next_cursor, ...place } = pagination
        assert.deepStrictEqual(place, { ...(index === 0 && { page: 1 }), limit: 3, total: 20 })
        assert.strictEqual(next_cursor === null, index === 6)
      }
    }
    const times = (await walk(crm, "limit=100&sort=-last_interaction")).flatMap(({ data }) =>
      data.map(({ engagement }) => engagement.last_interaction)
    )
    const known = times.filter((time) => time !== null)
    assert.deepStrictEqual(known, [...known].sort().toReversed())
    assert.deepStrictEqual(times, [...known, ...Array.from({ length: 20 - known.length }, () => null)])
    const names = (await walk(crm, "limit=7&sort=name")).flatMap(({ data }) => data.map(({ name }) => name))
    assert.deepStrictEqual(
      [...new Set(names.map((name) => name.toLowerCase()))],
      ["!mark", "ärger", "argus", "zoë", "zoe", "老王"]
    )
  })

  it("without a sort go from the newest; the cursor knows its own sort", async () => {
    const crm = await server.tenant()
    const all = await fill(crm, 7)
    assert.deepStrictEqual(idsOf(await walk(crm, "limit=2")), [...all].toReversed())
    const cursor = await cursorOf(crm, "limit=2&sort=created_at")
    const rest = pageOf(await crm.get(`/contacts?limit=100&cursor=${cursor}`))
    assert.deepStrictEqual(
      rest.data.map(({ id }) => id),
      all.slice(2)
    )
    assert.deepStrictEqual(rest.pagination, { limit: 100, total: 7, next_cursor: null })
  })

  it("miss none and show none twice while others come and go; the total is that of the first page", async () => {
    const crm = await server.tenant()
    const all = await fill(crm, 12)
    for (const sort of ["created_at", "-created_at", "name", "-name"]) {
      const first = pageOf(await crm.get(`/contacts?limit=4&sort=${sort}`))
      const seen = [...idsOf([first])]
      const total = first.pagination.total
      for (let next = first.pagination.next_cursor; next !== null;) {
        const { id } = await crm.create({ name: "Zoe" })
        const page = pageOf(await crm.get(`/contacts?limit=4&sort=${sort}&cursor=${next}`))
        assert.strictEqual((await crm.delete(`/contacts/${id}`)).status, 204)
        assert.strictEqual(page.pagination.total, total)
        seen.push(...idsOf([page]).filter((seenId) => seenId !== id))
        next = page.pagination.next_cursor
      }
      assert.sameMembers(seen, [...all], sort)
      assert.lengthOf(new Set(seen), 12)
    }
  })

  it("keep to their filter, and count what matches it", async () => {
    const crm = await server.tenant()
    const all = await fill(crm, 10)
    for (const filter of ["tag=even", "segment=EVEN", "segment=is:new&tag=even", "tag=even&status=lead&search=o"]) {
      const pages = await walk(crm, `${filter}&limit=2&sort=name`)
      const expected = pageOf(await crm.get(`/contacts?${filter}&limit=100&sort=name`))
      assert.deepStrictEqual(idsOf(pages), idsOf([expected]), filter)
      assert.strictEqual(pages[0]?.pagination.total, expected.data.length)
    }
    assert.lengthOf(idsOf(await walk(crm, "tag=even&limit=2")), all.length / 2)
  })

  it("total=false leaves the total out of every page, total=true changes nothing", async () => {
    const crm = await server.tenant()
    await fill(crm, 5)
    const pages = await walk(crm, "limit=2&total=false")
    assert.lengthOf(idsOf(pages), 5)
    for (const { pagination } of pages) assert.isFalse(Object.hasOwn(pagination, "total"))
    const { pagination } = pageOf(await crm.get("/contacts?page=2&limit=2&total=false"))
    assert.deepStrictEqual(Object.keys(pagination).sort(), ["limit", "next_cursor", "page"])
    assert.strictEqual(pageOf(await crm.get("/contacts?total=true")).pagination.total, 5)
  })

  it("a page by number goes on by cursor, but the two cannot be asked for together", async () => {
    const crm = await server.tenant()
    await fill(crm, 6)
    const all = idsOf([pageOf(await crm.get("/contacts?limit=100"))])
    const second = pageOf(await crm.get("/contacts?page=2&limit=2"))
    const third = pageOf(await crm.get(`/contacts?limit=2&cursor=${second.pagination.next_cursor}`))
    assert.deepStrictEqual([...idsOf([second, third])], all.slice(2))
    assert.deepStrictEqual(pathsOf(await crm.get(`/contacts?page=2&cursor=${second.pagination.next_cursor}`)), ["page"])
  })

  it("a cursor of another filter or sort, or what is none, is refused at cursor", async () => {
    const crm = await server.tenant()
    await fill(crm, 6)
    const cursor = await cursorOf(crm, "limit=1&tag=even&sort=name")
    assert.strictEqual((await crm.get(`/contacts?tag=even&sort=name&cursor=${cursor}`)).status, 200)
    for (const other of [
      "",
      "tag=odd",
      "tag=even&status=active",
      "segment=even",
      "tag=even&sort=-name",
      "tag=even&sort=created_at"
    ]) {
      assert.deepStrictEqual(pathsOf(await crm.get(`/contacts?${other}&cursor=${cursor}`)), ["cursor"], other)
    }
    for (const none of ["", "x", "%00", "bnVsbA", "e30", cursor.slice(1), `${cursor}A`, "A".repeat(4_001)]) {
      assert.deepStrictEqual(pathsOf(await crm.get(`/contacts?tag=even&cursor=${none}`)), ["cursor"], none)
    }
  })

  it("a cursor that someone made up is refused or finds what it may, and is never a fault", async () => {
    const crm = await server.tenant()
    await fill(crm, 4)
    const keys = [
      null,
      "",
      "x",
      "2026-01-01T00:00:00.000Z",
      "2026-13-45",
      "9999999-01-01T00:00:00Z",
      "\0",
      "\ud800",
      0,
      -1,
      1e300,
      0.5
    ]
    for (const sort of sorts) {
      const [, , id, hash, total] = partsOf(await cursorOf(crm, `limit=1&sort=${sort}`))
      for (const parts of [
        ...keys.map((key) => [sort, key, id, hash, total]),
        ...["", "\0", "\ud800", "x"].map((id) => [sort, null, id, hash, total]),
        [sort, "x", "\0", hash, total],
        [sort, null, id, hash, -1],
        [sort, null, id, hash, 1e15],
        ["id", null, id, hash, total],
        ["constructor", null, id, hash, total],
        [sort, null, id, hash, total, 1],
        [sort, null, id, hash]
      ]) {
        const made = Buffer.from(JSON.stringify(parts)).toString("base64url")
        const answer = await crm.get(`/contacts?cursor=${made}`)
        const outcome = answer.status === 200 ? "a page" : pathsOf(answer).join(" ")
        assert.include(["a page", "cursor"], outcome, JSON.stringify(parts))
      }
    }
  })
})

const partsOf = (cursor: string): ReadonlyArray<unknown> => {
  const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString())
  return Array.isArray(parts) ? parts : []
}

import { assert, describe, it } from "@effect/vitest"
import { NotePage } from "@clientele/api/NotesApi"
import { Note } from "@clientele/core/domain/Note"
import { type Client, detailOf, jsonOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const noteOf = reader(Note)
const notesOf = reader(NotePage)
const unknown = "contact_00000000000000000000000000"

const contents = async (crm: Client, id: string) =>
  notesOf(await crm.get(`/contacts/${id}/notes?limit=100`)).data.map(({ content }) => content)

describe.each(databases)("notes over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("a note is answered with 201 and all its members, and stands first in the contact's notes", async () => {
    const crm = await server.tenant({ sub: "user_007" })
    const before = await crm.create({ notes: "First" })
    const answer = await crm.post(`/contacts/${before.id}/notes`, { content: "  Second\n" })
    const note = noteOf(answer, 201)
    assert.match(note.id, /^note_[0-9a-v]{26}$/)
    assert.match(note.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    assert.deepStrictEqual(jsonOf(answer), {
      id: note.id,
      content: "  Second\n",
      created_by: "user_007",
      created_at: note.created_at
    })
    const listed = { data: [note, ...before.notes], pagination: { limit: 20, total: 2, next_cursor: null } }
    assert.deepStrictEqual(jsonOf(await crm.get(`/contacts/${before.id}/notes`)), listed)
    const after = detailOf(await crm.get(`/contacts/${before.id}`))
    assert.deepStrictEqual(after.notes, listed.data)
    assert.deepStrictEqual(after, { ...before, notes: after.notes }, "a note changes nothing of its contact")
  })

  it("the list goes on where the detail view ends, by cursor, newest first", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    for (let n = 0; n < 55; n++) await crm.post(`/contacts/${id}/notes`, { content: `Note ${n}` })
    const newest = Array.from({ length: 55 }, (_, n) => `Note ${54 - n}`)
    assert.deepStrictEqual(
      detailOf(await crm.get(`/contacts/${id}`)).notes.map(({ content }) => content),
      newest.slice(0, 50)
    )
    const walked: Array<string> = []
    let query = "limit=20"
    for (let page = 0; page < 3; page++) {
      const { data, pagination } = notesOf(await crm.get(`/contacts/${id}/notes?${query}`))
      assert.deepStrictEqual({ ...pagination, next_cursor: "" }, { limit: 20, total: 55, next_cursor: "" })
      assert.strictEqual(pagination.next_cursor === null, page === 2)
      walked.push(...data.map(({ content }) => content))
      query = `limit=20&cursor=${pagination.next_cursor}`
    }
    assert.deepStrictEqual(walked, newest)
  })

  it("PUT replaces what a note says and nothing else, DELETE takes it away", async () => {
    const crm = await server.tenant({ sub: "author" })
    const { id } = await crm.create()
    const note = noteOf(await crm.post(`/contacts/${id}/notes`, { content: "Tpyo" }), 201)
    assert.deepStrictEqual(noteOf(await crm.put(`/notes/${note.id}`, { content: "Typo" })), {
      ...note,
      content: "Typo"
    })
    assert.deepStrictEqual(await contents(crm, id), ["Typo"])
    const gone = await crm.delete(`/notes/${note.id}`)
    assert.deepStrictEqual([gone.status, gone.text], [204, ""])
    for (const answer of [
      await crm.put(`/notes/${note.id}`, { content: "x" }),
      await crm.delete(`/notes/${note.id}`)
    ]) {
      assert.strictEqual(problemOf(answer, "note_not_found").note_id, note.id)
    }
    assert.deepStrictEqual(await contents(crm, id), [])
  })

  it("contacts and notes that are not there are a 404 of their kind", async () => {
    const crm = await server.tenant()
    const { id, notes } = await crm.create({ notes: "Gone with the contact" })
    await crm.delete(`/contacts/${id}`)
    for (const missing of [unknown, id, "nobody", "a b", "\0", "x".repeat(129)]) {
      const path = `/contacts/${encodeURIComponent(missing)}/notes`
      for (const answer of [await crm.get(path), await crm.post(path, { content: "x" })]) {
        assert.strictEqual(problemOf(answer, "contact_not_found").contact_id, missing)
      }
    }
    for (const missing of [notes[0]?.id ?? "", "note_00000000000000000000000000", "a b", "\0", "é".repeat(200)]) {
      const path = `/notes/${encodeURIComponent(missing)}`
      for (const answer of [await crm.put(path, { content: "x" }), await crm.delete(path)]) {
        assert.strictEqual(problemOf(answer, "note_not_found").note_id, missing)
      }
    }
  })

  it("refuses content that is none, other members and parameters, and cursors of other lists", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ notes: "a" })
    const note = noteOf(await crm.post(`/contacts/${id}/notes`, { content: "b" }), 201)
    const all: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
      [{}, ["content"]],
      [{ content: null }, ["content"]],
      [{ content: " \n" }, ["content"]],
      [{ content: "x".repeat(20_001) }, ["content"]],
      [{ content: "a\0b" }, ["content"]],
      [{ content: "\ud800" }, ["content"]],
      [{ content: "x", created_by: "me" }, ["created_by"]],
      [{ note: "x" }, ["content", "note"]],
      [[{ content: "x" }], [""]],
      ["x", [""]]
    ]
    for (const [body, paths] of all) {
      for (const answer of [await crm.post(`/contacts/${id}/notes`, body), await crm.put(`/notes/${note.id}`, body)]) {
        assert.sameMembers([...pathsOf(answer)], [...paths], JSON.stringify(body))
      }
    }
    for (const [query, path] of [
      ["page=1", "page"],
      ["limit=0", "limit"],
      ["limit=101", "limit"],
      ["sort=name", "sort"],
      ["cursor=x", "cursor"]
    ] as const) {
      assert.deepStrictEqual(pathsOf(await crm.get(`/contacts/${id}/notes?${query}`)), [path])
    }
    const other = await crm.create()
    const cursor = notesOf(await crm.get(`/contacts/${id}/notes?limit=1`)).pagination.next_cursor
    assert.isString(cursor)
    assert.deepStrictEqual(pathsOf(await crm.get(`/contacts/${other.id}/notes?cursor=${cursor}`)), ["cursor"])
    assert.deepStrictEqual(pathsOf(await crm.get(`/contacts?cursor=${cursor}`)), ["cursor"])
    assert.deepStrictEqual(await contents(crm, id), ["b", "a"])
  })
})

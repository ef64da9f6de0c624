import { SegmentTimeout } from "@clientele/sql"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Layer } from "effect"
import { type Call, pageOf, problemOf, reportOf } from "./client.ts"
import { databases, useServer } from "./server.ts"

/** A file with so many contacts, as a form sends it. */
const upload = async (count: number): Promise<Call> => {
  const rows = Array.from({ length: count }, (_, index) => `Contact ${index},Company ${index}\n`)
  const form = new FormData()
  form.set("file", new File(["name,company\n", ...rows], "contacts.csv"))
  const encoded = new Response(form)
  return {
    headers: { "content-type": encoded.headers.get("content-type") ?? "" },
    body: new Uint8Array(await encoded.arrayBuffer())
  }
}

/** Too many contacts to read through in a millisecond. */
const many = 3_000

describe.each(databases)("segments that take too long over HTTP, on $name", (database) => {
  const server = useServer(database, {}, Layer.succeed(SegmentTimeout, Duration.millis(1)))

  it("are 503 unavailable, and the requests beside and after them succeed", async () => {
    const crm = await server.tenant()
    const report = reportOf(await crm.send("POST", "/contacts/import", await upload(many)))
    assert.strictEqual(report.imported, many)
    const predicate = { field: "company", operator: "contains", value: "none of them" }
    assert.strictEqual((await crm.post("/segments", { key: "nobody", name: "Nobody", predicate })).status, 201)

    const segment = () => crm.get("/contacts?segment=nobody&total=false")
    const [page, ...asked] = await Promise.all([crm.get("/contacts"), segment(), segment(), segment(), segment()])
    for (const answer of asked) problemOf(answer, "unavailable")
    assert.strictEqual(pageOf(page).pagination.total, many)
    await crm.create()
    assert.strictEqual(pageOf(await crm.get("/contacts?search=someone")).pagination.total, 1)
  })
})

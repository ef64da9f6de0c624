import { assert, describe, it } from "@effect/vitest"
import { Exporting } from "@clientele/core"
import { CsvReader } from "@clientele/csv"
import { Effect, Layer, Logger, Schema, Stream, Tracer } from "effect"
import { once } from "node:events"
import { get, type IncomingMessage } from "node:http"
import { DatabaseSync } from "node:sqlite"
import { type Answer, type Client, idOf, pathsOf, problemOf } from "./client.ts"
import { databases, sqlite, useServer } from "./server.ts"

const readContact = Schema.decodeUnknownSync(Schema.toEncoded(Exporting.ExportedContact), { onExcessProperty: "error" })
const readDeal = Schema.decodeUnknownSync(Schema.toEncoded(Exporting.ExportedDeal), { onExcessProperty: "error" })

/** The rows of an exported table, each as its filled cells by header. */
const rowsOf = async (answer: Answer) => {
  assert.strictEqual(answer.status, 200, answer.text)
  assert.strictEqual(answer.headers["content-type"], "text/csv; charset=utf-8")
  const bytes = Stream.succeed(new TextEncoder().encode(answer.text))
  const { header, rows } = await Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(CsvReader.open(bytes, { isGuarded: Exporting.isOwnHeader }), (table) =>
        Effect.map(Stream.runCollect(table.rows), (rows) => ({ header: table.header, rows }))
      )
    )
  )
  return rows.map(({ cells }) =>
    Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ""]).filter(([, cell]) => cell !== ""))
  )
}

const linesOf = (answer: Answer): ReadonlyArray<unknown> => {
  assert.strictEqual(answer.status, 200, answer.text)
  assert.strictEqual(answer.headers["content-type"], "application/x-ndjson")
  assert.isTrue(answer.text === "" || answer.text.endsWith("\n"))
  return answer.text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

const ada = {
  name: "Ada Lovelace",
  email: "ada@example.com",
  secondary_emails: ["a@example.com", "b@example.com"],
  phone: "+442079460018",
  company: "=cmd|' /C calc'!A0",
  title: 'Analyst, "chief"\nand more',
  tags: ["vip", "a;b"],
  address: { city: "London" },
  social: { linkedin: "in/ada", mastodon: "@ada" },
  custom_fields: { size: 12.5, vip: true, colors: ["red", "blue"], note: "-x", mixed: "text" },
  external_id: "x-1"
}

describe.each(databases)("exports over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("a table has what can be set, with the types of custom fields in its header", async () => {
    const crm = await server.tenant()
    const id = (await crm.create(ada)).id
    await crm.create({ name: "Bo", custom_fields: { mixed: 5 } })
    const answer = await crm.get("/contacts/export")
    assert.strictEqual(answer.headers["content-disposition"], 'attachment; filename="contacts.csv"')
    assert.strictEqual(answer.headers["cache-control"], "private, no-store")
    const [bo, row] = await rowsOf(answer)
    assert.deepInclude(row, {
      id,
      external_id: "x-1",
      name: "Ada Lovelace",
      type: "lead",
      status: "active",
      email: "ada@example.com",
      secondary_emails: "a@example.com;b@example.com",
      phone: "+442079460018",
      company: "=cmd|' /C calc'!A0",
      title: 'Analyst, "chief"\nand more',
      "address.city": "London",
      tags: '["vip","a;b"]',
      "social.linkedin": "in/ada",
      "social.mastodon": "@ada",
      "custom_fields.size:number": "12.5",
      "custom_fields.vip:boolean": "true",
      "custom_fields.colors:list": "red;blue",
      "custom_fields.note": "-x",
      "custom_fields.mixed:json": '"text"'
    })
    assert.strictEqual(bo?.["custom_fields.mixed:json"], "5")
    assert.include(answer.text, `,'=cmd|' /C calc'!A0,`)
    assert.include(answer.text, ",+442079460018,")
    assert.include(answer.text, ",'-x,")
  })

  it("lines of JSON are the contacts as they are shown", async () => {
    const crm = await server.tenant()
    const {
      activities: _a,
      deals: _d,
      enrichment: _e,
      notes: _n,
      score_breakdown: _s,
      ...shown
    } = await crm.create(ada)
    const answer = await crm.get("/contacts/export?format=ndjson")
    assert.strictEqual(answer.headers["content-disposition"], 'attachment; filename="contacts.ndjson"')
    assert.deepStrictEqual(
      linesOf(answer).map((line) => readContact(line)),
      [shown]
    )
  })

  it("takes the filters of the list, and only those of its tenant", async () => {
    const [crm, other] = [await server.tenant(), await server.tenant()]
    await crm.create({ name: "Ann", type: "customer", tags: ["vip"], custom_fields: { a: 1 } })
    await crm.create({ name: "Bob Ann", custom_fields: { b: 1 } })
    await other.create({ name: "Ann" })
    const names = async (query: string) =>
      (await rowsOf(await crm.get(`/contacts/export${query}`))).map((row) => row["name"])
    assert.deepStrictEqual(await names(""), ["Bob Ann", "Ann"])
    for (const query of [
      "?type=customer",
      "?tag=vip",
      "?segment=vip",
      "?segment=is:new&tag=VIP",
      "?search=ann&status=customer"
    ]) {
      assert.deepStrictEqual(await names(query), ["Ann"], query)
      const [row = {}] = await rowsOf(await crm.get(`/contacts/export${query}`))
      assert.deepStrictEqual(
        Object.keys(row).filter((name) => name.startsWith("custom")),
        ["custom_fields.a:number"]
      )
    }
    assert.deepStrictEqual(await names("?search=nobody"), [])
    assert.deepStrictEqual(linesOf(await crm.get("/contacts/export?format=ndjson&search=nobody")), [])
  })

  it("deals come with what their contact is known by", async () => {
    const crm = await server.tenant()
    const contact = await crm.create({ name: "Ann", email: "ann@example.com", external_id: "c-1" })
    const fields = { contact_id: contact.id, value: 75000.5, expected_close: "2026-03-01", external_id: "d-1" }
    const id = idOf(
      await crm.post("/deals", { name: "=Big", ...fields, products: [{ name: "A", quantity: 1, value: 5 }] })
    )
    idOf(await crm.post("/deals", { name: "Small", stage: "qualified", probability: 33, currency: "JPY", value: 5 }))
    const [small, big] = await rowsOf(await crm.get("/deals/export"))
    assert.deepInclude(big, {
      id,
      external_id: "d-1",
      name: "=Big",
      contact_id: contact.id,
      contact_email: "ann@example.com",
      contact_external_id: "c-1",
      value: "75000.5",
      currency: "USD",
      stage: "lead",
      probability: "10",
      expected_close: "2026-03-01"
    })
    assert.deepInclude(small, {
      stage: "qualified",
      probability: "33",
      manual_probability: "33",
      currency: "JPY",
      value: "5"
    })
    const lines = linesOf(await crm.get("/deals/export?format=ndjson&stage=lead")).map((line) => readDeal(line))
    assert.deepStrictEqual(
      lines.map(({ id, products }) => [id, products.length]),
      [[id, 1]]
    )
    assert.deepStrictEqual((await rowsOf(await crm.get("/deals/export?min_value=10"))).length, 1)
  })

  it("the format is that of the query, else of Accept, else CSV", async () => {
    const crm = await server.tenant()
    const typeFor = async (accept: string, query = "") =>
      (await crm.get(`/contacts/export${query}`, { accept })).headers["content-type"]
    for (const accept of ["text/csv", "*/*", "", "text/html, text/csv;q=0.5", "application/x-ndjson;q=0.1, text/*"]) {
      assert.strictEqual(await typeFor(accept), "text/csv; charset=utf-8", accept)
    }
    for (const accept of ["application/x-ndjson", "application/jsonl", "text/csv;q=0.2, application/x-ndjson"]) {
      assert.strictEqual(await typeFor(accept), "application/x-ndjson", accept)
    }
    assert.strictEqual(await typeFor("text/csv", "?format=ndjson"), "application/x-ndjson")
    for (const accept of ["text/html", "text/csv;q=0"]) {
      problemOf(await crm.get("/deals/export", { accept }), "not_acceptable")
    }
  })

  it("what can be refused is refused before the first byte", async () => {
    const crm = await server.tenant()
    for (const query of ["format=xml", "page=1", "sort=name", "status=odd"]) {
      assert.deepStrictEqual(pathsOf(await crm.get(`/contacts/export?${query}`)), [query.replace(/=.*/, "")])
    }
    problemOf(await crm.get("/deals/export?stage=nowhere"), "invalid_stage")
    problemOf(await server.withToken().get("/deals/export"), "unauthorized")
  })
})

describe("a long export", () => {
  let pages = 0
  const tracer = Tracer.make({
    span: (options) => {
      if (options.name === "Exports.contacts") pages++
      return new Tracer.NativeSpan(options)
    }
  })
  const server = useServer(sqlite, {}, Layer.merge(Layer.succeed(Tracer.Tracer, tracer), Logger.layer([])))

  /** 16 MB in ten pages: more than a socket takes of what nobody reads. */
  const fill = async (crm: Client) => {
    const rows = Array.from({ length: 2_000 }, (_, n) => `Person ${n},${"x".repeat(8_000)}\n`).join("")
    const parts = new FormData()
    parts.append("file", new Blob([`name,custom_fields.text\n${rows}`]), "contacts.csv")
    const { headers, body } = new Request("http://localhost", { method: "POST", body: parts })
    const sent = { "content-type": headers.get("content-type") ?? "" }
    const bytes = new Uint8Array(await new Response(body).arrayBuffer())
    assert.strictEqual((await crm.send("POST", "/contacts/import", { headers: sent, body: bytes })).status, 200)
  }

  /** An answer of which nothing but the first bytes has been read. */
  const begin = async (crm: Client) => {
    const outgoing = get(`${crm.base}/contacts/export?format=ndjson`, {
      headers: { authorization: `Bearer ${crm.token ?? ""}` }
    })
    const [incoming]: ReadonlyArray<IncomingMessage> = await once(outgoing, "response")
    assert.isDefined(incoming)
    assert.strictEqual(incoming.statusCode, 200)
    await once(incoming, "readable")
    return { incoming, outgoing }
  }

  it("waits for whoever reads slowly, ends with whoever goes away, and breaks off where it cannot go on", async () => {
    const crm = await server.tenant()
    await fill(crm)

    const slow = await begin(crm)
    const held = pages
    assert.isBelow(held, 10)
    // Others are answered meanwhile, also those who write.
    await crm.create({ name: "Meanwhile" })
    let lines = 0
    slow.incoming.on("data", (bytes: Buffer) => {
      lines += bytes.toString("latin1").split("\n").length - 1
    })
    await once(slow.incoming, "end")
    // What was created meanwhile is newer than where the export began.
    assert.deepStrictEqual([lines, pages], [2_000, 10])

    pages = 0
    const gone = await begin(crm)
    gone.outgoing.destroy()
    await crm.get("/contacts/export?format=ndjson&search=nobody")
    const seen = pages
    for (let n = 0; n < 20; n++) await crm.get("/contacts?limit=1")
    assert.strictEqual(pages, seen)
    assert.isBelow(pages, 10)

    const broken = await begin(crm)
    const database = new DatabaseSync(server.data())
    database.exec("ALTER TABLE crm_contacts RENAME TO elsewhere")
    database.close()
    broken.incoming.resume()
    const [error]: ReadonlyArray<Error> = await once(broken.incoming, "error")
    assert.match(String(error?.message), /aborted/)
  })
})

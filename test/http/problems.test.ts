import { assert, describe, it } from "@effect/vitest"
import { connect } from "node:net"
import { detailOf, exchange, pageOf, pathsOf, problemOf } from "./client.ts"
import { databases, useServer } from "./server.ts"

const json = { "content-type": "application/json" }
const deep = (opening: string, closing: string, depth = 100_000) => `${opening.repeat(depth)}1${closing.repeat(depth)}`

describe.each(databases)("what is refused over HTTP, on $name", (database) => {
  const server = useServer(database)

  it.each([
    ["an open object", "{"],
    ["an open text", '{"name":"a'],
    ["a trailing comma", '{"name":"a",}'],
    ["single quotes", "{'name':'a'}"],
    ["names without quotes", '{name:"a"}'],
    ["something after the value", '{"name":"a"} x'],
    ["two values", '{"name":"a"}{"name":"b"}'],
    ["a comment", '{"name":"a"/**/}'],
    ["not a number", '{"name":NaN}'],
    ["a control character in a text", '{"name":"a\nb"}'],
    ["an unknown escape", '{"name":"\\x41"}'],
    ["white space alone", "  \n "],
    ["a form", "name=a"],
    ["markup", "<name>a</name>"],
    ["open arrays, very deep", "[".repeat(100_000)],
    ["open objects, very deep", '{"name":'.repeat(100_000)],
    ["NUL", "\0"],
    ["bytes", new Uint8Array([0xff, 0xfe, 0, 1, 2])]
  ])("a body that is no JSON is malformed_json: %s", async (_, body) => {
    const crm = await server.tenant()
    problemOf(await crm.send("POST", "/contacts", { body, headers: json }), "malformed_json")
    problemOf(await crm.send("PUT", "/contacts/contact_1", { body, headers: json }), "malformed_json")
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 0)
  })

  it.each([
    ["nothing", ""],
    ["null", "null"],
    ["a number", "1"],
    ["a text", '"name"'],
    ["an array", '[{"name":"a"}]'],
    ["arrays, very deep", deep("[", "]")]
  ])("a body that is no object is refused as a whole: %s", async (_, body) => {
    const crm = await server.tenant()
    assert.deepStrictEqual(pathsOf(await crm.send("POST", "/contacts", { body, headers: json })), [""])
    assert.deepStrictEqual(pathsOf(await crm.send("PUT", "/contacts/contact_1", { body, headers: json })), [""])
  })

  it("names the path of each member that is not as it should be", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const all: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
      [{ name: 1 }, ["name"]],
      [{ name: null }, ["name"]],
      [{ name: " \t" }, ["name"]],
      [{ name: "x".repeat(501) }, ["name"]],
      [{ name: "a", email: "nope" }, ["email"]],
      [{ name: "a", email: "a@b" }, ["email"]],
      [{ name: "a", email: ["a@b.example"] }, ["email"]],
      [{ name: "a", type: "vip" }, ["type"]],
      [{ name: "a", status: "lead" }, ["status"]],
      [{ name: "a", status: null }, ["status"]],
      [{ name: "a", tags: "x" }, ["tags"]],
      [{ name: "a", tags: ["x", 1, ""] }, ["tags[1]", "tags[2]"]],
      [{ name: "a", tags: Array.from({ length: 101 }, (_, n) => `t${n}`) }, ["tags"]],
      [{ name: "a", address: "Rome" }, ["address"]],
      [{ name: "a", address: { city: 1, planet: "x" } }, ["address.city", "address.planet"]],
      [{ name: "a", custom_fields: [] }, ["custom_fields"]],
      [{ name: "a", custom_fields: { Bad: 1, ok: {} } }, ["custom_fields.ok"]],
      [{ name: "a", custom_fields: { "Bad Key": 1, ok: 1 } }, ["custom_fields.Bad Key"]],
      [{ name: "a", secondary_emails: ["a@b.example", "x"] }, ["secondary_emails[1]"]],
      [{ name: "a", owner_id: "" }, ["owner_id"]],
      [{ name: "a", owner_id: 5 }, ["owner_id"]],
      [{ name: "a", external_id: "a\tb" }, ["external_id"]],
      [{ name: "a", e_mail: "x", Tags: [] }, ["e_mail", "Tags"]],
      [{ name: "a", customFields: {} }, ["customFields"]],
      [{ name: 1, email: 2, tags: 3, nope: 4 }, ["name", "email", "tags", "nope"]]
    ]
    for (const [body, paths] of all) {
      assert.sameMembers([...pathsOf(await crm.post("/contacts", body))], [...paths], JSON.stringify(body))
      assert.sameMembers([...pathsOf(await crm.put(`/contacts/${id}`, body))], [...paths], JSON.stringify(body))
    }
    assert.deepStrictEqual(pathsOf(await crm.post("/contacts", {})), ["name"])
    assert.deepStrictEqual(pathsOf(await crm.post("/contacts", { name: "a", id: "x", score: 1 })), ["id", "score"])
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 1)
    assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).version, 1)
  })

  it("refuses NUL and lone surrogates in every text, at its path", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const texts: ReadonlyArray<readonly [string, (text: string) => object]> = [
      ["name", (name) => ({ name })],
      ["email", (text) => ({ email: `${text}@example.com` })],
      ["phone", (phone) => ({ phone })],
      ["company", (company) => ({ company })],
      ["source", (source) => ({ source })],
      ["external_id", (external_id) => ({ external_id })],
      ["owner_id", (owner_id) => ({ owner_id })],
      ["tags[0]", (text) => ({ tags: [text] })],
      ["address.city", (city) => ({ address: { city } })],
      ["social.twitter", (twitter) => ({ social: { twitter } })],
      ["custom_fields.a", (a) => ({ custom_fields: { a } })],
      ["custom_fields.a[1]", (text) => ({ custom_fields: { a: ["", text] } })]
    ]
    for (const [path, member] of texts) {
      for (const text of ["a\u0000b", "a\ud800b", "\udc00"]) {
        assert.deepStrictEqual(pathsOf(await crm.post("/contacts", { name: "n", ...member(text) })), [path])
        assert.deepStrictEqual(pathsOf(await crm.patch(`/contacts/${id}`, member(text))), [path])
      }
    }
    assert.deepStrictEqual(pathsOf(await crm.post("/contacts", { name: "n", notes: "\0" })), ["notes"])
  })

  it("names of Object.prototype are members like any other: unknown, or custom fields", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"]) {
      for (const value of ["1", "{}", '{"admin":true}']) {
        const body = `{"name":"a","${name}":${value}}`
        assert.deepStrictEqual(pathsOf(await crm.send("POST", "/contacts", { body, headers: json })), [name])
        assert.deepStrictEqual(pathsOf(await crm.send("PUT", `/contacts/${id}`, { body, headers: json })), [name])
      }
    }
    for (const group of ["custom_fields", "social"]) {
      const body = `{"name":"a","${group}":{"__proto__":"x","constructor":"kept"}}`
      assert.deepStrictEqual(pathsOf(await crm.send("POST", "/contacts", { body, headers: json })), [
        `${group}.__proto__`
      ])
    }
    const kept = await crm.create({ custom_fields: { constructor: "c", valueof: "v" }, social: { constructor: "s" } })
    assert.deepStrictEqual(kept.custom_fields, { constructor: "c", valueof: "v" })
    assert.deepStrictEqual(kept.social, { constructor: "s", linkedin: null, twitter: null })
  })

  it("nesting without end is refused wherever it stands", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    for (const member of ["name", "email", "tags", "address", "social", "custom_fields", "unknown", "notes"]) {
      for (const nested of [deep("[", "]"), deep('{"a":', "}")]) {
        const body = `{"name":"a","${member}":${nested}}`
        problemOf(await crm.send("POST", "/contacts", { body, headers: json }), "validation_error")
      }
    }
    for (const member of [
      "id",
      "notes",
      "deals",
      "activities",
      "engagement",
      "enrichment",
      "score_breakdown",
      "owner"
    ]) {
      for (const nested of [deep("[", "]"), deep('{"a":', "}")]) {
        const body = `{"${member}":${nested}}`
        problemOf(await crm.send("PUT", `/contacts/${id}`, { body, headers: json }), "validation_error")
      }
    }
    assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).version, 1)
  })

  it("a JSON body beyond the limit is a 413, however the path is spelled and the length is given", async () => {
    const crm = await server.tenant()
    const body = JSON.stringify({ name: "a", notes: "x".repeat(5_000_000) })
    const authorization = { authorization: `Bearer ${crm.token ?? ""}` }
    for (const headers of [json, { ...json, "transfer-encoding": "chunked" }]) {
      problemOf(await crm.send("POST", "/contacts", { body, headers }), "payload_too_large")
      problemOf(await crm.send("PUT", "/contacts/contact_1", { body, headers }), "payload_too_large")
    }
    for (const path of [
      "//api/v1/crm/contacts",
      "/%61pi/v1/crm/contacts",
      "/api//v1/crm/contacts",
      "/api/v1/crm/%63ontacts"
    ]) {
      const call = { body, headers: { ...json, ...authorization } }
      problemOf(await exchange("POST", `${server.origin()}${path}`, call), "payload_too_large")
    }
    const below = { name: "a", custom_fields: { a: Array.from({ length: 990 }, () => "x".repeat(999)) } }
    assert.isAbove(JSON.stringify(below).length, 985_000)
    detailOf(await crm.post("/contacts", below), 201)
  })

  it("other media types than JSON are a 415; without any, JSON is taken for granted", async () => {
    const crm = await server.tenant()
    const body = '{"name":"a"}'
    for (const type of [
      "text/plain",
      "application/xml",
      "application/x-www-form-urlencoded",
      "application/merge-patch+json",
      "application/jsonp",
      "multipart/form-data; boundary=x",
      "multipart/form-data",
      "garbage",
      ""
    ]) {
      const headers = { "content-type": type }
      problemOf(await crm.send("POST", "/contacts", { body, headers }), "unsupported_media_type")
      problemOf(await crm.send("PUT", "/contacts/contact_1", { body, headers }), "unsupported_media_type")
    }
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      "APPLICATION/JSON",
      " application/json;"
    ]) {
      detailOf(await crm.send("POST", "/contacts", { body, headers: { "content-type": type } }), 201)
    }
    detailOf(await crm.send("POST", "/contacts", { body }), 201)
    for (const type of ["application/json", "text/csv"]) {
      const headers = { "content-type": type }
      problemOf(await crm.send("POST", "/contacts/import", { body, headers }), "unsupported_media_type")
    }
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 5)
  })

  it("methods that a path does not have are a 405 that lists those it has", async () => {
    const crm = await server.tenant()
    const list = ["GET", "HEAD", "POST"]
    const one = ["GET", "HEAD", "PUT", "PATCH", "DELETE"]
    const all: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
      ["/contacts", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "PROPFIND"], list],
      ["/contacts/", ["DELETE"], list],
      ["/contacts/contact_1", ["POST", "OPTIONS", "TRACE", "REPORT"], one],
      ["/contacts/import", ["OPTIONS"], [...one, "POST"]],
      ["/contacts/merge", ["OPTIONS"], [...one, "POST"]],
      ["/contacts/bulk-update", ["OPTIONS"], [...one, "POST"]],
      ["/contacts/merge/preview", ["GET", "PUT", "DELETE"], ["POST"]],
      ["/contacts/contact_1/restore", ["GET", "DELETE"], ["POST"]],
      ["/contacts/contact_1/erase", ["GET", "PUT"], ["POST"]],
      ["/contacts/contact_1/history", ["POST", "DELETE"], ["GET", "HEAD"]],
      ["/contacts/contact_1/personal-data", ["POST"], ["GET", "HEAD"]],
      ["/contacts/contact_1/notes", ["PUT", "DELETE"], list],
      ["/notes/note_1", ["GET", "POST", "PATCH"], ["PUT", "DELETE"]],
      ["/events", ["GET", "PUT"], ["POST"]],
      ["/segments", ["PUT", "DELETE"], list],
      ["/segments/key", ["POST", "PATCH"], ["GET", "HEAD", "PUT", "DELETE"]],
      ["/jobs", ["POST", "DELETE"], ["GET", "HEAD"]],
      ["/jobs/job_1", ["PUT", "DELETE"], ["GET", "HEAD"]],
      ["/jobs/job_1/cancel", ["GET", "DELETE"], ["POST"]],
      ["/openapi.json", ["POST", "OPTIONS"], ["GET", "HEAD"]],
      ["/docs", ["DELETE"], ["GET", "HEAD"]]
    ]
    for (const [path, methods, allowed] of all) {
      for (const method of methods) {
        const answer = await crm.send(method, path)
        problemOf(answer, "method_not_allowed")
        assert.sameMembers(String(answer.headers.allow).split(", "), [...allowed], `${method} ${path}`)
      }
    }
    const answer = await exchange("POST", `${server.origin()}/healthz`)
    problemOf(answer, "method_not_allowed")
    assert.strictEqual(answer.headers.allow, "GET, HEAD")
  })

  it("HEAD is GET without its body", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    for (const path of ["/contacts", `/contacts/${id}`, "/contacts/contact_1", "/contacts?limit=0", "/openapi.json"]) {
      const [head, get] = [await crm.send("HEAD", path), await crm.get(path)]
      assert.strictEqual(head.text, "")
      assert.strictEqual(head.status, get.status)
      for (const name of ["content-type", "content-length", "etag"]) {
        assert.strictEqual(head.headers[name], get.headers[name], `${name} of ${path}`)
      }
    }
  })

  it("paths that lead nowhere are a 404 not_found, inside and outside of the base path", async () => {
    const crm = await server.tenant()
    for (const path of [
      "",
      "/",
      "/nope",
      "/nope/",
      "//nope",
      "/Contacts",
      "/contact",
      "/contacts/contact_1/nope",
      "/contacts/contact_1/nope/",
      "/contacts/contact_1/notes/note_1",
      "/contacts/contact_1/history/1",
      "/contacts/merge/preview/x",
      "/notes",
      "/notes/note_1/x",
      "/events/evt_1",
      "/segments/key/x",
      "/Segments",
      "/contacts/../contacts",
      "/contacts%2Fcontact_1",
      "/contacts%2f",
      "/contacts\\contact_1",
      "/.env",
      "/openapi.json/x"
    ]) {
      for (const method of ["GET", "POST", "HEAD", "DELETE", "OPTIONS"]) {
        const answer = await crm.send(method, path)
        assert.strictEqual(answer.status, 404, `${method} ${path}`)
        if (method !== "HEAD") problemOf(answer, "not_found")
      }
    }
    for (const undecodable of ["%zz", "%", "%ff"]) problemOf(await crm.get(`/contacts/${undecodable}`), "not_found")
    for (const path of [
      "/",
      "/nope",
      "/api",
      "/api/v1/crmx/contacts",
      "/api/v2/crm/contacts",
      "//",
      "/%zz",
      "/contacts"
    ]) {
      problemOf(await exchange("GET", `${server.origin()}${path}`), "not_found")
    }
  })

  it("whatever stands for an id and is none names nothing", async () => {
    const crm = await server.tenant()
    const ids = [
      "contact_00000000000000000000000000",
      "import",
      "a b",
      "a/b",
      "a?b#c",
      "..%2f",
      "%",
      "%zz",
      "é€😀",
      "\u0000",
      "a\nb",
      "\u202e",
      " ",
      "'; DROP TABLE contacts; --",
      "__proto__",
      "constructor",
      "null",
      "x".repeat(128),
      "x".repeat(129),
      "x".repeat(1_000),
      "é".repeat(1_000),
      "x".repeat(10_000)
    ]
    for (const id of ids) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await crm.send(
          method,
          `/contacts/${encodeURIComponent(id)}`,
          method === "PUT" ? { json: {} } : {}
        )
        assert.strictEqual(problemOf(answer, "contact_not_found").contact_id, id)
      }
    }
    for (const path of ["/contacts//contact_1", "/contacts/contact_1/", "/contacts/contact%5F1"]) {
      assert.strictEqual(problemOf(await crm.get(path), "contact_not_found").contact_id, "contact_1")
    }
  })

  it("the path is also understood with a host in front of it, as proxies send it", async () => {
    const crm = await server.tenant()
    const { host, port, hostname } = new URL(server.origin())
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname)
      let text = ""
      socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
      socket.on("error", reject).on("end", () => resolve(text))
      socket.write(
        `GET http://${host}/api/v1/crm/nope HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${crm.token}\r\nConnection: close\r\n\r\n`
      )
    })
    assert.match(answer, /^HTTP\/1.1 404 /)
    assert.match(answer, /x-request-id: /i)
    assert.match(answer, /urn:clientele:problem:not_found/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, vi } from "vitest"
import { type Answer, type Client, pageOf, pathsOf, problemOf, reportOf } from "./client.ts"
import { databases, useServer } from "./server.ts"
import { boundary, file, mapping, multipart, options, type Part, uploadHeaders as headers } from "./uploads.ts"

// Uploads are spooled to the folder for temporary files: one of our own shows what stays behind.
const spool = mkdtempSync(join(tmpdir(), "clientele-spool-"))
process.env["TMPDIR"] = spool
afterAll(() => rmSync(spool, { recursive: true, force: true }))

const spooled = () => readdirSync(spool).filter((name) => !name.startsWith("clientele-http-"))
const nothingSpooled = () => vi.waitFor(() => assert.deepStrictEqual(spooled(), []), { timeout: 5_000, interval: 10 })

const upload = (crm: Client, ...parts: ReadonlyArray<Part>): Promise<Answer> =>
  crm.send("POST", "/contacts/import", { headers, body: multipart(parts) })

const total = async (crm: Client) => pageOf(await crm.get("/contacts")).pagination.total

const example = readFileSync(fileURLToPath(new URL("../../examples/data/contacts.csv", import.meta.url)))
/** As the contract prints them. */
const byName = { name: "Full Name", email: "Email Address" }
const contractOptions = { skip_duplicates: true, source: "csv_import" }

const small = "Full Name,Email Address\r\nJane,jane@example.com\r\nBob,bob@example.com\r\n"

describe.each(databases)("imports over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("takes the contract's example, and counts what its file is known to hold", async () => {
    const crm = await server.tenant()
    const report = reportOf(await upload(crm, file(example), mapping(byName), options(contractOptions)))
    assert.deepStrictEqual(report, {
      job_id: report.job_id,
      status: "completed",
      rows: 1_200,
      imported: 1_188,
      updated: 0,
      skipped: 12,
      failed: 0,
      mapping: byName,
      unmapped: ["Phone", "Company", "Job Title", "City", "Country", "Status", "Source", "Tags", "Notes"],
      warnings: [],
      errors: []
    })
    assert.strictEqual(await total(crm), 1_188)
    assert.strictEqual(pageOf(await crm.get("/contacts?source=csv_import")).pagination.total, 1_188)
    await nothingSpooled()
  })

  it("the same file again makes no second contact of an e-mail: skipped if asked, else failed by row", async () => {
    const crm = await server.tenant()
    const parts = [file(example), mapping(byName)]
    const first = reportOf(await upload(crm, ...parts, options({ skip_duplicates: true })))
    assert.strictEqual(first.imported, 1_188)
    const again = reportOf(await upload(crm, ...parts, options({ skip_duplicates: true })))
    assert.isAtLeast(again.skipped, 1_140)
    assert.strictEqual(again.failed, 0)
    const strict = reportOf(await upload(crm, ...parts))
    assert.strictEqual(strict.failed, 1_140)
    assert.lengthOf(strict.errors, 100)
    assert.isTrue(strict.errors.every(({ code }) => code === "duplicate_contact"))
    assert.deepStrictEqual(
      strict.errors.slice(0, 3).map(({ row }) => row),
      [1, 2, 3]
    )
    const rows = strict.errors.map(({ row }) => row)
    assert.deepStrictEqual(
      rows,
      [...new Set(rows)].sort((a, b) => a - b)
    )
    assert.strictEqual(pageOf(await crm.get("/contacts?search=example")).pagination.total, 1_128)
  })

  it("reads every column that is mapped", async () => {
    const crm = await server.tenant()
    const wide = {
      ...byName,
      phone: "Phone",
      company: "Company",
      title: "Job Title",
      "address.city": "City",
      "address.country": "Country",
      status: "Status",
      source: "Source",
      tags: "Tags",
      notes: "Notes"
    }
    const report = reportOf(
      await upload(crm, mapping(wide), options({ skip_duplicates: true, tags: ["csv"] }), file(example))
    )
    assert.deepInclude(report, { imported: 1_188, skipped: 12, failed: 0, unmapped: [] })
    const [found] = pageOf(await crm.get(`/contacts?search=${encodeURIComponent("kenji.takahashi@example.com")}`)).data
    assert.deepInclude(found, {
      name: "高橋 ケンジ",
      phone: null,
      company: "有限会社青空商店",
      title: "営業部長",
      status: "active",
      source: "website",
      tags: ["trial", "enterprise", "csv"]
    })
    const detail = await crm.get(`/contacts/${found?.id ?? ""}`)
    assert.include(detail.text, '"city":"京都","state":null,"zip":null,"country":"JP"')
    assert.include(detail.text, "Met at the spring fair")
  })

  it("takes its parts in any order, and mapping and options as files, too", async () => {
    const parts = [file(small), mapping(byName), options(contractOptions)] as const
    const [a, b, c] = parts
    for (const order of [
      [a, b, c],
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a]
    ]) {
      assert.strictEqual(reportOf(await upload(await server.tenant(), ...order)).imported, 2)
    }
    const asFile = { ...b, filename: "mapping.json", type: "application/json" }
    assert.strictEqual(reportOf(await upload(await server.tenant(), a, asFile)).imported, 2)
  })

  it("without a mapping guesses what columns are, and never fails a row by a guess", async () => {
    const crm = await server.tenant()
    const report = reportOf(
      await upload(crm, file("name;email;custom_fields.size:number;x\nJane;j@example.com;12;y\n"))
    )
    assert.deepInclude(report, { imported: 1, unmapped: ["x"] })
    assert.deepInclude(pageOf(await crm.get("/contacts")).data[0], { custom_fields: { size: 12 } })
    const { mapping: guessed } = reportOf(await upload(crm, file(small), options({ skip_duplicates: true })))
    assert.deepStrictEqual(guessed, { name: "Full Name", email: "Email Address" })
    assert.deepStrictEqual(pathsOf(await upload(crm, file("x,y\n1,2\n"))), ["mapping"])
    const rows = Array.from({ length: 40 }, (_, n) => `Person ${n},${n === 7 ? "none" : `guess${n}@example.com`}\n`)
    const lenient = reportOf(await upload(crm, file(`name,email\n${rows.join("")}`)))
    assert.deepInclude(lenient, { imported: 40, failed: 0 })
    assert.deepStrictEqual(lenient.warnings, [`Row 8: the cell of "email" was left out: Expected an e-mail address`])
  })

  it("a row that cannot be read fails by itself, with its number, column, value and reason", async () => {
    const crm = await server.tenant()
    const rows = [
      "n,e,s",
      "Ann,ann@example.com,active",
      "Bob,not-an-address,active",
      "Cid,cid@example.com",
      "Dan,,maybe",
      ",,"
    ]
    const report = reportOf(await upload(crm, file(rows.join("\n")), mapping({ name: "n", email: "e", status: "s" })))
    assert.deepInclude(report, { rows: 5, imported: 1, failed: 4 })
    assert.deepStrictEqual(
      report.errors.map(({ code, column, row, value }) => ({ row, column, value, code })),
      [
        { row: 2, column: "e", value: "not-an-address", code: "validation_error" },
        { row: 3, column: null, value: null, code: "ragged_row" },
        { row: 4, column: "s", value: "maybe", code: "validation_error" },
        { row: 5, column: null, value: null, code: "validation_error" }
      ]
    )
  })

  it("a part that is missing, unknown, repeated or not what it should be is refused at its path", async () => {
    const crm = await server.tenant()
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
    const all: ReadonlyArray<readonly [string, ReadonlyArray<Part>, ReadonlyArray<string>]> = [
      ["no parts", [], ["file"]],
      ["no file", [mapping(byName)], ["file"]],
      ["a file without a file name", [{ name: "file", content: small }, mapping(byName)], ["file"]],
      ["two files", [file(small), file(small), mapping(byName)], ["file"]],
      ["two mappings", [file(small), mapping(byName), mapping(byName)], ["mapping"]],
      ["an unknown part", [file(small), { name: "mappping", content: "{}" }], ["mappping"]],
      ["a part of an odd name", [file(small), { name: "__proto__", content: "{}" }], ["__proto__"]],
      ["a mapping that is no JSON", [file(small), { name: "mapping", content: "{name" }], ["mapping"]],
      ["an empty mapping part", [file(small), { name: "mapping", content: "" }], ["mapping"]],
      ["a mapping that is no object", [file(small), mapping(["name"])], ["mapping"]],
      ["a mapping to no header", [file(small), mapping({ name: 1 })], ["mapping.name"]],
      ["a deep mapping", [file(small), { name: "mapping", content: deep }], ["mapping"]],
      ["an unknown target", [file(small), mapping({ nome: "Full Name" })], ["mapping.nome"]],
      [
        "targets of odd names",
        [file(small), { name: "mapping", content: '{"__proto__":"Full Name"}' }],
        ["mapping.__proto__"]
      ],
      ["an empty mapping", [file(small), mapping({})], ["mapping"]],
      ["two columns for a name", [file(small), mapping({ name: ["Full Name", "Email Address"] })], ["mapping.name"]],
      ["options that are no JSON", [file(small), mapping(byName), { name: "options", content: "{" }], ["options"]],
      ["an unknown option", [file(small), mapping(byName), options({ skip: true })], ["options.skip"]],
      [
        "an option of another type",
        [file(small), mapping(byName), options({ skip_duplicates: "yes" })],
        ["options.skip_duplicates"]
      ],
      ["an option with NUL", [file(small), mapping(byName), options({ source: "\0" })], ["options.source"]]
    ]
    for (const [what, parts, paths] of all) assert.deepStrictEqual(pathsOf(await upload(crm, ...parts)), paths, what)
    assert.strictEqual(await total(crm), 0)
    await nothingSpooled()
  })

  it("a file that is no CSV is refused with line and column, and nothing of it is imported", async () => {
    const crm = await server.tenant()
    const good = Array.from({ length: 600 }, (_, n) => `Person ${n},p${n}@example.com\n`).join("")
    const head = "Full Name,Email Address\n"
    const all: ReadonlyArray<readonly [string, string | Uint8Array, string, number, number]> = [
      ["an empty file", "", "empty", 1, 1],
      ["empty lines", "\n\n\r\n", "empty", 1, 1],
      ["an unclosed quote", `${head}${good}"Open,o@example.com\n`, "unclosed_quote", 602, 1],
      ["a stray quote", `${head}${good}Ann,"a"b@example.com\n`, "stray_quote", 602, 2],
      ["a binary file", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]), "nul", 1, 1],
      ["NUL", `${head}${good}A\0nn,a@example.com\n`, "nul", 602, 1],
      ["a cell of 10 MB", `${head}Ann,"${"x".repeat(10_000_000)}"\n`, "record_too_large", 2, 2],
      ["two columns of one name", `Full Name,Full Name\n${good}`, "duplicate_header", 1, 2],
      ["a header that the mapping names and the file lacks", `Full Name\nAnn\n`, "missing_header", 1, 1]
    ]
    for (const [what, content, reason, line, column] of all) {
      const problem = problemOf(await upload(crm, file(content), mapping(byName)), "invalid_csv")
      assert.deepInclude(problem, { reason, line, column }, what)
    }
    assert.strictEqual(await total(crm), 0)
    await nothingSpooled()
  })

  it("a file of a header alone is an import of nothing", async () => {
    const report = reportOf(await upload(await server.tenant(), file("Full Name,Email Address"), mapping(byName)))
    assert.deepInclude(report, { rows: 0, imported: 0, failed: 0 })
  })

  it("an upload beyond the limit is a 413, announced or not, and leaves nothing", async () => {
    const crm = await server.tenant()
    const body = multipart([file(`Full Name\n${"x\n".repeat(13_000_000)}`), mapping({ name: "Full Name" })])
    problemOf(await crm.send("POST", "/contacts/import", { headers, body }), "payload_too_large")
    const chunked = { ...headers, "transfer-encoding": "chunked" }
    problemOf(await crm.send("POST", "/contacts/import", { headers: chunked, body }), "payload_too_large")
    assert.strictEqual(await total(crm), 0)
    await nothingSpooled()
  })

  it("a body that is not what its content type says is refused", async () => {
    const crm = await server.tenant()
    const whole = multipart([file(small), mapping(byName)])
    const bodies = [
      whole.slice(0, -6),
      whole.slice(0, 200),
      Buffer.from("name=a"),
      Buffer.from(""),
      Buffer.from(`--${boundary}`),
      Buffer.from(`--${boundary}\r\n\r\n--${boundary}--`),
      Buffer.from(`--${boundary}\r\nno header\r\n--${boundary}--`),
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data\r\n\r\n1\r\n--${boundary}--`)
    ]
    for (const body of bodies)
      assert.isAtLeast(pathsOf(await crm.send("POST", "/contacts/import", { headers, body })).length, 1)
    for (const type of ["multipart/form-data", "multipart/form-data; boundary="]) {
      const call = { headers: { "content-type": type }, body: whole }
      problemOf(await crm.send("POST", "/contacts/import", call), "validation_error")
    }
    assert.strictEqual(await total(crm), 0)
    await nothingSpooled()
  })

  it("a client that goes away during its upload leaves neither contacts nor files", async () => {
    const crm = await server.tenant()
    const body = multipart([mapping(byName), file(`${small}${"Ann,\r\n".repeat(200_000)}`)])
    const outgoing = request(`${crm.base}/contacts/import`, {
      method: "POST",
      headers: { ...headers, authorization: `Bearer ${crm.token ?? ""}`, "content-length": body.length }
    })
    outgoing.on("error", () => {})
    outgoing.write(body.subarray(0, 500_000))
    await vi.waitFor(() => assert.isNotEmpty(spooled()), { timeout: 5_000, interval: 5 })
    outgoing.destroy()
    await nothingSpooled()
    assert.strictEqual(await total(crm), 0)
  })
})

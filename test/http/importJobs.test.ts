import { RevertReport } from "@clientele/core/domain/Importing"
import { Job } from "@clientele/core/domain/Job"
import { assert, describe, it } from "@effect/vitest"
import { vi } from "vitest"
import { type Client, idOf, jsonOf, pageOf, pathsOf, problemOf, reader, reportOf } from "./client.ts"
import { databases, useServer } from "./server.ts"
import { file, mapping, multipart, options, type Part, uploadHeaders } from "./uploads.ts"

const jobOf = reader(Job)
const revertOf = reader(RevertReport)

const upload = (crm: Client, path: string, ...parts: ReadonlyArray<Part>) =>
  crm.send("POST", path, { headers: uploadHeaders, body: multipart(parts) })

const byName = mapping({ name: "Name", email: "Mail" })

const people = (count: number) =>
  `Name,Mail\n${Array.from({ length: count }, (_, n) => `Person ${n},p${n}@example.com\n`).join("")}`

const ended = (crm: Client, id: string) =>
  vi.waitFor(
    async () => {
      const job = jobOf(await crm.get(`/jobs/${id}`))
      assert.isNotNull(job.finished_at)
      return job
    },
    { timeout: 20_000, interval: 20 }
  )

describe.each(databases)("imports as jobs over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("an import that is asked for as one is accepted as a job, whose result is its report", async () => {
    const crm = await server.tenant()
    const answer = await upload(crm, "/contacts/import", file(people(700)), byName, options({ async: true }))
    const accepted = jobOf(answer, 202)
    assert.deepInclude(accepted, { kind: "import_contacts", total: 700, done: 0 })
    const job = await ended(crm, accepted.id)
    assert.deepInclude(job, { status: "completed", total: 700, done: 700 })
    assert.deepInclude(job.result, { job_id: accepted.id, status: "completed", rows: 700, imported: 700, failed: 0 })
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 700)
  })

  it("failed rows come as CSV, are mended and imported again", async () => {
    const crm = await server.tenant()
    const table = 'Name,Mail\nAnn,ann@example.com\n"Bo,b",none\nCas\nDan,dan@example.com,more\n'
    const { failed, job_id } = reportOf(await upload(crm, "/contacts/import", file(table), byName))
    assert.strictEqual(failed, 3)
    const errors = await crm.get(`/jobs/${job_id}/errors.csv`)
    assert.strictEqual(errors.status, 200)
    assert.strictEqual(errors.headers["content-type"], "text/csv; charset=utf-8")
    assert.deepStrictEqual(errors.text.split("\r\n"), [
      "error_code,error_message,Name,Mail",
      'validation_error,Mail: Expected an e-mail address,"Bo,b",none',
      'ragged_row,"Expected 2 cells, found 1",Cas',
      'ragged_row,"Expected 2 cells, found 3",Dan,dan@example.com,more',
      ""
    ])
    const mended = errors.text
      .replace(",none", ",bob@example.com")
      .replace('found 1",Cas', 'found 1",Cas,')
      .replace(",more", "")
    const again = reportOf(await upload(crm, "/contacts/import", file(mended), byName))
    assert.deepInclude(again, { rows: 3, imported: 3, failed: 0, unmapped: ["error_code", "error_message"] })
    const none = await crm.get(`/jobs/${again.job_id}/errors.csv`)
    assert.strictEqual(none.text, "error_code,error_message,Name,Mail\r\n")
  })

  it("an import is taken back, and says what it has kept", async () => {
    const crm = await server.tenant()
    const { job_id } = reportOf(await upload(crm, "/contacts/import", file(people(3)), byName))
    const [touched] = pageOf(await crm.get("/contacts?search=Person")).data
    await crm.send("PUT", `/contacts/${touched?.id}`, { json: { title: "Dr" } })
    const report = revertOf(await crm.send("POST", `/jobs/${job_id}/revert`))
    assert.deepStrictEqual(report, {
      job_id: report.job_id,
      import_id: job_id,
      status: "completed",
      reverted: 2,
      kept: 1,
      reasons: [{ id: touched?.id ?? "", code: "changed", message: "It was changed since" }]
    })
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 1)
    assert.strictEqual(jobOf(await crm.get(`/jobs/${report.job_id}`)).kind, "revert_import")
  })

  it("a job that is no import has no failed rows and is not taken back, nor is one of another tenant", async () => {
    const crm = await server.tenant()
    const other = await server.tenant()
    const { job_id } = reportOf(await upload(crm, "/contacts/import", file(people(1)), byName))
    const { job_id: revert } = revertOf(await crm.send("POST", `/jobs/${job_id}/revert`))
    assert.deepStrictEqual(pathsOf(await crm.get(`/jobs/${revert}/errors.csv`)), ["job_id"])
    assert.deepStrictEqual(pathsOf(await crm.send("POST", `/jobs/${revert}/revert`)), ["job_id"])
    for (const id of [job_id, "job_1"]) {
      problemOf(await other.get(`/jobs/${id}/errors.csv`), "job_not_found")
      problemOf(await other.send("POST", `/jobs/${id}/revert`), "job_not_found")
    }
  })

  it("a dry run reports, and leaves nothing", async () => {
    const crm = await server.tenant()
    const dry = await upload(crm, "/contacts/import", file(people(300)), byName, options({ dry_run: true }))
    assert.deepInclude(reportOf(dry), { rows: 300, imported: 300 })
    assert.strictEqual(pageOf(await crm.get("/contacts")).pagination.total, 0)
  })

  it("rows update contacts, and other columns become custom fields, if they are told to", async () => {
    const crm = await server.tenant()
    await crm.send("POST", "/contacts", { json: { name: "Ann", email: "ann@example.com" } })
    const table = "Name,Mail,Größe (cm),Jahre:number\nAnn,ann@example.com,180,40\nBen,ben@example.com,,30\n"
    const both = options({ update_existing: true, unmapped: "custom_fields" })
    const report = reportOf(await upload(crm, "/contacts/import", file(table), byName, both))
    assert.deepInclude(report, { imported: 1, updated: 1, unmapped: [] })
    assert.deepStrictEqual(report.mapping, {
      name: "Name",
      email: "Mail",
      "custom_fields.grosse_cm": "Größe (cm)",
      "custom_fields.jahre": "Jahre:number"
    })
    const [ann] = pageOf(await crm.get("/contacts?search=ann")).data
    assert.deepStrictEqual(ann?.custom_fields, { grosse_cm: "180", jahre: 40 })
  })

  it("deals are imported with their contacts, stages and dates", async () => {
    const crm = await server.tenant()
    const ann = idOf(await crm.send("POST", "/contacts", { json: { name: "Ann", email: "ann@example.com" } }))
    const table =
      "Deal;Amount;Stage;Owner mail;Opened;Closed\nBig;12,500.50;Won!;ann@example.com;31.12.2025;15.1.2026\nSmall;1;?;;;\n"
    const columns = mapping({
      name: "Deal",
      value: "Amount",
      stage: "Stage",
      contact_email: "Owner mail",
      created_at: "Opened",
      closed_at: "Closed"
    })
    const chosen = options({ stage_map: { "Won!": "closed_won" }, date_format: "D.M.YYYY" })
    const report = reportOf(await upload(crm, "/deals/import", file(table), columns, chosen))
    assert.deepInclude(report, { rows: 2, imported: 1, failed: 1 })
    assert.deepInclude(report.errors[0], { row: 2, column: "Stage", value: "?", code: "invalid_stage" })
    const deals = jsonOf(await crm.get(`/deals?contact_id=${ann}`))
    assert.deepNestedInclude(deals, { "data[0].value": 12500.5, "data[0].stage": "closed_won" })
    assert.deepNestedInclude(deals, { "data[0].created_at": "2025-12-31T00:00:00.000Z" })
    const accepted = await upload(crm, "/deals/import", file(table), columns, options({ async: true }))
    assert.deepInclude((await ended(crm, jobOf(accepted, 202).id)).result, { rows: 2, failed: 2 })
    assert.deepStrictEqual(
      pathsOf(await upload(crm, "/deals/import", file(table), columns, options({ stage_map: { a: "b" } }))),
      ["options.stage_map.a"]
    )
    assert.deepStrictEqual(pathsOf(await upload(crm, "/deals/import", file(table), mapping({ nome: "Deal" }))), [
      "mapping.nome"
    ])
    problemOf(await upload(crm, "/deals/import", file('a,"b\n'), columns), "invalid_csv")
    problemOf(await upload(crm, "/deals/import", file("a,b\n"), columns), "invalid_csv")
  })

  it("without a mapping the columns of deals are guessed", async () => {
    const crm = await server.tenant()
    const table = "Deal Name,Amount,Deal Stage,Close Date\nA,10,proposal,2026-09-09\nB,20,Lead,2026-10-10\n"
    const report = reportOf(await upload(crm, "/deals/import", file(table)))
    assert.deepInclude(report, { imported: 2, failed: 0 })
    assert.deepStrictEqual(report.mapping, {
      name: "Deal Name",
      value: "Amount",
      stage: "Deal Stage",
      expected_close: "Close Date"
    })
  })
})

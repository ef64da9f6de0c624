/**
 * Imports of contacts: batches, duplicates within the table and without, rows that fail alone, reports that add up, and what
 * is left of an import: failed rows, and the way back.
 */
import { Activities, Contacts, Imports, ImportStore, JobId, JobRunner, Jobs, Notes } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Chapter, eventsOf, inNewTenant } from "./Harness.ts"
import { assertCounts, assertTold, type Cells, header, importing, mapping, streamOf, total } from "./ImportTables.ts"

/** Rows of which some repeat others, in the same batch and far behind, by e-mail in another spelling or external id. */
const repeating: ReadonlyArray<Cells> = Array.from({ length: 1_150 }, (_, index) => {
  if (index >= 1_100) return [`Far ${index}`, "", `x-${(index - 1_100) * 10}`, ""]
  if (index % 10 === 3) return [`Again ${index}`, `N${index - 3}@EXAMPLE.com`, "", ""]
  return [`Number ${index}`, `n${index}@example.com`, `x-${index}`, index % 7 === 0 ? "A note" : ""]
})

export const imports: Chapter = {
  title: "imports",
  needs: [],
  tests: (test) => {
    test("skips repeated rows over many batches, and reports rows that add up", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const report = yield* importing(repeating, { skipDuplicates: true })
          assertCounts(report, { imported: 990, skipped: 160, failed: 0 })
          assert.strictEqual(yield* total, 990)
          yield* assertTold(tenantId, 990)
        })
      ))

    test("fails repeated rows where they are not skipped, each with its number and reason", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          yield* contacts.create({ name: "Stored", email: "stored@example.com" })
          const report = yield* importing([
            ["Ann", "ann@example.com", "", ""],
            ["Anna", " Ann@Example.com ", "", ""],
            ["Stored", "STORED@example.com", "", ""],
            ["Ben", "", "7", ""],
            ["Benny", "", "7", ""]
          ])
          assertCounts(report, { imported: 2, skipped: 0, failed: 3 })
          assert.deepStrictEqual(
            report.errors.map(({ code, row }) => [row, code]),
            [
              [2, "duplicate_contact"],
              [3, "duplicate_contact"],
              [5, "duplicate_contact"]
            ]
          )
          assert.strictEqual(yield* total, 3)
          assert.lengthOf(yield* eventsOf(tenantId), 3)
        })
      ))

    test("lets rows fail alone, whatever is wrong with them", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const report = yield* importing([
            ["Ann", "ann@example.com", "", "First\nnote"],
            ["Bad", "no address", "", ""],
            ["Ragged", "ragged@example.com"],
            ["", "", "9", ""],
            ["Zero\0byte", "", "", ""],
            ["Lone \ud800", "", "", ""],
            ["Ben O'Brien 👩‍👩‍👧‍👦", "", "", ""]
          ])
          assertCounts(report, { imported: 2, skipped: 0, failed: 5 })
          assert.deepStrictEqual(
            report.errors.map(({ row }) => row),
            [2, 3, 4, 5, 6]
          )
          yield* assertTold(tenantId, 2)
          const contacts = yield* Contacts
          const { data } = yield* contacts.list({})
          assert.sameMembers(
            data.map(({ name }) => name),
            ["Ann", "Ben O'Brien 👩‍👩‍👧‍👦"]
          )
          const ann = data.find(({ name }) => name === "Ann") ?? assert.fail("not imported")
          assert.deepStrictEqual(
            (yield* contacts.get(ann.id)).notes.map(({ content }) => content),
            ["First\nnote"]
          )
        })
      ))

    test("changes nothing when the same table is imported again", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const rows = Array.from({ length: 600 }, (_, index) => [`Number ${index}`, `n${index}@example.com`, "", ""])
          assertCounts(yield* importing(rows), { imported: 600, skipped: 0, failed: 0 })
          assertCounts(yield* importing(rows, { skipDuplicates: true }), { imported: 0, skipped: 600, failed: 0 })
          assertCounts(yield* importing(rows), { imported: 0, skipped: 0, failed: 600 })
          yield* assertTold(tenantId, 600)
        })
      ))

    test("leaves nothing when the table breaks off before its end", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const imports = yield* Imports
          const jobs = yield* Jobs
          const rows = Array.from({ length: 1_200 }, (_, index) => [`Number ${index}`, `n${index}@example.com`, "", ""])
          const torn = Stream.concat(streamOf(rows), Stream.fail("torn" as const))
          assert.strictEqual(yield* Effect.flip(imports.contacts({ header, rows: torn })), "torn")
          assert.strictEqual(yield* total, 0)
          yield* assertTold(tenantId, 0)
          assert.deepStrictEqual((yield* jobs.list({})).data, [])
        })
      ))

    test("writes nothing when the mapping or the options are wrong", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const imports = yield* Imports
          const rows = streamOf([["Ann", "ann@example.com", "", ""]])
          for (const table of [
            { header, rows, mapping: { name: "missing" } },
            { header, rows, mapping: { nothing: "name" } },
            { header, rows, options: { source: "x".repeat(256) } }
          ])
            assert.strictEqual((yield* Effect.flip(imports.contacts(table)))._tag, "ValidationError")
          assert.strictEqual(yield* total, 0)
          yield* assertTold(tenantId, 0)
        })
      ))

    test("is a job, whose failed rows are kept as they were", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const imports = yield* Imports
          const jobs = yield* Jobs
          const rows = Array.from({ length: 500 }, (_, index) =>
            index % 4 === 0 ? [`Bad ${index}`, "none", "", ""] : [`Number ${index}`, `n${index}@example.com`, "", ""]
          )
          const { jobId } = yield* importing(rows)
          assert.deepInclude(yield* jobs.get(jobId), {
            kind: "import_contacts",
            status: "completed",
            total: 500,
            done: 500
          })
          const failed = yield* imports.failedRows(jobId)
          assert.deepStrictEqual(failed.header, header)
          const kept = yield* Stream.runCollect(failed.rows)
          assert.deepStrictEqual(
            kept.map(({ cells, row }) => [row, cells]),
            rows.flatMap((cells, index) => (index % 4 === 0 ? [[index + 1, cells]] : []))
          )
        })
      ))

    test("leaves nothing that waits when it is cancelled, and nothing of a table that never was whole", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const imports = yield* Imports
          const jobs = yield* Jobs
          const store = yield* ImportStore
          const table = { header, mapping, rows: streamOf([["Ann", "", "", ""]]) }
          const cancelled = yield* imports.startContacts(table)
          const waiting = yield* imports.startContacts(table)
          yield* jobs.cancel(cancelled.id)
          const now = yield* DateTime.now
          const torn = JobId.make("job_torn")
          const isThere = (id: JobId) => Effect.map(store.find(tenantId, id, 0), Option.isSome)
          yield* store.append(tenantId, torn, [{ number: 0, firstRow: 1, rows: [["Ben", "", "", ""]] }], now)
          yield* imports.purge(DateTime.add(now, { hours: 23 }))
          assert.deepStrictEqual(yield* Effect.forEach([cancelled.id, waiting.id, torn], isThere), [false, true, true])
          yield* imports.purge(DateTime.add(now, { hours: 25 }))
          assert.deepStrictEqual(yield* Effect.forEach([waiting.id, torn], isThere), [true, false])
          yield* JobRunner.runToEnd(waiting.id)
          assert.strictEqual(yield* total, 1)
          assert.strictEqual((yield* imports.revert(cancelled.id)).reverted, 0)
        })
      ))

    test("is taken back but for what was touched since, as often as one likes", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const imports = yield* Imports
          const notes = yield* Notes
          const activities = yield* Activities
          const ann = yield* contacts.create({ name: "Ann", email: "ann@example.com" })
          const rows = Array.from({ length: 300 }, (_, index) => [
            `Number ${index}`,
            index % 2 === 0 ? "" : `n${index}@example.com`,
            "",
            "Note"
          ])
          const { jobId } = yield* importing([...rows, ["Ann", "ann@example.com", "", ""]], { skipDuplicates: true })
          const found = (yield* contacts.list({ limit: 5, search: "Number" })).data
          const [changed, noted, active] = found.map(({ id }) => id)
          if (changed === undefined || noted === undefined || active === undefined) return assert.fail("not imported")
          yield* contacts.update(changed, { title: "Dr" })
          yield* notes.add(noted, { content: "Later" })
          yield* activities.create({ type: "call", contactId: active })
          const report = yield* imports.revert(jobId)
          assert.deepInclude(report, { importId: jobId, status: "completed", reverted: 297, kept: 3 })
          assert.sameDeepMembers(
            report.reasons.map(({ code, id }) => [id, code]),
            [
              [changed, "changed"],
              [noted, "in_use"],
              [active, "in_use"]
            ]
          )
          const left = (yield* contacts.list({})).data.map(({ id }) => id)
          assert.sameMembers([...left], [changed, noted, active, ann.id])
          assert.deepInclude(yield* imports.revert(jobId), { reverted: 0, kept: 3 })
          const deleted = (yield* eventsOf(tenantId)).filter(({ type }) => type === "crm.contact_deleted")
          assert.lengthOf(deleted, 297)
          // What was taken back can be imported again.
          const again = yield* importing(rows, { skipDuplicates: true })
          assert.strictEqual(again.imported, 297)
        })
      ))
  }
}

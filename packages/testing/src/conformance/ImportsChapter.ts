/** Imports: batches, duplicates within the table and without, rows that fail alone, and reports that add up. */
import { Activities, Contacts, type Importing, Imports, Jobs, Notes, type TenantId } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { byUser, type Chapter, eventsOf, forAll, inNewTenant } from "./Harness.ts"

type Cells = ReadonlyArray<string>

const header = ["name", "email", "external_id", "notes"]

const streamOf = (rows: ReadonlyArray<Cells>) => Stream.fromIterable(rows.map((cells) => ({ cells })))

const mapping = Object.fromEntries(header.map((name) => [name, name]))

const importing = (rows: ReadonlyArray<Cells>, options: Importing.ImportOptions = {}) =>
  Effect.flatMap(Imports, (imports) => imports.contacts({ header, mapping, rows: streamOf(rows), options }))

const total = Effect.flatMap(Contacts, (contacts) =>
  Effect.map(contacts.list({}), ({ pagination }) => pagination.total ?? assert.fail("not counted"))
)

const assertCounts = (
  { errors, failed, imported, rows, skipped, updated }: Importing.ImportReport,
  expected: { readonly imported: number; readonly updated?: number; readonly skipped: number; readonly failed: number }
) => {
  assert.deepStrictEqual({ imported, updated, skipped, failed }, { updated: 0, ...expected })
  assert.strictEqual(imported + skipped + failed + updated, rows)
  if (errors.length > 0) assert.strictEqual(errors.length, Math.min(failed, 100))
}

/** As many events as contacts, each a creation by an import. */
const assertTold = Effect.fnUntraced(function* (tenantId: TenantId, count: number) {
  const events = yield* eventsOf(tenantId)
  assert.lengthOf(events, count)
  for (const { actor, cause, type } of events) {
    assert.deepStrictEqual(
      { actor: { ...actor }, cause, type },
      { actor: byUser.actor, cause: "import", type: "crm.contact_created" }
    )
  }
})

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

    test("updates what rows recognise, and nothing that they do not say", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const ann = yield* contacts.create({
            name: "Ann",
            email: "ann@example.com",
            secondaryEmails: ["ann@home.example"],
            company: "Acme",
            type: "customer",
            tags: ["vip"],
            notes: "First"
          })
          const told = (yield* eventsOf(tenantId)).length
          const table = {
            header: ["mail", "firm", "kind", "tags", "note"],
            mapping: { email: "mail", company: "firm", type: "kind", tags: "tags", notes: "note" },
            options: { updateExisting: true, skipDuplicates: true, source: "fair", tags: ["2026"] }
          }
          const rows = [
            ["ANN@home.example", "", "lead", "new;VIP", "Second"],
            ["ann@example.com", "Acme", "", "", "First"],
            ["ben@example.com", "Other", "", "", ""]
          ]
          const imports = yield* Imports
          const report = yield* imports.contacts({ ...table, rows: streamOf(rows) })
          assert.deepInclude(report, { imported: 1, updated: 2, skipped: 0, failed: 0 })
          const { company, email, name, notes, secondaryEmails, source, tags, type, version } = yield* contacts.get(
            ann.id
          )
          assert.deepStrictEqual(
            { company, email, name, secondaryEmails, source, tags, type, version },
            {
              company: "Acme",
              email: "ann@example.com",
              name: "Ann",
              secondaryEmails: ["ANN@home.example"],
              source: null,
              tags: ["vip", "new", "2026"],
              type: "customer",
              version: 2
            }
          )
          assert.sameMembers(
            notes.map(({ content }) => content),
            ["First", "Second"]
          )
          const events = (yield* eventsOf(tenantId)).slice(told)
          assert.deepStrictEqual(
            events.map(({ cause, type }) => [cause, type]),
            [
              ["import", "crm.contact_created"],
              ["import", "crm.contact_updated"]
            ]
          )
          // The same again says nothing new, though the addresses change places with every row.
          const calm = rows.slice(1)
          const again = yield* imports.contacts({ ...table, rows: streamOf(calm) })
          assert.deepInclude(again, { imported: 0, updated: 0, skipped: 2, failed: 0 })
          assert.deepStrictEqual(
            again.errors.map(({ code, row }) => [row, code]),
            [
              [1, "unchanged"],
              [2, "unchanged"]
            ]
          )
        })
      ))

    test("fills in what is empty, if it is told to overwrite nothing", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const imports = yield* Imports
          const ann = yield* contacts.create({
            name: "Ann",
            email: "ann@example.com",
            company: "Acme",
            customFields: { size: "5" },
            address: { city: "Rome" }
          })
          const header = [
            "email",
            "name",
            "company",
            "title",
            "custom_fields.size",
            "custom_fields.age",
            "address.city",
            "address.zip"
          ]
          const report = yield* imports.contacts({
            header,
            mapping: Object.fromEntries(header.map((name) => [name, name])),
            rows: streamOf([["ann@example.com", "Other", "Other", "Dr", "6", "40", "Paris", "123"]]),
            options: { updateExisting: true, overwrite: "fill" }
          })
          assert.strictEqual(report.updated, 1)
          const { address, company, customFields, name, title } = yield* contacts.get(ann.id)
          assert.deepStrictEqual(
            { city: address.city, zip: address.zip, company, customFields, name, title },
            {
              city: "Rome",
              zip: "123",
              company: "Acme",
              customFields: { size: "5", age: "40" },
              name: "Ann",
              title: "Dr"
            }
          )
        })
      ))

    test("recognises rows by external id before any address, and refuses those that would take another's", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const ann = yield* contacts.create({ name: "Ann", email: "ann@example.com", externalId: "1" })
          yield* contacts.create({ name: "Ben", email: "ben@example.com" })
          const report = yield* importing(
            [
              ["Anna", "anna@example.com", "1", ""],
              ["Anna", "ben@example.com", "1", ""]
            ],
            { updateExisting: true }
          )
          assertCounts(report, { imported: 0, updated: 1, skipped: 0, failed: 1 })
          assert.deepStrictEqual(
            report.errors.map(({ code, row }) => [row, code]),
            [[2, "duplicate_contact"]]
          )
          assert.strictEqual((yield* contacts.get(ann.id)).email, "anna@example.com")
        })
      ))

    test("recognises rows without an address by equal ones of earlier tables, as many as there were", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const twins = Array.from({ length: 450 }, (_, index) => [`Twin ${index % 150}`, "", "", ""])
          assertCounts(yield* importing(twins), { imported: 450, skipped: 0, failed: 0 })
          const again = yield* importing(twins)
          assertCounts({ ...again, errors: [] }, { imported: 0, skipped: 450, failed: 0 })
          assert.isTrue(again.errors.every(({ code }) => code === "already_imported"))
          const more = yield* importing([...twins, ["Twin 7", "", "", ""], ["New", "", "", ""]])
          assertCounts({ ...more, errors: [] }, { imported: 2, skipped: 450, failed: 0 })
          assert.strictEqual(yield* total, 452)
          // Whoever was deleted is let in again.
          const [gone] = (yield* contacts.list({ search: "New" })).data
          if (gone !== undefined) yield* contacts.remove(gone.id)
          assertCounts(yield* importing([["New", "", "", ""]]), { imported: 1, skipped: 0, failed: 0 })
        })
      ))

    test("in a dry run says what a run would come to, and writes nothing", () =>
      inNewTenant((tenantId) =>
        forAll(fc.tuple(tables, tables, choices), 12, ([first, second, options]) =>
          Effect.gen(function* () {
            yield* importing(first, { skipDuplicates: true })
            const before = { total: yield* total, events: (yield* eventsOf(tenantId)).length }
            const dry = yield* importing(second, { ...options, dryRun: true })
            assert.deepStrictEqual({ total: yield* total, events: (yield* eventsOf(tenantId)).length }, before)
            const run = yield* importing(second, options)
            assert.deepStrictEqual({ ...dry, jobId: run.jobId }, run)
            assert.strictEqual(yield* total, before.total + run.imported)
          })
        )
      ))

    test("changes nothing when a table is imported again, whatever is in it", () =>
      forAll(fc.tuple(tables, choices), 12, ([rows, options]) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const first = yield* importing(rows, options)
            assert.strictEqual(first.rows, rows.length)
            assert.strictEqual(first.imported + first.updated + first.skipped + first.failed, rows.length)
            yield* importing(rows, { ...options, updateExisting: false })
            const events = (yield* eventsOf(tenantId)).length
            const again = yield* importing(rows, { ...options, updateExisting: false })
            assert.strictEqual(again.imported, 0)
            assert.lengthOf(yield* eventsOf(tenantId), events)
          })
        )
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

// internal

/** Few names and addresses, so that many rows are of one person; some of them wrong. */
const tables: fc.Arbitrary<ReadonlyArray<Cells>> = fc.array(
  fc
    .tuple(
      fc.constantFrom("Ann", "Ben", "Cas", ""),
      fc.constantFrom("", "", "a@example.com", "b@example.com", "A@example.com", "none"),
      fc.constantFrom("", "", "", "1", "2", "3"),
      fc.constantFrom("", "", "One", "Two")
    )
    .map((cells): Cells => cells),
  { minLength: 1, maxLength: 30 }
)

const choices = fc.record({ skipDuplicates: fc.boolean(), updateExisting: fc.boolean() })

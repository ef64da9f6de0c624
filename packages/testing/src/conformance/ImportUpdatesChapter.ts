/** Imports of contacts that are there already: what recognises them, what changes them, and dry runs. */
import { Contacts, Imports } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { type Chapter, eventsOf, forAll, inNewTenant } from "./Harness.ts"
import { assertCounts, type Cells, importing, streamOf, total } from "./ImportTables.ts"

export const importUpdates: Chapter = {
  title: "imports of what is there",
  needs: [],
  tests: (test) => {
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

    test("lets external ids and addresses change hands between the rows of a table", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const ann = yield* contacts.create({ name: "Ann", email: "ann@example.com", externalId: "1" })
          const ben = yield* contacts.create({ name: "Ben", email: "ben@example.com", externalId: "2" })
          const report = yield* importing(
            [
              ["Ann", "ann@example.com", "3", ""],
              ["Ben", "ben@example.com", "1", ""],
              ["Cas", "cas@example.com", "2", ""],
              ["Ann", "anna@example.com", "3", ""],
              ["Dan", "ann@example.com", "", ""]
            ],
            { updateExisting: true }
          )
          assertCounts(report, { imported: 2, updated: 3, skipped: 0, failed: 0 })
          const ids = yield* Effect.forEach([ann.id, ben.id], contacts.get)
          assert.deepStrictEqual(
            ids.map(({ email, externalId, version }) => [externalId, email, version]),
            [
              ["3", "anna@example.com", 2],
              ["1", "ben@example.com", 2]
            ]
          )
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

    test("in a dry run knows at the end of a long table what it began with", () =>
      forAll(choices, 2, (options) =>
        inNewTenant(() =>
          Effect.gen(function* () {
            const dry = yield* importing(longTable, { ...options, dryRun: true })
            const run = yield* importing(longTable, options)
            assert.deepStrictEqual({ ...dry, jobId: run.jobId }, run)
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

/** Over many batches the same few persons, who get new names, addresses and notes on the way. */
const longTable = Array.from({ length: 1_250 }, (_, index): readonly [string, string, string, string] => [
  `Name ${index % 7}`,
  index % 3 === 0 ? "" : `p${index % 5}@example.com`,
  index % 4 === 0 ? `x-${index % 6}` : "",
  `Note ${index % 8}`
])

const choices = fc.record({ skipDuplicates: fc.boolean(), updateExisting: fc.boolean() })

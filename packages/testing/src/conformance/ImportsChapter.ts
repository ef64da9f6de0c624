/** Imports: batches, duplicates within the table and without, rows that fail alone, and reports that add up. */
import { Contacts, type Importing, Imports, Jobs, type TenantId } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { byUser, type Chapter, eventsOf, inNewTenant } from "./Harness.ts"

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
  expected: { readonly imported: number; readonly skipped: number; readonly failed: number }
) => {
  assert.deepStrictEqual({ imported, skipped, failed }, expected)
  assert.strictEqual(imported + skipped + failed + updated, rows)
  assert.strictEqual(errors.length, Math.min(failed, 100))
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
  }
}

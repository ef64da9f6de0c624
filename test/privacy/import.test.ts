import { Contacts, CurrentActor, type Importing, Imports, JobRunner, Privacy } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { databases, inTenant, Leftovers, newActor } from "./support.ts"

/** Imports a row for each address. */
const importOf = (...emails: ReadonlyArray<string>) =>
  Effect.flatMap(Imports, (imports) =>
    imports.contacts({
      header: ["name", "email"],
      rows: Stream.fromIterable(
        emails.map((email, index) => ({ row: index + 1, cells: ["Someone", email], ragged: false }))
      )
    })
  )

const erasedRow = (row: number): Importing.RowError => ({
  row,
  column: null,
  value: null,
  code: "erased",
  message: "The person with this e-mail address was erased"
})

describe.each(Object.entries(databases))("imports after an erasure, on %s", (_name, database) => {
  it.layer(database, { timeout: "30 seconds", excludeTestServices: true })((it) => {
    it.effect("leave out the addresses of the person, main and secondary, however they are spelled", () =>
      inTenant(
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const secondaryEmails = ["jane@home.example"]
          const { id } = yield* contacts.create({ name: "Jane", email: "jane@münchen.example", secondaryEmails })
          yield* (yield* Privacy).erase(id)
          const report = yield* importOf("JANE@xn--mnchen-3ya.example", "other@example.com", " jane@HOME.example ")
          assert.deepInclude(report, { rows: 3, imported: 1, skipped: 2, failed: 0 })
          assert.deepStrictEqual(report.errors, [erasedRow(1), erasedRow(3)])
          assert.strictEqual((yield* contacts.list({})).pagination.total, 1)
        })
      )
    )

    it.effect("take the address again once somebody has created a contact with it", () =>
      inTenant(
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const jane = { name: "Jane", email: "jane@example.com" }
          yield* (yield* Privacy).erase((yield* contacts.create(jane)).id)
          // A creation that is refused changes nothing.
          yield* contacts.create({ name: "John", email: "john@example.com" })
          yield* Effect.flip(contacts.create({ ...jane, secondaryEmails: ["john@example.com"] }))
          assert.strictEqual((yield* importOf(jane.email)).skipped, 1)

          yield* contacts.remove((yield* contacts.create(jane)).id)
          assert.deepInclude(yield* importOf(jane.email), { imported: 1, skipped: 0, errors: [] })
        })
      )
    )

    it.effect("take the address again once somebody has put it into a contact", () =>
      inTenant(
        Effect.gen(function* () {
          const contacts = yield* Contacts
          yield* (yield* Privacy).erase((yield* contacts.create({ name: "Jane", email: "jane@example.com" })).id)
          const { id } = yield* contacts.create({ name: "Jane again" })
          yield* contacts.update(id, { email: "jane@example.com" })
          yield* contacts.update(id, { email: null })
          assert.strictEqual((yield* importOf("jane@example.com")).imported, 1)
        })
      )
    )

    it.effect("know nothing of the erasures of other tenants", () =>
      Effect.gen(function* () {
        const [own, foreign] = [newActor(), newActor()]
        const as = (actor: CurrentActor["Service"]) => Effect.provideService(CurrentActor, actor)
        const jane = { name: "Jane", email: "jane@example.com" }
        const { id } = yield* (yield* Contacts).create(jane).pipe(as(own))
        yield* (yield* Privacy).erase(id).pipe(as(own))
        assert.strictEqual((yield* importOf(jane.email).pipe(as(foreign))).imported, 1)
        assert.strictEqual((yield* importOf(jane.email).pipe(as(own))).skipped, 1)
      })
    )

    it.effect("take a person out of rows that wait, of rows that failed and of reports, and leave namesakes in", () =>
      inTenant(
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const imports = yield* Imports
          const { bytes } = yield* Leftovers
          const table = {
            header: ["name", "email", "phone"],
            mapping: { name: "name", email: "email", phone: "phone" }
          }
          const cellsOf = (...rows: ReadonlyArray<ReadonlyArray<string>>) =>
            Stream.fromIterable(rows.map((cells) => ({ cells })))
          const { id } = yield* contacts.create({ name: "Jane Quixmoor", email: "jane@quixmoor.example" })
          const { jobId } = yield* imports.contacts({
            ...table,
            rows: cellsOf(
              ["Jane Quixmoor", "none of hers 8675309", ""],
              ["Other", "none", ""],
              ["Someone", "jane@quixmoor.example", "8675309"]
            )
          })
          const job = yield* imports.startContacts({
            ...table,
            rows: cellsOf(
              ["J.", "Jane@Quixmoor.example", "8675309"],
              ["Jane Quixmoor", "", "8675309"],
              ["Jane Quixmoor", "namesake@example.com", ""]
            )
          })
          assert.isTrue((yield* bytes).includes("8675309"))
          yield* (yield* Privacy).erase(id)
          const left = yield* bytes
          for (const word of ["8675309", "jane@quixmoor.example"]) {
            assert.isFalse(left.includes(word) || left.includes(word.toUpperCase()), word)
          }
          const failed = yield* Stream.runCollect((yield* imports.failedRows(jobId)).rows)
          assert.deepStrictEqual(
            failed.map(({ row }) => row),
            [2]
          )
          const { result } = yield* JobRunner.runToEnd(job.id)
          assert.deepInclude(result, { rows: 3, imported: 1, skipped: 2, failed: 0 })
          assert.deepStrictEqual(
            (yield* contacts.list({})).data.map(({ email }) => email),
            ["namesake@example.com"]
          )
        })
      )
    )

    it.effect("recognise the person also when it was erased long after it was deleted", () =>
      inTenant(
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contacts.create({ name: "Jane", email: "jane@example.com" })
          yield* contacts.remove(id)
          yield* (yield* Privacy).erase(id)
          assert.deepStrictEqual((yield* importOf("jane@example.com")).errors, [erasedRow(1)])
        })
      )
    )
  })
})

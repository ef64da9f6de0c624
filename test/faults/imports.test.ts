/**
 * Imports that were accepted, in processes that are killed in the middle of them: once, or as often as
 * CLIENTELE_FAULT_ROUNDS says.
 */
import { Contacts, CurrentActor, Events, Imports } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { actorOf, servicesOver } from "../support/jobs.ts"
import { databases, readJob, startWorker, untilJob } from "./processes.ts"

const rounds = Number(process.env["CLIENTELE_FAULT_ROUNDS"] ?? 1)
const lease = 900

/** One row in three has nothing to be recognised by, and one in nine says what another one says. */
const nameOf = (row: number): string => `Person ${row % 9 === 0 ? 0 : row}`
const emailOf = (row: number): string => (row % 3 === 0 ? "" : `p${row}@example.com`)

const accept = (rows: number) =>
  Effect.flatMap(Imports, (imports) =>
    imports.startContacts({
      header: ["name", "email", "notes"],
      mapping: { name: "name", email: "email", notes: "notes" },
      rows: Stream.fromIterable(
        Array.from({ length: rows }, (_, row) => ({ cells: [nameOf(row), emailOf(row), "A note"] }))
      )
    })
  )

const decodeEvents = Schema.decodeUnknownEffect(Schema.Array(Schema.fromJsonString(Events.DomainEvent)))

/** Every row is there once, with its event, its history and its note. */
const assertWhole = Effect.fnUntraced(function* (rows: number) {
  const sql = yield* SqlClient
  const expected = Array.from({ length: rows }, (_, row) => nameOf(row)).sort()
  const names = (yield* sql`SELECT name FROM crm_contacts`.values).map(([name]) => String(name))
  assert.deepStrictEqual(names.sort(), expected)
  const bodies = (yield* sql`SELECT CAST(body AS TEXT) FROM crm_outbox`.values).map(([body]) => body)
  const events = yield* decodeEvents(bodies)
  assert.deepStrictEqual(events.map(({ data }) => ("name" in data ? data.name : "")).sort(), expected)
  for (const table of ["crm_notes", "crm_contact_history", "crm_contacts"]) {
    const [count] = yield* sql`SELECT CAST(count(*) AS TEXT) FROM ${sql(table)}`.values
    assert.deepStrictEqual(count, [String(rows)], table)
  }
  const [waiting] = yield* sql`SELECT CAST(count(*) AS TEXT) FROM crm_import_chunks WHERE waiting IS NOT NULL`.values
  assert.deepStrictEqual(waiting, ["0"])
})

describe.each(databases)("accepted imports, on $name", ({ fresh }) => {
  it.live.each([1, 3])(
    "are finished with every row once, however often the processes are killed, with %i at a time",
    (processes) =>
      Effect.gen(function* () {
        const url = yield* fresh
        yield* Effect.gen(function* () {
          const rows = 400 + rounds * 800
          const { id } = yield* accept(rows)
          const workers = Effect.all(
            Array.from({ length: processes }, () => startWorker(url, lease)),
            { concurrency: "unbounded" }
          )
          for (let round = 1; round <= rounds; round++) {
            const running = yield* workers
            const reached = yield* Random.nextIntBetween((round - 1) * 800 + 1, round * 800)
            yield* untilJob(id, ({ done, finishedAt }) => done >= reached || finishedAt !== null)
            yield* Effect.forEach(running, (worker) => worker.end("SIGKILL"), { concurrency: "unbounded" })
          }
          yield* workers
          yield* untilJob(id, ({ finishedAt }) => finishedAt !== null)
          const { result, ...job } = yield* readJob(id)
          assert.deepInclude(job, { status: "completed", total: rows, done: rows })
          assert.deepInclude(result, { rows, imported: rows, updated: 0, skipped: 0, failed: 0 })
          yield* assertWhole(rows)
          assert.strictEqual((yield* (yield* Contacts).list({})).pagination.total, rows)
        }).pipe(Effect.provide(servicesOver(url)), Effect.provideService(CurrentActor, actorOf("acme")))
      }),
    60_000 + rounds * 60_000
  )
})

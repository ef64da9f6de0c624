/** Jobs in real processes that are killed or told to stop in the middle of them. */
import { Contacts, CurrentActor, Events, Jobs } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { actorOf, numbering, servicesOver } from "../support/jobs.ts"
import { databases, readJob, startWorker, untilJob } from "./processes.ts"

const start = (contacts: number) => Effect.flatMap(Jobs, (jobs) => jobs.enqueue(numbering, { contacts }))

const names = Effect.gen(function* () {
  const contacts = yield* Contacts
  const found: Array<string> = []
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page = yield* contacts.list({ limit: 100, ...(cursor !== undefined && { cursor }) })
    found.push(...page.data.map(({ name }) => name))
    cursor = page.pagination.nextCursor
  }
  return found
})

const decodeEvents = Schema.decodeUnknownEffect(Schema.Array(Schema.fromJsonString(Events.DomainEvent)))

/** Every batch is there once, with its event. */
const assertWhole = Effect.fnUntraced(function* (expected: number) {
  const all = Array.from({ length: expected }, (_, number) => `Contact ${number}`)
  assert.sameMembers([...(yield* names)], all)
  const sql = yield* SqlClient
  const rows = yield* sql`SELECT CAST(body AS TEXT) FROM crm_outbox`.values
  const events = yield* decodeEvents(rows.map(([body]) => body))
  assert.sameMembers(
    events.map(({ data }) => ("name" in data ? data.name : "")),
    all
  )
})

describe.each(databases)("jobs of processes, on $name", ({ fresh }) => {
  it.live(
    "that are killed in the middle are finished by others, with nothing lost or doubled",
    () =>
      Effect.gen(function* () {
        const url = yield* fresh
        yield* Effect.gen(function* () {
          const { id } = yield* start(1_000)
          const lease = 900
          for (let round = 1; round <= 4; round++) {
            const worker = yield* startWorker(url, lease)
            yield* untilJob(id, ({ done }) => done >= round * 150)
            assert.deepStrictEqual(yield* worker.end("SIGKILL"), { code: null, signal: "SIGKILL" })
            assert.strictEqual((yield* readJob(id)).status, "running")
          }
          yield* Effect.all([startWorker(url, lease), startWorker(url, lease)], { concurrency: "unbounded" })
          const job = yield* untilJob(id, ({ status }) => status !== "running")
          assert.deepInclude(job, { status: "completed", total: 1_000, done: 1_000, result: { created: 1_000 } })
          yield* assertWhole(1_000)
        }).pipe(Effect.provide(servicesOver(url)), Effect.provideService(CurrentActor, actorOf("acme")))
      }),
    120_000
  )

  it.live(
    "that are told to stop pause between two batches, and others go on at once",
    () =>
      Effect.gen(function* () {
        const url = yield* fresh
        yield* Effect.gen(function* () {
          const { id } = yield* start(600)
          const anHour = 3_600_000
          const first = yield* startWorker(url, anHour)
          yield* untilJob(id, ({ done }) => done >= 100)
          assert.deepStrictEqual(yield* first.end("SIGTERM"), { code: 130, signal: null })
          const { done, status } = yield* readJob(id)
          assert.strictEqual(status, "running")
          yield* assertWhole(done)
          yield* startWorker(url, anHour)
          yield* untilJob(id, ({ status }) => status !== "running")
          yield* assertWhole(600)
        }).pipe(Effect.provide(servicesOver(url)), Effect.provideService(CurrentActor, actorOf("acme")))
      }),
    120_000
  )
})

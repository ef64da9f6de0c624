/** Scoring by new rules, in processes that are killed in the middle of it. */
import {
  contactId,
  ContactRecord,
  ContactStore,
  CurrentActor,
  type LeadScore,
  LeadScoring,
  ScoreStore,
  UnitOfWork
} from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Array, DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { actorOf, servicesOver } from "../support/jobs.ts"
import { databases, readJob, startWorker, untilJob } from "./processes.ts"

const actor = actorOf("acme")
const contacts = 2_000

const rules: LeadScore.RulesRequest = {
  notify: "all",
  rules: [{ category: "fit", field: "name", conditions: [{ operator: "exists", score: 30 }] }]
}

const fill = Effect.gen(function* () {
  const store = yield* ContactStore
  const uow = yield* UnitOfWork
  const now = DateTime.makeUnsafe("2026-01-20T10:00:00Z")
  const records = Array.makeBy(contacts, (number) =>
    ContactRecord.create({ name: `Contact ${number}` }, { id: contactId(String(number)), now, toE164: () => null })
  )
  for (const batch of Array.chunksOf(records, 1_000)) yield* uow.transaction(store.insert(actor.tenantId, batch))
})

const numbers = (column: "data" | "contact") =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const [row] =
      column === "contact"
        ? yield* sql`SELECT CAST(sum(score) AS TEXT), CAST(count(*) AS TEXT) FROM crm_contacts`.values
        : yield* sql`
            SELECT CAST(count(DISTINCT contact_id) AS TEXT), CAST(count(*) AS TEXT) FROM crm_outbox
            WHERE type = 'crm.score_changed'`.values
    return row?.map(Number)
  })

describe.each(databases)("scoring by new rules, on $name", ({ fresh }) => {
  it.live(
    "is finished by others when its process is killed: nobody is left on the old rules, or told of twice",
    () =>
      Effect.gen(function* () {
        const url = yield* fresh
        yield* Effect.gen(function* () {
          yield* fill
          const scoring = yield* LeadScoring
          const { job, version } = yield* scoring.setRules(rules)
          if (job === null) return assert.fail("New rules without a job")
          const lease = 900
          for (let round = 1; round <= 2; round++) {
            const worker = yield* startWorker(url, lease)
            yield* untilJob(job.id, ({ done }) => done >= round * 600)
            yield* worker.end("SIGKILL")
            assert.strictEqual((yield* readJob(job.id)).status, "running")
          }
          yield* startWorker(url, lease)
          const done = yield* untilJob(job.id, ({ status }) => status !== "running")
          assert.deepInclude(done, { status: "completed", done: contacts, result: { rescored: contacts } })
          assert.deepStrictEqual(yield* (yield* ScoreStore).outdated(actor.tenantId, version, 1), [])
          assert.deepStrictEqual(yield* numbers("contact"), [contacts * 30, contacts])
          assert.deepStrictEqual(yield* numbers("data"), [contacts, contacts])
        }).pipe(Effect.provide(servicesOver(url)), Effect.provideService(CurrentActor, actor))
      }),
    120_000
  )
})

/** The enrichment of many contacts, in processes that are killed in the middle of it. */
import {
  contactId,
  ContactRecord,
  ContactStore,
  CurrentActor,
  Enrichment,
  Enrichments,
  EnrichmentStore,
  UnitOfWork
} from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Array, DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { actorOf, servicesOver } from "../support/jobs.ts"
import { databases, readJob, startWorker, untilJob } from "./processes.ts"

const actor = actorOf("acme")
const now = DateTime.makeUnsafe("2026-01-20T10:00:00Z")
const records = Array.makeBy(400, (number) =>
  ContactRecord.create({ name: `Contact ${number}` }, { id: contactId(String(number)), now, toE164: () => null })
)
const ids = records.map(({ id }) => id)

const readReport = Schema.decodeUnknownEffect(Schema.toCodecJson(Enrichment.BulkReport))

/** How many contacts were told of, and how often that was. */
const told = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [row] = yield* sql`
    SELECT CAST(count(DISTINCT contact_id) AS TEXT), CAST(count(*) AS TEXT) FROM crm_outbox
    WHERE type = 'crm.contact_updated'`.values
  return row?.map(Number)
})

describe.each(databases)("enriching many contacts, on $name", ({ fresh }) => {
  it.live(
    "is finished by others when its process is killed: nobody is left out, or written twice",
    () =>
      Effect.gen(function* () {
        const url = yield* fresh
        yield* Effect.gen(function* () {
          const store = yield* ContactStore
          const uow = yield* UnitOfWork
          yield* uow.transaction(store.insert(actor.tenantId, records))
          const { id } = yield* Effect.flatMap(Enrichments, ({ enrichAll }) => enrichAll({ contactIds: ids }))
          const lease = 900
          for (let round = 1; round <= 2; round++) {
            const worker = yield* startWorker(url, lease)
            yield* untilJob(id, ({ done }) => done >= round * 100)
            yield* worker.end("SIGKILL")
            assert.strictEqual((yield* readJob(id)).status, "running")
          }
          yield* startWorker(url, lease)
          const { result, status } = yield* untilJob(id, ({ status }) => status !== "running")
          assert.strictEqual(status, "completed")
          const report = yield* readReport(result)
          assert.strictEqual(report.completed, ids.length)
          assert.deepStrictEqual(
            report.contacts.map(({ contactId }) => contactId),
            ids
          )
          assert.strictEqual(
            (yield* Effect.flatMap(EnrichmentStore, ({ find }) => find(actor.tenantId, ids))).size,
            ids.length
          )
          assert.deepStrictEqual(
            (yield* store.findAll(actor.tenantId, ids)).map(({ version }) => version),
            ids.map(() => 2)
          )
          assert.deepStrictEqual(yield* told, [ids.length, ids.length])
        }).pipe(Effect.provide(servicesOver(url)), Effect.provideService(CurrentActor, actor))
      }),
    120_000
  )
})

/**
 * Deliveries by processes that are killed in the middle of them: nothing is lost, and little comes twice, with its id.
 * `WEBHOOK_EVENTS` says of how many events, 1,000 unless it is set, and `WEBHOOK_KILL_EVERY` after how many milliseconds
 * the next process is killed, in place of two in the whole; another one is started for it.
 */
import { CurrentActor, Imports, Webhooks } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Array, Console, Effect, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { actorOf, servicesWithoutKind } from "../support/jobs.ts"
import { answerWith, receiver } from "../support/receiver.ts"
import { databases, startDispatcher } from "./processes.ts"

const events = Number(process.env["WEBHOOK_EVENTS"] ?? 1_000)
const killEvery = process.env["WEBHOOK_KILL_EVERY"]

/** Longer than a delivery takes here, and short enough to be waited for. */
const lease = 2_000

const commit = Effect.flatMap(Imports, (imports) => {
  const rows = Array.makeBy(events, (index) => ({ cells: [`Contact ${index}`] }))
  return imports.contacts({ header: ["name"], rows: Stream.fromIterable(rows), options: {} })
})

const committed = Effect.gen(function* () {
  const sql = yield* SqlClient
  const rows = yield* sql`SELECT id FROM crm_outbox`.values
  return rows.map(([id]) => String(id))
})

const until = (reached: () => boolean) => Effect.repeat(Effect.sleep("2 millis"), { until: reached })

describe.each(databases)("deliveries by processes, on $name", ({ fresh }) => {
  it.live(
    "that are killed in the middle lose nothing, and repeat less than one in a hundred",
    () =>
      Effect.gen(function* () {
        const url = yield* fresh
        yield* Effect.gen(function* () {
          const webhooks = yield* Webhooks
          const endpoints = yield* Effect.forEach([1, 2, 3], () => receiver(answerWith(200)))
          for (const { url } of endpoints) yield* webhooks.create({ url, includeImports: true })
          const received = () => endpoints.reduce((sum, { received }) => sum + received.length, 0)
          const workers = yield* Effect.forEach([1, 2, 3], () => startDispatcher(url, lease), { concurrency: 3 })
          yield* commit
          const ids = yield* committed
          assert.lengthOf(ids, events)
          const idsAt = () =>
            endpoints.map(({ received }) => new Set(received.map(({ headers }) => String(headers["webhook-id"]))))
          const isDone = () => received() >= 3 * events && idsAt().every(({ size }) => size === events)
          let kills = 0
          if (killEvery === undefined) {
            for (const worker of workers.slice(0, 2)) {
              yield* until(() => received() >= events * (kills + 1))
              assert.deepStrictEqual(yield* worker.end("SIGKILL"), { code: null, signal: "SIGKILL" })
              kills++
            }
          } else {
            while (!isDone()) {
              yield* Effect.sleep(Number(killEvery))
              yield* workers[kills % workers.length]?.end("SIGKILL") ?? Effect.void
              workers[kills % workers.length] = yield* startDispatcher(url, lease)
              kills++
            }
          }
          yield* until(isDone)
          for (const at of idsAt()) assert.sameMembers([...at], ids)
          const repeated = received() - 3 * events
          if (killEvery !== undefined) yield* Console.log(`${kills} were killed, ${repeated} deliveries came twice`)
          assert.isBelow(repeated, 0.01 * 3 * events, `${repeated} came twice`)
        }).pipe(Effect.provide(servicesWithoutKind(url)), Effect.provideService(CurrentActor, actorOf("acme")))
      }),
    120_000 + 40 * events
  )
})

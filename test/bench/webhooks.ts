/** `webhooks`: events that are committed are delivered to fast receivers. One process, on both databases. */
import { Crm, CurrentActor, Imports, TenantId, TimeOrderedIds, UserId, Webhooks } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as postgresLayer } from "@clientele/sql-pg"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { Dispatcher, Sender } from "@clientele/webhooks"
import { Array, DateTime, Effect, Layer, Redacted, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { type Benchmark, type Comparison, runs, timed } from "./measuring.ts"
import { postgres, temporaryFolder } from "./processes.ts"

const events = 500

export const webhooks: Benchmark = {
  about:
    `${events} events are delivered to each of some receivers on a thread of their own, which answer at once. The reference ` +
    "sends bodies of the same size with the same sender, four at a time to each receiver. It leaves out making deliveries of " +
    "events, reading and signing their bodies, and noting what came of them.",
  run: Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const url = yield* postgres
    const comparisons: Array<Comparison> = []
    for (const receivers of [1, 4]) {
      const sqlite = sqliteLayer({ filename: `${folder}/webhooks${receivers}.db` })
      comparisons.push(yield* measure("SQLite", receivers, sqlite))
    }
    for (const receivers of [1, 4]) {
      comparisons.push(yield* measure("Postgres", receivers, postgresLayer({ url: Redacted.make(url) })))
    }
    return comparisons
  })
}

// internal

/** A tenant for each measurement: what one has imported would be known to another. */
const actorOf = (receivers: number) =>
  CurrentActor.of({
    tenantId: TenantId.make(`bench${receivers}`),
    userId: UserId.make("bench"),
    userName: null,
    roles: []
  })

const program = `
  const { createServer } = require("node:http")
  const { parentPort } = require("node:worker_threads")
  const server = createServer((request, response) => request.resume().on("end", () => response.end()))
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))`

/** The address of a receiver, which ends with the scope. */
const receiver = Effect.acquireRelease(
  Effect.promise(async () => {
    const worker = new Worker(program, { eval: true })
    const [port]: ReadonlyArray<unknown> = await once(worker, "message")
    return { worker, url: `http://127.0.0.1:${String(port)}/` }
  }),
  ({ worker }) => Effect.promise(() => worker.terminate())
)

/** Contacts that no import has had before. */
const commit = (run: number) =>
  Effect.flatMap(Imports, (imports) => {
    const rows = Array.makeBy(events, (index) => ({ cells: [`Contact ${run}.${index}`] }))
    return imports.contacts({ header: ["name"], rows: Stream.fromIterable(rows), options: {} })
  })

const measure = <E>(what: string, receivers: number, storage: Layer.Layer<Crm.Storage | SqlClient, E>) => {
  const layer = Layer.merge(Crm.layer, Sender.layer({ allowPrivate: true })).pipe(
    Layer.provideMerge(Layer.mergeAll(storage, TimeOrderedIds.layer, PhoneNumbers.layer()))
  )
  return Effect.gen(function* () {
    const sender = yield* Sender.Sender
    const webhooks = yield* Webhooks
    const sql = yield* SqlClient
    const { url } = yield* receiver
    yield* Effect.forEach(Array.range(1, receivers), () => webhooks.create({ url, includeImports: true }))
    const headers = { "content-type": "application/json" }
    const send = (body: string) =>
      Effect.forEach(Array.range(1, events * receivers), () => sender.send({ url, headers, body }), {
        concurrency: 4 * receivers,
        discard: true
      })
    const [ours, reference]: [Array<number>, Array<number>] = [[], []]
    // One more run than counts, to open connections and prepare statements.
    for (let run = 0; run <= runs; run++) {
      yield* commit(run)
      const [row] = yield* sql`SELECT CAST(body AS TEXT) FROM crm_outbox LIMIT 1`.values
      const now = yield* DateTime.now
      const times = [yield* timed(Dispatcher.runDue(now)), yield* timed(send(String(row?.[0])))]
      if (run === 0) continue
      for (const [index, list] of [ours, reference].entries()) {
        list.push((events * receivers * 1_000) / (times[index] ?? Number.NaN))
      }
    }
    for (const { id } of yield* webhooks.list) yield* webhooks.remove(id)
    const named = `${what}, ${receivers} ${receivers === 1 ? "receiver" : "receivers"}`
    return { what: named, unit: "deliveries/s", ours, reference, also: {} }
  }).pipe(Effect.scoped, Effect.provideService(CurrentActor, actorOf(receivers)), Effect.provide(layer), Effect.orDie)
}

/**
 * `deal-moves`: writers that move deals of one tenant at the same time, on Postgres, in one process with a connection for
 * each of them.
 */
import {
  Crm,
  CurrentActor,
  type DealId,
  Deals,
  Pipeline,
  Pipelines,
  TenantId,
  TimeOrderedIds,
  UserId
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { Dialect, Storage, tables } from "@clientele/sql"
import { PgDialect } from "@clientele/sql-pg"
import { PgClient } from "@effect/sql-pg"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { type Benchmark, type Comparison, runs, timed } from "./measuring.ts"
import { postgres } from "./processes.ts"

const writers = 16
const dealsEach = 25
const movesEach = 100

export const dealMoves: Benchmark = {
  about:
    `${writers} writers move ${writers * dealsEach} deals of one tenant through all stages, ${movesEach} moves each, while ` +
    "sums are compacted without a pause. The reference is the same without what is kept for summaries and reports: it adds " +
    "no changes of sums and no visits, and compacts nothing. A deadlock would be counted by the database.",
  run: Effect.gen(function* () {
    const client = PgClient.layer({ url: Redacted.make(yield* postgres), maxConnections: writers + 2 })
    return [yield* compare.pipe(Effect.provide(client), Effect.orDie)]
  })
}

// internal

const actor = CurrentActor.of({
  tenantId: TenantId.make("bench"),
  userId: UserId.make("bench"),
  userName: null,
  roles: []
})

const stages = Pipeline.defaultPipeline.stages.map(({ key }) => key)

/** The dialect of Postgres, but that nothing is written for summaries and reports. */
const withoutSums = Layer.effect(
  Dialect,
  Effect.map(Dialect, (dialect) => {
    const { dealDeltas, dealVisits, pipelineDeltas } = tables("crm_")
    const kept = new Set<string>([dealDeltas.name, dealVisits.name, pipelineDeltas.name])
    return Dialect.of({
      ...dialect,
      insert: (table, rows, suffix) => (kept.has(table.name) ? Effect.succeed([]) : dialect.insert(table, rows, suffix))
    })
  })
).pipe(Layer.provide(PgDialect.layer))

const crmOver = (dialect: typeof PgDialect.layer) =>
  Layer.fresh(
    Crm.layer.pipe(
      Layer.provideMerge(
        Layer.mergeAll(Storage.layerStorage.pipe(Layer.provide(dialect)), TimeOrderedIds.layer, PhoneNumbers.layer())
      )
    )
  )

const create = Effect.gen(function* () {
  const deals = yield* Deals
  return yield* Effect.forEach(Array.from({ length: writers * dealsEach }), (_, n) =>
    deals.create({ name: `Deal ${n}` })
  )
})

/** Every writer goes through deals of its own and of its neighbour, so that some are wanted twice. */
const moves = Effect.fnUntraced(function* (ids: ReadonlyArray<DealId>, round: number) {
  const deals = yield* Deals
  const writer = (writer: number) =>
    Effect.forEach(Array.from({ length: movesEach }), (_, step) => {
      const id = ids[(writer * dealsEach + ((step * 7) % (2 * dealsEach))) % ids.length]
      const stage = stages[(round + step + writer) % stages.length] ?? "lead"
      return id === undefined ? Effect.void : deals.changeStage(id, { stage })
    })
  return yield* Effect.forEach(Array.from({ length: writers }), (_, index) => writer(index), {
    concurrency: "unbounded",
    discard: true
  })
})

const perSecond = (millis: number) => (writers * movesEach * 1_000) / millis

const compare = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* Storage.layerMigrations.pipe(Layer.provide(PgDialect.layer), Layer.build, Effect.scoped)
  const deadlocks = Effect.map(
    sql<{
      readonly count: number
    }>`SELECT deadlocks::int AS count FROM pg_stat_database WHERE datname = current_database()`,
    ([row]) => row?.count ?? Number.NaN
  )
  const ids = yield* Effect.map(create, (created) => created.map(({ id }) => id)).pipe(
    Effect.provide(crmOver(PgDialect.layer))
  )
  const [ours, reference]: [Array<number>, Array<number>] = [[], []]
  for (let run = 0; run <= runs; run++) {
    const compacted = Effect.gen(function* () {
      const { compact } = yield* Pipelines
      const compacting = yield* Effect.forkChild(Effect.forever(Effect.andThen(compact, Effect.sleep("10 millis"))))
      const millis = yield* timed(moves(ids, run))
      yield* Fiber.interrupt(compacting)
      return millis
    })
    const times = [
      yield* Effect.provide(compacted, crmOver(PgDialect.layer)),
      yield* Effect.provide(timed(moves(ids, run + 1)), crmOver(withoutSums))
    ]
    if (run > 0) [ours, reference].forEach((list, index) => list.push(perSecond(times[index] ?? Number.NaN)))
  }
  return {
    what: `${writers} writers on Postgres`,
    unit: "moves/s",
    ours,
    reference,
    also: { deadlocks: [yield* deadlocks] }
  } satisfies Comparison
}).pipe(Effect.provideService(CurrentActor, actor))

/**
 * `pipeline`: how the time of reports on a pipeline grows with the number of deals. In process, on both databases;
 * `BENCH_DEALS` is the larger number, a million unless given.
 */
import {
  Crm,
  CurrentActor,
  Deals,
  type PipelineAnalytics,
  Pipelines,
  Reports,
  TenantId,
  TimeOrderedIds,
  UserId
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as postgresLayer } from "@clientele/sql-pg"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { DateTime, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { insertDeals } from "../support/deals.ts"
import { type Benchmark, type Comparison, runs, timed } from "./measuring.ts"
import { postgres, temporaryFolder } from "./processes.ts"

const few = 10_000
const many = Number(process.env["BENCH_DEALS"] ?? 1_000_000)

export const pipeline: Benchmark = {
  about:
    `Pipeline analytics in process, out of ${many.toLocaleString("en")} deals (Clientele) and out of ` +
    `${few.toLocaleString("en")} in another tenant of the same database (reference): the ratio is how the time grows.`,
  run: Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const url = yield* postgres
    return [
      ...(yield* measure("SQLite", sqliteLayer({ filename: `${folder}/pipeline.db`, synchronous: "normal" }))),
      ...(yield* measure("Postgres", postgresLayer({ url: Redacted.make(url) })))
    ]
  })
}

// internal

const daysAgo = (now: DateTime.Utc, days: number) => DateTime.formatIsoDateUtc(DateTime.subtract(now, { days }))

const questionsAt = (now: DateTime.Utc): { readonly [what: string]: PipelineAnalytics.AnalyticsQuery } => ({
  "all deals, days in UTC": {},
  "all deals, days in New York": { tz: "America/New_York" },
  "closed in the last 90 days": { from: daysAgo(now, 89), to: daysAgo(now, 0) },
  "of an owner (one of fifty)": { ownerId: UserId.make("owner7") },
  "as of 100 days ago": { asOf: daysAgo(now, 100) }
})

const measure = <E>(
  database: string,
  storage: Layer.Layer<Crm.Storage | SqlClient, E>
): Effect.Effect<ReadonlyArray<Comparison>> => {
  const layer = Crm.layer.pipe(Layer.provideMerge(Layer.mergeAll(storage, TimeOrderedIds.layer, PhoneNumbers.layer())))
  return Effect.gen(function* () {
    const now = yield* DateTime.now
    const deals = yield* Deals
    const pipelines = yield* Pipelines
    const reports = yield* Reports
    for (const size of [few, many]) yield* insertDeals(actorOf(size).tenantId, size, now)
    yield* pipelines.compact
    // What Postgres does by itself within a minute of such growth.
    const sql = yield* SqlClient
    yield* sql.onDialectOrElse({ pg: () => Effect.asVoid(sql`VACUUM ANALYZE`), orElse: () => Effect.void })
    const compare = Effect.fnUntraced(function* <A, E>(what: string, work: Effect.Effect<A, E, CurrentActor>) {
      const [ours, reference]: [Array<number>, Array<number>] = [[], []]
      // One more run than counts, to prepare statements.
      for (let run = 0; run <= runs; run++) {
        const times = [
          yield* timed(Effect.provideService(work, CurrentActor, actorOf(many))),
          yield* timed(Effect.provideService(work, CurrentActor, actorOf(few)))
        ]
        if (run > 0) [ours, reference].forEach((list, index) => list.push(times[index] ?? Number.NaN))
      }
      return { what: `${database}: ${what}`, unit: "ms", ours, reference, also: {} }
    })
    return [
      yield* compare("the list's first page with its summary", deals.listEncoded({ total: false })),
      ...(yield* Effect.forEach(Object.entries(questionsAt(now)), ([what, query]) =>
        compare(what, reports.pipelineAnalytics(query))
      ))
    ]
  }).pipe(Effect.provide(layer), Effect.orDie)
}

const actorOf = (size: number) =>
  CurrentActor.of({ tenantId: TenantId.make(`of-${size}`), userId: UserId.make("bench"), userName: null, roles: [] })

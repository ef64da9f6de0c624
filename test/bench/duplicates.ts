/**
 * `duplicates`: a walk through all suggestions, page by page, on both databases, among labelled people; `BENCH_PEOPLE`
 * are their numbers, 10,000, 50,000 and 100,000 unless given.
 */
import { Crm, CurrentActor, Duplicates, TimeOrderedIds } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as postgresLayer } from "@clientele/sql-pg"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { people } from "@clientele/testing/PeopleData"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { actorOf, fill, judge, walk } from "../support/duplicates.ts"
import { type Benchmark, type Comparison, runs } from "./measuring.ts"
import { postgres, temporaryFolder } from "./processes.ts"

const sizes = (process.env["BENCH_PEOPLE"] ?? "10000,50000,100000").split(",").map(Number)

export const duplicates: Benchmark = {
  about:
    "All groups that are likely one person, in pages of 100 out of the database (Clientele), and in memory without one " +
    "(reference: `Duplicates.suggest` over contacts that are read already). F1 and precision are those of the pages, in " +
    "thousandths.",
  run: Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const url = yield* postgres
    return [
      ...(yield* measure("SQLite", sqliteLayer({ filename: `${folder}/people.db`, synchronous: "normal" }))),
      ...(yield* measure("Postgres", postgresLayer({ url: Redacted.make(url) })))
    ]
  })
}

// internal

const measure = <E>(
  database: string,
  storage: Layer.Layer<Crm.Storage | SqlClient, E>
): Effect.Effect<ReadonlyArray<Comparison>> => {
  const layer = Crm.layer.pipe(Layer.provideMerge(Layer.mergeAll(storage, TimeOrderedIds.layer, PhoneNumbers.layer())))
  return Effect.forEach(sizes, (size) => compare(database, size)).pipe(Effect.provide(layer), Effect.orDie)
}

const compare = Effect.fnUntraced(function* (database: string, size: number) {
  const labelled = people({ seed: 20_261, contacts: size })
  yield* fill(labelled)
  const sql = yield* SqlClient
  yield* sql.onDialectOrElse({ pg: () => Effect.asVoid(sql`VACUUM ANALYZE`), orElse: () => Effect.void })
  const [ours, reference, page]: [Array<number>, Array<number>, Array<number>] = [[], [], []]
  let groups: ReadonlyArray<Duplicates.DuplicateGroup> = []
  for (let run = 0; run <= runs; run++) {
    let start = performance.now()
    groups = yield* Effect.provideService(
      walk(() => page.push(performance.now() - start)),
      CurrentActor,
      actorOf(size)
    )
    const walked = performance.now() - start
    start = performance.now()
    Duplicates.suggest(
      labelled.contacts.map(({ fields, id }) => Duplicates.profile(id, fields)),
      "likely"
    )
    if (run > 0) [ours, reference].forEach((list, index) => list.push([walked, performance.now() - start][index] ?? 0))
  }
  const { certain, f1 } = judge(groups, labelled)
  return {
    what: `${database}: ${size.toLocaleString("en")} contacts`,
    unit: "ms",
    ours,
    reference,
    also: { "first page (ms)": page, F1: [f1 * 1_000], "precision when certain": [certain * 1_000] }
  }
})

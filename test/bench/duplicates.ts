/**
 * `duplicates`: a walk through all suggestions, page by page, on both databases, among labelled people; `BENCH_PEOPLE`
 * are their numbers, 10,000, 50,000 and 100,000 unless given.
 */
import {
  ContactRecord,
  ContactStore,
  Crm,
  CurrentActor,
  Duplicates,
  DuplicateSuggestions,
  TenantId,
  TimeOrderedIds,
  UnitOfWork,
  UserId
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as postgresLayer } from "@clientele/sql-pg"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { type LabelledPeople, people } from "@clientele/testing/PeopleData"
import { Array, DateTime, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
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
  const { f1, precision } = judge(groups, labelled)
  return {
    what: `${database}: ${size.toLocaleString("en")} contacts`,
    unit: "ms",
    ours,
    reference,
    also: { "first page (ms)": page, F1: [f1 * 1_000], "precision when certain": [precision * 1_000] }
  }
})

const walk = Effect.fnUntraced(function* (onFirstPage: () => void) {
  const suggestions = yield* DuplicateSuggestions
  const groups: Array<Duplicates.DuplicateGroup> = []
  let page = yield* suggestions.list({ limit: 100 })
  onFirstPage()
  for (;;) {
    groups.push(...page.data)
    const cursor = page.pagination.nextCursor
    if (cursor === null) return groups
    page = yield* suggestions.list({ limit: 100, cursor })
  }
})

const judge = (groups: ReadonlyArray<Duplicates.DuplicateGroup>, { truth }: LabelledPeople) => {
  const right = new Set(truth.map(([a, b]) => `${a} ${b}`))
  const pairs = groups.flatMap(({ pairs }) => pairs).filter(({ band }) => band !== "possible")
  const certain = pairs.filter(({ band }) => band === "certain")
  const count = (some: typeof pairs) => some.filter(({ a, b }) => right.has(`${a} ${b}`)).length
  return { f1: (2 * count(pairs)) / (pairs.length + truth.length), precision: count(certain) / certain.length }
}

const actorOf = (size: number) =>
  CurrentActor.of({ tenantId: TenantId.make(`of-${size}`), userId: UserId.make("bench"), userName: null, roles: [] })

const fill = Effect.fnUntraced(function* ({ contacts }: LabelledPeople) {
  const store = yield* ContactStore
  const uow = yield* UnitOfWork
  const now = DateTime.makeUnsafe("2026-06-01T00:00:00Z")
  for (const batch of Array.chunksOf(contacts, 1_000)) {
    const records = batch.map(({ fields, id }) => ({
      ...ContactRecord.create({ name: fields.name }, { id, now, toE164: () => null }),
      fields
    }))
    yield* uow.transaction(store.insert(actorOf(contacts.length).tenantId, records))
  }
})

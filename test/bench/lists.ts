/**
 * `lists`: how the time of a page grows with the number of contacts. In process, on both databases; `BENCH_CONTACTS` is
 * the larger number, a million unless given.
 */
import {
  contactId,
  type ContactQuery,
  ContactRecord,
  Contacts,
  ContactStore,
  Crm,
  CurrentActor,
  IdGenerator,
  TenantId,
  TimeOrderedIds,
  UnitOfWork,
  UserId
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as postgresLayer } from "@clientele/sql-pg"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { DateTime, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { type Benchmark, type Comparison, runs } from "./measuring.ts"
import { postgres, temporaryFolder } from "./processes.ts"

const few = 10_000
const many = Number(process.env["BENCH_CONTACTS"] ?? 1_000_000)

export const lists: Benchmark = {
  about:
    `Pages of 20 in process, out of ${many.toLocaleString("en")} contacts (Clientele) and out of ` +
    `${few.toLocaleString("en")} in another tenant of the same database (reference): the ratio is how the time grows. ` +
    "Totals are left out but where they are named.",
  run: Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const url = yield* postgres
    return [
      ...(yield* measure("SQLite", sqliteLayer({ filename: `${folder}/lists.db`, synchronous: "normal" }))),
      ...(yield* measure("Postgres", postgresLayer({ url: Redacted.make(url) })))
    ]
  })
}

// internal

const questions: { readonly [what: string]: ContactQuery } = {
  "first page": {},
  "status=active (two of three)": { status: "active" },
  "type=customer (one of ten)": { type: "customer" },
  "owner (one of fifty)": { ownerId: UserId.make("owner7") },
  "tag (one of a hundred)": { tag: "vip" },
  "segment that is a tag": { segment: "vip" },
  "segment is:new": { segment: "is:new" },
  "sort=name": { sort: "name" },
  "sort=-score": { sort: "-score" },
  "sort=-last_interaction": { sort: "-last_interaction" },
  "search of one contact": { search: "person777@" },
  "search of every contact": { search: "example" },
  "search of a beginning (one of ten)": { search: "an" }
}

const counted: { readonly [what: string]: ContactQuery } = {
  "total of all": {},
  "total of a status": { status: "active" },
  "total of an owner": { ownerId: UserId.make("owner7") }
}

const measure = <E>(
  database: string,
  storage: Layer.Layer<Crm.Storage | SqlClient, E>
): Effect.Effect<ReadonlyArray<Comparison>> => {
  const layer = Crm.layer.pipe(Layer.provideMerge(Layer.mergeAll(storage, TimeOrderedIds.layer, PhoneNumbers.layer())))
  return Effect.gen(function* () {
    yield* fill(few)
    yield* fill(many)
    // What Postgres does by itself within a minute of such growth.
    const sql = yield* SqlClient
    yield* sql.onDialectOrElse({ pg: () => Effect.asVoid(sql`VACUUM ANALYZE`), orElse: () => Effect.void })
    const contacts = yield* Contacts
    const compare = Effect.fnUntraced(function* (
      what: string,
      ofTenant: (size: number) => Effect.Effect<ContactQuery>
    ) {
      const [ours, reference]: [Array<number>, Array<number>] = [[], []]
      const queries = { many: yield* ofTenant(many), few: yield* ofTenant(few) }
      // One more run than counts, to prepare statements.
      for (let run = 0; run <= runs; run++) {
        const times = [
          yield* time(Effect.provideService(contacts.listEncoded(queries.many), CurrentActor, actorOf(many))),
          yield* time(Effect.provideService(contacts.listEncoded(queries.few), CurrentActor, actorOf(few)))
        ]
        if (run > 0) [ours, reference].forEach((list, index) => list.push(times[index] ?? Number.NaN))
      }
      return { what: `${database}: ${what}`, unit: "ms", ours, reference, also: {} }
    })
    const middle = (size: number) =>
      contacts.list({ page: size / 40, total: false }).pipe(
        Effect.map(({ pagination: { nextCursor } }) => (nextCursor === null ? {} : { cursor: nextCursor })),
        Effect.provideService(CurrentActor, actorOf(size)),
        Effect.orDie
      )
    return [
      ...(yield* Effect.forEach(Object.entries(questions), ([what, query]) =>
        compare(what, () => Effect.succeed({ ...query, total: false }))
      )),
      yield* compare("cursor in the middle", middle),
      ...(yield* Effect.forEach(Object.entries(counted), ([what, query]) => compare(what, () => Effect.succeed(query))))
    ]
  }).pipe(Effect.provide(layer), Effect.orDie)
}

const time = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(work, () => performance.now() - start)
  })

const actorOf = (size: number) =>
  CurrentActor.of({ tenantId: TenantId.make(`of-${size}`), userId: UserId.make("bench"), userName: null, roles: [] })

const given = ["Anna", "Bert", "Carla", "Dmitri", "Élodie", "Farid", "Grace", "Hiro", "Ines", "Jonas"]
const surnames = ["Smith", "Müller", "García", "Ivanov", "Nakamura", "Okafor", "Rossi", "Silva", "Tan", "Weber"]
const batch = 2_000

/** Contacts straight into the store: what is measured is reading them. */
const fill = Effect.fnUntraced(function* (size: number) {
  const store = yield* ContactStore
  const ids = yield* IdGenerator
  const uow = yield* UnitOfWork
  const now = DateTime.makeUnsafe("2026-06-01T00:00:00Z")
  for (let start = 0; start < size; start += batch) {
    const bodies = yield* ids.bodies(Math.min(batch, size - start))
    const records = bodies.map((body, offset) => {
      const n = start + offset
      return ContactRecord.create(
        {
          name: `${given[n % 10]} ${surnames[(n * 7) % 10]} ${n}`,
          email: `person${n}@mail${n % 997}.example.com`,
          company: `Company ${n % 5000}`,
          status: n % 3 === 0 ? "inactive" : "active",
          type: n % 10 === 0 ? "customer" : "lead",
          ownerId: UserId.make(`owner${n % 50}`),
          source: `source${n % 40}`,
          tags: n % 100 === 0 ? ["vip"] : [],
          createdAt: DateTime.makeUnsafe(Date.UTC(2020, 0, 1) + n * 60_000)
        },
        { id: contactId(body), now, toE164: () => null }
      )
    })
    yield* uow.transaction(store.insert(actorOf(size).tenantId, records))
  }
})

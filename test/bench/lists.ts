/**
 * `lists`: how the time of a page grows with the number of contacts. In process, on both databases; `BENCH_CONTACTS` is
 * the larger number, a million unless given.
 */
import {
  type ContactQuery,
  Contacts,
  Crm,
  CurrentActor,
  Segments,
  TenantId,
  TimeOrderedIds,
  UserId
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { SegmentTimeout } from "@clientele/sql"
import { layer as postgresLayer } from "@clientele/sql-pg"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { Duration, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { insertContacts, mixed } from "../support/contacts.ts"
import { type Benchmark, type Comparison, runs, timed } from "./measuring.ts"
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
  "source (one of forty)": { source: "source7" },
  "saved segment, its field in no index (one of 500)": { segment: "company7" },
  "search of one contact": { search: "person777@" },
  "search of one in a thousand": { search: "mail500." },
  "search of one in a hundred": { search: "mail50" },
  "search of one in a hundred, not among the newest": { search: "company 77" },
  "search of none": { search: "zzzzzz" },
  "search of every contact": { search: "example" },
  "search of a beginning (one of ten)": { search: "an" }
}

const counted: { readonly [what: string]: ContactQuery } = {
  "total of all": {},
  "total of a status": { status: "active" },
  "total of an owner": { ownerId: UserId.make("owner7") },
  "total of a tag": { tag: "vip" },
  "total of a source (one of forty)": { source: "source7" },
  "total of a search (one in a hundred)": { search: "mail50" },
  "total of a search (one of ten)": { search: "smith" },
  "total of a saved segment (one of 500)": { segment: "company7" }
}

const measure = <E>(
  database: string,
  storage: Layer.Layer<Crm.Storage | SqlClient, E>
): Effect.Effect<ReadonlyArray<Comparison>> => {
  const layer = Crm.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        // What takes longer than it may is measured, too.
        storage.pipe(Layer.provide(Layer.succeed(SegmentTimeout, Duration.minutes(1)))),
        TimeOrderedIds.layer,
        PhoneNumbers.layer()
      )
    )
  )
  return Effect.gen(function* () {
    for (const size of [few, many]) yield* insertContacts(actorOf(size).tenantId, size, mixed)
    yield* Effect.forEach([few, many], (size) =>
      Effect.flatMap(Segments, (segments) =>
        segments.create({
          key: "company7",
          name: "Companies that end in 777",
          predicate: { field: "company", operator: "ends_with", value: "777" }
        })
      ).pipe(Effect.provideService(CurrentActor, actorOf(size)))
    )
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
          yield* timed(Effect.provideService(contacts.listEncoded(queries.many), CurrentActor, actorOf(many))),
          yield* timed(Effect.provideService(contacts.listEncoded(queries.few), CurrentActor, actorOf(few)))
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

const actorOf = (size: number) =>
  CurrentActor.of({ tenantId: TenantId.make(`of-${size}`), userId: UserId.make("bench"), userName: null, roles: [] })

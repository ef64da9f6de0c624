/**
 * The storage conformance suite: what every storage adapter has to do, as tests of `@effect/vitest`. A function of a
 * layer, so that an adapter's test is one call, and so that adapters cannot drift apart.
 *
 * The suite builds the services of the domain over the adapter and tests both: the stores by themselves, and the use
 * cases with their events. The layer is built once for all tests; each test makes a tenant of its own, so that a
 * database may be used again, and tests may run in any order. Time is real but where a test stops it, so that an adapter
 * that waits for a lock or tries again does so as in production.
 *
 * Nothing is left out silently. A chapter whose capability is not claimed shows up as skipped, with what it needs; a
 * capability that is claimed and not there fails the suite.
 *
 * @example
 * ```ts
 * import { layer } from "@clientele/sql-sqlite-node"
 * import * as Conformance from "@clientele/testing/Conformance"
 * import * as Effect from "effect/Effect"
 * import * as SqlClient from "effect/sql/SqlClient"
 *
 * Conformance.suite("SQLite in memory", layer({ filename: ":memory:" }), {
 *   sqlClient: true,
 *   concurrentReaders: true,
 *   events: Effect.fnUntraced(function* (tenantId) {
 *     const sql = yield* SqlClient.SqlClient
 *     const rows = yield* sql`SELECT body FROM crm_outbox WHERE tenant_id = ${tenantId} ORDER BY seq`.values
 *     return rows.map(([body]) => JSON.parse(String(body)))
 *   })
 * })
 * ```
 */
import { Crm, type TenantId, TimeOrderedIds } from "@clientele/core"
import { layer as withLayer } from "@effect/vitest"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { activities } from "./conformance/ActivitiesChapter.ts"
import { archive } from "./conformance/ArchiveChapter.ts"
import { bulkUpdates } from "./conformance/BulkUpdatesChapter.ts"
import { concurrency, concurrentWriters } from "./conformance/ConcurrencyChapter.ts"
import { contacts } from "./conformance/ContactsChapter.ts"
import { contactStore } from "./conformance/ContactStoreChapter.ts"
import { dealContacts } from "./conformance/DealContactsChapter.ts"
import { dealImports } from "./conformance/DealImportsChapter.ts"
import { deals } from "./conformance/DealsChapter.ts"
import { duplicates } from "./conformance/DuplicatesChapter.ts"
import { events } from "./conformance/EventsChapter.ts"
import { enrichments } from "./conformance/EnrichmentsChapter.ts"
import { Adapter, type Chapter, type Claims, type Client, Effort } from "./conformance/Harness.ts"
import { histories } from "./conformance/HistoryChapter.ts"
import { hostTransactions } from "./conformance/HostTransactionsChapter.ts"
import { idempotency } from "./conformance/IdempotencyChapter.ts"
import { imports } from "./conformance/ImportsChapter.ts"
import { importUpdates } from "./conformance/ImportUpdatesChapter.ts"
import { jobRunners } from "./conformance/JobRunnersChapter.ts"
import { jobs } from "./conformance/JobsChapter.ts"
import { jobStore } from "./conformance/JobStoreChapter.ts"
import { knowledge } from "./conformance/Knowledge.ts"
import { lists } from "./conformance/ListsChapter.ts"
import { busyMerges, merging } from "./conformance/MergesChapter.ts"
import { notes } from "./conformance/NotesChapter.ts"
import { notesAndUsers } from "./conformance/NotesAndUsersChapter.ts"
import { pipelineReports } from "./conformance/PipelineReportsChapter.ts"
import { lateCommits, outbox } from "./conformance/OutboxChapter.ts"
import { phoneNumbers } from "./conformance/Records.ts"
import { register } from "./conformance/Registry.ts"
import { scoring } from "./conformance/ScoringChapter.ts"
import { segments } from "./conformance/SegmentsChapter.ts"
import { tasks } from "./conformance/TasksChapter.ts"
import { tenancy } from "./conformance/TenancyChapter.ts"
import { totals } from "./conformance/TotalsChapter.ts"
import { trackedEvents } from "./conformance/TrackedEventsChapter.ts"
import { concurrentReaders, twoClients, unitOfWork } from "./conformance/UnitOfWorkChapter.ts"
import { walks } from "./conformance/WalksChapter.ts"
import { webhookClaims, webhooks } from "./conformance/WebhooksChapter.ts"

/** What the suite has to know of an adapter. `R` is what its layer provides beside the storage ports. */
export interface Options<R> {
  /** The bodies of a tenant's events as they are put down, parsed, oldest first; those of an open transaction too. */
  readonly events: (tenantId: TenantId) => Effect.Effect<ReadonlyArray<unknown>, unknown, Crm.Storage | R>
  /** Another client of the same database, with connections of its own. Races then run through both. */
  readonly secondClient?: Layer.Layer<Crm.Storage, unknown, Crm.Storage | R> | undefined
  /** Whether reads go on beside a transaction that writes. Databases with a single session leave it out. */
  readonly concurrentReaders?: boolean | undefined
  /** Whether transactions that write can be open at the same time. Databases with a single writer leave it out. */
  readonly concurrentWriters?: boolean | undefined
  /** Whether the layer provides the `SqlClient` that the stores use, so that a host's transactions can be joined. */
  readonly sqlClient?: boolean | undefined
  /** How many times as many values each property is tried with; 1 by default, and 10 takes some minutes. */
  readonly effort?: number | undefined
}

/** What the suite is made of, in its order, each with the capabilities that it needs. */
export const chapters: ReadonlyArray<Chapter> = [
  unitOfWork,
  concurrentReaders,
  twoClients,
  contactStore,
  notesAndUsers,
  contacts,
  lists,
  walks,
  totals,
  notes,
  trackedEvents,
  activities,
  tasks,
  segments,
  scoring,
  enrichments,
  pipelineReports,
  archive,
  merging,
  duplicates,
  deals,
  dealContacts,
  busyMerges,
  bulkUpdates,
  histories,
  tenancy,
  concurrency,
  concurrentWriters,
  hostTransactions,
  idempotency,
  imports,
  importUpdates,
  dealImports,
  jobStore,
  jobs,
  jobRunners,
  events,
  outbox,
  lateCommits,
  webhooks,
  webhookClaims
]

/**
 * Registers the whole suite for one adapter.
 *
 * @param layer provides the storage ports, migrated and ready.
 */
export const suite = <R, E>(
  name: string,
  layer: Layer.Layer<Crm.Storage | R, E>,
  options: Options<NoInfer<R>>
): void => {
  const claimed: Claims = {
    concurrentReaders: options.concurrentReaders ?? false,
    concurrentWriters: options.concurrentWriters ?? false,
    secondClient: options.secondClient !== undefined,
    sqlClient: options.sqlClient ?? false
  }
  withLayer(servicesOver(layer, options), { timeout: "60 seconds", excludeTestServices: true })(
    `Storage conformance: ${name}`,
    (it) => register(chapters, claimed, (test, body) => it.effect(test, body, timeout))
  )
}

// internal

/** For a slow disk, a busy machine or a database far away; none takes more than seconds on an ordinary one. */
const timeout = 60_000

/** The services of the domain over the ports of one client. */
const clientOver = <R, E, RIn>(storage: Layer.Layer<Crm.Storage | R, E, RIn>) =>
  Crm.layer.pipe(
    Layer.provide(knowledge),
    Layer.provideMerge(Layer.mergeAll(storage, TimeOrderedIds.layer, phoneNumbers))
  )

const servicesOver = <R, E>(layer: Layer.Layer<Crm.Storage | R, E>, options: Options<R>) => {
  const adapter = Layer.effect(
    Adapter,
    Effect.gen(function* () {
      const first = yield* Effect.context<Crm.Storage | R>()
      if (options.sqlClient === true && Option.isNone(yield* Effect.serviceOption(SqlClient.SqlClient))) {
        return yield* Effect.die(new Error("The adapter claims a SqlClient, which its layer does not provide"))
      }
      return Adapter.of({
        events: (tenantId) => Effect.provideContext(options.events(tenantId), first),
        secondClient: Option.fromUndefinedOr(
          options.secondClient === undefined ? undefined : yield* openSecond(options.secondClient)
        )
      })
    })
  )
  return Layer.mergeAll(adapter, Layer.succeed(Effort, options.effort ?? 1)).pipe(Layer.provideMerge(clientOver(layer)))
}

/** Built with nothing shared: a layer that both clients have in common would otherwise be the first one's. */
const openSecond = Effect.fnUntraced(function* <E, R>(
  layer: Layer.Layer<Crm.Storage, E, R>
): Effect.fn.Return<Context.Context<Client>, E, R | Scope.Scope> {
  return yield* Layer.buildWithMemoMap(clientOver(layer), yield* Layer.makeMemoMap, yield* Effect.scope)
})

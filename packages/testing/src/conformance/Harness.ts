/**
 * What the chapters of the conformance suite share: the services under test, a tenant of its own for each test, stopped
 * clocks, properties over generated values, and reading the events that were put down.
 */
import {
  type ActivityNotFound,
  type BulkUpdate,
  type ContactNotFound,
  type ContactRecord,
  ContactStore,
  type Crm,
  CurrentActor,
  type DealNotFound,
  type DuplicateContact,
  Events,
  IdGenerator,
  type InvalidRules,
  type InvalidStage,
  type JobNotFound,
  type Merging,
  type NoteNotFound,
  type PageRange,
  type PhoneNormalizer,
  type PreconditionFailed,
  type Query,
  type ProductNotFound,
  type Refused,
  type SegmentNotFound,
  type StorageError,
  type TaskNotFound,
  TenantId,
  UnitOfWork,
  UserId,
  type ValidationError,
  type WebhookNotFound
} from "@clientele/core"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as fc from "fast-check"
import { assert } from "@effect/vitest"

/** The services of one client of the database. */
export type Client = Crm.Crm | Crm.Storage | IdGenerator | PhoneNormalizer

/** What is known of the adapter under test beyond its ports. */
export class Adapter extends Context.Service<
  Adapter,
  {
    /** The bodies of a tenant's events, oldest first. */
    readonly events: (tenantId: TenantId) => Effect.Effect<ReadonlyArray<unknown>, unknown>
    /** Another client of the same database, when the adapter can have one. */
    readonly secondClient: Option.Option<Context.Context<Client>>
  }
>()("@clientele/testing/conformance/Adapter") {}

/** How many times as many values a property is tried with. */
export const Effort = Context.Reference<number>("@clientele/testing/conformance/Effort", { defaultValue: () => 1 })

export type Services = Adapter | Client

/** Why a use case may fail. */
export type Refusal =
  | ActivityNotFound
  | BulkUpdate.BulkFailed
  | ContactNotFound
  | DealNotFound
  | DuplicateContact
  | InvalidRules
  | InvalidStage
  | JobNotFound
  | Merging.MergeConflict
  | NoteNotFound
  | PreconditionFailed
  | ProductNotFound
  | Refused
  | SegmentNotFound
  | StorageError
  | TaskNotFound
  | ValidationError
  | WebhookNotFound

/** Any call of a use case. */
export type Call<A = unknown> = Effect.Effect<A, Refusal, Client | CurrentActor>

/** Registers a test of a chapter. */
export type Test = <E>(name: string, body: () => Effect.Effect<void, E, Scope.Scope | Services>) => void

/** What an adapter has to be able to do for a chapter to make sense. */
export type Capability = "concurrentReaders" | "concurrentWriters" | "secondClient" | "sqlClient"

/** Which of them an adapter claims. */
export type Claims = { readonly [capability in Capability]: boolean }

export interface Chapter {
  readonly title: string
  readonly needs: ReadonlyArray<Capability>
  readonly tests: (test: Test) => void
}

// -- Tenants ----------------------------------------------------------------------------------------------------------

export const user: { readonly id: UserId; readonly name: string } = { id: UserId.make("user_007"), name: "Mike Ross" }

/** A tenant that nothing else has used. */
export const newTenant: Effect.Effect<TenantId, never, IdGenerator> = Effect.gen(function* () {
  const { bodies } = yield* IdGenerator
  const [body] = yield* bodies(1)
  return TenantId.make(`tenant_${body ?? ""}`)
})

/** Runs calls as a user of the tenant. */
export const as = (tenantId: TenantId) =>
  Effect.provideService(CurrentActor, { tenantId, userId: user.id, userName: user.name, roles: [] })

/** Runs a test as a user of a tenant of its own. */
export const inNewTenant = <A, E, R>(self: (tenantId: TenantId) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(newTenant, (tenantId) => as(tenantId)(self(tenantId)))

// -- Transactions -----------------------------------------------------------------------------------------------------

export const transaction = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.flatMap(UnitOfWork, (uow) => uow.transaction(self))

export const snapshot = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.flatMap(UnitOfWork, (uow) => uow.snapshot(self))

/** Writes a set of new contacts in a transaction of its own. */
export const insert = (tenantId: TenantId, ...records: ReadonlyArray<ContactRecord.ContactRecord>) =>
  transaction(Effect.flatMap(ContactStore, (store) => store.insert(tenantId, records)))

// -- Time -------------------------------------------------------------------------------------------------------------

/**
 * Stops the clock at a time, but not the waiting: an adapter that waits for a lock or tries again does so in real time,
 * for which a test clock would stand still for ever.
 */
export const at =
  (time: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const millis = Date.parse(time)
    const nanos = BigInt(millis) * 1_000_000n
    return Effect.updateService(self, Clock.Clock, (live) => ({
      currentTimeMillisUnsafe: () => millis,
      currentTimeMillis: Effect.succeed(millis),
      currentTimeNanosUnsafe: () => nanos,
      currentTimeNanos: Effect.succeed(nanos),
      monotonicTimeNanosUnsafe: () => live.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: live.monotonicTimeNanos,
      sleep: (duration) => live.sleep(duration)
    }))
  }

// -- Properties -------------------------------------------------------------------------------------------------------

/** Holds for generated values; each run is a fiber of its own, and the shrunk counterexample is the test's failure. */
export const forAll = Effect.fnUntraced(function* <A, E, R>(
  arbitrary: fc.Arbitrary<A>,
  runs: number,
  holds: (value: A) => Effect.Effect<void, E, R>
) {
  const effort = yield* Effort
  const run = Effect.runPromiseWith(yield* Effect.context<R>())
  yield* Effect.promise((signal) =>
    fc.assert(
      fc.asyncProperty(arbitrary, (value) => run(holds(value), { signal })),
      { numRuns: Math.max(1, Math.round(runs * effort)) }
    )
  )
})

// -- Events -----------------------------------------------------------------------------------------------------------

const decodeEvents = Schema.decodeUnknownEffect(Schema.Array(Events.DomainEvent))

/** All events of the tenant, oldest first. */
export const allEventsOf = Effect.fnUntraced(function* (tenantId: TenantId) {
  const { events } = yield* Adapter
  return yield* decodeEvents(yield* events(tenantId))
})

/** The tenant's events, oldest first, but for those of scores, which are a chapter of their own. */
export const eventsOf = (tenantId: TenantId) =>
  Effect.map(allEventsOf(tenantId), (events) => events.filter(({ type }) => type !== "crm.score_changed"))

/** The types of the tenant's events, oldest first. */
export const eventTypes = (tenantId: TenantId) =>
  Effect.map(eventsOf(tenantId), (events) => events.map(({ type }) => type))

/** Who did it and through what, as every event of a direct call says. */
export const byUser = { cause: "api", actor: { id: user.id, name: user.name } } as const

// -- Walking ----------------------------------------------------------------------------------------------------------

/** All rows of a list by its cursors, with its total, which stays the same; something may happen between two pages. */
export const walkThrough = Effect.fnUntraced(function* <A, E, R, E2, R2>(
  page: (from: { readonly cursor?: string }) => Effect.Effect<Query.Page<A>, E, R>,
  between: Effect.Effect<unknown, E2, R2>
) {
  const visited: Array<A> = []
  let { data, pagination } = yield* page({})
  const { total } = pagination
  for (;;) {
    visited.push(...data)
    assert.strictEqual(pagination.total, total)
    const cursor = pagination.nextCursor
    if (cursor === null) return { visited, total }
    yield* between
    ;({ data, pagination } = yield* page({ cursor }))
  }
})

// -- Comparing --------------------------------------------------------------------------------------------------------

/** Two values are the same for the domain: dates, decimals and structures by what they mean. */
export const assertSame = <A>(actual: A, expected: A, message?: string): void => {
  if (!Equal.equals(actual, expected)) {
    assert.deepStrictEqual(plain(actual), plain(expected), message)
    assert.fail(`Equal as data and not to the domain${message === undefined ? "" : `: ${message}`}`)
  }
}

/** A value without its classes, for a readable difference. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part)) ?? "null")

/** The page that every store can be asked for, with room for all that a test writes. */
export const firstPage: PageRange = { sort: "-created_at", limit: 100, start: { offset: 0 } }

export const idsOf = (contacts: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<string> =>
  contacts.map(({ id }) => id)

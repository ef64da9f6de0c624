/**
 * Storage that goes wrong when it is told to: a `SqlClient`, a unit of work, or any port of the domain that passes calls
 * on to the real one, but for those that a plan strikes. What is struck fails as a database does that cannot be reached,
 * has broken, or made the caller give way; or dies, is interrupted, or comes late.
 *
 * A plan belongs to the effect that it is injected into and to the fibers of that, so others go on undisturbed, and so
 * does the same layer without a plan. Plans are functions of where the effect has come to: the same plan strikes the same
 * effect at the same points.
 *
 * @example
 * ```ts
 * import { Contacts, CurrentActor, TenantId, UserId } from "@clientele/core"
 * import { layerMigrations, layerStorage, SqliteClient } from "@clientele/sql-sqlite-node"
 * import { Faults } from "@clientele/testing"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Storage = Layer.merge(layerStorage, layerMigrations).pipe(
 *   Layer.provideMerge(Faults.layerSqlClient),
 *   Layer.provide(SqliteClient.layer({ filename: ":memory:" }))
 * )
 *
 * const lost = Effect.flatMap(Contacts, (contacts) => contacts.create({ name: "Jane" })).pipe(
 *   Faults.inject(Faults.on("commit", "unavailable")),
 *   Effect.provideService(CurrentActor, { tenantId: TenantId.make("acme"), userId: UserId.make("user_1"), userName: null, roles: [] })
 * )
 * ```
 */
import { StorageBusy, StorageCorrupt, StorageError, StorageUnavailable, UnitOfWork } from "@clientele/core"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { clientThrough } from "./internal/faultyClient.ts"
import { current, type Injection, reach, type Struck } from "./internal/injection.ts"

/**
 * Where a call of storage can go wrong.
 *
 * - `begin`, `savepoint`: before a transaction, or one inside another, is opened.
 * - `statement`: before a statement of SQL, or a call of a port, is run.
 * - `release`, `commit`: when all of it has been done and before it is kept; it is undone.
 * - `committed`: the outermost transaction has been kept, and whoever asked is never told.
 */
export type Place = "begin" | "commit" | "committed" | "release" | "savepoint" | "statement"

/** A place that an effect has come to. */
export interface Point {
  readonly place: Place
  /** How many points the effect has come to, with this one. */
  readonly number: number
  /** The SQL of a statement, the method of a port, or the statement that began the transaction. */
  readonly detail: string
}

/**
 * What goes wrong.
 *
 * - `unavailable`: the database cannot be reached; `StorageUnavailable`.
 * - `corrupt`: it answers what nobody expects; `StorageCorrupt`.
 * - `contention`: another transaction was quicker, and running this one again can help. No database says so of one that
 *   it has kept: `committed` is not struck by it.
 * - `defect`, `interruption`: the driver throws, and the caller goes away.
 * - `delay`: nothing but the time it takes, by the `Clock`.
 */
export type Fault =
  | "contention"
  | "corrupt"
  | "defect"
  | "interruption"
  | "unavailable"
  | { readonly delay: Duration.Input }

/** What goes wrong at a point; undefined for nothing. */
export type Plan = (point: Point) => Fault | undefined

/** Strikes the point of a number, counted from 1. */
export const at =
  (number: number, fault: Fault): Plan =>
  (point) =>
    point.number === number ? fault : undefined

/** Strikes every point of a kind. */
export const on =
  (place: Place, fault: Fault): Plan =>
  (point) =>
    point.place === place ? fault : undefined

/**
 * Strikes one point in so many with one of the faults, as a seed says.
 *
 * @example
 * ```ts
 * import { Faults } from "@clientele/testing"
 *
 * const flaky = Faults.seeded(7, { oneIn: 20, faults: ["unavailable", "contention"] })
 * ```
 */
export const seeded =
  (seed: number, options: { readonly oneIn: number; readonly faults: ReadonlyArray<Fault> }): Plan =>
  ({ number }) => {
    const draw = scramble(seed, number)
    return draw % options.oneIn === 0
      ? options.faults[Math.floor(draw / options.oneIn) % options.faults.length]
      : undefined
  }

/** Runs an effect whose storage goes wrong as the plan says. */
export const inject =
  (plan: Plan) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => Effect.provideService(self, current, injectionOf(plan)))

/** Runs an effect, and answers how it ended and the points that it came to, those of fibers of its own among them. */
export const observe = <A, E, R>(self: Effect.Effect<A, E, R>, plan: Plan = () => undefined) =>
  Effect.suspend(() => {
    const points: Array<Point> = []
    const noting: Plan = (point) => {
      points.push(point)
      return plan(point)
    }
    return Effect.map(Effect.exit(inject(noting)(self)), (exit) => ({ exit, points }))
  })

/** The client of an adapter, of which all that goes through it can be struck: statements and transactions. */
export const layerSqlClient: Layer.Layer<SqlClient.SqlClient, never, SqlClient.SqlClient> = Layer.effect(
  SqlClient.SqlClient,
  Effect.map(SqlClient.SqlClient, clientThrough)
)

/** The unit of work of an adapter without a `SqlClient`: where its transactions begin and end can be struck. */
export const layerUnitOfWork: Layer.Layer<UnitOfWork, never, UnitOfWork> = Layer.effect(
  UnitOfWork,
  Effect.map(UnitOfWork, (uow) => {
    const outermost = <A, E, R>(self: Effect.Effect<A, E, R>) =>
      reachPort("begin", "BEGIN").pipe(
        Effect.andThen(uow.transaction(Effect.tap(self, reachPort("commit", "BEGIN")))),
        Effect.tap(reachPort("committed", "BEGIN"))
      )
    const nested = <A, E, R>(self: Effect.Effect<A, E, R>) =>
      Effect.andThen(
        reachPort("savepoint", "SAVEPOINT"),
        uow.transaction(Effect.tap(self, reachPort("release", "SAVEPOINT")))
      )
    return UnitOfWork.of({
      ...uow,
      transaction: (self) =>
        Effect.flatMap(InTransaction, (inside) =>
          inside ? nested(self) : outermost(Effect.provideService(self, InTransaction, true))
        )
    })
  })
)

/**
 * A port, each of whose calls can be struck before it is passed on. Streams are passed on as they are.
 *
 * @example
 * ```ts
 * import { ContactStore, Outbox } from "@clientele/core"
 * import { Faults } from "@clientele/testing"
 * import * as Layer from "effect/Layer"
 *
 * const faulty = Layer.merge(Faults.layerPort(ContactStore), Faults.layerPort(Outbox))
 * ```
 */
export const layerPort = <I, S extends object>(port: Context.Key<I, S>): Layer.Layer<I, never, I> =>
  Layer.effect(
    port,
    Effect.map(port, (service) => new Proxy(service, { get: (target, name) => struckMember(target, name) }))
  )

// internal

const InTransaction = Context.Reference<boolean>("@clientele/testing/Faults/InTransaction", {
  defaultValue: () => false
})

const injectionOf = (plan: Plan): Injection => {
  let number = 0
  return (place, detail) => {
    const fault = plan({ place, number: ++number, detail })
    return place === "committed" && fault === "contention" ? undefined : fault
  }
}

/** A member of a port: what it does begins with a point. */
const struckMember = (target: object, name: string | symbol): unknown => {
  const member: unknown = Reflect.get(target, name)
  const struck = (answer: unknown): unknown =>
    Effect.isEffect(answer) ? Effect.andThen(reachPort("statement", String(name)), answer) : answer
  return typeof member === "function"
    ? (...args: ReadonlyArray<unknown>) => struck(Reflect.apply(member, target, args))
    : struck(member)
}

const reachPort = (place: Place, detail: string): Effect.Effect<void, StorageError> =>
  Effect.mapError(reach(place, detail), (struck) => new StorageError({ operation: detail, reason: reasonOf(struck) }))

const reasonOf = ({ cause, fault }: Struck) => {
  switch (fault) {
    case "unavailable":
      return new StorageUnavailable({ cause })
    case "contention":
      return new StorageBusy({ cause })
    case "corrupt":
      return new StorageCorrupt({ cause })
  }
}

/** A number out of two, spread evenly (the finalizer of MurmurHash3). */
const scramble = (seed: number, number: number): number => {
  let hash = Math.imul(seed ^ Math.imul(number, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

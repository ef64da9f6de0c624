/** The layers that make storage go wrong do so where a plan says, and nowhere else; and the laws notice what is broken. */
import { ContactStore, StorageCorrupt, StorageError, StorageUnavailable, TenantId, UnitOfWork } from "@clientele/core"
import { layerMigrations, layerStorage, SqliteClient, SqliteDialect } from "@clientele/sql-sqlite-node"
import { Faults } from "@clientele/testing"
import { givesWay, lastsOnceKept, leavesNothing, services } from "@clientele/testing/conformance/FaultLaws"
import { scenarios } from "@clientele/testing/conformance/FaultScenarios"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as String from "effect/String"
import * as TestClock from "effect/testing/TestClock"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { contents } from "./contents.ts"

const client = SqliteClient.layer({
  filename: ":memory:",
  transformQueryNames: String.camelToSnake,
  transformResultNames: String.snakeToCamel
})

/** A client with a table of the host's, in front of which faults are. */
const faulty = Layer.effectDiscard(
  Effect.flatMap(SqlClient, (sql) => sql`CREATE TABLE orders (order_number integer NOT NULL)`)
).pipe(Layer.provideMerge(Faults.layerSqlClient), Layer.provide(client))

const order = Effect.flatMap(SqlClient, (sql) => sql`INSERT INTO ${sql("orders")} ${sql.insert({ orderNumber: 7 })}`)

const transaction = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.flatMap(SqlClient, (sql) => sql.withTransaction(self))

/** A statement, and another one inside of a savepoint. */
const orders = transaction(Effect.andThen(order, transaction(order)))

const stored = Effect.flatMap(SqlClient, (sql) =>
  Effect.map(sql<{ readonly orderNumber: number }>`SELECT order_number FROM orders`, (rows) => rows.length)
)

const failureOf = (exit: Exit.Exit<unknown, unknown>): unknown =>
  Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause)) : undefined

describe("a client with faults", () => {
  it.effect("tells the points that an effect comes to, in their order", () =>
    Effect.gen(function* () {
      const { exit, points } = yield* Faults.observe(orders)
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(
        points.map(({ number, place }) => [number, place]),
        ["begin", "statement", "savepoint", "statement", "release", "commit", "committed"].map((place, index) => [
          index + 1,
          place
        ])
      )
      assert.match(points[1]?.detail ?? "", /^INSERT INTO "orders"/)
    }).pipe(Effect.provide(Layer.fresh(faulty)))
  )

  for (const [fault, tag] of [
    ["unavailable", "ConnectionError"],
    ["corrupt", "UnknownError"],
    ["contention", "SerializationError"]
  ] as const) {
    it.effect(`that are ${fault} fails as a driver does, and has undone what was not committed`, () =>
      Effect.gen(function* () {
        for (const place of ["begin", "savepoint", "statement", "release", "commit"] as const) {
          const error = yield* Effect.flip(Faults.inject(Faults.on(place, fault))(orders))
          assert.strictEqual(error.reason._tag, tag)
          assert.strictEqual(yield* stored, 0, place)
        }
      }).pipe(Effect.provide(Layer.fresh(faulty)))
    )
  }

  it.effect("can lose the answer to a commit, but not by contention", () =>
    Effect.gen(function* () {
      yield* Faults.inject(Faults.on("committed", "contention"))(orders)
      assert.strictEqual(yield* stored, 2)
      yield* Effect.flip(Faults.inject(Faults.on("committed", "unavailable"))(orders))
      assert.strictEqual(yield* stored, 4)
    }).pipe(Effect.provide(Layer.fresh(faulty)))
  )

  it.effect("dies and is interrupted", () =>
    Effect.gen(function* () {
      const died = yield* Effect.exit(Faults.inject(Faults.at(2, "defect"))(orders))
      assert.isTrue(Exit.isFailure(died) && Cause.hasDies(died.cause))
      const gone = yield* Effect.exit(Faults.inject(Faults.at(2, "interruption"))(orders))
      assert.isTrue(Exit.isFailure(gone) && Cause.hasInterruptsOnly(gone.cause))
      assert.strictEqual(yield* stored, 0)
    }).pipe(Effect.provide(Layer.fresh(faulty)))
  )

  it.effect("takes as long as the clock says", () =>
    Effect.gen(function* () {
      const slow = yield* Effect.forkChild(Faults.inject(Faults.on("statement", { delay: "1 minute" }))(orders))
      yield* TestClock.adjust("119 seconds")
      assert.isUndefined(slow.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(slow)
    }).pipe(Effect.provide(Layer.fresh(faulty)))
  )

  it.effect("is as ever for everybody else, and afterwards", () =>
    Effect.gen(function* () {
      const broken = Faults.inject(() => "unavailable")
      const [own, others] = yield* Effect.all([Effect.exit(broken(order)), Effect.exit(order)], {
        concurrency: "unbounded"
      })
      assert.isTrue(Exit.isFailure(own))
      assert.isTrue(Exit.isSuccess(others))
      assert.strictEqual(yield* stored, 1)
    }).pipe(Effect.provide(Layer.fresh(faulty)))
  )

  it.effect("names columns as the one behind it, streams, reserves, and waits for commits", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const plain = sql.withoutTransforms()
      const order = { orderNumber: 7 }
      yield* sql`INSERT INTO ${sql("orders")} ${sql.insert(order)}`
      const select = "SELECT order_number FROM orders"
      assert.deepStrictEqual(yield* sql.unsafe(select), [order])
      assert.deepStrictEqual(yield* Stream.runCollect(sql.unsafe(select).stream), [order])
      assert.deepStrictEqual(yield* plain.unsafe(select), [{ order_number: 7 }])
      assert.deepStrictEqual(yield* sql.unsafe(select).withoutTransform, [{ order_number: 7 }])
      assert.deepStrictEqual(yield* sql.unsafe(select).values, [[7]])
      const reserved = Effect.scoped(Effect.flatMap(sql.reserve, (connection) => connection.executeValues(select, [])))
      assert.deepStrictEqual(yield* reserved, [[7]])
      for (const broken of [sql.unsafe(select), sql.unsafe(select).raw, plain.unsafe(select).values, reserved]) {
        const exit = yield* Effect.exit(Faults.inject(Faults.at(1, "unavailable"))(broken))
        assert.propertyVal(failureOf(exit), "_tag", "SqlError")
      }
      const told: Array<string> = []
      yield* sql.withTransaction(
        Effect.andThen(
          sql.afterCommit(Effect.sync(() => void told.push("after"))),
          Effect.sync(() => void told.push("inside"))
        )
      )
      assert.deepStrictEqual(told, ["inside", "after"])
    }).pipe(Effect.provide(Layer.fresh(faulty)))
  )
})

describe("a seeded plan", () => {
  const faults = ["unavailable", "contention"] as const
  const struck = (seed: number) =>
    Array.from({ length: 10_000 }, (_, number) =>
      Faults.seeded(seed, { oneIn: 10, faults })({ place: "statement", number, detail: "" })
    )

  it("strikes the same points each time, other ones by another seed, and about as many as it says", () => {
    assert.deepStrictEqual(struck(7), struck(7))
    assert.notDeepEqual(struck(7), struck(8))
    for (const fault of faults) {
      assert.approximately(struck(7).filter((found) => found === fault).length, 500, 100)
    }
  })
})

const tenantId = TenantId.make("acme")

const stores = Layer.provideMerge(layerStorage, layerMigrations).pipe(Layer.provide(client))

describe("ports with faults", () => {
  const storage = Layer.mergeAll(Faults.layerPort(ContactStore), Faults.layerUnitOfWork).pipe(Layer.provide(stores))

  it.effect("fail at the calls of a plan, in the words of the ports", () =>
    Effect.gen(function* () {
      const store = yield* ContactStore
      const uow = yield* UnitOfWork
      const look = uow.transaction(uow.transaction(store.findAll(tenantId, [])))
      const { points } = yield* Faults.observe(look)
      assert.deepStrictEqual(
        points.map(({ detail, place }) => `${place} ${detail}`),
        [
          "begin BEGIN",
          "savepoint SAVEPOINT",
          "statement findAll",
          "release SAVEPOINT",
          "commit BEGIN",
          "committed BEGIN"
        ]
      )
      for (const { number } of points) {
        for (const [fault, reason] of [
          ["unavailable", "StorageUnavailable"],
          ["corrupt", "StorageCorrupt"]
        ] as const) {
          const error = yield* Effect.flip(Faults.inject(Faults.at(number, fault))(look))
          assert.instanceOf(error, StorageError)
          assert.strictEqual(error.reason._tag, reason)
        }
      }
      assert.deepStrictEqual(yield* look, [])
    }).pipe(Effect.provide(storage))
  )
})

describe("the laws of faults", () => {
  const create = scenarios["creates a contact"] ?? assert.fail("there is such a scenario")

  const storage = layerStorage.pipe(
    Layer.provideMerge(layerMigrations),
    Layer.provideMerge(SqliteDialect.layer),
    Layer.provideMerge(Faults.layerSqlClient),
    Layer.provide(client)
  )

  /** What the adapter would be if its transactions were these. */
  const broken = (transaction: (sql: SqlClient) => UnitOfWork["Service"]["transaction"]) => {
    const uow = Layer.effect(
      UnitOfWork,
      Effect.gen(function* () {
        return { ...(yield* UnitOfWork), transaction: transaction(yield* SqlClient) }
      })
    )
    return services(Layer.provideMerge(uow, storage), { contents })
  }

  it.live("find that nothing is undone", () =>
    Effect.gen(function* () {
      assert.isTrue(Exit.isFailure(yield* Effect.exit(leavesNothing(create))))
    }).pipe(Effect.provide(broken(() => (self) => self)))
  )

  it.live("find that a transaction is not run again", () =>
    Effect.gen(function* () {
      yield* leavesNothing(create)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(givesWay(create))))
    }).pipe(
      Effect.provide(
        broken((sql) => (self) => sql.withTransaction(self).pipe(Effect.catchIf(isSqlError, inTheirWords)))
      )
    )
  )

  it.live("find that what was committed is gone", () =>
    Effect.gen(function* () {
      assert.isTrue(Exit.isFailure(yield* Effect.exit(lastsOnceKept(create))))
    }).pipe(
      Effect.provide(
        broken(
          (sql) => (self) =>
            sql.withTransaction(self).pipe(
              Effect.onError(() => Effect.orDie(sql`DELETE FROM crm_outbox`)),
              Effect.catchIf(isSqlError, inTheirWords)
            )
        )
      )
    )
  )
})

/** A failure in the words of the ports. */
const inTheirWords = (cause: SqlError) => {
  const Reason = cause.reason._tag === "ConnectionError" ? StorageUnavailable : StorageCorrupt
  return Effect.fail(new StorageError({ operation: "transaction", reason: new Reason({ cause }) }))
}

import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as SqlClient from "effect/sql/SqlClient"
import { sqliteCode } from "@clientele/sql-sqlite-node/SqliteClient"
import { client, names, withTable } from "./support.ts"

const deferred = Effect.provideService(SqlClient.BeginTransaction, "BEGIN DEFERRED")

describe("transactions", () => {
  it.effect("commit, roll back, and nest by savepoints", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      yield* sql.withTransaction(sql`INSERT INTO t (name) VALUES ('committed')`)
      yield* Effect.flip(
        sql.withTransaction(Effect.andThen(sql`INSERT INTO t (name) VALUES ('failed')`, Effect.fail("no")))
      )
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`INSERT INTO t (name) VALUES ('outer')`
          yield* Effect.exit(
            sql.withTransaction(Effect.andThen(sql`INSERT INTO t (name) VALUES ('inner')`, Effect.fail("no")))
          )
          yield* sql.withTransaction(sql`INSERT INTO t (name) VALUES ('inner 2')`)
          assert.deepStrictEqual(yield* names(sql), ["committed", "outer", "inner 2"])
        })
      )
      assert.deepStrictEqual(yield* names(sql), ["committed", "outer", "inner 2"])
    })
  )

  it.effect("interruption rolls back and gives the writer back", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      const inside = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        sql.withTransaction(
          sql`INSERT INTO t (name) VALUES ('x')`.pipe(
            Effect.andThen(Deferred.succeed(inside, undefined)),
            Effect.andThen(Effect.never)
          )
        )
      )
      yield* Deferred.await(inside)
      yield* Fiber.interrupt(fiber)
      yield* sql`INSERT INTO t (name) VALUES ('y')`
      assert.deepStrictEqual(yield* names(sql), ["y"])
    })
  )

  it.effect("afterCommit runs after the commit, and not after a rollback", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      const seen: Array<unknown> = []
      const note = sql.afterCommit(Effect.orDie(Effect.map(names(sql), (names) => void seen.push(names))))
      yield* sql.withTransaction(Effect.andThen(sql`INSERT INTO t (name) VALUES ('a')`, note))
      yield* Effect.exit(sql.withTransaction(Effect.andThen(note, Effect.fail("no"))))
      assert.deepStrictEqual(seen, [["a"]])
    })
  )

  it.effect("withoutTransforms shares the transaction", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable({ transformResultNames: (name) => name.toUpperCase() })
      const plain = sql.withoutTransforms()
      yield* Effect.exit(
        sql.withTransaction(Effect.andThen(plain`INSERT INTO t (name) VALUES ('a')`, Effect.fail("no")))
      )
      assert.deepStrictEqual(yield* sql`SELECT count(*) AS n FROM t`, [{ N: 0 }])
      yield* plain.withTransaction(sql`INSERT INTO t (name) VALUES ('b')`)
      assert.strictEqual((yield* plain`SELECT name FROM t`)[0]?.["name"], "b")
    })
  )

  it.effect("a read never waits for the writer's transaction, and sees it once committed", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      const inside = yield* Deferred.make<void>()
      const finish = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        sql.withTransaction(
          sql`INSERT INTO t (name) VALUES ('a')`.pipe(
            Effect.andThen(Deferred.succeed(inside, undefined)),
            Effect.andThen(Deferred.await(finish))
          )
        )
      )
      yield* Deferred.await(inside)
      assert.deepStrictEqual(yield* names(sql), [])
      const snapshot = yield* deferred(sql.withTransaction(names(sql)))
      assert.deepStrictEqual(snapshot, [])
      yield* Deferred.succeed(finish, undefined)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(yield* names(sql), ["a"])
    })
  )

  it.effect("BEGIN DEFERRED sees the state at its beginning, keeps nobody from writing, and cannot write", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      yield* sql`INSERT INTO t (name) VALUES ('before')`
      // Another client writes, since this fiber's statements belong to the snapshot.
      const other = yield* client({ filename })
      const error = yield* sql
        .withTransaction(
          Effect.gen(function* () {
            yield* other`INSERT INTO t (name) VALUES ('during')`
            assert.deepStrictEqual(yield* names(sql), ["before"])
            assert.deepStrictEqual(yield* sql.withTransaction(names(sql)), ["before"])
            return yield* Effect.flip(sql`INSERT INTO t (name) VALUES ('no')`)
          })
        )
        .pipe(deferred)
      assert.strictEqual(error.reason._tag, "AuthorizationError")
      assert.strictEqual(sqliteCode(error), "SQLITE_READONLY")
      // A connection kept from the last snapshot begins anew.
      assert.deepStrictEqual(yield* deferred(sql.withTransaction(names(sql))), ["before", "during"])
      assert.isTrue((yield* sql.checkpoint).complete)
    })
  )

  it.effect("writes without an obvious verb still reach the writer", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      yield* sql`WITH x (name) AS (VALUES ('a')) INSERT INTO t (name) SELECT name FROM x`
      const rows = yield* sql`/* note */ INSERT INTO t (name) VALUES ('b') RETURNING id, name`
      assert.deepStrictEqual(
        rows.map((row) => ({ ...row })),
        [{ id: 2, name: "b" }]
      )
      assert.deepStrictEqual(
        yield* sql`-- of the writer
        SELECT changes() AS n`.values,
        [[1]]
      )
      yield* sql`CREATE TEMP TABLE scratch (a)`
      assert.deepStrictEqual(yield* sql`SELECT a FROM scratch`, [])
      assert.deepStrictEqual(yield* names(sql), ["a", "b"])
    })
  )

  it.effect("after SQLite rolled back by itself, the rest of the transaction fails", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      const exit = yield* Effect.exit(
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`INSERT INTO t (name) VALUES ('a')`
            yield* Effect.ignore(sql.withTransaction(sql`INSERT OR ROLLBACK INTO t (name) VALUES ('a')`))
            yield* Effect.ignore(sql`INSERT INTO t (name) VALUES ('alone')`)
          })
        )
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(yield* names(sql), [])
    })
  )

  it.effect("a failed COMMIT leaves no transaction behind", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      yield* sql`CREATE TABLE child (t INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)`
      const exit = yield* Effect.exit(sql.withTransaction(sql`INSERT INTO child VALUES (7)`))
      const failure = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.include(String(failure), "FOREIGN KEY")
      assert.deepStrictEqual(yield* sql`SELECT * FROM child`, [])
      yield* sql.withTransaction(sql`INSERT INTO t (name) VALUES ('a')`)
    })
  )

  it.effect("a transaction by hand is refused on the client and possible on a reserved connection", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      assert.include((yield* Effect.flip(sql`BEGIN`)).message, "withTransaction")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const connection = yield* sql.reserve
          yield* connection.executeRaw("BEGIN", [])
          yield* connection.executeRaw("INSERT INTO t (name) VALUES (?)", ["left open"])
        })
      )
      yield* sql`INSERT INTO t (name) VALUES ('after')`
      assert.deepStrictEqual(yield* names(sql), ["after"])
    })
  )

  it.effect("a fiber that outlives its transaction cannot write into the next, nor checkpoint inside one", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      const over = yield* Deferred.make<void>()
      const late = yield* sql.withTransaction(
        Effect.forkDetach(Effect.andThen(Deferred.await(over), Effect.flip(sql`INSERT INTO t (name) VALUES ('late')`)))
      )
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* Deferred.succeed(over, undefined)
          assert.include((yield* Fiber.join(late)).message, "over")
          assert.strictEqual((yield* Effect.flip(sql.checkpoint)).reason._tag, "LockTimeoutError")
        })
      )
      assert.deepStrictEqual(yield* names(sql), [])
    })
  )

  it.effect(":memory: gives the same: readers beside the writer, snapshots, and nothing shared", () =>
    Effect.gen(function* () {
      const sql = yield* client({ filename: ":memory:" })
      const other = yield* client({ filename: ":memory:" })
      yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)`
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`INSERT INTO t (name) VALUES ('a')`
          const outside = Effect.updateContext(names(sql), (context: Context.Context<never>) =>
            Context.omit(sql.transactionService)(context)
          )
          assert.deepStrictEqual(yield* outside, [])
        })
      )
      assert.deepStrictEqual(yield* names(sql), ["a"])
      assert.strictEqual((yield* Effect.flip(names(other))).reason._tag, "SqlSyntaxError")
    })
  )

  it.effect("readonly: reads and snapshots, no writes", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      yield* sql`INSERT INTO t (name) VALUES ('a')`
      const reader = yield* client({ filename, readonly: true })
      assert.deepStrictEqual(yield* names(reader), ["a"])
      assert.deepStrictEqual(yield* reader.withTransaction(names(reader)), ["a"])
      assert.strictEqual(sqliteCode(yield* Effect.flip(reader`DELETE FROM t`)), "SQLITE_READONLY")
    })
  )
})

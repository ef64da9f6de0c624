import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as SqlClient from "effect/sql/SqlClient"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { sqliteCode } from "@clientele/sql-sqlite-node/SqliteClient"
import { client, names, temporaryPath, withTable } from "./support.ts"

/** Holds the write lock of the file until told to let go. */
const holdLock = Effect.fnUntraced(function* (filename: string) {
  const holder = yield* client({ filename })
  const held = yield* Deferred.make<void>()
  const release = yield* Deferred.make<void>()
  const fiber = yield* Effect.forkScoped(
    holder.withTransaction(Effect.andThen(Deferred.succeed(held, undefined), Deferred.await(release)))
  )
  yield* Deferred.await(held)
  return Effect.andThen(Deferred.succeed(release, undefined), Fiber.join(fiber))
})

describe("locks of other clients", () => {
  it.live("the event loop goes on while a write and a transaction wait", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      const letGo = yield* holdLock(filename)
      const write = yield* Effect.forkChild(sql`INSERT INTO t (name) VALUES ('statement')`)
      const transaction = yield* Effect.forkChild(sql.withTransaction(sql`INSERT INTO t (name) VALUES ('transaction')`))
      // Had a wait blocked the thread, these ticks would come after it failed.
      for (let tick = 0; tick < 5; tick++) yield* Effect.sleep("1 millis")
      assert.isUndefined(write.pollUnsafe())
      assert.deepStrictEqual(yield* names(sql), [])
      yield* letGo
      yield* Fiber.joinAll([write, transaction])
      assert.deepStrictEqual(yield* names(sql), ["statement", "transaction"])
    })
  )

  it.effect("the wait ends with LockTimeoutError after busyTimeout", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable({ busyTimeout: "2 seconds" })
      const letGo = yield* holdLock(filename)
      for (const effect of [sql`INSERT INTO t (name) VALUES ('x')`, sql.withTransaction(Effect.succeed([]))]) {
        const fiber = yield* Effect.forkChild(Effect.flip(effect))
        yield* TestClock.adjust("1900 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("200 millis")
        const error = yield* Fiber.join(fiber)
        assert.strictEqual(error.reason._tag, "LockTimeoutError")
        assert.strictEqual(sqliteCode(error), "SQLITE_BUSY")
      }
      yield* letGo
      yield* sql`INSERT INTO t (name) VALUES ('y')`
      assert.deepStrictEqual(yield* names(sql), ["y"])
    })
  )

  it.effect("the wait for BEGIN can be interrupted, and the writer is free again", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      const letGo = yield* holdLock(filename)
      const fiber = yield* Effect.forkChild(sql.withTransaction(Effect.void))
      yield* TestClock.adjust("50 millis")
      yield* Fiber.interrupt(fiber)
      yield* letGo
      yield* sql.withTransaction(sql`INSERT INTO t (name) VALUES ('z')`)
    })
  )

  it.effect("a read that becomes a write on a stale snapshot is a SerializationError and is not waited for", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      const other = yield* client({ filename })
      const error = yield* Effect.flip(
        sql
          .withTransaction(
            Effect.gen(function* () {
              yield* names(sql)
              yield* other`INSERT INTO t (name) VALUES ('other')`
              yield* sql`INSERT INTO t (name) VALUES ('stale')`
            })
          )
          .pipe(Effect.provideService(SqlClient.BeginTransaction, "BEGIN"))
      )
      assert.strictEqual(error._tag === "SqlError" ? error.reason._tag : undefined, "SerializationError")
      yield* sql`INSERT INTO t (name) VALUES ('fresh')`
    })
  )

  it.live("two clients that write at once lose nothing", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      const other = yield* client({ filename })
      yield* Effect.forEach(
        [sql, other, sql, other],
        (sql, writer) =>
          Effect.forEach(
            Array.from({ length: 15 }, (_, i) => i),
            (i) =>
              sql.withTransaction(
                Effect.andThen(
                  sql`INSERT INTO t (name) VALUES (${`${writer}-${i}`})`,
                  // Holds the lock across the event loop, so that the others meet it.
                  Effect.yieldNow
                )
              )
          ),
        { concurrency: "unbounded" }
      )
      assert.strictEqual((yield* names(sql)).length, 60)
    })
  )

  it.live("a process that is killed loses its open transaction and nothing else", () =>
    Effect.gen(function* () {
      const filename = yield* temporaryPath
      const script = fileURLToPath(new URL("./fixtures/killed.ts", import.meta.url))
      yield* Effect.promise(async () => {
        const child = spawn(process.execPath, [script, filename], { stdio: ["ignore", "pipe", "inherit"] })
        await once(child.stdout, "data")
        child.kill("SIGKILL")
        await once(child, "exit")
      })
      const sql = yield* client({ filename })
      assert.deepStrictEqual(yield* names(sql), ["committed"])
      yield* sql`INSERT INTO t (name) VALUES ('after')`
      assert.deepStrictEqual(yield* sql`PRAGMA integrity_check`.values, [["ok"]])
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SqlClient from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { renameSync } from "node:fs"
import { LongRead, sqliteCode } from "@clientele/sql-sqlite-node/SqliteClient"
import { client, names, openDescriptors, withTable } from "./support.ts"

const fill = (sql: SqlClient.SqlClient, rows: number) =>
  sql`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${rows})
    INSERT INTO t (name) SELECT 'n' || i FROM c`

describe("streams", () => {
  it.effect("see one state while others write, and leave nothing open", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      yield* fill(sql, 1000)
      const before = openDescriptors(`${filename}-wal`)
      let during = 0
      const count = yield* sql`SELECT id FROM t`.stream.pipe(
        Stream.mapEffect((row) => {
          if (row["id"] !== 1) return Effect.void
          during = openDescriptors(`${filename}-wal`)
          return Effect.andThen(sql`DELETE FROM t WHERE id > 500`, sql`INSERT INTO t (id, name) VALUES (5000, 'new')`)
        }),
        Stream.runCount
      )
      assert.strictEqual(count, 1000)
      if (process.platform === "linux") {
        assert.isAbove(during, before)
        assert.strictEqual(openDescriptors(`${filename}-wal`), before)
      }
      assert.isTrue((yield* sql.checkpoint).complete)
    })
  )

  it.effect("that are abandoned, fail or are interrupted are closed", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      yield* fill(sql, 1000)
      const before = openDescriptors(`${filename}-wal`)
      const all = sql`SELECT id, name FROM t`.stream
      assert.strictEqual((yield* Stream.runCollect(Stream.take(all, 3))).length, 3)
      yield* Effect.exit(Stream.runForEach(all, () => Effect.fail("no")))
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(all, () => Effect.never),
        { startImmediately: true }
      )
      assert.isFalse((yield* Effect.andThen(sql`DELETE FROM t WHERE id = 1`, sql.checkpoint)).complete)
      yield* Fiber.interrupt(fiber)
      if (process.platform === "linux") assert.strictEqual(openDescriptors(`${filename}-wal`), before)
      assert.isTrue((yield* sql.checkpoint).complete)
      const error = yield* Effect.flip(Stream.runDrain(sql`SELECT unknown FROM t`.stream))
      assert.strictEqual(sqliteCode(error), "SQLITE_ERROR")
    })
  )

  it.effect("in a transaction see its writes", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* fill(sql, 300)
          assert.strictEqual(yield* Stream.runCount(sql`SELECT id FROM t`.stream), 300)
          assert.strictEqual((yield* Stream.runCollect(Stream.take(sql`SELECT id FROM t`.stream, 1))).length, 1)
          // The same text while a cursor over it is open.
          const pairs = sql`SELECT id FROM t LIMIT 3`.stream.pipe(
            Stream.mapEffect(() => sql`SELECT id FROM t LIMIT 3`.values)
          )
          assert.strictEqual((yield* Stream.runCollect(pairs)).length, 3)
        })
      )
      // An abandoned cursor would have kept the writer in its old snapshot.
      const other = yield* client({ filename })
      yield* other`DELETE FROM t`
      yield* sql.withTransaction(sql`INSERT INTO t (name) VALUES ('a')`)
    })
  )

  it.effect("of a statement that writes run it to its end", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      const inserted = sql`INSERT INTO t (name) VALUES ('a'), ('b') RETURNING name`.stream
      assert.strictEqual((yield* Stream.runCollect(Stream.take(inserted, 1))).length, 1)
      assert.deepStrictEqual(yield* names(sql), ["a", "b"])
      const hidden = sql`WITH x (n) AS (VALUES ('c'), ('d')) INSERT INTO t (name) SELECT n FROM x RETURNING name`.stream
      assert.strictEqual(yield* Stream.runCount(hidden), 2)
      assert.deepStrictEqual(yield* names(sql), ["a", "b", "c", "d"])
    })
  )

  it.live("let other fibers run", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      yield* fill(sql, 20_000)
      let ticks = 0
      const tick = Effect.andThen(
        Effect.sync(() => ticks++),
        Effect.yieldNow
      )
      const ticker = yield* Effect.forkChild(Effect.forever(tick))
      yield* Stream.runDrain(sql`SELECT * FROM t`.stream)
      yield* Fiber.interrupt(ticker)
      assert.isAbove(ticks, 2)
    })
  )
})

const long = Effect.provideService(LongRead, true)
const slow = (sql: SqlClient.SqlClient) =>
  sql`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1500000) SELECT count(*) AS n FROM c`

const endless = (sql: SqlClient.SqlClient, until: number) =>
  sql`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) AS n FROM c
    WHERE clientele_in_time(${until})`

describe("statements that ask for the time", () => {
  it.live("fail when it is up, inline and on a thread, and the connection goes on", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable({ longReaders: 1 })
      for (const onThread of [false, true]) {
        const late = Effect.suspend(() => endless(sql, Date.now() + 5))
        const error = yield* Effect.flip(Effect.provideService(late, LongRead, onThread))
        assert.deepStrictEqual([error.reason._tag, sqliteCode(error)], ["StatementTimeoutError", "SQLITE_INTERRUPT"])
        assert.deepStrictEqual(yield* long(names(sql)), [])
        assert.deepStrictEqual(yield* names(sql), [])
      }
    })
  )
})

describe("long reads", () => {
  it.live("run beside the event loop", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      const fiber = yield* Effect.forkChild(long(slow(sql)))
      let ticks = 0
      while (fiber.pollUnsafe() === undefined) {
        yield* Effect.sleep("1 millis")
        ticks++
      }
      assert.strictEqual((yield* Fiber.join(fiber))[0]?.["n"], 1500000)
      assert.isAbove(ticks, 5)
    })
  )

  it.live("see what was committed before them, take values and report errors as others do", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      yield* sql`INSERT INTO t (name) VALUES ('a')`
      assert.deepStrictEqual(yield* long(names(sql)), ["a"])
      const blob = new Uint8Array([1])
      assert.deepStrictEqual(yield* long(sql`SELECT ${true}, ${blob}`.values), [[1, blob]])
      const error = yield* Effect.flip(long(sql`SELECT json('{')`))
      assert.deepStrictEqual([error.reason._tag, sqliteCode(error)], ["UnknownError", "SQLITE_ERROR"])
      // A write under the mark is a write.
      yield* long(sql`WITH x AS (SELECT 1) INSERT INTO t (name) SELECT 'b' FROM x`)
      assert.deepStrictEqual(yield* long(names(sql)), ["a", "b"])
      // Inside a transaction they see its writes.
      yield* long(
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`INSERT INTO t (name) VALUES ('c')`
            assert.strictEqual((yield* names(sql)).length, 3)
          })
        )
      )
    })
  )

  it.live("hold a snapshot for a whole transaction", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable({ longReaders: 1 })
      const other = yield* client({ filename })
      yield* sql`INSERT INTO t (name) VALUES ('a')`
      const snapshot = sql
        .withTransaction(
          Effect.gen(function* () {
            yield* other`INSERT INTO t (name) VALUES (hex(randomblob(4)))`
            const rows = yield* Stream.runCollect(sql`SELECT id FROM t`.stream)
            assert.strictEqual(rows.length, (yield* names(sql)).length)
            return rows.length
          })
        )
        .pipe(Effect.provideService(SqlClient.BeginTransaction, "BEGIN DEFERRED"), long)
      assert.strictEqual(yield* snapshot, 1)
      assert.strictEqual(yield* snapshot, 2)
      assert.isTrue((yield* sql.checkpoint).complete)
    })
  )

  it.live("that are interrupted return at once, and their thread comes back", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable({ longReaders: 1 })
      yield* long(names(sql))
      const fiber = yield* Effect.forkChild(long(slow(sql)), { startImmediately: true })
      const queued = yield* Effect.forkChild(long(names(sql)), { startImmediately: true })
      yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      assert.isUndefined(queued.pollUnsafe())
      assert.deepStrictEqual(yield* Fiber.join(queued), [])
    })
  )

  it.live("give their thread back at once where the statement asks for the time, however long it would go on", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable({ longReaders: 1 })
      const fiber = yield* Effect.forkChild(long(endless(sql, Infinity)), { startImmediately: true })
      yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* long(names(sql)), [])
    })
  )

  it.live("fail when their thread dies, and the next one starts another", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable({ longReaders: 1 })
      // A thread that finds no file ends.
      renameSync(filename, `${filename}.away`)
      const error = yield* Effect.flip(long(names(sql)))
      assert.strictEqual(error.reason._tag, "ConnectionError")
      renameSync(`${filename}.away`, filename)
      assert.deepStrictEqual(yield* long(names(sql)), [])
    })
  )

  it.live("can be turned off", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable({ longReaders: 0 })
      assert.deepStrictEqual(yield* long(names(sql)), [])
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { existsSync, writeFileSync } from "node:fs"
import * as SqliteClient from "@clientele/sql-sqlite-node/SqliteClient"
import { client, names, temporaryPath, withTable } from "./support.ts"

const reason = (error: SqlError) => [error.reason._tag, SqliteClient.sqliteCode(error)]

describe("binding and reading", () => {
  it.effect("values that SQLite knows, and those it is taught", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      const text = "before\u0000after"
      const rows = yield* sql`SELECT ${true} AS yes, ${false} AS no, ${null} AS none, ${text} AS text,
        ${new Date(0)} AS date, ${new Uint8Array([1, 2])} AS blob, ${1.5} AS real, ${12n} AS big, ${Infinity} AS inf`
      assert.deepStrictEqual(
        { ...rows[0] },
        {
          yes: 1,
          no: 0,
          none: null,
          text,
          date: "1970-01-01T00:00:00.000Z",
          blob: new Uint8Array([1, 2]),
          real: 1.5,
          big: 12,
          inf: Infinity
        }
      )
    })
  )

  it.effect("values that it does not know are errors that name their place and not their content", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      for (const value of [undefined, NaN, 2n ** 63n, new Date(NaN), Symbol("s"), { secret: 1 }, ["secret"], () => 1]) {
        const error = yield* Effect.flip(sql`SELECT ${1}, ${value}`)
        assert.include(error.message, "parameter 2 is")
        assert.notInclude(error.message, "secret")
      }
      assert.deepStrictEqual(yield* sql`SELECT ${-(2n ** 63n)} + 0 = -9223372036854775807 - 1`.values, [[1]])
    })
  )

  it.effect("integers beyond 2^53 are an error without SafeIntegers and bigint with it", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      const query = sql`SELECT 9007199254740993 AS n`
      const error = yield* Effect.flip(query)
      assert.include(error.message, "SafeIntegers")
      assert.notInclude(error.message, "9007199254740993")
      const safe = yield* Effect.provideService(query, SqlClient.SafeIntegers, true)
      assert.strictEqual(safe[0]?.["n"], 9007199254740993n)
      // The same prepared statement, without it again.
      assert.strictEqual((yield* sql`SELECT 1 AS n`)[0]?.["n"], 1)
    })
  )

  it.effect("rows, values and raw results of one statement do not get in each other's way", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable({ prepareCacheSize: 1 })
      const insert = yield* sql`INSERT INTO t (name) VALUES ('a')`.raw
      assert.deepStrictEqual({ ...(insert as object) }, { changes: 1, lastInsertRowid: 1 })
      const select = sql`SELECT id, name FROM t`
      assert.deepStrictEqual(yield* select.values, [[1, "a"]])
      assert.deepStrictEqual({ ...(yield* select)[0] }, { id: 1, name: "a" })
      assert.deepStrictEqual(yield* select.values, [[1, "a"]])
      yield* sql`ALTER TABLE t ADD COLUMN extra`
      assert.deepStrictEqual(yield* sql`SELECT * FROM t`.values, [[1, "a", null]])
    })
  )

  it.effect("names are transformed both ways", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable({
        transformQueryNames: (name) => name.toLowerCase(),
        transformResultNames: (name) => name.toUpperCase()
      })
      yield* sql`INSERT INTO t ${sql.insert({ NAME: "a" })}`
      assert.deepStrictEqual(yield* sql`SELECT name FROM ${sql("T")}`, [{ NAME: "a" }])
    })
  )
})

describe("errors", () => {
  it.effect("constraints", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      yield* sql`CREATE TABLE u (a TEXT, b TEXT NOT NULL, c INTEGER REFERENCES t (id) CHECK (c > 0),
        PRIMARY KEY (a, b))`
      yield* sql`CREATE UNIQUE INDEX t_folded ON t (lower(name))`
      yield* sql`INSERT INTO u VALUES ('x', 'y', NULL)`
      yield* sql`INSERT INTO t VALUES (1, 'n')`
      yield* sql`CREATE TABLE v (a TEXT UNIQUE)`
      yield* sql`INSERT INTO v VALUES ('x')`
      const unique = function* (statement: Effect.Effect<unknown, SqlError>) {
        const { reason } = yield* Effect.flip(statement)
        return reason._tag === "UniqueViolation" ? reason.constraint : reason._tag
      }
      assert.strictEqual(yield* unique(sql`INSERT INTO u VALUES ('x', 'y', NULL)`), "u.a, u.b")
      assert.strictEqual(yield* unique(sql`INSERT INTO t VALUES (2, 'N')`), "t_folded")
      assert.strictEqual(yield* unique(sql`INSERT INTO t VALUES (1, 'm')`), "t.id")
      assert.strictEqual(yield* unique(sql`INSERT INTO v VALUES ('x')`), "v.a")
      assert.deepStrictEqual(reason(yield* Effect.flip(sql`INSERT INTO u VALUES ('q', NULL, 1)`)), [
        "ConstraintError",
        "SQLITE_CONSTRAINT_NOTNULL"
      ])
      assert.deepStrictEqual(reason(yield* Effect.flip(sql`INSERT INTO u VALUES ('q', 'q', -1)`)), [
        "ConstraintError",
        "SQLITE_CONSTRAINT_CHECK"
      ])
      assert.deepStrictEqual(reason(yield* Effect.flip(sql`INSERT INTO u VALUES ('q', 'q', 9)`)), [
        "ConstraintError",
        "SQLITE_CONSTRAINT_FOREIGNKEY"
      ])
    })
  )

  it.effect("bad SQL, a full disk, no database, no file, a closed client", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      assert.deepStrictEqual(reason(yield* Effect.flip(sql`SELEC 1`)), ["SqlSyntaxError", "SQLITE_ERROR"])
      assert.deepStrictEqual(reason(yield* Effect.flip(sql`SELECT * FROM nowhere`)), ["SqlSyntaxError", "SQLITE_ERROR"])
      assert.deepStrictEqual(reason(yield* Effect.flip(sql`SELECT json('{')`)), ["UnknownError", "SQLITE_ERROR"])
      yield* sql`PRAGMA max_page_count = 5`
      const full = yield* Effect.flip(sql`INSERT INTO t (name) VALUES (${"x".repeat(100_000)})`)
      assert.deepStrictEqual(reason(full), ["ConnectionError", "SQLITE_FULL"])

      writeFileSync(`${filename}.txt`, "this is no database ".repeat(100))
      const none = yield* Effect.flip(client({ filename: `${filename}.txt` }))
      assert.deepStrictEqual(reason(none), ["UnknownError", "SQLITE_NOTADB"])
      const missing = yield* Effect.flip(client({ filename: `${filename}.missing`, readonly: true }))
      assert.deepStrictEqual(reason(missing), ["ConnectionError", "SQLITE_CANTOPEN"])

      const closed = yield* Effect.scoped(client({ filename }))
      assert.deepStrictEqual(reason(yield* Effect.flip(closed`SELECT 1`)), ["ConnectionError", "ERR_INVALID_STATE"])
    })
  )

  it.effect("a second statement in the string is refused before the first runs", () =>
    Effect.gen(function* () {
      const { sql } = yield* withTable()
      for (const text of [
        "INSERT INTO t (name) VALUES ('a'); DELETE FROM t",
        "SELECT 1; SELECT 2",
        "SELECT 1 /* ; */ ; /* c */ -- d\n x",
        "SELECT 1\u0000; SELECT 2"
      ]) {
        assert.strictEqual(SqliteClient.sqliteCode(yield* Effect.flip(sql.unsafe(text))), "SQLITE_MISUSE")
      }
      yield* sql.unsafe("SELECT ';' ; ; -- the end\n /* truly */ ")
      yield* sql.unsafe("CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;")
      assert.deepStrictEqual(yield* names(sql), [])
    })
  )
})

describe("the file", () => {
  it.effect("has the promised settings", () =>
    Effect.gen(function* () {
      const { filename } = yield* withTable()
      const sql = yield* client({ filename, synchronous: "full" })
      const pragma = (name: string) => Effect.map(sql.unsafe(`PRAGMA ${name}`).values, (rows) => rows[0]?.[0])
      assert.strictEqual(yield* pragma("journal_mode"), "wal")
      assert.strictEqual(yield* pragma("synchronous"), 2)
      assert.strictEqual(yield* pragma("foreign_keys"), 1)
      assert.strictEqual(yield* pragma("secure_delete"), 1)
      assert.strictEqual(yield* pragma("busy_timeout"), 0)
      const journal = yield* client({ filename: yield* temporaryPath, disableWAL: true })
      assert.deepStrictEqual(yield* journal`PRAGMA journal_mode`.values, [["delete"]])
    })
  )

  it.live("a backup taken while others write is a state that was once committed", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      yield* sql`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000)
        INSERT INTO t (name) SELECT printf('%0900d', i) FROM c`
      // Each transaction adds two rows: an odd number in the copy would be half of one.
      const writing = yield* Effect.forkChild(
        Effect.forever(
          Effect.andThen(
            sql.withTransaction(
              Effect.andThen(
                sql`INSERT INTO t (name) VALUES (hex(randomblob(16)))`,
                sql`INSERT INTO t (name) VALUES (hex(randomblob(16)))`
              )
            ),
            Effect.yieldNow
          )
        )
      )
      const result = yield* sql.backup(`${filename}.copy`)
      yield* Fiber.interrupt(writing)
      assert.isAbove(result.totalPages, 400)
      assert.isFalse(existsSync(`${filename}.copy.partial`))
      const copy = yield* client({ filename: `${filename}.copy` })
      const count = Number((yield* copy`SELECT count(*) AS n FROM t`)[0]?.["n"])
      assert.strictEqual(count % 2, 0)
      assert.isAtLeast(count, 2000)
      assert.deepStrictEqual(yield* copy`PRAGMA integrity_check`.values, [["ok"]])
    })
  )

  it.live("a backup that is interrupted or fails leaves nothing", () =>
    Effect.gen(function* () {
      const { filename, sql } = yield* withTable()
      yield* sql`INSERT INTO t (name) VALUES (hex(zeroblob(3000000)))`
      const fiber = yield* Effect.forkChild(sql.backup(`${filename}.copy`), { startImmediately: true })
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.isFalse(existsSync(`${filename}.copy`))
      assert.isFalse(existsSync(`${filename}.copy.partial`))
      const error = yield* Effect.flip(sql.backup(`${filename}/in/nowhere`))
      assert.strictEqual(error.reason._tag, "ConnectionError")
    })
  )

  it.effect("layers provide both services", () =>
    Effect.gen(function* () {
      const filename = yield* temporaryPath
      const layer = SqliteClient.layerConfig({ filename: Config.String("FILE") }).pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ FILE: filename })))
      )
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const sqlite = yield* SqliteClient.SqliteClient
        assert.strictEqual(sqlite.config.filename, filename)
        assert.strictEqual(sql.driver, "sqlite-node")
        assert.deepStrictEqual(yield* sql`SELECT 1`.values, [[1]])
      }).pipe(Effect.provide(layer))
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Dialect } from "@clientele/sql"
import { SqliteClient, SqliteDialect } from "@clientele/sql-sqlite-node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"

const layer = SqliteDialect.layer.pipe(Layer.provideMerge(SqliteClient.layer({ filename: ":memory:" })))

describe("sets of rows", () => {
  it.effect("are inserted under their own columns, however the table was written to before", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const dialect = yield* Dialect
      yield* sql`CREATE TABLE t (one TEXT, other TEXT)`
      yield* dialect.insert({ name: "t", columns: { one: "text", other: "text" } }, [{ one: "a", other: "b" }])
      yield* dialect.insert({ name: "t", columns: { other: "text", one: "text" } }, [{ one: "a", other: "b" }])
      assert.deepStrictEqual(yield* sql`SELECT one, other FROM t`.values, [
        ["a", "b"],
        ["a", "b"]
      ])
    }).pipe(Effect.provide(layer))
  )
})

import { Dialect } from "@clientele/sql"
import { layer, SqliteDialect } from "@clientele/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"

const afterErase = Effect.flatMap(Dialect, (dialect) => dialect.afterErase)

describe("what SQLite does after an erasure", () => {
  it.live("is all there is to do for a small file", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* afterErase, [])
    }).pipe(Effect.provide(layer({ filename: ":memory:" })))
  )

  it.live("leaves it to an operator to rewrite a large one", () =>
    Effect.gen(function* () {
      const todo = yield* afterErase
      assert.strictEqual(todo.length, 1)
      assert.match(todo[0] ?? "", /^run VACUUM /)
    }).pipe(Effect.provide(layer({ filename: ":memory:" })), Effect.provide(Layer.succeed(SqliteDialect.VacuumUpTo, 0)))
  )
})

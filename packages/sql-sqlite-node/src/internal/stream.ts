/**
 * Rows of a cursor as a stream that lets the event loop run.
 *
 * Rows come in chunks of at most 128, or of what 2 ms gave; after 2 ms of reading the fiber yields. The cursor is
 * closed when the stream ends, fails or is interrupted. What cannot be split is the work SQLite does before the first
 * row of a statement that sorts or groups.
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { bind, type Database, type Row } from "./database.ts"
import { toSqlError } from "./sqlError.ts"
import type { Transform } from "./connection.ts"

const chunkRows = 128
const chunkMillis = 2

const isNonEmpty = <A>(rows: ReadonlyArray<A>): rows is NonEmptyReadonlyArray<A> => rows.length > 0

/** `database` is acquired in the scope of the stream. */
export const cursorStream = (
  database: Effect.Effect<Database, SqlError, Scope.Scope>,
  sql: string,
  params: ReadonlyArray<unknown>,
  transform: Transform
): Stream.Stream<Row, SqlError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const bigints = yield* SqlClient.SafeIntegers
      const db = yield* database
      const cursor = yield* Effect.acquireRelease(
        Effect.try({
          try: () => db.iterate(sql, bind(params), bigints),
          catch: (cause) => toSqlError(cause, "executeStream")
        }),
        (cursor) => Effect.sync(() => cursor.return?.())
      )
      let ended = false
      let reading = 0

      // Real time, not the clock of the test: this is about the processor.
      const readChunk = (): ReadonlyArray<Row> => {
        const started = performance.now()
        const rows: Array<Row> = []
        while (rows.length < chunkRows) {
          const next = cursor.next()
          if (next.done) {
            ended = true
            break
          }
          rows.push(next.value)
          if (rows.length % 16 === 0 && performance.now() - started > chunkMillis) break
        }
        reading += performance.now() - started
        return transform === undefined ? rows : transform(rows)
      }

      const chunk = Effect.suspend((): Effect.Effect<NonEmptyReadonlyArray<Row>, SqlError | Cause.Done> => {
        if (ended) return Cause.done()
        try {
          const rows = readChunk()
          return isNonEmpty(rows) ? Effect.succeed(rows) : Cause.done()
        } catch (cause) {
          return Effect.fail(toSqlError(cause, "executeStream"))
        }
      })
      const pull = Effect.suspend(() => {
        if (reading < chunkMillis) return chunk
        reading = 0
        return Effect.andThen(Effect.yieldNow, chunk)
      })
      return Stream.fromPull(Effect.succeed(pull))
    })
  )

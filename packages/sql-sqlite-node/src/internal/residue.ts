/**
 * What SQLite still has of rows that were deleted, and how it is made to let go of them. The client overwrites deleted
 * content with zeros (PRAGMA secure_delete), which leaves
 *
 * - the words in the search index: FTS5 only marks what is deleted, until the part of the index is rewritten;
 * - older copies of pages in the write-ahead log, until it is emptied into the main file;
 * - copies of rows in the unused part of pages, which SQLite leaves behind when it divides a full page: about one erasure
 *   in fifty has such. Only VACUUM removes them.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/**
 * Removes what is left, outside of transactions; answers what only an operator can do about the rest. Vacuums a database
 * of at most `vacuumUpTo` bytes: it rewrites the whole file, and nothing else runs meanwhile.
 */
export const removeResidue = (options: {
  readonly sql: SqlClient
  /** The table of the search index. */
  readonly search: string
  readonly vacuumUpTo: number
}): Effect.Effect<ReadonlyArray<string>, SqlError> => {
  const { search, sql, vacuumUpTo } = options
  const numberOf = (statement: string) => Effect.map(sql.unsafe(statement).values, ([row]) => Number(row?.[0]))

  /** Merges pages of the index, at most so many; false when there was nothing to merge. */
  const merge = (pages: number) =>
    sql.withTransaction(
      Effect.gen(function* () {
        const before = yield* numberOf("SELECT total_changes()")
        yield* sql`INSERT INTO ${sql(search)} (${sql(search)}, rank) VALUES ('merge', ${BigInt(pages)})`
        // A merge without work is a change of one row.
        return (yield* numberOf("SELECT total_changes()")) - before > 1
      })
    )

  const rewriteSearch = Effect.gen(function* () {
    // By a negative number the index is told to merge all into one, by positive ones to go on with that.
    yield* merge(-pagesAtOnce)
    while (yield* merge(pagesAtOnce)) yield* Effect.yieldNow
  })

  const vacuum = Effect.gen(function* () {
    const size = (yield* numberOf("PRAGMA page_count")) * (yield* numberOf("PRAGMA page_size"))
    if (size > vacuumUpTo) return ["run VACUUM on the database, to remove copies from the unused parts of its pages"]
    yield* sql.unsafe("VACUUM")
    return []
  })

  // Whoever reads an older state keeps the log from being emptied. Without a log the answer is 0 too.
  const emptyLog = Effect.map(
    Effect.repeat(
      Effect.map(numberOf("PRAGMA wal_checkpoint(TRUNCATE)"), (busy) => busy === 0),
      { until: (done) => done, schedule: Schedule.spaced("50 millis"), times: 40 }
    ),
    (done) => (done ? [] : ["run PRAGMA wal_checkpoint(TRUNCATE) when nobody reads an older state any more"])
  )

  return Effect.gen(function* () {
    yield* rewriteSearch
    return [...(yield* vacuum), ...(yield* emptyLog)]
  })
}

// internal

// A few milliseconds of work, after which others have their turn.
const pagesAtOnce = 100

/**
 * SQLite's dialect. Rows are kept in their plain form (ISO text, JSON text, integers), so nothing is converted on the
 * way in or out; search is FTS5 over trigrams, kept in step by the stores at the end of each batch.
 */
import { type Columns, Dialect, type RowOf, type Table, TablePrefix, tables } from "@clientele/sql"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"

export const layer: Layer.Layer<Dialect, never, SqlClient.SqlClient> = Layer.effect(
  Dialect,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const { contacts, contactSearch } = tables(yield* TablePrefix)

    const insert = Effect.fnUntraced(function* <C extends Columns>(
      table: Table<C>,
      rows: ReadonlyArray<RowOf<C>>,
      suffix = ""
    ) {
      const columns = Object.keys(table.columns)
      const answers: Array<unknown> = []
      for (const chunk of chunks(rows)) {
        const statement = `${insertStatement(table.name, columns, chunk.length)} ${suffix}`
        const parameters = chunk.flatMap((row) => columns.map((column) => row[column]))
        answers.push(...(yield* sql.unsafe(statement, parameters)))
      }
      return answers
    })

    const among = (values: ReadonlyArray<string>) => sql`IN (SELECT value FROM json_each(${JSON.stringify(values)}))`

    const rowKeys = (tenantId: string, ids: ReadonlyArray<string>) =>
      sql`SELECT row_key FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND id ${among(ids)}`

    const remove = (tenantId: string, ids: ReadonlyArray<string>) =>
      Effect.asVoid(sql`DELETE FROM ${sql(contactSearch)} WHERE rowid IN (${rowKeys(tenantId, ids)})`)

    /** Merges pages of the search index, at most so many; false when there was nothing left to merge. */
    const mergeSearch = (pages: number) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const before = yield* changesSoFar
          yield* sql`INSERT INTO ${sql(contactSearch)} (${sql(contactSearch)}, rank) VALUES ('merge', ${BigInt(pages)})`
          return (yield* changesSoFar) - before > 1
        })
      )
    const changesSoFar = Effect.map(sql.unsafe("SELECT total_changes()").values, ([row]) => Number(row?.[0] ?? 0))

    /** What is deleted from the index is only marked, and its letters stay until every older part has been rewritten. */
    const rewriteSearch = Effect.gen(function* () {
      // By a negative number the index is told to merge all into one, by positive ones to go on with that.
      yield* mergeSearch(-mergedPages)
      while (yield* mergeSearch(mergedPages)) yield* Effect.yieldNow
    })

    // The client zeroes what is deleted (PRAGMA secure_delete); older copies of pages are in the log alone. Readers of an
    // older state keep it from being emptied.
    const emptyLog = Effect.map(sql.unsafe("PRAGMA wal_checkpoint(TRUNCATE)").values, ([row]) => row?.[0] === 0)
    const afterErase = Effect.andThen(
      rewriteSearch,
      Effect.repeat(emptyLog, { until: (complete) => complete, schedule: Schedule.spaced("50 millis"), times: 40 })
    )

    return Dialect.of({
      name: "sqlite",
      beginSnapshot: "BEGIN DEFERRED",
      read: (column, kind) => (kind === "bigint" ? `CAST(${column} AS TEXT)` : column),
      parameter: () => "?",
      forUpdate: sql.literal(""),
      among,
      given: (columns, rows) => {
        const names = Object.keys(columns)
        const selection = names.map((column, index) => `value ->> ${index} AS ${column}`).join(", ")
        const values = rows.map((row) => names.map((column) => row[column]))
        return sql`(SELECT ${sql.literal(selection)} FROM json_each(${JSON.stringify(values)}))`
      },
      number: (value) => sql`${value}`,
      items: (json, key) => sql`json_each(${json}, ${`$."${key}"`})`,
      member: (key) => sql`item.value ->> ${sql.literal(`'${key}'`)}`,
      value: (_kind, value) => sql`${value}`,
      insert,
      search: {
        matches: (tenantId, needles) => {
          const terms = [`tenant : ${quote(fence(tenantId))}`, ...needles.map((needle) => `text : ${quote(needle)}`)]
          return sql.and([
            sql`row_key IN (
              SELECT rowid FROM ${sql(contactSearch)} WHERE ${sql(contactSearch)} MATCH ${terms.join(" AND ")}
            )`,
            ...needles.filter((needle) => alike.test(needle)).map((needle) => sql`instr(search_text, ${needle}) > 0`)
          ])
        },
        contains: (needle) => sql`instr(search_text, ${needle}) > 0`,
        add: (tenantId, ids) =>
          Effect.asVoid(sql`
            INSERT INTO ${sql(contactSearch)} (rowid, tenant, text)
            SELECT row_key, ${fence(tenantId)}, search_text FROM ${sql(contacts.name)}
            WHERE tenant_id = ${tenantId} AND id ${among(ids)}`),
        remove
      },
      afterErase,
      // BEGIN IMMEDIATE has locked the database already.
      lockMigrations: Effect.void
    })
  })
)

// internal

// A statement is prepared once for each size, so sizes are few.
const sizes = [100, 10, 1]

// A few milliseconds of work, after which others have their turn.
const mergedPages = 100

const chunks = <A>(rows: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const result: Array<ReadonlyArray<A>> = []
  let start = 0
  for (const size of sizes) {
    for (; rows.length - start >= size; start += size) result.push(rows.slice(start, start + size))
  }
  return result
}

const insertStatement = (table: string, columns: ReadonlyArray<string>, rows: number): string => {
  const row = `(${columns.map(() => "?").join(", ")})`
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES ${Arr.replicate(row, rows).join(", ")}`
}

// Trigrams need three characters, and "acme" must not stand inside "acme-2".
const fence = (tenantId: string): string => `|${tenantId}|`

// FTS5 takes these three characters for one.
const alike = /[\ufffd-\uffff]/

const quote = (phrase: string): string => `"${phrase.replaceAll(`"`, `""`)}"`

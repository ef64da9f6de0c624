/**
 * SQLite's dialect. Rows are kept in their plain form (ISO text, JSON text, integers), so nothing is converted on the
 * way in or out; search is FTS5 over trigrams, kept in step by the stores at the end of each batch.
 */
import { type Columns, Dialect, type RowOf, type Table, TablePrefix, tables } from "@clientele/sql"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { createHash } from "node:crypto"
import { inTime } from "./internal/database.ts"
import { removeResidue } from "./internal/residue.ts"
import { LongRead, TypeId } from "./SqliteClient.ts"

/**
 * Up to how many bytes a database is vacuumed after an erasure, which removes the last copies of what was erased and
 * holds everything else up meanwhile, by some 7 ms for each megabyte. VACUUM may change the implicit rowids of tables
 * without an INTEGER PRIMARY KEY: the library's own do not depend on them, those of a host might.
 */
export const VacuumUpTo = Context.Reference<number>("@clientele/sql-sqlite-node/VacuumUpTo", {
  defaultValue: () => 64 * 1024 * 1024
})

export const layer: Layer.Layer<Dialect, never, SqlClient.SqlClient> = Layer.effect(
  Dialect,
  Effect.gen(function* () {
    const client = yield* SqlClient.SqlClient
    const sql = client.withoutTransforms()
    const { contacts, contactSearch, outbox } = tables(yield* TablePrefix)

    const insert = Effect.fnUntraced(function* <C extends Columns>(
      table: Table<C>,
      rows: ReadonlyArray<RowOf<C>>,
      suffix = ""
    ) {
      const columns = Object.keys(table.columns)
      const answers: Array<unknown> = []
      for (const chunk of chunks(rows)) {
        const parameters: Array<unknown> = []
        for (const row of chunk) for (const column of columns) parameters.push(row[column])
        answers.push(...(yield* sql.unsafe(statementFor(table.name, columns, chunk.length, suffix), parameters)))
      }
      return answers
    })

    // The text of a hundred rows is long to make, and to look up as another string than last time.
    const statements = new Map<string, string>()
    const statementFor = (table: string, columns: ReadonlyArray<string>, rows: number, suffix: string): string => {
      const key = `${table} ${columns.join()} ${rows} ${suffix}`
      const known = statements.get(key)
      if (known !== undefined) return known
      const statement = `${insertStatement(table, columns, rows)} ${suffix}`
      statements.set(key, statement)
      return statement
    }

    const among = (values: ReadonlyArray<string>) => sql`IN (SELECT value FROM json_each(${JSON.stringify(values)}))`

    const rowKeys = (tenantId: string, ids: ReadonlyArray<string>) =>
      sql`SELECT row_key FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND id ${among(ids)}`

    const remove = (tenantId: string, ids: ReadonlyArray<string>) =>
      Effect.asVoid(sql`DELETE FROM ${sql(contactSearch)} WHERE rowid IN (${rowKeys(tenantId, ids)})`)

    return Dialect.of({
      name: "sqlite",
      beginSnapshot: "BEGIN DEFERRED",
      read: (column, kind) => (kind === "bigint" ? `CAST(${column} AS TEXT)` : column),
      forUpdate: sql.literal(""),
      forUpdateSkipLocked: sql.literal(""),
      among,
      given: (columns, rows) => {
        const names = Object.keys(columns)
        const selection = names.map((column, index) => `value ->> ${index} AS ${column}`).join(", ")
        const values = rows.map((row) => names.map((column) => row[column]))
        return sql`(SELECT ${sql.literal(selection)} FROM json_each(${JSON.stringify(values)}))`
      },
      number: (value) => sql`${value}`,
      items: (json, key) => sql`json_each(${json}, ${`$."${key}"`})`,
      members: (json) => sql`json_each(${json})`,
      member: (key) => sql`item.value ->> ${sql.literal(`'${key}'`)}`,
      value: (_kind, value) => sql`${value}`,
      insert,
      within: (limit, reads) =>
        Effect.suspend(() =>
          // Real time, not the clock of the test: this is about the processor.
          reads(TypeId in client ? sql`${sql.literal(inTime)}(${Date.now() + Duration.toMillis(limit)})` : sql`TRUE`)
        ),
      aside: Effect.provideService(LongRead, true),
      search: {
        matching: ({ parts, tenantId }) => {
          const terms = [
            ...(tenantId === undefined ? [] : [`tenant : ${quote(mark(tenantId))}`]),
            ...parts.map((part) => `text : ${quote(part)}`)
          ]
          // CROSS JOIN is SQLite's word for this order and no other: left alone it walks all contacts for the few found.
          return sql`(
            SELECT contact.* FROM ${sql(contactSearch)} CROSS JOIN ${sql(contacts.name)} contact
            ON contact.row_key = ${sql(contactSearch)}.rowid WHERE ${sql(contactSearch)} MATCH ${terms.join(" AND ")}
          )`
        },
        size: sql`(SELECT max(row_key) FROM ${sql(contacts.name)})`,
        contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
        add: (tenantId, ids) =>
          Effect.asVoid(sql`
            INSERT INTO ${sql(contactSearch)} (rowid, tenant, text)
            SELECT row_key, ${mark(tenantId)}, search_text FROM ${sql(contacts.name)}
            WHERE tenant_id = ${tenantId} AND id ${among(ids)}`),
        remove
      },
      // One writer at a time: rows are numbered in the order of their commits.
      outbox: {
        position: "CAST(seq AS TEXT)",
        order: "seq",
        behind: (position) => sql`seq > ${Number.parseInt(position, 10)}`,
        upTo: (position) => sql`seq <= ${Number.parseInt(position, 10)}`,
        settled: sql`TRUE`,
        end: sql`CAST((SELECT COALESCE(max(seq), 0) FROM ${sql(outbox.name)}) AS TEXT)`
      },
      afterErase: removeResidue({ sql, search: contactSearch, vacuumUpTo: yield* VacuumUpTo }),
      // BEGIN IMMEDIATE has locked the database already.
      lockMigrations: Effect.void
    })
  })
)

// internal

// A statement is prepared once for each size, so sizes are few.
const sizes = [100, 10, 1]

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

// One trigram for each tenant: the index reads a list of contacts for every trigram of a term, and those of a tenant's
// name are as long as the tenant is large. Two tenants can come to share one.
const mark = (tenantId: string): string => {
  const digest = createHash("sha256").update(tenantId).digest()
  return String.fromCharCode(...[0, 2, 4].map((offset) => 0x4e00 + (digest.readUInt16BE(offset) & 0x3fff)))
}

const quote = (phrase: string): string => `"${phrase.replaceAll(`"`, `""`)}"`

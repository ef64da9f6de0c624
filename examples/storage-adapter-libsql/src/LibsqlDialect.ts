/**
 * The dialect of libSQL, which speaks SQLite's SQL. Rows are kept in their plain form: text, and integers. Any number of
 * them travels as one JSON text, so that a statement has one shape.
 */
import { type Columns, Dialect, type RowOf, type Table, TablePrefix, tables } from "@clientele/sql"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"

export const layer: Layer.Layer<Dialect, never, SqlClient.SqlClient> = Layer.effect(
  Dialect,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const { contacts, contactSearch, outbox } = tables(yield* TablePrefix)
    const index = sql(contactSearch)

    const among = (values: ReadonlyArray<string>) => sql`IN (SELECT value FROM json_each(${JSON.stringify(values)}))`

    const given = givenBy(sql)

    const insert = <C extends Columns>({ columns, name }: Table<C>, rows: ReadonlyArray<RowOf<C>>, suffix = "") => {
      const names = sql.literal(Object.keys(columns).join(", "))
      // WHERE, or SQLite would take the ON of a conflict for that of a join.
      return sql`INSERT INTO ${sql(name)} (${names}) SELECT ${names} FROM ${given(columns, rows)} WHERE TRUE ${sql.literal(suffix)}`
    }

    const rowKeys = (tenantId: string, ids: ReadonlyArray<string>) =>
      sql`SELECT row_key FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND id ${among(ids)}`

    return Dialect.of({
      name: "sqlite",
      beginSnapshot: "BEGIN DEFERRED",
      read: (column, kind) => (kind === "bigint" ? `CAST(${column} AS TEXT)` : column),
      // Who writes has the database to himself: there are no rows to lock.
      forUpdate: sql.literal(""),
      forUpdateSkipLocked: sql.literal(""),
      among,
      given,
      value: (_kind, value) => sql`${value}`,
      number: (value) => sql`${value}`,
      items: (json, key) => sql`json_each(${json}, ${`$."${key}"`})`,
      members: (json) => sql`json_each(${json})`,
      member: (key) => sql`item.value ->> ${sql.literal(`'${key}'`)}`,
      insert,
      // Nothing of ours gets a word in while the driver runs a statement: there is no limit to keep.
      within: (_limit, reads) => reads(sql.literal("TRUE")),
      // One connection: a long read holds others up wherever it runs.
      aside: (snapshot) => snapshot,
      search: {
        // The index is not asked for the tenant: the stores look at whose a contact is anyway.
        matching: ({ parts }) => {
          const wanted = parts.map((part) => `text : "${part.replaceAll(`"`, `""`)}"`).join(" AND ")
          return sql`(
            SELECT contact.* FROM ${index} CROSS JOIN ${sql(contacts.name)} contact ON contact.row_key = ${index}.rowid
            WHERE ${index} MATCH ${wanted}
          )`
        },
        size: sql`(SELECT max(row_key) FROM ${sql(contacts.name)})`,
        contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
        add: (tenantId, ids) =>
          Effect.asVoid(sql`
            INSERT INTO ${index} (rowid, text) SELECT row_key, search_text FROM ${sql(contacts.name)}
            WHERE tenant_id = ${tenantId} AND id ${among(ids)}`),
        remove: (tenantId, ids) => Effect.asVoid(sql`DELETE FROM ${index} WHERE rowid IN (${rowKeys(tenantId, ids)})`)
      },
      // One writer at a time: rows are numbered in the order of their commits.
      outbox: {
        position: "CAST(seq AS TEXT)",
        order: "seq",
        behind: (position) => sql`seq > ${Number.parseInt(position, 10)}`,
        upTo: (position) => sql`seq <= ${Number.parseInt(position, 10)}`,
        settled: sql.literal("TRUE"),
        end: sql`CAST((SELECT COALESCE(max(seq), 0) FROM ${sql(outbox.name)}) AS TEXT)`
      },
      // What is deleted is overwritten; copies are in the index, in pages that were divided, and in the log.
      afterErase: Effect.gen(function* () {
        yield* sql`INSERT INTO ${index} (${index}) VALUES ('optimize')`
        yield* sql`VACUUM`
        yield* sql`PRAGMA wal_checkpoint(TRUNCATE)`
        return []
      }),
      // BEGIN IMMEDIATE has locked the database already.
      lockMigrations: Effect.void
    })
  })
)

// internal

/** Rows as a source: one parameter, and one statement for any number. */
const givenBy =
  (sql: SqlClient.SqlClient) =>
  <C extends Columns>(columns: C, rows: ReadonlyArray<RowOf<C>>) => {
    const names = Object.keys(columns)
    const selection = names.map((column, place) => `value ->> ${place} AS ${column}`).join(", ")
    const values = rows.map((row) => names.map((column) => row[column]))
    return sql`(SELECT ${sql.literal(selection)} FROM json_each(${JSON.stringify(values)}))`
  }

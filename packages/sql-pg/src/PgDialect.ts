/**
 * Postgres' dialect, for the driver `@effect/sql-pg`. Columns have their native types; SQL reads them as, and casts them
 * from, the plain form that rows have everywhere. Sets of rows travel as one array per column (UNNEST), so that a
 * statement has one shape whatever the number of rows. Search is a trigram index (pg_trgm) under the tenant.
 */
import { type ColumnKind, type Columns, Dialect, type RowOf, type Table, TablePrefix, tables } from "@clientele/sql"
import * as PgTypes from "@effect/sql-pg/PgTypes"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"

export const layer: Layer.Layer<Dialect, never, SqlClient.SqlClient> = Layer.effect(
  Dialect,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const { contacts, migrations } = tables(yield* TablePrefix)

    const insert = <C extends Columns>(table: Table<C>, rows: ReadonlyArray<RowOf<C>>, suffix = "") => {
      if (rows.length === 0) return Effect.succeed([])
      const columns = Object.entries(table.columns)
      const parameters = columns.map(([column, kind]) =>
        arrayOf(
          rows.map((row) => row[column]),
          kind
        )
      )
      return sql.unsafe(`${insertStatement(table.name, columns)} ${suffix}`, parameters)
    }

    // To be run under a savepoint, which takes the setting back with a statement that was given up. 0 would be no limit.
    const limited = Effect.fnUntraced(function* <A, E, R>(limit: Duration.Duration, reads: Effect.Effect<A, E, R>) {
      const wanted = sql`make_interval(secs => ${PgTypes.float8(Math.min(Math.max(1, Duration.toMillis(limit)), longest) / 1000)})`
      const [row] = yield* sql`
        SELECT before, set_config('statement_timeout', (
          1000 * extract(epoch FROM least(nullif(before::interval, '0'), ${wanted}))
        )::int::text, true) FROM (SELECT current_setting('statement_timeout') AS before OFFSET 0) AS setting`.values
      const answer = yield* reads
      yield* sql`SELECT set_config('statement_timeout', ${String(row?.[0])}, true)`
      return answer
    })

    const placeOf = (position: string) => {
      const [xid = "0", seq = "0"] = position.split(".")
      return sql`(${xid}::text::xid8, ${seq}::text::bigint)`
    }

    return Dialect.of({
      name: "pg",
      beginSnapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
      read: (column, kind) => readers[kind](column),
      forUpdate: sql.literal("FOR UPDATE"),
      forUpdateSkipLocked: sql.literal("FOR UPDATE SKIP LOCKED"),
      among: (values) => sql`= ANY(${arrayOf(values, "text")})`,
      number: (value) => sql`${PgTypes.float8(value)}`,
      items: (json, key) => sql`jsonb_array_elements(${json} -> ${key})`,
      member: (key, kind) => {
        const text = `(item.value ->> '${key}')`
        return sql.literal(kind === "text" ? text : `${text}::${kind === "integer" ? "int" : "float8"}`)
      },
      value: (kind, value) => sql`${value}${sql.literal(casts[kind])}`,
      given: (columns, rows) => {
        const entries = Object.entries(columns)
        const names = entries.map(([column]) => column).join(", ")
        const selection = entries.map(
          ([column, kind]) => `${column}${kind === "integer" ? "" : casts[kind]} AS ${column}`
        )
        const arrays = entries.map(
          ([column, kind]) =>
            sql`${arrayOf(
              rows.map((row) => row[column]),
              kind
            )}`
        )
        return sql`(SELECT ${sql.literal(selection.join(", "))} FROM unnest(${sql.csv(arrays)}) AS given (${sql.literal(names)}))`
      },
      insert,
      within: (limit, reads) => sql.withTransaction(limited(limit, reads(sql.literal("TRUE")))),
      aside: (snapshot) => snapshot,
      search: {
        matching: ({ parts, tenantId }) => {
          const found = [
            ...(tenantId === undefined ? [] : [sql`tenant_id = ${tenantId}`]),
            ...parts.map((part) => sql`search_text LIKE ${`%${part.replace(/[\\%_]/g, "\\$&")}%`}`)
          ]
          // OFFSET keeps the planner from walking the list's index instead, on the guess that hits come early in it.
          return sql`(SELECT * FROM ${sql(contacts.name)} WHERE ${sql.and(found)} OFFSET 0)`
        },
        size: sql`(SELECT reltuples FROM pg_class WHERE oid = ${contacts.name}::regclass)`,
        contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
        add: () => Effect.void,
        remove: () => Effect.void
      },
      // Dead rows are the business of autovacuum and of whoever runs the server; no statement of ours can reach them.
      outbox: {
        position: "xid::text || '.' || seq::text",
        order: "xid, seq",
        behind: (position) => sql`(xid, seq) > ${placeOf(position)}`,
        upTo: (position) => sql`(xid, seq) <= ${placeOf(position)}`,
        // Whoever has a greater transaction id may commit before one with a lesser one does.
        settled: sql`xid < pg_snapshot_xmin(pg_current_snapshot())`,
        end: sql`pg_snapshot_xmin(pg_current_snapshot())::text || '.0'`
      },
      afterErase: Effect.succeed([]),
      lockMigrations: Effect.asVoid(sql`SELECT pg_advisory_xact_lock(hashtextextended(${migrations}, 0))`)
    })
  })
)

// internal

/** The longest time-out that there is, in milliseconds. */
const longest = 2 ** 31 - 1

const isoFormat = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`

const readers: { readonly [kind in ColumnKind]: (column: string) => string } = {
  text: (column) => column,
  integer: (column) => column,
  bigint: (column) => `${column}::text`,
  timestamp: (column) => `to_char(${column} AT TIME ZONE 'UTC', ${isoFormat})`,
  json: (column) => `${column}::text`
}

const casts: { readonly [kind in ColumnKind]: string } = {
  text: "",
  integer: "::int",
  bigint: "::text::bigint",
  timestamp: "::text::timestamptz",
  json: "::text::jsonb"
}

// Elements of a column are all null or text, or all null or number, as its kind says: encoding cannot fail.
const arrayOf = (values: ReadonlyArray<unknown>, kind: ColumnKind) =>
  Result.getOrThrow(PgTypes.array(values, kind === "integer" ? PgTypes.OID.int4 : PgTypes.OID.text))

const insertStatement = (table: string, columns: ReadonlyArray<readonly [string, ColumnKind]>): string => {
  const names = columns.map(([column]) => column).join(", ")
  const arrays = columns.map(([, kind], index) => `$${index + 1}::${kind === "integer" ? "int" : "text"}[]`).join(", ")
  const values = columns.map(([column, kind]) => `${column}${kind === "integer" ? "" : casts[kind]}`).join(", ")
  return `INSERT INTO ${table} (${names}) SELECT ${values} FROM unnest(${arrays}) AS given (${names})`
}

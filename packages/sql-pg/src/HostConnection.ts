/**
 * A client of the `pg` package that the host has, as a connection of Effect's: statements run on it as they come, in
 * whatever transaction the host has open. Nothing of it is begun, committed, released or set here.
 *
 * What the stores ask of a driver is little, because their SQL says the types: rows come as text and small numbers, and
 * parameters that are not text are cast here.
 */
import * as PgTypes from "@effect/sql-pg/PgTypes"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type { Connection } from "effect/sql/SqlConnection"
import * as SqlError from "effect/sql/SqlError"
import * as Stream from "effect/Stream"

/** What a `Client` or a `PoolClient` of `pg` can do; a `Pool` cannot: its statements are on several connections. */
export interface Queryable {
  readonly query: (config: {
    text: string
    values: Array<unknown>
    rowMode?: "array"
  }) => Promise<{ readonly rows: ReadonlyArray<unknown> }>
}

/**
 * The connection over a host's.
 *
 * @example
 * ```ts
 * import { over } from "@clientele/sql-pg/HostConnection"
 * import { Client } from "pg"
 *
 * const connection = over(new Client("postgres://localhost/crm"))
 * ```
 */
export const over = (handle: Queryable): Connection => {
  const run = (sql: string, params: ReadonlyArray<unknown>, rowMode?: "array") =>
    Effect.tryPromise({
      try: () =>
        handle.query({
          text: typed(sql, params),
          values: params.map((param) => (PgTypes.isParameter(param) ? param.value : param)),
          ...(rowMode !== undefined && { rowMode })
        }),
      catch: (cause) => new SqlError.SqlError({ reason: reasonOf(cause) })
    })
  const execute: Connection["execute"] = (sql, params, transform) =>
    Effect.map(run(sql, params), ({ rows }) => (transform === undefined ? rows : transform(rows.filter(isRow))))
  const executeValues: Connection["executeValues"] = (sql, params) =>
    Effect.map(run(sql, params, "array"), ({ rows }) => rows.filter(Array.isArray))
  return {
    execute,
    executeUnprepared: execute,
    executeRaw: run,
    executeStream: (sql, params, transform) => Stream.fromIterableEffect(execute(sql, params, transform)),
    executeValues,
    executeValuesUnprepared: executeValues
  }
}

// internal

const isRow = (row: unknown): row is object => typeof row === "object" && row !== null

/** The types of parameters that the driver would not find out by itself. */
const types: ReadonlyMap<number, string> = new Map([
  [PgTypes.OID.float8, "float8"],
  [PgTypes.arrayOidFor(PgTypes.OID.text) ?? 0, "text[]"],
  [PgTypes.arrayOidFor(PgTypes.OID.int4) ?? 0, "int4[]"]
])

// Dollars are in our statements for parameters alone.
const typed = (sql: string, params: ReadonlyArray<unknown>): string =>
  params.some(PgTypes.isParameter)
    ? sql.replace(/\$(\d+)\b/g, (reference, number) => {
        const param = params[Number(number) - 1]
        const type = PgTypes.isParameter(param) ? types.get(param.oid) : undefined
        return type === undefined ? reference : `${reference}::${type}`
      })
    : sql

/** By SQLSTATE, as `@effect/sql-pg` does it. */
const reasonOf = (cause: unknown): SqlError.SqlErrorReason => {
  const code = textOf(cause, "code")
  const props = { cause, message: textOf(cause, "message"), operation: "execute" }
  switch (code) {
    case "23505":
      return new SqlError.UniqueViolation({ ...props, constraint: textOf(cause, "constraint") })
    case "40P01":
      return new SqlError.DeadlockError(props)
    case "40001":
      return new SqlError.SerializationError(props)
    case "42501":
      return new SqlError.AuthorizationError(props)
    case "55P03":
      return new SqlError.LockTimeoutError(props)
    case "57014":
      return new SqlError.StatementTimeoutError(props)
  }
  if (code.startsWith("42")) return new SqlError.SqlSyntaxError(props)
  if (code.startsWith("23")) return new SqlError.ConstraintError(props)
  return code.startsWith("08") || code.startsWith("E")
    ? new SqlError.ConnectionError(props)
    : new SqlError.UnknownError(props)
}

const textOf = (cause: unknown, key: string): string =>
  Predicate.hasProperty(cause, key) && typeof cause[key] === "string" ? cause[key] : ""

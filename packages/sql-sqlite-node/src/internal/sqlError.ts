/**
 * From a `SqliteFailure` to the `SqlError` of effect/sql.
 *
 * | SQLite | reason |
 * |---|---|
 * | CONSTRAINT_UNIQUE, _PRIMARYKEY, _ROWID | `UniqueViolation` |
 * | other CONSTRAINT | `ConstraintError` |
 * | BUSY, LOCKED | `LockTimeoutError` |
 * | BUSY_SNAPSHOT | `SerializationError`: the transaction read a state that is no longer the latest, run it again |
 * | ERROR while preparing | `SqlSyntaxError`, as PostgreSQL's class 42: syntax, unknown table or column |
 * | READONLY, PERM | `AuthorizationError` |
 * | INTERRUPT | `StatementTimeoutError` |
 * | FULL, IOERR, CANTOPEN, PROTOCOL, NOMEM, a closed connection | `ConnectionError`: may pass by itself |
 * | CORRUPT, NOTADB, and all others | `UnknownError` |
 *
 * The `constraint` of a unique violation is what SQLite gives: `table.column` of each column, joined by ", ", or the
 * name of the index where it is over an expression or the message names it. The failure stays reachable as
 * `error.reason.cause`, with its `code` and `errno`.
 */
import * as SqlError from "effect/sql/SqlError"
import { SqliteFailure, toFailure } from "./failure.ts"

const constraintOf = (message: string): string => {
  const columns = message.slice(message.indexOf(":") + 1).trim()
  const index = /^index '(.*)'$/.exec(columns)
  return index?.[1] ?? (columns === "" ? "unknown" : columns)
}

const reasonOf = (failure: SqliteFailure, operation: string): SqlError.SqlErrorReason => {
  const props = { cause: failure, message: failure.message, operation }
  switch (failure.code) {
    case "SQLITE_CONSTRAINT_UNIQUE":
    case "SQLITE_CONSTRAINT_PRIMARYKEY":
    case "SQLITE_CONSTRAINT_ROWID":
      return new SqlError.UniqueViolation({ ...props, constraint: constraintOf(failure.message) })
    case "SQLITE_BUSY_SNAPSHOT":
      return new SqlError.SerializationError(props)
    case "SQLITE_ERROR":
      return failure.phase === "prepare" ? new SqlError.SqlSyntaxError(props) : new SqlError.UnknownError(props)
    case "SQLITE_READONLY":
      return new SqlError.AuthorizationError(props)
    case "SQLITE_INTERRUPT":
      return new SqlError.StatementTimeoutError(props)
    case "SQLITE_FULL":
    case "SQLITE_IOERR":
    case "SQLITE_PROTOCOL":
    case "SQLITE_NOMEM":
    case "ERR_INVALID_STATE":
      return new SqlError.ConnectionError(props)
    default:
      return SqlError.classifySqliteError(failure, props)
  }
}

export const toSqlError = (cause: unknown, operation: string): SqlError.SqlError =>
  new SqlError.SqlError({ reason: reasonOf(toFailure(cause, "run"), operation) })

/** Another connection holds the lock; nothing has happened yet, so the statement may run again. */
export const isBusy = (error: SqlError.SqlError): boolean =>
  error.reason.cause instanceof SqliteFailure &&
  error.reason.cause.errno !== undefined &&
  (error.reason.cause.errno & 0xff) === 5 &&
  error.reason._tag === "LockTimeoutError"

/** The read-only connection will not do it: it writes, or it needs what only the writer knows, such as a TEMP table. */
export const isRefusedByReader = (error: SqlError.SqlError): boolean =>
  error.reason._tag === "AuthorizationError" || error.reason._tag === "SqlSyntaxError"

/**
 * Errors of the driver in Effect's words. The stores go by the reason: which failures may pass by themselves, which
 * transaction lost a race and has to run again, and that a table is not there.
 */
import * as Predicate from "effect/Predicate"
import * as SqlError from "effect/sql/SqlError"

/** `prepare` and `run` share a code for errors: bad SQL in the one, anything at all in the other. */
export const toSqlError =
  (operation: "open" | "prepare" | "run") =>
  (cause: unknown): SqlError.SqlError =>
    new SqlError.SqlError({ reason: reasonOf(cause, operation) })

// internal

const reasonOf = (cause: unknown, operation: string): SqlError.SqlErrorReason => {
  const props = { cause, message: cause instanceof Error ? cause.message : String(cause), operation }
  switch (codeOf(cause)) {
    case "SQLITE_CONSTRAINT_PRIMARYKEY":
      return new SqlError.UniqueViolation({ ...props, constraint: props.message })
    case "SQLITE_BUSY_SNAPSHOT":
      return new SqlError.SerializationError(props)
    case "SQLITE_ERROR":
      return operation === "prepare" ? new SqlError.SqlSyntaxError(props) : new SqlError.UnknownError(props)
    case "SQLITE_FULL":
    case "SQLITE_IOERR":
      return new SqlError.ConnectionError(props)
    default:
      return SqlError.classifySqliteError(cause, props)
  }
}

const codeOf = (cause: unknown): unknown => (Predicate.hasProperty(cause, "code") ? cause.code : undefined)

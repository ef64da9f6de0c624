/**
 * What went wrong inside SQLite, in a form that `classifySqliteError` reads and that survives a worker boundary.
 *
 * node:sqlite reports every SQLite error as `ERR_SQLITE_ERROR` with the extended result code in `errcode`. Here it
 * becomes a `SqliteFailure`, whose `code` is SQLite's own name and whose `errno` is the exact extended code. Free of
 * Effect, so that the worker starts without loading it. Never throws.
 */

/** The step at which a failure happened: a code of 1 means bad SQL in `prepare` and anything at all in `run`. */
export type Phase = "open" | "prepare" | "bind" | "run"

const primary: Readonly<Record<number, string>> = {
  1: "SQLITE_ERROR",
  2: "SQLITE_INTERNAL",
  3: "SQLITE_PERM",
  4: "SQLITE_ABORT",
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  7: "SQLITE_NOMEM",
  8: "SQLITE_READONLY",
  9: "SQLITE_INTERRUPT",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  12: "SQLITE_NOTFOUND",
  13: "SQLITE_FULL",
  14: "SQLITE_CANTOPEN",
  15: "SQLITE_PROTOCOL",
  17: "SQLITE_SCHEMA",
  18: "SQLITE_TOOBIG",
  19: "SQLITE_CONSTRAINT",
  20: "SQLITE_MISMATCH",
  21: "SQLITE_MISUSE",
  22: "SQLITE_NOLFS",
  23: "SQLITE_AUTH",
  25: "SQLITE_RANGE",
  26: "SQLITE_NOTADB"
}

const extended: Readonly<Record<number, string>> = {
  261: "SQLITE_BUSY_RECOVERY",
  517: "SQLITE_BUSY_SNAPSHOT",
  516: "SQLITE_ABORT_ROLLBACK",
  275: "SQLITE_CONSTRAINT_CHECK",
  531: "SQLITE_CONSTRAINT_COMMITHOOK",
  787: "SQLITE_CONSTRAINT_FOREIGNKEY",
  1299: "SQLITE_CONSTRAINT_NOTNULL",
  1555: "SQLITE_CONSTRAINT_PRIMARYKEY",
  1811: "SQLITE_CONSTRAINT_TRIGGER",
  2067: "SQLITE_CONSTRAINT_UNIQUE",
  2579: "SQLITE_CONSTRAINT_ROWID",
  3091: "SQLITE_CONSTRAINT_DATATYPE"
}

const codeOf = (errno: number): string => extended[errno] ?? primary[errno & 0xff] ?? "SQLITE_UNKNOWN"

/** The plain fields of a failure, as they cross from the worker. */
export interface FailureFields {
  readonly code: string
  readonly errno: number | undefined
  readonly phase: Phase
  readonly message: string
}

/** The `cause` of every `SqlError` of this driver. Its message is SQLite's own: names of tables, never values. */
export class SqliteFailure extends Error {
  override readonly name = "SqliteFailure"
  /** SQLite's name of the result, such as `SQLITE_FULL`; Node's code where SQLite was not the one that refused. */
  readonly code: string
  /** The extended result code of SQLite, if it gave one. */
  readonly errno: number | undefined
  readonly phase: Phase

  constructor(fields: FailureFields, options?: ErrorOptions) {
    super(fields.message, options)
    this.code = fields.code
    this.errno = fields.errno
    this.phase = fields.phase
  }

  get fields(): FailureFields {
    return { code: this.code, errno: this.errno, phase: this.phase, message: this.message }
  }
}

/** Re-shapes whatever node:sqlite threw. */
export const toFailure = (cause: unknown, phase: Phase): SqliteFailure => {
  if (cause instanceof SqliteFailure) return cause
  if (!(cause instanceof Error)) {
    return new SqliteFailure({ code: "UNKNOWN", errno: undefined, phase, message: String(cause) })
  }
  const errno = "errcode" in cause && typeof cause.errcode === "number" ? cause.errcode : undefined
  const code =
    errno !== undefined ? codeOf(errno) : "code" in cause && typeof cause.code === "string" ? cause.code : "UNKNOWN"
  // The original message ends with the value itself, which may be personal data.
  const message =
    code === "ERR_OUT_OF_RANGE"
      ? "an integer of the result is beyond 2^53: select it as text, or read it with SqlClient.SafeIntegers"
      : cause.message
  return new SqliteFailure({ code, errno, phase, message }, { cause: code === "ERR_OUT_OF_RANGE" ? undefined : cause })
}

/**
 * One connection of node:sqlite: its PRAGMAs, its prepared statements, and what may be bound.
 *
 * Every call is synchronous and either returns or throws a `SqliteFailure`. A string with two statements is refused
 * (node:sqlite would run the first and drop the rest), and so is a value that SQLite has no type for. Free of Effect,
 * because the worker of long reads uses the same code.
 */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite"
import { SqliteFailure, toFailure } from "./failure.ts"
import { Lru } from "./lru.ts"

/** A row as node:sqlite makes it: an object without prototype, so that a column may be called `__proto__`. */
export type Row = Record<string, SQLOutputValue>

export interface Results {
  readonly rows: Array<Row>
  readonly values: Array<Array<SQLOutputValue>>
  /** Rows of a statement that has columns, `{ changes, lastInsertRowid }` of one that has none. */
  readonly raw: unknown
}
export type Method = keyof Results

export interface OpenOptions {
  readonly filename: string
  readonly mode: "write" | "read"
  readonly statements: number
  readonly wal: boolean
  readonly synchronous: "off" | "normal" | "full"
}

interface Prepared {
  readonly native: StatementSync
  arrays: boolean
  bigints: boolean
}

const refuse = (position: number, what: string): never => {
  throw new SqliteFailure({
    code: "ERR_INVALID_ARG_TYPE",
    errno: undefined,
    phase: "bind",
    message: `parameter ${position + 1} is ${what}`
  })
}

const bindValue = (value: unknown, position: number): SQLInputValue => {
  if (value === null) return value
  switch (typeof value) {
    case "string":
      return value
    case "number":
      // SQLite would store NULL.
      return Number.isNaN(value) ? refuse(position, "NaN, which SQLite cannot hold") : value
    case "bigint":
      return BigInt.asIntN(64, value) === value ? value : refuse(position, "an integer of more than 64 bits")
    case "boolean":
      return value ? 1 : 0
    case "undefined":
      return refuse(position, "undefined: bind null to store NULL")
    case "object":
      if (value instanceof Uint8Array) return value
      if (value instanceof Date) {
        return Number.isNaN(value.getTime()) ? refuse(position, "an invalid Date") : value.toISOString()
      }
  }
  return refuse(position, `of type ${Array.isArray(value) ? "array" : typeof value}, which SQLite has no type for`)
}

/** Checks and converts parameters: booleans to 0 and 1, dates to ISO 8601 text, `Uint8Array` to a blob. */
export const bind = (params: ReadonlyArray<unknown>): Array<SQLInputValue> => params.map(bindValue)

/** SQL's name of a function of one instant, in milliseconds: true until then, and from then on the statement fails. */
export const inTime = "clientele_in_time"

// A function is the one place where JavaScript gets a word in while SQLite runs, on a thread as on the caller's.
const failAfter = (instant: SQLOutputValue): 1 => {
  if (Date.now() < Number(instant)) return 1
  throw new SqliteFailure({ code: "SQLITE_INTERRUPT", errno: 9, phase: "run", message: "the statement took too long" })
}

// 16 MB. A batch of an import writes about as much as SQLite's default of 4 MB: then every commit would also write each page
// that it has touched into the file, and wait for the disk once more.
const pagesOfLog = 4_000

// What may follow the first statement: nothing but space, comments and further semicolons.
const emptyTail = /^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))*$/

const configureWriter = (native: DatabaseSync, options: OpenOptions): void => {
  const wanted = options.wal ? "wal" : "delete"
  const mode = native.prepare(`PRAGMA journal_mode = ${wanted}`).all()[0]?.["journal_mode"]
  if (mode !== wanted) {
    throw new SqliteFailure({
      code: "SQLITE_CANTOPEN",
      errno: 14,
      phase: "open",
      message: `the journal mode stays ${mode} where ${wanted} is wanted; file systems without shared memory need disableWAL`
    })
  }
  native.exec(
    `PRAGMA synchronous = ${options.synchronous}; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = ${pagesOfLog}`
  )
}

export class Database {
  private readonly native: DatabaseSync
  private readonly prepared: Lru<string, Prepared>

  /** Takes a connection over; a host that has opened it keeps its settings. */
  constructor(native: DatabaseSync, statements: number) {
    this.native = native
    this.prepared = new Lru(statements)
  }

  static open(options: OpenOptions): Database {
    let native: DatabaseSync | undefined
    try {
      // `timeout` is SQLite's busy timeout, which sleeps inside the call and would stop the event loop.
      native = new DatabaseSync(options.filename, {
        readOnly: options.mode === "read",
        enableForeignKeyConstraints: true,
        timeout: 0
      })
      native.function(inTime, { directOnly: true }, failAfter)
      native.exec(`PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${options.mode === "write" ? 8_192 : 4_096}`)
      if (options.mode === "write") configureWriter(native, options)
      // Opening is lazy: without a read a file that is no database would be found by the first statement only.
      native.prepare("SELECT count(*) FROM sqlite_schema").all()
      return new Database(native, options.statements)
    } catch (cause) {
      native?.close()
      throw toFailure(cause, "open")
    }
  }

  get isTransaction(): boolean {
    return this.native.isOpen && this.native.isTransaction
  }

  /** For `backup` of node:sqlite, which wants the connection itself. */
  get handle(): DatabaseSync {
    return this.native
  }

  private prepare(sql: string): StatementSync {
    let statement: StatementSync
    try {
      statement = this.native.prepare(sql)
    } catch (cause) {
      throw toFailure(cause, "prepare")
    }
    // `sourceSQL` ends where SQLite stopped reading: after the first statement, or before a U+0000.
    if (statement.sourceSQL.length < sql.length && !emptyTail.test(sql.slice(statement.sourceSQL.length))) {
      throw new SqliteFailure({
        code: "SQLITE_MISUSE",
        errno: 21,
        phase: "prepare",
        message: "the string holds more than one statement, of which SQLite would run only the first"
      })
    }
    return statement
  }

  private use<A>(sql: string, arrays: boolean, bigints: boolean, f: (statement: StatementSync) => A): A {
    let entry = this.prepared.get(sql)
    if (entry === undefined) {
      entry = { native: this.prepare(sql), arrays: false, bigints: false }
      this.prepared.set(sql, entry)
    }
    try {
      if (entry.arrays !== arrays) entry.native.setReturnArrays((entry.arrays = arrays))
      if (entry.bigints !== bigints) entry.native.setReadBigInts((entry.bigints = bigints))
      return f(entry.native)
    } catch (cause) {
      throw toFailure(cause, "run")
    }
  }

  private readonly methods: {
    readonly [M in Method]: (sql: string, params: Array<SQLInputValue>, bigints: boolean) => Results[M]
  } = {
    rows: (sql, params, bigints) => this.use(sql, false, bigints, (statement) => statement.all(...params)),
    values: (sql, params, bigints) =>
      this.use(sql, true, bigints, (statement) => {
        // The types of node:sqlite do not follow `setReturnArrays`.
        const rows: Array<unknown> = statement.all(...params)
        return rows as Results["values"]
      }),
    raw: (sql, params, bigints) =>
      this.use(sql, false, bigints, (statement) =>
        statement.columns().length === 0 ? statement.run(...params) : statement.all(...params)
      )
  }

  /** Runs one statement. `params` have been through `bind`. */
  run<M extends Method>(method: M, sql: string, params: Array<SQLInputValue>, bigints: boolean): Results[M] {
    return this.methods[method](sql, params, bigints)
  }

  /**
   * Opens a cursor over a statement of its own: a cached one would be reset when the same text runs meanwhile. The
   * caller returns the iterator, else the connection keeps the snapshot it reads.
   */
  iterate(sql: string, params: Array<SQLInputValue>, bigints: boolean): Iterator<Row> {
    const statement = this.prepare(sql)
    try {
      statement.setReadBigInts(bigints)
      return statement.iterate(...params)
    } catch (cause) {
      throw toFailure(cause, "run")
    }
  }

  /** Begins a read transaction and reads once, because a deferred BEGIN alone does not yet fix what is seen. */
  beginSnapshot(): void {
    this.run("rows", "BEGIN DEFERRED", [], false)
    try {
      this.run("rows", "SELECT 1 FROM sqlite_schema LIMIT 1", [], false)
    } catch (failure) {
      this.rollback()
      throw failure
    }
  }

  /** Ends whatever transaction is open. */
  rollback(): void {
    if (this.isTransaction) this.run("rows", "ROLLBACK", [], false)
  }

  close(): void {
    this.prepared.clear()
    if (this.native.isOpen) this.native.close()
  }
}

/**
 * Reads that would hold the event loop, on threads of their own.
 *
 * At most `size` threads, started when first needed and kept; each has one read-only connection and serves one lease at
 * a time. A fiber that is interrupted while its statement runs goes on at once; the thread is ended, and gives its place
 * back when SQLite returns or the statement calls a function in JavaScript, such as `clientele_in_time`. A thread that
 * dies fails the statement it was running with a `ConnectionError`; the next lease starts another.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { SQLInputValue } from "node:sqlite"
import { Worker } from "node:worker_threads"
import { bind, type Method, type OpenOptions, type Results } from "./database.ts"
import { type FailureFields, SqliteFailure } from "./failure.ts"
import { toSqlError } from "./sqlError.ts"

export type Command =
  | { readonly method: "beginSnapshot" | "rollback" }
  | {
      readonly method: Method
      readonly sql: string
      readonly params: Array<SQLInputValue>
      readonly bigints: boolean
    }

export type Reply = { readonly result: unknown } | { readonly failure: FailureFields }

const workerUrl = new URL(
  // From source and from the built package alike; the compiler does not rewrite the extension inside a URL.
  import.meta.url.endsWith(".ts") ? "./longReaderWorker.ts" : "./longReaderWorker.js",
  import.meta.url
)

const died = (cause: unknown): SqlError =>
  toSqlError(
    new SqliteFailure(
      {
        // The code that `classifySqliteError` takes for a lost connection.
        code: "SQLITE_CANTOPEN",
        errno: undefined,
        phase: "open",
        message: "the thread of a long read ended"
      },
      { cause }
    ),
    "longRead"
  )

export class LongReader {
  private readonly worker: Worker
  private waiting: ((effect: Effect.Effect<unknown, SqlError>) => void) | undefined
  private death: SqlError | undefined
  /** Settles when the thread is gone. */
  readonly ended: Promise<void>

  constructor(options: OpenOptions) {
    this.worker = new Worker(workerUrl, { workerData: options, name: "clientele-long-reader" })
    this.worker.unref()
    this.worker.on("message", (reply: Reply) => {
      this.settle(
        "failure" in reply
          ? Effect.fail(toSqlError(new SqliteFailure(reply.failure), "longRead"))
          : Effect.succeed(reply.result)
      )
    })
    this.worker.on("error", (cause) => this.die(cause))
    this.ended = new Promise((resolve) => {
      this.worker.once("exit", () => {
        this.die(undefined)
        resolve()
      })
    })
  }

  private die(cause: unknown): void {
    this.death ??= died(cause)
    this.settle(Effect.fail(this.death))
  }

  private settle(effect: Effect.Effect<unknown, SqlError>): void {
    const waiting = this.waiting
    this.waiting = undefined
    this.worker.unref()
    waiting?.(effect)
  }

  get usable(): boolean {
    return this.death === undefined
  }

  terminate(): void {
    this.death ??= died(undefined)
    // Referenced, so that the process waits for what waits for `ended`.
    this.worker.ref()
    void this.worker.terminate()
  }

  /** Sends a command; the owner of the lease sends one at a time. */
  private send(command: Command): Effect.Effect<unknown, SqlError> {
    return Effect.callback((resume) => {
      if (this.death !== undefined) return resume(Effect.fail(this.death))
      this.waiting = resume
      this.worker.ref()
      this.worker.postMessage(command)
      return Effect.sync(() => {
        this.waiting = undefined
        this.terminate()
      })
    })
  }

  readonly beginSnapshot: Effect.Effect<unknown, SqlError> = Effect.suspend(() =>
    this.send({ method: "beginSnapshot" })
  )

  /** Ends the transaction, or the thread if that fails. */
  readonly rollback: Effect.Effect<void> = Effect.suspend(() =>
    this.usable
      ? Effect.catch(Effect.asVoid(this.send({ method: "rollback" })), () => Effect.sync(() => this.terminate()))
      : Effect.void
  )

  run<M extends Method>(method: M, sql: string, params: ReadonlyArray<unknown>): Effect.Effect<Results[M], SqlError> {
    return Effect.withFiber((fiber) => {
      const bigints = fiber.getRef(SqlClient.SafeIntegers)
      return Effect.flatMap(
        Effect.try({ try: () => bind(params), catch: (cause) => toSqlError(cause, "bind") }),
        // What crosses a thread has lost its type; the worker answers `method` with `Results[method]`.
        (params) => this.send({ method, sql, params, bigints }) as Effect.Effect<Results[M], SqlError>
      )
    })
  }
}

/** The threads of a client, leased one by one; the scope ends them and waits until they are gone. */
export const makeLongReaders = Effect.fnUntraced(function* (
  size: number,
  options: OpenOptions
): Effect.fn.Return<Effect.Effect<LongReader, SqlError, Scope.Scope>, never, Scope.Scope> {
  const permits = Semaphore.makeUnsafe(size)
  const all = new Set<LongReader>()
  const idle: Array<LongReader> = []

  yield* Effect.addFinalizer(() =>
    Effect.promise(() => {
      for (const reader of all) reader.terminate()
      return Promise.all(Array.from(all, (reader) => reader.ended))
    })
  )

  const start: Effect.Effect<LongReader> = Effect.suspend(() => {
    if (all.size >= size) {
      // Whoever holds a permit and finds none idle waits for a thread whose statement nobody wants any more.
      const ending = Array.from(all).filter((reader) => !reader.usable)
      return Effect.andThen(
        Effect.promise(() => Promise.race(ending.map((reader) => reader.ended))),
        start
      )
    }
    const reader = new LongReader(options)
    all.add(reader)
    void reader.ended.then(() => all.delete(reader))
    return Effect.succeed(reader)
  })

  const takeIdle = (): LongReader | undefined => {
    for (let reader = idle.pop(); reader !== undefined; reader = idle.pop()) {
      if (reader.usable) return reader
    }
    return undefined
  }

  return Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      yield* restore(permits.takeScoped(1))
      const reader = takeIdle() ?? (yield* restore(start))
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          if (reader.usable) idle.push(reader)
        })
      )
      return reader
    })
  )
})

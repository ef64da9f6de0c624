/**
 * Imports: rows of a table become contacts or deals. Every import is a job. Its rows are put aside first, all of them; from
 * then on any process can go on with it, a batch in each transaction, and every row is done exactly once. Memory does not
 * grow with the table. Every row ends as imported, updated, skipped or failed, and the report's figures add up to the rows.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as ContactImport from "../domain/ContactImport.ts"
import { erasedRow } from "../domain/ContactImportDecision.ts"
import { JobNotFound, StorageCorrupt, StorageError, type ValidationError } from "../domain/Errors.ts"
import { type JobId, jobId } from "../domain/Ids.ts"
import * as ImportGuessing from "../domain/ImportGuessing.ts"
import * as Importing from "../domain/Importing.ts"
import * as Job from "../domain/Job.ts"
import { validator } from "../domain/Validation.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { type Chunk, ImportStore, type WaitingChunk } from "../ports/ImportStore.ts"
import { JobStore } from "../ports/JobStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactImports, type BatchResult } from "./ContactImports.ts"
import { spool } from "./ImportSpool.ts"
import * as JobHandler from "./JobHandler.ts"
import * as JobRunner from "./JobRunner.ts"
import { Jobs } from "./Jobs.ts"

/** A table to import: its header, and its rows once, in order. */
export interface ImportTable<E, R, Options = Importing.ImportOptions> {
  readonly header: ReadonlyArray<string>
  readonly rows: Stream.Stream<{ readonly cells: ReadonlyArray<string> }, E, R>
  readonly mapping?: Importing.Mapping | undefined
  readonly options?: Options | undefined
}

export class Imports extends Context.Service<
  Imports,
  {
    /** Imports contacts, here and now. Fails before anything is written when mapping or options are wrong. */
    readonly contacts: <E, R>(
      table: ImportTable<E, R>
    ) => Effect.Effect<Importing.ImportReport, E | StorageError | ValidationError, CurrentActor | R>
    /** Puts the rows aside and leaves them to those who work on jobs: what is accepted is done, whatever happens. */
    readonly startContacts: <E, R>(
      table: ImportTable<E, R>
    ) => Effect.Effect<Job.Job, E | StorageError | ValidationError, CurrentActor | R>
    /** Forgets, in all tenants, what imports have left behind whose jobs are gone; answers how much that was. */
    readonly purge: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/services/Imports") {
  static readonly layer: Layer.Layer<
    Imports,
    never,
    ContactImports | IdGenerator | ImportStore | Jobs | JobStore | UnitOfWork
  > = Layer.effect(
    Imports,
    Effect.gen(function* () {
      const contactImports = yield* ContactImports
      const ids = yield* IdGenerator
      const jobs = yield* Jobs
      const jobStore = yield* JobStore
      const store = yield* ImportStore
      const uow = yield* UnitOfWork
      const runner = yield* Effect.context<IdGenerator | Jobs | JobStore | UnitOfWork>()

      // -- Accepting --------------------------------------------------------------------------------------------------

      /** Puts rows aside, and starts the job when all of them are there; whatever keeps it from starting leaves nothing. */
      const accept = Effect.fnUntraced(function* <Options, E, R>(
        type: ImportType<Options>,
        table: ImportTable<E, R>,
        plan: (guess?: Sample) => Result.Result<Plan<Options>, ValidationError>
      ) {
        // What can be wrong without a look at the rows is found before they are read.
        if (table.mapping !== undefined) yield* Effect.fromResult(plan())
        const { tenantId } = yield* CurrentActor
        const [body = ""] = yield* ids.bodies(1)
        const id = jobId(body)
        const begun = yield* DateTime.now
        const append = (chunks: ReadonlyArray<Chunk>) => uow.transaction(store.append(tenantId, id, chunks, begun))
        const forget = uow
          .transaction(store.discard(tenantId, id))
          .pipe(Effect.catchTag("StorageError", (error) => Effect.logWarning("Rows stay until they are purged", error)))
        return yield* Effect.gen(function* () {
          const { chunks, rows, sample } = yield* spool(table.rows, append)
          const planned = yield* Effect.fromResult(plan(sample))
          return yield* jobs.enqueue(type, { ...planned, chunks }, { id, total: rows })
        }).pipe(Effect.onError(() => forget))
      })

      const startContacts = Effect.fn("Imports.startContacts")(function* <E, R>(table: ImportTable<E, R>) {
        const options = yield* Effect.fromResult(validateOptions(table.options ?? {}))
        const { header, mapping } = table
        return yield* accept(contactsJob, table, (sample = []) => {
          const guess = mapping === undefined ? ImportGuessing.contacts(header, sample) : undefined
          const reader = ContactImport.rowReader(header, options, guess?.mapping ?? mapping ?? {})
          return Result.map(reader, (read) => ({ header, ...planOf(read, guess), options }))
        })
      })

      // -- Working ----------------------------------------------------------------------------------------------------

      /** Reads the rows of a chunk, has those done that can be read, and notes what became of all of them. */
      const doChunk = Effect.fnUntraced(function* <Row extends ReadRow, E>(
        id: JobId,
        chunk: WaitingChunk,
        read: (row: Importing.ImportRow) => Result.Result<Row, ReadonlyArray<Importing.RowError>>,
        run: (rows: ReadonlyArray<Row>) => Effect.Effect<BatchResult, E, CurrentActor>
      ) {
        const { tenantId } = yield* CurrentActor
        const readable: Array<Row> = []
        const unreadable: Array<Importing.Outcome> = []
        chunk.rows.forEach((cells, index) => {
          const row = chunk.firstRow + index
          const result = cells === null ? Result.fail([erasedRow(row)]) : read({ row, cells })
          if (Result.isSuccess(result)) readable.push(result.success)
          else unreadable.push({ row, ending: cells === null ? "skipped" : "failed", errors: result.failure })
        })
        const { created, outcomes } = yield* run(readable)
        const all = [...unreadable, ...outcomes].sort((a, b) => a.row - b.row)
        const failed = all.flatMap(({ ending, errors, row }) =>
          ending === "failed" ? [{ row, cells: chunk.rows[row - chunk.firstRow] ?? [], errors }] : []
        )
        yield* store.settle(tenantId, id, chunk, { number: chunk.number, failed, created })
        return { outcomes: all, left: readable.flatMap((row) => row.left) }
      })

      /** The errors of the first rows that failed. */
      const failuresOf = Effect.fnUntraced(function* (id: JobId) {
        const { tenantId } = yield* CurrentActor
        const errors: Array<Importing.RowError> = []
        for (let after = -1; errors.length < Importing.maxErrors;) {
          const chunks = yield* store.failures(tenantId, id, after, chunksAtATime)
          const last = chunks.at(-1)
          if (last === undefined) return errors
          errors.push(...chunks.flatMap(({ failed }) => failed.flatMap((row) => row.errors)))
          after = last.number
        }
        return errors
      })

      const batch = Effect.fnUntraced(function* <Options, Row extends ReadRow, E>(
        { done, id, params, position, result }: JobHandler.RunningJob<Params<Options>, number, Importing.ImportReport>,
        read: (row: Importing.ImportRow) => Result.Result<Row, ReadonlyArray<Importing.RowError>>,
        run: (rows: ReadonlyArray<Row>) => Effect.Effect<BatchResult, E, CurrentActor>
      ) {
        const { tenantId } = yield* CurrentActor
        const number = position ?? 0
        const before = result ?? emptyReport(id, params)
        const chunk = yield* store.find(tenantId, id, number)
        if (Option.isNone(chunk) && params.chunks > 0) return yield* Effect.die(new Error("A chunk is missing"))
        const { left, outcomes } = Option.isNone(chunk) ? nothing : yield* doChunk(id, chunk.value, read, run)
        const report = Importing.withLeft(Importing.withOutcomes(before, outcomes), left)
        const next = { done: done + outcomes.length, result: report }
        if (number + 1 < params.chunks) return Job.more({ ...next, position: number + 1 })
        yield* store.clear(tenantId, id)
        const completed = Importing.withFailures(report, yield* failuresOf(id))
        return Job.completed({ ...next, result: { ...completed, status: "completed" as const } })
      })

      yield* jobs.register(
        JobHandler.make(
          contactsJob,
          Effect.fnUntraced(function* (job) {
            const { guessed, header, mapping, options } = job.params
            const { read } = yield* Effect.orDie(
              Effect.fromResult(ContactImport.rowReader(header, { ...options, unmapped: "ignore" }, mapping, guessed))
            )
            return yield* batch(job, read, (rows) => contactImports.run({ importId: job.id, options, rows }))
          })
        )
      )

      // -- Asking -----------------------------------------------------------------------------------------------------

      const find = Effect.fnUntraced(function* (id: JobId) {
        const { tenantId } = yield* CurrentActor
        const found = yield* jobStore.find(tenantId, id)
        if (Option.isNone(found)) return yield* new JobNotFound({ jobId: id })
        return found.value
      })

      const reportOf = Effect.fnUntraced(function* (id: JobId) {
        const job = yield* find(id)
        if (job.status === "failed") {
          const cause = new Error(job.failure?.message)
          return yield* new StorageError({ operation: "Imports.report", reason: new StorageCorrupt({ cause }) })
        }
        const report =
          job.result === null
            ? emptyReport(id, yield* Effect.orDie(decodeParams(job.params)))
            : yield* Effect.orDie(decodeReport(job.result))
        const status = job.status === "queued" ? "running" : job.status
        return { ...report, status } satisfies Importing.ImportReport
      })

      const finish = ({ id }: Job.Job) =>
        JobRunner.runToEnd(id).pipe(
          Effect.provideContext(runner),
          Effect.andThen(reportOf(id)),
          // It is kept for 30 days.
          Effect.catchTag("JobNotFound", Effect.die)
        )

      const contacts = Effect.fn("Imports.contacts")(<E, R>(table: ImportTable<E, R>) =>
        Effect.flatMap(startContacts(table), finish)
      )

      const purge = Effect.fn("Imports.purge")(
        (now: DateTime.Utc) => store.purge(DateTime.subtract(now, abandoned)),
        uow.transaction
      )

      return Imports.of({ contacts, startContacts, purge })
    })
  )
}

// internal

/** How long rows are put aside at most before their job is there: a day is longer than any upload. */
const abandoned = { days: 1 }

const chunksAtATime = 20

/** A row that could be read, but perhaps for some of its cells. */
interface ReadRow {
  readonly left: ReadonlyArray<Importing.RowError>
}

const nothing = { outcomes: [], left: [] }

type Sample = ReadonlyArray<ReadonlyArray<string>>

/** How a table is read. */
interface Plan<Options> {
  readonly header: ReadonlyArray<string>
  readonly mapping: Importing.Mapping
  readonly guessed: boolean
  readonly unmapped: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
  readonly options: Options
}

const planOf = (
  { mapping, unmapped }: Pick<Plan<unknown>, "mapping" | "unmapped">,
  guess: ImportGuessing.Guess | undefined
) => ({
  mapping,
  unmapped,
  guessed: guess !== undefined,
  warnings: (guess?.left ?? []).map(ImportGuessing.explain)
})

interface Params<Options> extends Plan<Options> {
  readonly chunks: number
}
type ImportType<Options> = JobHandler.JobType<Params<Options>, number, Importing.ImportReport>

const paramsWith = <S extends Schema.Constraint>(options: S) =>
  Schema.Struct({
    header: Schema.Array(Schema.String),
    mapping: Importing.Mapping,
    guessed: Schema.Boolean,
    unmapped: Schema.Array(Schema.String),
    warnings: Schema.Array(Schema.String),
    options,
    chunks: Schema.Int
  })

const contactsJob = JobHandler.type({
  kind: "import_contacts",
  params: paramsWith(Importing.ImportOptions),
  position: Schema.Int,
  result: Importing.ImportReport
})

const validateOptions = validator(Importing.ImportOptions)

const decodeReport = Schema.decodeUnknownEffect(Schema.toCodecJson(Importing.ImportReport))
const decodeParams = Schema.decodeUnknownEffect(paramsWith(Schema.Unknown))

const emptyReport = (
  id: JobId,
  { mapping, unmapped, warnings }: Omit<Plan<unknown>, "header" | "options">
): Importing.ImportReport => ({
  jobId: id,
  status: "running",
  rows: 0,
  imported: 0,
  updated: 0,
  skipped: 0,
  failed: 0,
  mapping,
  unmapped,
  warnings,
  errors: []
})

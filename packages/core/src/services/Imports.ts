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
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ContactImport from "../domain/ContactImport.ts"
import * as DealImport from "../domain/DealImport.ts"
import { JobNotFound, Refused, StorageCorrupt, StorageError, ValidationError } from "../domain/Errors.ts"
import { type JobId, jobId } from "../domain/Ids.ts"
import * as ImportGuessing from "../domain/ImportGuessing.ts"
import * as Importing from "../domain/Importing.ts"
import * as Job from "../domain/Job.ts"
import { TenantZone } from "../domain/Time.ts"
import { validator } from "../domain/Validation.ts"
import { CrmDefinition } from "../ports/CrmDefinition.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { type Chunk, ImportStore } from "../ports/ImportStore.ts"
import { JobStore } from "../ports/JobStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactImports } from "./ContactImports.ts"
import { DealImports } from "./DealImports.ts"
import * as ImportBatches from "./ImportBatches.ts"
import * as ImportJob from "./ImportJob.ts"
import { ImportReverts } from "./ImportReverts.ts"
import { spool } from "./ImportSpool.ts"
import * as JobHandler from "./JobHandler.ts"
import * as JobRunner from "./JobRunner.ts"
import { Jobs } from "./Jobs.ts"
import { Pipelines } from "./Pipelines.ts"

/** A table to import: its header, and its rows once, in order. Without a mapping the columns are guessed. */
export interface ImportTable<E, R, Options = Importing.ImportOptions> {
  readonly header: ReadonlyArray<string>
  readonly rows: Stream.Stream<{ readonly cells: ReadonlyArray<string> }, E, R>
  readonly mapping?: Importing.Mapping | undefined
  readonly options?: Options | undefined
}

/** The rows of an import that failed, as they were, with the header above them. */
export interface FailedRows {
  readonly header: ReadonlyArray<string>
  readonly rows: Stream.Stream<Importing.FailedRow, StorageError, CurrentActor>
}

export class Imports extends Context.Service<
  Imports,
  {
    /** Imports contacts, here and now. Fails before anything is written when mapping or options are wrong. */
    readonly contacts: <E, R>(
      table: ImportTable<E, R>
    ) => Effect.Effect<Importing.ImportReport, E | Refused | StorageError | ValidationError, CurrentActor | R>
    /** Puts the rows aside and leaves them to those who work on jobs: what is accepted is done, whatever happens. */
    readonly startContacts: <E, R>(
      table: ImportTable<E, R>
    ) => Effect.Effect<Job.Job, E | StorageError | ValidationError, CurrentActor | R>
    /** Imports deals, here and now. */
    readonly deals: <E, R>(
      table: ImportTable<E, R, Importing.DealImportOptions>
    ) => Effect.Effect<Importing.ImportReport, E | Refused | StorageError | ValidationError, CurrentActor | R>
    readonly startDeals: <E, R>(
      table: ImportTable<E, R, Importing.DealImportOptions>
    ) => Effect.Effect<Job.Job, E | StorageError | ValidationError, CurrentActor | R>
    /** The rows of an import that failed so far, to be mended and imported again. */
    readonly failedRows: (
      id: JobId
    ) => Effect.Effect<FailedRows, JobNotFound | StorageError | ValidationError, CurrentActor>
    /**
     * Takes an import back, here and now: what it created is deleted, but for what was touched since. One that is under way
     * is ended first. To do it again looks again at what was kept.
     */
    readonly revert: (
      id: JobId
    ) => Effect.Effect<Importing.RevertReport, JobNotFound | Refused | StorageError | ValidationError, CurrentActor>
    /** Forgets, in all tenants, what imports have left behind whose jobs are gone; answers how much that was. */
    readonly purge: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/services/Imports") {
  static readonly layer: Layer.Layer<
    Imports,
    never,
    ContactImports | DealImports | IdGenerator | ImportReverts | ImportStore | Jobs | JobStore | Pipelines | UnitOfWork
  > = Layer.effect(
    Imports,
    Effect.gen(function* () {
      const contactImports = yield* ContactImports
      const dealImports = yield* DealImports
      const { contact: rules } = yield* CrmDefinition
      const ids = yield* IdGenerator
      const jobs = yield* Jobs
      const jobStore = yield* JobStore
      const reverts = yield* ImportReverts
      const store = yield* ImportStore
      const uow = yield* UnitOfWork
      const runner = yield* Effect.context<IdGenerator | Jobs | JobStore | UnitOfWork>()
      const surroundings = { pipeline: (yield* Pipelines).current, zone: yield* TenantZone }
      const batch = ImportBatches.make(store)

      // -- Accepting --------------------------------------------------------------------------------------------------

      /** Puts rows aside, and starts the job when all of them are there; whatever keeps it from starting leaves nothing. */
      const accept = Effect.fnUntraced(function* <Options, E, R>(
        type: ImportJob.ImportType<Options>,
        table: ImportTable<E, R, Options>,
        plan: (sample: ImportGuessing.Sample) => Result.Result<ImportJob.Plan<Options>, ValidationError>
      ) {
        // What can be wrong without a look at the rows is found before they are read.
        if (table.mapping !== undefined) yield* Effect.fromResult(plan([]))
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
        return yield* accept(ImportJob.contacts, table, (sample) => {
          const guess = mapping === undefined ? ImportGuessing.contacts(header, sample) : undefined
          const guessed = guess !== undefined
          const reader = ContactImport.rowReader(header, options, guess?.mapping ?? mapping ?? {}, guessed, rules)
          return Result.map(reader, (read) => ({ header, ...ImportJob.planOf(read, guess), options }))
        })
      })

      const startDeals = Effect.fn("Imports.startDeals")(function* <E, R>(
        table: ImportTable<E, R, Importing.DealImportOptions>
      ) {
        const options = yield* Effect.fromResult(validateDealOptions(table.options ?? {}))
        const { header, mapping } = table
        return yield* accept(ImportJob.deals, table, (sample) => {
          const accepts = DealImport.accepts(options, surroundings)
          const guess = mapping === undefined ? ImportGuessing.deals(header, sample, accepts) : undefined
          const reader = DealImport.rowReader(header, options, guess?.mapping ?? mapping ?? {}, surroundings)
          return Result.map(reader, (read) => ({ header, ...ImportJob.planOf(read, guess), options }))
        })
      })

      // -- Working ----------------------------------------------------------------------------------------------------

      // What was accepted can be read, unless the stages of the pipeline have changed since: then the log has to say so.
      yield* jobs.register(
        JobHandler.make(ImportJob.contacts, (job) => {
          const { guessed, header, mapping, options } = job.params
          const reader = ContactImport.rowReader(header, { ...options, unmapped: "ignore" }, mapping, guessed, rules)
          return Effect.flatMap(Effect.orDie(Effect.fromResult(reader)), ({ read }) =>
            batch(job, { read, run: (rows) => contactImports.run({ importId: job.id, options, rows }) })
          )
        })
      )
      yield* jobs.register(
        JobHandler.make(ImportJob.deals, (job) => {
          const { guessed, header, mapping, options } = job.params
          const reader = DealImport.rowReader(header, options, mapping, surroundings, guessed)
          return Effect.flatMap(Effect.orDie(Effect.fromResult(reader)), ({ read }) =>
            batch(job, { read, run: (rows) => dealImports.run({ importId: job.id, options, rows }) })
          )
        })
      )

      // -- Asking -----------------------------------------------------------------------------------------------------

      /** Works on a job until it has ended; answers what came of it, and null when that is nothing. */
      const finish = Effect.fnUntraced(function* <A>(
        { id }: Job.Job,
        decode: (result: Schema.Json) => Effect.Effect<A, Schema.SchemaError>
      ) {
        const { failure, result, status } = yield* JobRunner.runToEnd(id).pipe(
          Effect.provideContext(runner),
          // It is kept for 30 days.
          Effect.catchTag("JobNotFound", Effect.die)
        )
        if (failure?.code === refusedCode) return yield* new Refused({ reason: failure.message })
        if (failure !== null) {
          const reason = new StorageCorrupt({ cause: new Error(failure.message) })
          return yield* new StorageError({ operation: "Imports", reason })
        }
        const ended = status === "cancelled" ? ("cancelled" as const) : ("completed" as const)
        return { status: ended, report: result === null ? null : yield* Effect.orDie(decode(result)) }
      })

      const reportOf = Effect.fnUntraced(function* (job: Job.Job) {
        const { report, status } = yield* finish(job, ImportJob.decodeReport)
        // One that was cancelled before its first batch has come to nothing.
        return { ...(report ?? ImportJob.emptyReport(job.id, yield* paramsOf(job.id))), status }
      })

      const paramsOf = Effect.fnUntraced(function* (id: JobId) {
        const { params } = yield* Effect.catchTag(findImport(id), ["JobNotFound", "ValidationError"], Effect.die)
        return params
      })

      const findImport = Effect.fnUntraced(function* (id: JobId) {
        const { tenantId } = yield* CurrentActor
        const found = yield* jobStore.find(tenantId, id)
        if (Option.isNone(found)) return yield* new JobNotFound({ jobId: id })
        const kind = ImportJob.kindOf(found.value)
        if (kind === undefined) {
          return yield* new ValidationError({ issues: [{ path: "job_id", message: "Expected the job of an import" }] })
        }
        return { kind, job: found.value, params: yield* Effect.orDie(ImportJob.decodeParams(found.value.params)) }
      })

      const contacts = Effect.fn("Imports.contacts")(<E, R>(table: ImportTable<E, R>) =>
        Effect.flatMap(startContacts(table), reportOf)
      )

      const deals = Effect.fn("Imports.deals")(<E, R>(table: ImportTable<E, R, Importing.DealImportOptions>) =>
        Effect.flatMap(startDeals(table), reportOf)
      )

      const failedRows = Effect.fn("Imports.failedRows")(function* (id: JobId) {
        const { params } = yield* findImport(id)
        const { tenantId } = yield* CurrentActor
        const rows = Stream.paginate(-1, (after) =>
          Effect.map(store.failures(tenantId, id, after, chunksAtATime), (chunks) => {
            const last = chunks.at(-1)
            const next = last === undefined ? Option.none<number>() : Option.some(last.number)
            return [chunks.flatMap(({ failed }) => failed), next] as const
          })
        )
        return { header: params.header, rows }
      })

      const revert = Effect.fn("Imports.revert")(function* (id: JobId) {
        const { kind } = yield* findImport(id)
        yield* jobs.cancel(id)
        const job = yield* reverts.start(id, kind)
        const { report, status } = yield* finish(job, ImportJob.decodeRevert)
        const none = { jobId: job.id, importId: id, reverted: 0, kept: 0, reasons: [] }
        return { ...(report ?? none), status } satisfies Importing.RevertReport
      })

      const purge = Effect.fn("Imports.purge")(
        (now: DateTime.Utc) => store.purge(DateTime.subtract(now, abandoned)),
        uow.transaction
      )

      return Imports.of({ contacts, startContacts, deals, startDeals, failedRows, revert, purge })
    })
  )
}

// internal

/** The failure of a job that the host has refused to go on. */
const refusedCode = Job.failureOf(new Refused({ reason: "" })).code

/** How long rows are put aside at most before their job is there: a day is longer than any upload. */
const abandoned = { days: 1 }

const chunksAtATime = 20

const validateOptions = validator(Importing.ImportOptions)
const validateDealOptions = validator(Importing.DealImportOptions)

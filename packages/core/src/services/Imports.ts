/**
 * Imports: rows of a table become contacts, a batch in each transaction. Memory does not grow with the table, and what
 * is committed stays when a later batch fails. Every row ends as imported, skipped or failed, and the report's figures
 * add up to the rows.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { ContactDraft } from "../domain/Contact.ts"
import type { Refused, StorageError, ValidationError } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import * as Importing from "../domain/Importing.ts"
import { validator } from "../domain/Validation.ts"
import type { CurrentActor } from "../ports/CurrentActor.ts"
import { ContactCreation } from "./ContactCreation.ts"

/** A table to import: its header, and its rows once, in order. */
export interface ImportTable<E, R> {
  readonly header: ReadonlyArray<string>
  readonly rows: Stream.Stream<Importing.ImportRow, E, R>
  readonly mapping?: Importing.Mapping | undefined
  readonly options?: Importing.ImportOptions | undefined
}

export class Imports extends Context.Service<
  Imports,
  {
    /** Imports contacts. Fails before anything is written when mapping or options are wrong. */
    readonly contacts: <E, R>(
      table: ImportTable<E, R>
    ) => Effect.Effect<Importing.ImportReport, E | Refused | StorageError | ValidationError, CurrentActor | R>
  }
>()("@clientele/core/services/Imports") {
  static readonly layer: Layer.Layer<Imports, never, ContactCreation> = Layer.effect(
    Imports,
    Effect.gen(function* () {
      const creation = yield* ContactCreation

      const importBatch = Effect.fn("Imports.batch")(
        function* (reader: Importing.RowReader, rows: ReadonlyArray<Importing.ImportRow>, skipDuplicates: boolean) {
          const tally = emptyTally()
          const drafts: Array<ContactDraft> = []
          const origins: Array<Importing.ImportRow> = []
          for (const row of rows) {
            const read = reader.read(row)
            if (Result.isFailure(read)) fail(tally, read.failure)
            else {
              drafts.push(read.success)
              origins.push(row)
            }
          }
          const outcomes = drafts.length === 0 ? [] : yield* creation.importAll(drafts)
          outcomes.forEach((outcome, index) => {
            const row = origins[index]?.row ?? 0
            if (Result.isSuccess(outcome)) tally.imported++
            else if (outcome.failure._tag === "EmailErased") skip(tally, refusedRow(row, "erased", outcome.failure))
            else if (skipDuplicates) tally.skipped++
            else fail(tally, [refusedRow(row, "duplicate_contact", outcome.failure)])
          })
          tally.rows = rows.length
          return tally
        },
        Effect.provideService(Events.CurrentCause, "import")
      )

      const contacts = Effect.fn("Imports.contacts")(function* <E, R>(table: ImportTable<E, R>) {
        const options = yield* Effect.fromResult(validateOptions(table.options ?? {}))
        const reader = yield* Effect.fromResult(Importing.rowReader(table.header, options, table.mapping))
        const total = emptyTally()
        yield* table.rows.pipe(
          Stream.rechunk(batchSize),
          Stream.runForEachArray((rows) =>
            Effect.map(importBatch(reader, rows, options.skipDuplicates ?? false), (tally) => add(total, tally))
          )
        )
        return {
          jobId: null,
          status: "completed",
          ...total,
          updated: 0,
          mapping: reader.mapping,
          unmapped: reader.unmapped,
          warnings: []
        } satisfies Importing.ImportReport
      })

      return Imports.of({ contacts })
    })
  )
}

// internal

/** Large enough to spread a commit over many rows, small enough to let others write in between. */
const batchSize = 200
const maxErrors = 100

const validateOptions = validator(Importing.ImportOptions)

interface Tally {
  rows: number
  imported: number
  skipped: number
  failed: number
  readonly errors: Array<Importing.RowError>
}

const emptyTally = (): Tally => ({ rows: 0, imported: 0, skipped: 0, failed: 0, errors: [] })

/** Counts one failed row, whatever the number of things wrong with it. */
const fail = (tally: Tally, errors: ReadonlyArray<Importing.RowError>): void => {
  tally.failed++
  tally.errors.push(...errors.slice(0, maxErrors - tally.errors.length))
}

/** Counts a row that is skipped for a reason that the report has to give. */
const skip = (tally: Tally, error: Importing.RowError): void => {
  tally.skipped++
  if (tally.errors.length < maxErrors) tally.errors.push(error)
}

const add = (total: Tally, tally: Tally): void => {
  total.rows += tally.rows
  total.imported += tally.imported
  total.skipped += tally.skipped
  total.failed += tally.failed
  total.errors.push(...tally.errors.slice(0, maxErrors - total.errors.length))
}

const refusedRow = (row: number, code: Importing.RowError["code"], { message }: Error): Importing.RowError => ({
  row,
  column: null,
  value: null,
  code,
  message
})

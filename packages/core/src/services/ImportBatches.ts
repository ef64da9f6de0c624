/**
 * What a batch of any import does: the rows of a chunk are read, those that can be read are done, and what became of all of
 * them is noted with the chunk, in one transaction with the place that the job has reached.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { erasedRow } from "../domain/ContactImportDecision.ts"
import type { Refused, StorageError } from "../domain/Errors.ts"
import type { JobId } from "../domain/Ids.ts"
import * as Importing from "../domain/Importing.ts"
import * as Job from "../domain/Job.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import type { ImportStore, WaitingChunk } from "../ports/ImportStore.ts"
import type { BatchResult } from "./ContactImports.ts"
import { emptyReport, type Params } from "./ImportJob.ts"
import type { RunningJob } from "./JobHandler.ts"

/** How rows of a kind are read, and done. */
export interface Work<Row> {
  readonly read: (row: Importing.ImportRow) => Result.Result<Row, ReadonlyArray<Importing.RowError>>
  readonly run: (rows: ReadonlyArray<Row>) => Effect.Effect<BatchResult, Refused | StorageError, CurrentActor>
}

/** A row that could be read, but perhaps for some of its cells. */
export interface ReadRow {
  readonly left: ReadonlyArray<Importing.RowError>
}

export const make = (store: ImportStore["Service"]) => {
  const doChunk = Effect.fnUntraced(function* <Row extends ReadRow>(
    id: JobId,
    chunk: WaitingChunk,
    { read, run }: Work<Row>
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
      if (last === undefined) break
      errors.push(...chunks.flatMap(({ failed }) => failed.flatMap((row) => row.errors)))
      after = last.number
    }
    return errors
  })

  return Effect.fnUntraced(function* <Options, Row extends ReadRow>(
    { done, id, params, position, result }: RunningJob<Params<Options>, number, Importing.ImportReport>,
    work: Work<Row>
  ) {
    const { tenantId } = yield* CurrentActor
    const number = position ?? 0
    const before = result ?? emptyReport(id, params)
    const chunk = yield* store.find(tenantId, id, number)
    if (Option.isNone(chunk) && params.chunks > 0) return yield* Effect.die(new Error("A chunk is missing"))
    const { left, outcomes } = Option.isNone(chunk) ? nothing : yield* doChunk(id, chunk.value, work)
    const report = Importing.withLeft(Importing.withOutcomes(before, outcomes), left)
    const next = { done: done + outcomes.length, result: report }
    if (number + 1 < params.chunks) return Job.more({ ...next, position: number + 1 })
    yield* store.clear(tenantId, id)
    const completed = Importing.withFailures(report, yield* failuresOf(id))
    return Job.completed({ ...next, result: { ...completed, status: "completed" as const } })
  })
}

// internal

const chunksAtATime = 20

const nothing = { outcomes: [], left: [] }

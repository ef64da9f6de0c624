/**
 * Reports on pipelines. What is asked of all deals as they are now is read from kept sums by day; only days that a border
 * of the report cuts in two, as midnight of another zone does, are read deal by deal. What an owner has is added up from
 * the owner's deals, and what stood on an earlier day from the history.
 */
import type { TenantId } from "@clientele/core/domain/Ids"
import { Currency } from "@clientele/core/domain/Money"
import { type Pipeline, typeOf } from "@clientele/core/domain/Pipeline"
import type { PipelineScope } from "@clientele/core/domain/PipelinePeriods"
import { type DealCount, tallyOfCounts } from "@clientele/core/domain/PipelineTally"
import { PipelineReports } from "@clientele/core/ports/PipelineReports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { closedPieces, duePieces } from "./internal/pipelinePieces.ts"
import { pipelineRecount } from "./internal/pipelineRecount.ts"
import { pipelineSources, undated } from "./internal/pipelineSources.ts"
import { amounts, pipelineSums } from "./internal/pipelineSums.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables as tablesOf } from "./Table.ts"

export const layer: Layer.Layer<PipelineReports, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  PipelineReports,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const tables = tablesOf(yield* TablePrefix)
    const sources = pipelineSources({ sql, dialect, tables })
    const recount = pipelineRecount({ sql, tables, sources })
    const sums = pipelineSums({ sql, dialect, tables })
    const added = (columns: ReadonlyArray<string>) =>
      sql.literal(columns.map((column) => `CAST(sum(${column}) AS TEXT) AS ${column}`).join(", "))

    const tally = Effect.fn("PipelineReports.tally")(
      function* (tenantId: TenantId, pipeline: Pipeline, scope: PipelineScope) {
        const subject = { tenantId, pipeline, scope }
        const rows = yield* decodeCounts(sql`
          SELECT stage, currency, piece, ${added(amounts)} FROM ${sources.dealCounts(subject)} AS counted
          GROUP BY stage, currency, piece HAVING sum(number) <> 0`)
        const stages = yield* decodeStages(sql`
          SELECT stage, ${added(["deals", "millis"])} FROM ${sources.visitCounts(subject)} AS ended GROUP BY stage`)
        const counts = rows.map((row) => toCount(row, pipeline, scope))
        return tallyOfCounts(pipeline, { counts, stages: stages.filter(({ deals }) => deals > 0) }, scope)
      },
      Effect.mapError(toStorageError("PipelineReports.tally"))
    )

    const differences = Effect.fn("PipelineReports.differences")(
      recount.differences,
      Effect.mapError(toStorageError("PipelineReports.differences"))
    )

    const compact = Effect.fn("PipelineReports.compact")(
      sums.compact,
      Effect.mapError(toStorageError("PipelineReports.compact"))
    )

    return PipelineReports.of({ tally, differences, compact })
  })
)

// internal

const CountRow = Schema.Struct({
  stage: Schema.String,
  currency: Currency,
  piece: Schema.Int,
  number: Schema.FiniteFromString,
  value: Schema.BigIntFromString,
  weighted: Schema.BigIntFromString,
  millis: Schema.BigIntFromString
})
const decodeCounts = decodeRows(CountRow)

const decodeStages = decodeRows(
  Schema.Struct({ stage: Schema.String, deals: Schema.FiniteFromString, millis: Schema.BigIntFromString })
)

/** Any day or instant of its piece stands for those of all. */
const toCount = (
  { number, piece, ...row }: typeof CountRow.Type,
  pipeline: Pipeline,
  scope: PipelineScope
): DealCount => {
  const isOpen = typeOf(pipeline, row.stage) === "open"
  return {
    ...row,
    count: number,
    closedAt: isOpen ? null : (closedPieces(scope).examples[piece] ?? null),
    expectedClose: isOpen && piece !== undated ? (duePieces(scope).examples[piece] ?? null) : null
  }
}

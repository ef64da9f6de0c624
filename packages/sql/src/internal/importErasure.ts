/** Takes a person out of imports: rows that wait, rows that failed, reports, and what rows became. */
import { JobId, type TenantId } from "@clientele/core/domain/Ids"
import { FailedRow, ImportReport, type RowError } from "@clientele/core/domain/Importing"
import { erasedText } from "@clientele/core/domain/Personal"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import { json } from "./columns.ts"
import { decodeRows } from "./storage.ts"

type TellsOf = (cells: ReadonlyArray<string>) => boolean

export const importErasure = ({
  dialect,
  sql,
  tables
}: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const chunks = sql(tables.importChunks.name)
  const jobs = sql(tables.jobs.name)

  /**
   * Blanks rows that wait and drops rows that failed, and answers these by their jobs; one page after the other, because a
   * file can be large.
   */
  const eraseChunks = Effect.fnUntraced(function* (tenantId: TenantId, tellsOf: TellsOf) {
    const dropped = new Map<string, Set<number>>()
    let position = { job_id: "", number: -1 }
    for (;;) {
      const page = yield* decodeChunks(sql`
        SELECT job_id, number, waiting, failed FROM ${chunks}
        WHERE tenant_id = ${tenantId} AND (job_id, number) > (${position.job_id}, ${position.number})
          AND (waiting IS NOT NULL OR failed IS NOT NULL)
        ORDER BY job_id, number LIMIT ${pageSize} ${dialect.forUpdate}`)
      for (const { failed, job_id, number, waiting } of page) {
        const rows = dropped.get(job_id) ?? new Set()
        for (const { cells, row } of failed ?? []) if (tellsOf(cells)) dropped.set(job_id, rows.add(row))
        const left = failed?.filter(({ cells }) => !tellsOf(cells)) ?? null
        const told = waiting?.some((cells) => cells !== null && tellsOf(cells)) ?? false
        if (!told && (left?.length ?? 0) === (failed?.length ?? 0)) continue
        const blanked = waiting?.map((cells) => (cells !== null && tellsOf(cells) ? null : cells)) ?? null
        yield* sql`
          UPDATE ${chunks} SET revision = revision + 1, waiting = ${textOrNull(blanked)},
            failed = ${textOrNull(left === null || left.length === 0 ? null : left)}
          WHERE tenant_id = ${tenantId} AND job_id = ${job_id} AND number = ${number}`
      }
      const last = page.at(-1)
      if (last === undefined) return dropped
      position = last
    }
  })
  const textOrNull = (value: unknown) => (value === null ? sql.literal("NULL") : sql`${JSON.stringify(value)}`)

  const eraseReports = Effect.fnUntraced(function* (
    tenantId: TenantId,
    tellsOf: TellsOf,
    dropped: ReadonlyMap<string, ReadonlySet<number>>
  ) {
    const result = sql.literal(`${dialect.read("result", "json")} AS result`)
    const reports = yield* decodeReports(sql`
      SELECT id, ${result} FROM ${jobs} WHERE tenant_id = ${tenantId} AND kind ${dialect.among(kinds)}`)
    for (const { id, result } of reports) {
      const isTold = ({ row, value }: RowError) =>
        value !== null && (tellsOf([value]) || (dropped.get(id)?.has(row) ?? false))
      if (result === null || !result.errors.some(isTold)) continue
      const errors = result.errors.map((error) => (isTold(error) ? { ...error, value: erasedText } : error))
      const report = yield* encodeReport({ ...result, errors })
      yield* sql`
        UPDATE ${jobs} SET result = ${dialect.value("json", report)} WHERE tenant_id = ${tenantId} AND id = ${id}`
    }
  })

  const erase = Effect.fnUntraced(function* (tenantId: TenantId, recordIds: ReadonlyArray<string>, tellsOf: TellsOf) {
    yield* sql`
      DELETE FROM ${sql(tables.importedRows.name)}
      WHERE tenant_id = ${tenantId} AND kind = 'contacts' AND record_id ${dialect.among(recordIds)}`
    yield* sql`DELETE FROM ${sql(tables.dryRuns.name)} WHERE tenant_id = ${tenantId}`
    yield* eraseReports(tenantId, tellsOf, yield* eraseChunks(tenantId, tellsOf))
  })

  return { erase }
}

// internal

const pageSize = 20

const kinds = ["import_contacts", "import_deals"]

const decodeChunks = decodeRows(
  Schema.Struct({
    job_id: JobId,
    number: Schema.Int,
    waiting: Schema.NullOr(json(Schema.Array(Schema.NullOr(Schema.Array(Schema.String))))),
    failed: Schema.NullOr(json(Schema.Array(FailedRow)))
  })
)

const ReportJson = json(Schema.toCodecJson(Schema.NullOr(ImportReport)))
const encodeReport = Schema.encodeEffect(ReportJson)
const decodeReports = decodeRows(Schema.Struct({ id: JobId, result: ReportJson }))

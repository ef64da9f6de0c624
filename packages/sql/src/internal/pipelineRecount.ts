/** Counts all deals and visits of a tenant again, to hold kept sums against. */
import type { TenantId } from "@clientele/core/domain/Ids"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Tables } from "../Table.ts"
import type { pipelineSources } from "./pipelineSources.ts"
import { amounts, keys } from "./pipelineSums.ts"
import { decodeRows } from "./storage.ts"

export const pipelineRecount = (options: {
  readonly sql: SqlClient
  readonly tables: Tables
  readonly sources: Pick<ReturnType<typeof pipelineSources>, "dayInUtc" | "millis">
}) => {
  const { sql, sources } = options
  const { dealHistory, deals, pipelineDeltas, pipelineSums } = options.tables
  const millis = (from: string, to: string) => sources.millis(sql.literal(from), sql.literal(to))
  const columns = sql.literal([...keys, ...amounts].join(", "))
  const key = sql.literal(keys.filter((key) => key !== "tenant_id").join(", "))
  const sums = sql.literal(amounts.map((amount) => `CAST(sum(${amount}) AS TEXT) AS ${amount}`).join(", "))
  const isOff = sql.literal(amounts.map((amount) => `sum(${amount}) <> 0`).join(" OR "))

  /** What there is less than kept sums say; more where it is negative. */
  const differences = (tenantId: TenantId) => {
    const moves = sql`(
      SELECT deal_id, from_stage, at, lag(at) OVER (PARTITION BY deal_id ORDER BY version) AS entered_at,
        lag(at) OVER (PARTITION BY deal_id, from_stage ORDER BY version) AS last_left_at
      FROM ${sql(dealHistory.name)} WHERE tenant_id = ${tenantId} AND kind = 'move'
    )`
    return decodeDifferences(sql`
      SELECT ${key}, ${sums} FROM (
        SELECT ${columns} FROM ${sql(pipelineSums.name)} WHERE tenant_id = ${tenantId}
        UNION ALL SELECT ${columns} FROM ${sql(pipelineDeltas.name)} WHERE tenant_id = ${tenantId}
        UNION ALL SELECT tenant_id, pipeline, 'open', stage, currency, coalesce(expected_close, ''),
          -1, -value, -value * probability, 0
        FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND closed_at IS NULL
        UNION ALL SELECT tenant_id, pipeline, 'closed', stage, currency, ${sources.dayInUtc("closed_at")},
          -1, -value, -value * probability, -${millis("created_at", "closed_at")}
        FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND closed_at IS NOT NULL
        UNION ALL SELECT deal.tenant_id, deal.pipeline, 'visit', from_stage, '', ${sources.dayInUtc("at")},
          -1, 0, 0, -${millis("entered_at", "at")}
        FROM ${moves} AS move JOIN ${sql(deals.name)} deal ON deal.tenant_id = ${tenantId} AND deal.id = deal_id
        WHERE from_stage IS NOT NULL
        UNION ALL SELECT deal.tenant_id, deal.pipeline, 'return', from_stage, '', ${sources.dayInUtc("last_left_at")},
          -1, 0, 0, 0
        FROM ${moves} AS move JOIN ${sql(deals.name)} deal ON deal.tenant_id = ${tenantId} AND deal.id = deal_id
        WHERE last_left_at IS NOT NULL
      ) AS counted GROUP BY ${key} HAVING ${isOff}`)
  }

  return { differences }
}

// internal

const decodeDifferences = decodeRows(
  Schema.Struct({
    pipeline: Schema.String,
    kind: Schema.String,
    stage: Schema.String,
    currency: Schema.String,
    day: Schema.String,
    number: Schema.FiniteFromString,
    value: Schema.BigIntFromString,
    weighted: Schema.BigIntFromString,
    millis: Schema.BigIntFromString
  })
)

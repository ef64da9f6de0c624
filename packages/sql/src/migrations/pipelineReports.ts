/**
 * Migration 5: what reports on pipelines read in place of all deals: sums by day, and ended visits to stages. Both are
 * filled from the deals that there are.
 */
import type { Migration } from "../Migrations.ts"
import type { Tables } from "../Table.ts"

export const pipelineReports: Migration = {
  id: 5,
  name: "pipeline_reports",
  statements: { sqlite: (tables) => sqlite(tables), pg: (tables) => pg(tables) }
}

// internal

const indexes = ({ deals, dealVisits: { name } }: Tables): ReadonlyArray<string> => [
  `CREATE INDEX ${deals.name}_by_closed_at ON ${deals.name} (tenant_id, closed_at) WHERE closed_at IS NOT NULL`,
  `CREATE INDEX ${name}_ended ON ${name} (tenant_id, left_at)`,
  `CREATE INDEX ${name}_repeated ON ${name} (tenant_id, left_at, last_left_at, pipeline, stage) WHERE last_left_at IS NOT NULL`,
  `CREATE INDEX ${name}_returned ON ${name} (tenant_id, last_left_at) WHERE last_left_at IS NOT NULL`
]

const fill = (
  { dealHistory, deals, dealVisits, pipelineSums }: Tables,
  { day, millis }: { readonly day: (at: string) => string; readonly millis: (from: string, to: string) => string }
): ReadonlyArray<string> => [
  `INSERT INTO ${dealVisits.name}
    SELECT history.tenant_id, deal_id, history.version, pipeline, from_stage, entered_at, at, last_left_at
    FROM (
      SELECT tenant_id, deal_id, version, from_stage, at,
        lag(at) OVER (PARTITION BY tenant_id, deal_id ORDER BY version) AS entered_at,
        lag(at) OVER (PARTITION BY tenant_id, deal_id, from_stage ORDER BY version) AS last_left_at
      FROM ${dealHistory.name} WHERE kind = 'move'
    ) history JOIN ${deals.name} deal ON deal.tenant_id = history.tenant_id AND deal.id = deal_id
    WHERE from_stage IS NOT NULL`,
  `INSERT INTO ${pipelineSums.name}
    SELECT tenant_id, pipeline, 'open', stage, currency, coalesce(expected_close, ''),
      count(*), sum(value), sum(value * probability), 0
    FROM ${deals.name} WHERE closed_at IS NULL GROUP BY 1, 2, 3, 4, 5, 6`,
  `INSERT INTO ${pipelineSums.name}
    SELECT tenant_id, pipeline, 'closed', stage, currency, ${day("closed_at")},
      count(*), sum(value), sum(value * probability), sum(${millis("created_at", "closed_at")})
    FROM ${deals.name} WHERE closed_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6`,
  `INSERT INTO ${pipelineSums.name}
    SELECT tenant_id, pipeline, 'visit', stage, '', ${day("left_at")},
      count(*), 0, 0, sum(${millis("entered_at", "left_at")})
    FROM ${dealVisits.name} GROUP BY 1, 2, 3, 4, 5, 6`,
  `INSERT INTO ${pipelineSums.name}
    SELECT tenant_id, pipeline, 'return', stage, '', ${day("last_left_at")}, count(*), 0, 0, 0
    FROM ${dealVisits.name} WHERE last_left_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6`
]

const sqlite = (tables: Tables): ReadonlyArray<string> => {
  const { dealVisits, pipelineDeltas, pipelineSums } = tables
  const sums = `tenant_id TEXT NOT NULL,
      pipeline TEXT NOT NULL,
      kind TEXT NOT NULL,
      stage TEXT NOT NULL,
      currency TEXT NOT NULL,
      day TEXT NOT NULL,
      number INTEGER NOT NULL,
      value INTEGER NOT NULL,
      weighted INTEGER NOT NULL,
      millis INTEGER NOT NULL,`
  return [
    `CREATE TABLE ${pipelineSums.name} (
      ${sums}
      CONSTRAINT ${pipelineSums.name}_key PRIMARY KEY (tenant_id, pipeline, kind, day, stage, currency)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ${pipelineDeltas.name} (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      ${sums}
      CONSTRAINT ${pipelineDeltas.name}_seq UNIQUE (tenant_id, seq)
    ) STRICT`,
    `CREATE TABLE ${dealVisits.name} (
      tenant_id TEXT NOT NULL,
      deal_id TEXT NOT NULL,
      version INTEGER NOT NULL,
      pipeline TEXT NOT NULL,
      stage TEXT NOT NULL,
      entered_at TEXT NOT NULL,
      left_at TEXT NOT NULL,
      last_left_at TEXT,
      CONSTRAINT ${dealVisits.name}_version PRIMARY KEY (tenant_id, deal_id, version)
    ) STRICT, WITHOUT ROWID`,
    ...fill(tables, {
      day: (at) => `substr(${at}, 1, 10)`,
      millis: (from, to) => `CAST(round(1000 * (unixepoch(${to}, 'subsec') - unixepoch(${from}, 'subsec'))) AS INTEGER)`
    }),
    ...indexes(tables)
  ]
}

const key = `text COLLATE "C"`

const pg = (tables: Tables): ReadonlyArray<string> => {
  const { dealVisits, pipelineDeltas, pipelineSums } = tables
  const sums = `tenant_id ${key} NOT NULL,
      pipeline ${key} NOT NULL,
      kind ${key} NOT NULL,
      stage ${key} NOT NULL,
      currency ${key} NOT NULL,
      day ${key} NOT NULL,
      number integer NOT NULL,
      value bigint NOT NULL,
      weighted bigint NOT NULL,
      millis bigint NOT NULL,`
  return [
    `CREATE TABLE ${pipelineSums.name} (
      ${sums}
      CONSTRAINT ${pipelineSums.name}_key PRIMARY KEY (tenant_id, pipeline, kind, day, stage, currency)
    )`,
    `CREATE TABLE ${pipelineDeltas.name} (
      ${sums}
      seq bigint GENERATED ALWAYS AS IDENTITY,
      CONSTRAINT ${pipelineDeltas.name}_seq PRIMARY KEY (tenant_id, seq)
    )`,
    `CREATE TABLE ${dealVisits.name} (
      tenant_id ${key} NOT NULL,
      deal_id ${key} NOT NULL,
      version integer NOT NULL,
      pipeline ${key} NOT NULL,
      stage ${key} NOT NULL,
      entered_at timestamptz NOT NULL,
      left_at timestamptz NOT NULL,
      last_left_at timestamptz,
      CONSTRAINT ${dealVisits.name}_version PRIMARY KEY (tenant_id, deal_id, version)
    )`,
    ...fill(tables, {
      day: (at) => `to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
      millis: (from, to) => `(1000 * extract(epoch FROM ${to} - ${from}))::bigint`
    }),
    ...indexes(tables)
  ]
}

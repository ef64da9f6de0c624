/** Migration 6: what imports keep beside their jobs. */
import type { Migration } from "../Migrations.ts"
import type { Tables } from "../Table.ts"

export const imports: Migration = {
  id: 6,
  name: "imports",
  statements: {
    sqlite: (tables) => statements(tables, { key: "TEXT", timestamp: "TEXT", options: " STRICT" }),
    pg: (tables) => statements(tables, { key: `text COLLATE "C"`, timestamp: "timestamptz", options: "" })
  }
}

// internal

interface Types {
  /** Of columns that are compared. */
  readonly key: string
  readonly timestamp: string
  readonly options: string
}

const statements = (
  { dryRuns, importChunks, importedRows }: Tables,
  { key, options, timestamp }: Types
): ReadonlyArray<string> => [
  `CREATE TABLE ${importChunks.name} (
    tenant_id ${key} NOT NULL,
    job_id ${key} NOT NULL,
    number integer NOT NULL,
    revision integer NOT NULL,
    first_row integer NOT NULL,
    spooled_at ${timestamp} NOT NULL,
    waiting text,
    failed text,
    created text,
    CONSTRAINT ${importChunks.name}_number PRIMARY KEY (tenant_id, job_id, number)
  )${options}`,
  // Purging asks for all tenants at once.
  `CREATE INDEX ${importChunks.name}_spooled ON ${importChunks.name} (spooled_at)`,
  `CREATE TABLE ${importedRows.name} (
    tenant_id ${key} NOT NULL,
    kind ${key} NOT NULL,
    fingerprint ${key} NOT NULL,
    ordinal integer NOT NULL,
    job_id ${key} NOT NULL,
    record_id ${key} NOT NULL,
    CONSTRAINT ${importedRows.name}_ordinal PRIMARY KEY (tenant_id, kind, fingerprint, ordinal)
  )${options}`,
  `CREATE INDEX ${importedRows.name}_record ON ${importedRows.name} (tenant_id, kind, record_id)`,
  `CREATE TABLE ${dryRuns.name} (
    tenant_id ${key} NOT NULL,
    job_id ${key} NOT NULL,
    key ${key} NOT NULL,
    value text NOT NULL,
    CONSTRAINT ${dryRuns.name}_key PRIMARY KEY (tenant_id, job_id, key)
  )${options}`
]

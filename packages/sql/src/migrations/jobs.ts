/** Migration 2: jobs. */
import type { Migration } from "../Migrations.ts"
import type { Tables } from "../Table.ts"

export const jobs: Migration = {
  id: 2,
  name: "jobs",
  statements: { sqlite: (tables) => sqlite(tables), pg: (tables) => pg(tables) }
}

// internal

const indexes = ({ jobs: { name } }: Tables): ReadonlyArray<string> => [
  `CREATE UNIQUE INDEX ${name}_unique_key ON ${name} (tenant_id, unique_key) WHERE unique_key IS NOT NULL AND finished_at IS NULL`,
  `CREATE INDEX ${name}_newest ON ${name} (tenant_id, created_at DESC, id DESC)`,
  // Workers ask for all tenants at once, and purging does.
  `CREATE INDEX ${name}_due ON ${name} (due_at) WHERE due_at IS NOT NULL`,
  `CREATE INDEX ${name}_finished ON ${name} (finished_at) WHERE finished_at IS NOT NULL`
]

const sqlite = (tables: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${tables.jobs.name} (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    unique_key TEXT,
    status TEXT NOT NULL,
    params TEXT NOT NULL,
    position TEXT NOT NULL,
    total INTEGER,
    done INTEGER NOT NULL,
    result TEXT NOT NULL,
    failure TEXT,
    starter TEXT NOT NULL,
    setbacks INTEGER NOT NULL,
    losses INTEGER NOT NULL,
    due_at TEXT,
    lease TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    CONSTRAINT ${tables.jobs.name}_id PRIMARY KEY (tenant_id, id)
  ) STRICT`,
  ...indexes(tables)
]

const key = `text COLLATE "C"`

const pg = (tables: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${tables.jobs.name} (
    tenant_id ${key} NOT NULL,
    id ${key} NOT NULL,
    kind ${key} NOT NULL,
    unique_key ${key},
    status ${key} NOT NULL,
    params jsonb NOT NULL,
    position jsonb NOT NULL,
    total integer,
    done integer NOT NULL,
    result jsonb NOT NULL,
    failure jsonb,
    starter jsonb NOT NULL,
    setbacks integer NOT NULL,
    losses integer NOT NULL,
    due_at timestamptz,
    lease ${key},
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT ${tables.jobs.name}_id PRIMARY KEY (tenant_id, id)
  )`,
  ...indexes(tables)
]

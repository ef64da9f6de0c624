/** Migration 9: keys of requests, with what was answered to them. */
import type { Migration } from "../Migrations.ts"
import type { Tables } from "../Table.ts"

export const idempotency: Migration = {
  id: 9,
  name: "idempotency",
  statements: { sqlite: (tables) => sqlite(tables), pg: (tables) => pg(tables) }
}

// internal

// Purging is done for all tenants at once.
const index = ({ idempotencyKeys: { name } }: Tables): string => `CREATE INDEX ${name}_oldest ON ${name} (claimed_at)`

const sqlite = (tables: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${tables.idempotencyKeys.name} (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    claim TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    status INTEGER,
    headers TEXT,
    body TEXT,
    erased TEXT,
    CONSTRAINT ${tables.idempotencyKeys.name}_key PRIMARY KEY (tenant_id, user_id, key)
  ) STRICT`,
  index(tables)
]

const key = `text COLLATE "C"`

const pg = (tables: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${tables.idempotencyKeys.name} (
    tenant_id ${key} NOT NULL,
    user_id ${key} NOT NULL,
    key ${key} NOT NULL,
    fingerprint ${key} NOT NULL,
    claim ${key} NOT NULL,
    claimed_at timestamptz NOT NULL,
    status integer,
    headers jsonb,
    body text,
    erased ${key},
    CONSTRAINT ${tables.idempotencyKeys.name}_key PRIMARY KEY (tenant_id, user_id, key)
  )`,
  index(tables)
]

/**
 * Migration 3: deals with their history, archive and kept sums; products; notes of deals; what contacts and the outbox
 * know of deals.
 */
import type { Migration } from "../Migrations.ts"
import type { Tables } from "../Table.ts"

export const deals: Migration = {
  id: 3,
  name: "deals",
  statements: { sqlite: (tables) => sqlite(tables), pg: (tables) => pg(tables) }
}

// internal

// Every filter and sort of the list has an index that ends in the list's order, so that a page is read off in order.
const indexes = ({ dealArchive, deals: { name }, notes, outbox, products }: Tables): ReadonlyArray<string> => [
  `CREATE UNIQUE INDEX ${name}_external_id ON ${name} (tenant_id, external_id) WHERE external_id IS NOT NULL`,
  `CREATE INDEX ${name}_newest ON ${name} (tenant_id, created_at DESC, id DESC)`,
  ...["updated_at", "name_folded", "amount", "expected_close"].map(
    (column) => `CREATE INDEX ${name}_by_${column} ON ${name} (tenant_id, ${column}, id)`
  ),
  ...["stage", "owner_id", "contact_id"].map(
    (column) => `CREATE INDEX ${name}_by_${column} ON ${name} (tenant_id, ${column}, created_at DESC, id DESC)`
  ),
  `CREATE INDEX ${dealArchive.name}_contact ON ${dealArchive.name} (tenant_id, contact_id) WHERE contact_id IS NOT NULL`,
  // Purging asks of all tenants at once.
  `CREATE INDEX ${dealArchive.name}_deleted ON ${dealArchive.name} (deleted_at)`,
  `CREATE INDEX ${products.name}_newest ON ${products.name} (tenant_id, created_at DESC, id DESC)`,
  `CREATE INDEX ${notes.name}_newest ON ${notes.name} (tenant_id, contact_id, created_at DESC, id DESC)`,
  `CREATE INDEX ${notes.name}_of_deal ON ${notes.name} (tenant_id, deal_id, created_at DESC, id DESC) WHERE deal_id IS NOT NULL`,
  `CREATE INDEX ${outbox.name}_deal ON ${outbox.name} (tenant_id, deal_id) WHERE deal_id IS NOT NULL`
]

const references = (table: string, column: string, target: string): string =>
  `CONSTRAINT ${table}_${column.replace("_id", "")} FOREIGN KEY (tenant_id, ${column}) REFERENCES ${target} (tenant_id, id)`

const sqlite = (tables: Tables): ReadonlyArray<string> => {
  const { contacts, dealArchive, dealDeltas, dealHistory, deals, dealSums, notes, outbox, products } = tables
  return [
    ...["open_deals", "won_deals"].map(
      (column) => `ALTER TABLE ${contacts.name} ADD COLUMN ${column} INTEGER NOT NULL DEFAULT 0`
    ),
    `ALTER TABLE ${outbox.name} ADD COLUMN deal_id TEXT`,
    `CREATE TABLE ${deals.name} (
      tenant_id TEXT NOT NULL,
      id TEXT NOT NULL,
      external_id TEXT,
      contact_id TEXT,
      name TEXT NOT NULL,
      name_folded TEXT NOT NULL,
      company TEXT,
      value INTEGER NOT NULL,
      currency TEXT NOT NULL,
      amount INTEGER NOT NULL,
      pipeline TEXT NOT NULL,
      stage TEXT NOT NULL,
      probability INTEGER NOT NULL,
      manual_probability INTEGER,
      expected_close TEXT,
      closed_at TEXT,
      owner_id TEXT,
      products TEXT NOT NULL,
      lost_reason TEXT,
      version INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      CONSTRAINT ${deals.name}_id PRIMARY KEY (tenant_id, id),
      ${references(deals.name, "contact_id", contacts.name)}
    ) STRICT`,
    // Rows outlive their deal in the live tables, and are forgotten with it.
    `CREATE TABLE ${dealHistory.name} (
      tenant_id TEXT NOT NULL,
      deal_id TEXT NOT NULL,
      version INTEGER NOT NULL,
      kind TEXT NOT NULL,
      from_stage TEXT,
      to_stage TEXT NOT NULL,
      at TEXT NOT NULL,
      by TEXT NOT NULL,
      value INTEGER NOT NULL,
      currency TEXT NOT NULL,
      probability INTEGER NOT NULL,
      expected_close TEXT,
      owner_id TEXT,
      notes TEXT,
      CONSTRAINT ${dealHistory.name}_version PRIMARY KEY (tenant_id, deal_id, version)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ${dealArchive.name} (
      tenant_id TEXT NOT NULL,
      deal_id TEXT NOT NULL,
      contact_id TEXT,
      deleted_at TEXT NOT NULL,
      deleted_by TEXT NOT NULL,
      record TEXT NOT NULL,
      CONSTRAINT ${dealArchive.name}_deal PRIMARY KEY (tenant_id, deal_id)
    ) STRICT`,
    `CREATE TABLE ${dealSums.name} (
      tenant_id TEXT NOT NULL,
      stage TEXT NOT NULL,
      currency TEXT NOT NULL,
      probability INTEGER NOT NULL,
      number INTEGER NOT NULL,
      value INTEGER NOT NULL,
      CONSTRAINT ${dealSums.name}_key PRIMARY KEY (tenant_id, stage, currency, probability)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ${dealDeltas.name} (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant_id TEXT NOT NULL,
      stage TEXT NOT NULL,
      currency TEXT NOT NULL,
      probability INTEGER NOT NULL,
      number INTEGER NOT NULL,
      value INTEGER NOT NULL,
      CONSTRAINT ${dealDeltas.name}_seq UNIQUE (tenant_id, seq)
    ) STRICT`,
    `CREATE TABLE ${products.name} (
      tenant_id TEXT NOT NULL,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      price INTEGER NOT NULL,
      currency TEXT NOT NULL,
      created_at TEXT NOT NULL,
      CONSTRAINT ${products.name}_id PRIMARY KEY (tenant_id, id)
    ) STRICT`,
    // SQLite adds no key of two columns to a table that is there.
    `ALTER TABLE ${notes.name} RENAME TO ${notes.name}_before`,
    `CREATE TABLE ${notes.name} (
      tenant_id TEXT NOT NULL,
      id TEXT NOT NULL,
      contact_id TEXT,
      deal_id TEXT,
      content TEXT NOT NULL,
      created_by TEXT NOT NULL,
      created_at TEXT NOT NULL,
      CONSTRAINT ${notes.name}_id PRIMARY KEY (tenant_id, id),
      ${references(notes.name, "contact_id", contacts.name)},
      ${references(notes.name, "deal_id", deals.name)}
    ) STRICT`,
    `INSERT INTO ${notes.name} (tenant_id, id, contact_id, content, created_by, created_at)
      SELECT tenant_id, id, contact_id, content, created_by, created_at FROM ${notes.name}_before`,
    `DROP TABLE ${notes.name}_before`,
    ...indexes(tables)
  ]
}

const key = `text COLLATE "C"`

const pg = (tables: Tables): ReadonlyArray<string> => {
  const { contacts, dealArchive, dealDeltas, dealHistory, deals, dealSums, notes, outbox, products } = tables
  return [
    ...["open_deals", "won_deals"].map(
      (column) => `ALTER TABLE ${contacts.name} ADD COLUMN ${column} integer NOT NULL DEFAULT 0`
    ),
    `ALTER TABLE ${outbox.name} ADD COLUMN deal_id ${key}`,
    `CREATE TABLE ${deals.name} (
      tenant_id ${key} NOT NULL,
      id ${key} NOT NULL,
      external_id ${key},
      contact_id ${key},
      name text NOT NULL,
      name_folded ${key} NOT NULL,
      company text,
      value bigint NOT NULL,
      currency ${key} NOT NULL,
      amount bigint NOT NULL,
      pipeline ${key} NOT NULL,
      stage ${key} NOT NULL,
      probability integer NOT NULL,
      manual_probability integer,
      expected_close ${key},
      closed_at timestamptz,
      owner_id ${key},
      products jsonb NOT NULL,
      lost_reason text,
      version integer NOT NULL,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      CONSTRAINT ${deals.name}_id PRIMARY KEY (tenant_id, id),
      ${references(deals.name, "contact_id", contacts.name)}
    )`,
    `CREATE TABLE ${dealHistory.name} (
      tenant_id ${key} NOT NULL,
      deal_id ${key} NOT NULL,
      version integer NOT NULL,
      kind ${key} NOT NULL,
      from_stage ${key},
      to_stage ${key} NOT NULL,
      at timestamptz NOT NULL,
      by ${key} NOT NULL,
      value bigint NOT NULL,
      currency ${key} NOT NULL,
      probability integer NOT NULL,
      expected_close ${key},
      owner_id ${key},
      notes text,
      CONSTRAINT ${dealHistory.name}_version PRIMARY KEY (tenant_id, deal_id, version)
    )`,
    `CREATE TABLE ${dealArchive.name} (
      tenant_id ${key} NOT NULL,
      deal_id ${key} NOT NULL,
      contact_id ${key},
      deleted_at timestamptz NOT NULL,
      deleted_by ${key} NOT NULL,
      record jsonb NOT NULL,
      CONSTRAINT ${dealArchive.name}_deal PRIMARY KEY (tenant_id, deal_id)
    )`,
    `CREATE TABLE ${dealSums.name} (
      tenant_id ${key} NOT NULL,
      stage ${key} NOT NULL,
      currency ${key} NOT NULL,
      probability integer NOT NULL,
      number integer NOT NULL,
      value bigint NOT NULL,
      CONSTRAINT ${dealSums.name}_key PRIMARY KEY (tenant_id, stage, currency, probability)
    )`,
    `CREATE TABLE ${dealDeltas.name} (
      seq bigint GENERATED ALWAYS AS IDENTITY,
      tenant_id ${key} NOT NULL,
      stage ${key} NOT NULL,
      currency ${key} NOT NULL,
      probability integer NOT NULL,
      number integer NOT NULL,
      value bigint NOT NULL,
      CONSTRAINT ${dealDeltas.name}_seq PRIMARY KEY (tenant_id, seq)
    )`,
    `CREATE TABLE ${products.name} (
      tenant_id ${key} NOT NULL,
      id ${key} NOT NULL,
      name text NOT NULL,
      price bigint NOT NULL,
      currency ${key} NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT ${products.name}_id PRIMARY KEY (tenant_id, id)
    )`,
    `ALTER TABLE ${notes.name} ADD COLUMN deal_id ${key}, ADD ${references(notes.name, "deal_id", deals.name)}`,
    `DROP INDEX ${notes.name}_newest`,
    ...indexes(tables)
  ]
}

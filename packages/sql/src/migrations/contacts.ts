/** Migration 1: contacts with their addresses, notes and archive; users; the outbox. */
import type { Migration } from "../Migrations.ts"
import type { Tables } from "../Table.ts"
import { duplicateTables } from "./duplicates.ts"
import { privacyTables } from "./privacy.ts"
import { scoringTables } from "./scoring.ts"

export const contacts: Migration = {
  id: 1,
  name: "contacts",
  statements: { sqlite: (tables) => sqlite(tables), pg: (tables) => pg(tables) }
}

// internal

// Every filter of the list has an index that ends in the list's order, so that a page is read off in order, unsorted.
const listIndexes = ({ contacts: { name } }: Tables): ReadonlyArray<string> => [
  `CREATE UNIQUE INDEX ${name}_external_id ON ${name} (tenant_id, external_id) WHERE external_id IS NOT NULL`,
  `CREATE INDEX ${name}_newest ON ${name} (tenant_id, created_at DESC, id DESC)`,
  // Sweeping asks of all tenants at once. Most scores hold for ever.
  `CREATE INDEX ${name}_due ON ${name} (score_valid_until) WHERE score_valid_until IS NOT NULL`,
  `CREATE INDEX ${name}_by_score_rules_version ON ${name} (tenant_id, score_rules_version, id)`,
  ...["updated_at", "name_folded", "score", "last_interaction"].map(
    (column) => `CREATE INDEX ${name}_by_${column} ON ${name} (tenant_id, ${column}, id)`
  ),
  ...["status", "type", "source", "owner_id"].map(
    (column) => `CREATE INDEX ${name}_by_${column} ON ${name} (tenant_id, ${column}, created_at DESC, id DESC)`
  )
]

const childIndexes = (tables: Tables): ReadonlyArray<string> => [
  `CREATE INDEX ${tables.contactTags.name}_newest ON ${tables.contactTags.name} (tenant_id, tag_key, created_at DESC, contact_id DESC)`,
  `CREATE INDEX ${tables.contactEmails.name}_contact ON ${tables.contactEmails.name} (tenant_id, contact_id)`,
  `CREATE UNIQUE INDEX ${tables.contactEvents.name}_client_id ON ${tables.contactEvents.name} (tenant_id, client_id) WHERE client_id IS NOT NULL`,
  `CREATE INDEX ${tables.contactEvents.name}_newest ON ${tables.contactEvents.name} (tenant_id, contact_id, occurred_at DESC, id DESC)`,
  `CREATE INDEX ${tables.contactHistory.name}_newest ON ${tables.contactHistory.name} (tenant_id, contact_id, at DESC, id DESC)`,
  `CREATE INDEX ${tables.mergedContacts.name}_into ON ${tables.mergedContacts.name} (tenant_id, merged_into)`,
  `CREATE INDEX ${tables.outbox.name}_contact ON ${tables.outbox.name} (tenant_id, contact_id) WHERE contact_id IS NOT NULL`,
  `CREATE INDEX ${tables.notes.name}_newest ON ${tables.notes.name} (tenant_id, contact_id, created_at DESC, id DESC)`
]

const ofContact = ({ contacts: { name } }: Tables, table: string): string =>
  `CONSTRAINT ${table}_contact FOREIGN KEY (tenant_id, contact_id) REFERENCES ${name} (tenant_id, id)`

const sqlite = (tables: Tables): ReadonlyArray<string> => {
  const { contactArchive, contactCounts, contactEmails, contactEvents, contactHistory, contacts, contactSearch } =
    tables
  const { contactTags, mergedContacts, notes, outbox, segments, users } = tables
  return [
    // The integer key is the search index's; SQLite keeps a row under one anyway.
    `CREATE TABLE ${contacts.name} (
      row_key INTEGER PRIMARY KEY,
      tenant_id TEXT NOT NULL,
      id TEXT NOT NULL,
      external_id TEXT,
      type TEXT NOT NULL,
      status TEXT NOT NULL,
      name TEXT NOT NULL,
      name_folded TEXT NOT NULL,
      email TEXT,
      secondary_emails TEXT NOT NULL,
      phone TEXT,
      phone_e164 TEXT,
      secondary_phones TEXT NOT NULL,
      company TEXT,
      title TEXT,
      source TEXT,
      address TEXT NOT NULL,
      social TEXT NOT NULL,
      tags TEXT NOT NULL,
      custom_fields TEXT NOT NULL,
      owner_id TEXT,
      score INTEGER NOT NULL,
      score_breakdown TEXT NOT NULL,
      score_grade TEXT NOT NULL,
      scored_at TEXT NOT NULL,
      score_valid_until TEXT,
      score_rules_version INTEGER NOT NULL,
      last_interaction TEXT,
      total_interactions INTEGER NOT NULL,
      lifetime_value INTEGER NOT NULL,
      version INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      search_text TEXT NOT NULL,
      facts TEXT NOT NULL,
      CONSTRAINT ${contacts.name}_id UNIQUE (tenant_id, id)
    ) STRICT`,
    ...listIndexes(tables),
    `CREATE TABLE ${contactEmails.name} (
      tenant_id TEXT NOT NULL,
      email_key TEXT NOT NULL,
      contact_id TEXT NOT NULL,
      CONSTRAINT ${contactEmails.name}_unique PRIMARY KEY (tenant_id, email_key),
      ${ofContact(tables, contactEmails.name)}
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ${contactTags.name} (
      tenant_id TEXT NOT NULL,
      contact_id TEXT NOT NULL,
      tag_key TEXT NOT NULL,
      created_at TEXT NOT NULL,
      CONSTRAINT ${contactTags.name}_unique PRIMARY KEY (tenant_id, contact_id, tag_key),
      ${ofContact(tables, contactTags.name)}
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ${contactCounts.name} (
      tenant_id TEXT NOT NULL,
      counted TEXT NOT NULL,
      shard INTEGER NOT NULL DEFAULT 0,
      number INTEGER NOT NULL,
      CONSTRAINT ${contactCounts.name}_unique PRIMARY KEY (tenant_id, counted, shard)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ${notes.name} (
      tenant_id TEXT NOT NULL,
      id TEXT NOT NULL,
      contact_id TEXT,
      content TEXT NOT NULL,
      created_by TEXT NOT NULL,
      created_at TEXT NOT NULL,
      CONSTRAINT ${notes.name}_id PRIMARY KEY (tenant_id, id),
      ${ofContact(tables, notes.name)}
    ) STRICT`,
    `CREATE TABLE ${contactEvents.name} (
      tenant_id TEXT NOT NULL,
      id TEXT NOT NULL,
      client_id TEXT,
      contact_id TEXT NOT NULL,
      event TEXT NOT NULL,
      occurred_at TEXT NOT NULL,
      properties TEXT NOT NULL,
      CONSTRAINT ${contactEvents.name}_id PRIMARY KEY (tenant_id, id),
      ${ofContact(tables, contactEvents.name)}
    ) STRICT`,
    `CREATE TABLE ${contactHistory.name} (
      tenant_id TEXT NOT NULL,
      id TEXT NOT NULL,
      contact_id TEXT NOT NULL,
      at TEXT NOT NULL,
      actor_id TEXT NOT NULL,
      actor_name TEXT,
      cause TEXT NOT NULL,
      changes TEXT NOT NULL,
      CONSTRAINT ${contactHistory.name}_id PRIMARY KEY (tenant_id, id),
      ${ofContact(tables, contactHistory.name)}
    ) STRICT`,
    `CREATE TABLE ${contactArchive.name} (
      tenant_id TEXT NOT NULL,
      contact_id TEXT NOT NULL,
      deleted_at TEXT NOT NULL,
      deleted_by TEXT NOT NULL,
      record TEXT NOT NULL,
      CONSTRAINT ${contactArchive.name}_contact PRIMARY KEY (tenant_id, contact_id)
    ) STRICT`,
    `CREATE TABLE ${mergedContacts.name} (
      tenant_id TEXT NOT NULL,
      contact_id TEXT NOT NULL,
      merged_into TEXT NOT NULL,
      CONSTRAINT ${mergedContacts.name}_id PRIMARY KEY (tenant_id, contact_id)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ${segments.name} (
      tenant_id TEXT NOT NULL,
      key TEXT NOT NULL,
      name TEXT NOT NULL,
      predicate TEXT NOT NULL,
      CONSTRAINT ${segments.name}_key PRIMARY KEY (tenant_id, key)
    ) STRICT`,
    `CREATE TABLE ${users.name} (
      tenant_id TEXT NOT NULL,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      CONSTRAINT ${users.name}_id PRIMARY KEY (tenant_id, id)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ${outbox.name} (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant_id TEXT NOT NULL,
      id TEXT NOT NULL,
      contact_id TEXT,
      type TEXT NOT NULL,
      occurred_at TEXT NOT NULL,
      body TEXT NOT NULL,
      CONSTRAINT ${outbox.name}_id UNIQUE (tenant_id, id)
    ) STRICT`,
    ...childIndexes(tables),
    ...duplicateTables(tables, "TEXT", " STRICT, WITHOUT ROWID"),
    ...privacyTables(tables, "TEXT"),
    ...scoringTables(tables, { key: "TEXT", json: "TEXT", timestamp: "TEXT" }),
    // The text is folded already, and SQLite's idea of upper and lower case is another one.
    `CREATE VIRTUAL TABLE ${contactSearch} USING fts5 (
      tenant, text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1', detail = full
    )`
  ]
}

// Keys compare by code point, as on SQLite, whatever the database's locale.
const key = `text COLLATE "C"`

const pg = (tables: Tables): ReadonlyArray<string> => {
  const { contactArchive, contactCounts, contactEmails, contactEvents, contactHistory, contacts } = tables
  const { contactTags, mergedContacts, notes, outbox, segments, users } = tables
  return [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
    `CREATE TABLE ${contacts.name} (
      tenant_id ${key} NOT NULL,
      id ${key} NOT NULL,
      external_id ${key},
      type ${key} NOT NULL,
      status ${key} NOT NULL,
      name text NOT NULL,
      name_folded ${key} NOT NULL,
      email text,
      secondary_emails jsonb NOT NULL,
      phone text,
      phone_e164 ${key},
      secondary_phones jsonb NOT NULL,
      company text,
      title text,
      source ${key},
      address jsonb NOT NULL,
      social jsonb NOT NULL,
      tags jsonb NOT NULL,
      custom_fields jsonb NOT NULL,
      owner_id ${key},
      score integer NOT NULL,
      score_breakdown jsonb NOT NULL,
      score_grade ${key} NOT NULL,
      scored_at timestamptz NOT NULL,
      score_valid_until timestamptz,
      score_rules_version integer NOT NULL,
      last_interaction timestamptz,
      total_interactions integer NOT NULL,
      lifetime_value bigint NOT NULL,
      version integer NOT NULL,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      search_text text NOT NULL,
      facts jsonb NOT NULL,
      CONSTRAINT ${contacts.name}_id PRIMARY KEY (tenant_id, id)
    )`,
    ...listIndexes(tables),
    `CREATE INDEX ${contacts.name}_search ON ${contacts.name} USING gin (tenant_id, search_text gin_trgm_ops)`,
    `CREATE TABLE ${contactEmails.name} (
      tenant_id ${key} NOT NULL,
      email_key ${key} NOT NULL,
      contact_id ${key} NOT NULL,
      CONSTRAINT ${contactEmails.name}_unique PRIMARY KEY (tenant_id, email_key),
      ${ofContact(tables, contactEmails.name)}
    )`,
    `CREATE TABLE ${contactTags.name} (
      tenant_id ${key} NOT NULL,
      contact_id ${key} NOT NULL,
      tag_key ${key} NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT ${contactTags.name}_unique PRIMARY KEY (tenant_id, contact_id, tag_key),
      ${ofContact(tables, contactTags.name)}
    )`,
    // A connection writes to a shard of its own, so that no two transactions ever wait for one number.
    `CREATE TABLE ${contactCounts.name} (
      tenant_id ${key} NOT NULL,
      counted ${key} NOT NULL,
      shard integer NOT NULL DEFAULT pg_backend_pid(),
      number integer NOT NULL,
      CONSTRAINT ${contactCounts.name}_unique PRIMARY KEY (tenant_id, counted, shard)
    )`,
    `CREATE TABLE ${notes.name} (
      tenant_id ${key} NOT NULL,
      id ${key} NOT NULL,
      contact_id ${key},
      content text NOT NULL,
      created_by ${key} NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT ${notes.name}_id PRIMARY KEY (tenant_id, id),
      ${ofContact(tables, notes.name)}
    )`,
    `CREATE TABLE ${contactEvents.name} (
      tenant_id ${key} NOT NULL,
      id ${key} NOT NULL,
      client_id ${key},
      contact_id ${key} NOT NULL,
      event ${key} NOT NULL,
      occurred_at timestamptz NOT NULL,
      properties jsonb NOT NULL,
      CONSTRAINT ${contactEvents.name}_id PRIMARY KEY (tenant_id, id),
      ${ofContact(tables, contactEvents.name)}
    )`,
    `CREATE TABLE ${contactHistory.name} (
      tenant_id ${key} NOT NULL,
      id ${key} NOT NULL,
      contact_id ${key} NOT NULL,
      at timestamptz NOT NULL,
      actor_id ${key} NOT NULL,
      actor_name text,
      cause ${key} NOT NULL,
      changes jsonb NOT NULL,
      CONSTRAINT ${contactHistory.name}_id PRIMARY KEY (tenant_id, id),
      ${ofContact(tables, contactHistory.name)}
    )`,
    `CREATE TABLE ${contactArchive.name} (
      tenant_id ${key} NOT NULL,
      contact_id ${key} NOT NULL,
      deleted_at timestamptz NOT NULL,
      deleted_by ${key} NOT NULL,
      record jsonb NOT NULL,
      CONSTRAINT ${contactArchive.name}_contact PRIMARY KEY (tenant_id, contact_id)
    )`,
    `CREATE TABLE ${mergedContacts.name} (
      tenant_id ${key} NOT NULL,
      contact_id ${key} NOT NULL,
      merged_into ${key} NOT NULL,
      CONSTRAINT ${mergedContacts.name}_id PRIMARY KEY (tenant_id, contact_id)
    )`,
    `CREATE TABLE ${segments.name} (
      tenant_id ${key} NOT NULL,
      key ${key} NOT NULL,
      name text NOT NULL,
      predicate jsonb NOT NULL,
      CONSTRAINT ${segments.name}_key PRIMARY KEY (tenant_id, key)
    )`,
    `CREATE TABLE ${users.name} (
      tenant_id ${key} NOT NULL,
      id ${key} NOT NULL,
      name text NOT NULL,
      CONSTRAINT ${users.name}_id PRIMARY KEY (tenant_id, id)
    )`,
    // Commit order is not the order of seq: readers go by the transaction and then by seq within it.
    `CREATE TABLE ${outbox.name} (
      xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      seq bigint GENERATED ALWAYS AS IDENTITY,
      tenant_id ${key} NOT NULL,
      id ${key} NOT NULL,
      contact_id ${key},
      type ${key} NOT NULL,
      occurred_at timestamptz NOT NULL,
      body jsonb NOT NULL,
      CONSTRAINT ${outbox.name}_id PRIMARY KEY (tenant_id, id)
    )`,
    `CREATE INDEX ${outbox.name}_position ON ${outbox.name} (xid, seq)`,
    ...childIndexes(tables),
    ...duplicateTables(tables, key),
    ...privacyTables(tables, key),
    ...scoringTables(tables, { key, json: "jsonb", timestamp: "timestamptz" })
  ]
}

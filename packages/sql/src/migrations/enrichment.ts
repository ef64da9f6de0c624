/** Migration 7: what enrichment found of contacts. */
import type { Migration } from "../Migrations.ts"
import type { Tables } from "../Table.ts"

export const enrichment: Migration = {
  id: 7,
  name: "enrichment",
  statements: {
    sqlite: (tables) => [`${table(tables, "TEXT", "TEXT")} STRICT`],
    pg: (tables) => [table(tables, `text COLLATE "C"`, "jsonb")]
  }
}

// internal

const table = ({ contactEnrichment: { name } }: Tables, key: string, json: string): string =>
  `CREATE TABLE ${name} (
    tenant_id ${key} NOT NULL,
    contact_id ${key} NOT NULL,
    enriched ${json} NOT NULL,
    CONSTRAINT ${name}_contact PRIMARY KEY (tenant_id, contact_id)
  )`

/** What migration 1 needs for duplicates: the keys of contacts, under which those that may be one person are found. */
import type { Tables } from "../Table.ts"

/** The table in SQL that both databases take; `key` is the type of columns that are compared. */
export const duplicateTables = ({ contactKeys }: Tables, key: string, options = ""): ReadonlyArray<string> => [
  `CREATE TABLE ${contactKeys.name} (
    tenant_id ${key} NOT NULL,
    key ${key} NOT NULL,
    contact_id ${key} NOT NULL,
    CONSTRAINT ${contactKeys.name}_unique PRIMARY KEY (tenant_id, key, contact_id)
  )${options}`
]

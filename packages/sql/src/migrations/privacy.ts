/** What migration 1 needs for privacy: settings of tenants, and the hashes of erased e-mail addresses. */
import type { Tables } from "../Table.ts"

/** The tables in SQL that both databases take; `key` is the type of columns that are compared. */
export const privacyTables = ({ erasedEmails, settings }: Tables, key: string): ReadonlyArray<string> => [
  `CREATE TABLE ${settings.name} (
    tenant_id ${key} NOT NULL,
    name ${key} NOT NULL,
    value ${key} NOT NULL,
    CONSTRAINT ${settings.name}_name PRIMARY KEY (tenant_id, name)
  )`,
  `CREATE TABLE ${erasedEmails.name} (
    tenant_id ${key} NOT NULL,
    email_hash ${key} NOT NULL,
    CONSTRAINT ${erasedEmails.name}_hash PRIMARY KEY (tenant_id, email_hash)
  )`
]

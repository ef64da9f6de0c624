/** What contacts and deals have got beside themselves, for imports that add notes and for those that are taken back. */
import type { TenantId } from "@clientele/core/domain/Ids"
import type { ImportKind } from "@clientele/core/domain/Importing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { Table, Tables } from "../Table.ts"
import { decodeRows } from "./storage.ts"

export const importUse = ({
  dialect,
  sql,
  tables
}: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const owner = { contacts: sql.literal("contact_id"), deals: sql.literal("deal_id") }

  const notes = (tenantId: TenantId, kind: ImportKind, ids: ReadonlyArray<string>) =>
    Effect.map(
      decodeNotes(sql`
        SELECT ${owner[kind]} AS record_id, content FROM ${sql(tables.notes.name)}
        WHERE tenant_id = ${tenantId} AND ${owner[kind]} ${dialect.among(ids)}`),
      (found) => {
        const contents = new Map<string, Set<string>>()
        for (const { content, record_id } of found) {
          contents.set(record_id, (contents.get(record_id) ?? new Set()).add(content))
        }
        return contents
      }
    )

  /** A note that came with the import is as old as the last change of what it is about. */
  const inUse = (tenantId: TenantId, kind: ImportKind, ids: ReadonlyArray<string>) => {
    const record = sql(tables[kind].name)
    const has = ({ name }: Table) =>
      sql`EXISTS (SELECT 1 FROM ${sql(name)} WHERE tenant_id = record.tenant_id AND ${owner[kind]} = record.id)`
    const { activities, contactEvents, deals, notes, tasks } = tables
    const others = kind === "contacts" ? [activities, tasks, contactEvents, deals] : [activities, tasks]
    const noted = sql`EXISTS (
      SELECT 1 FROM ${sql(notes.name)} note
      WHERE note.tenant_id = record.tenant_id AND note.${owner[kind]} = record.id AND note.created_at > record.updated_at
    )`
    return Effect.map(
      decodeIds(sql`
        SELECT id FROM ${record} record
        WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)} AND ${sql.or([...others.map(has), noted])}`),
      (found) => new Set(found.map(({ id }) => id))
    )
  }

  return { notes, inUse }
}

// internal

const decodeNotes = decodeRows(Schema.Struct({ record_id: Schema.String, content: Schema.String }))
const decodeIds = decodeRows(Schema.Struct({ id: Schema.String }))

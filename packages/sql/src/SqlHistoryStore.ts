/** The history of contacts, one row per change with all its fields, read newest first along an index. */
import type { Position } from "@clientele/core/domain/Cursor"
import { Change, HistoryEntry } from "@clientele/core/domain/History"
import type { ContactId, TenantId } from "@clientele/core/domain/Ids"
import { HistoryStore } from "@clientele/core/ports/HistoryStore"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, toStorageError, totalOf } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"
import { json, timestamp } from "./internal/columns.ts"

export const layer: Layer.Layer<HistoryStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  HistoryStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { contactHistory } = tables(yield* TablePrefix)
    const at = sql.literal(`${contactHistory.name}.at`)
    const selection = sql.literal(
      `id, ${dialect.read("at", "timestamp")} AS at, actor_id, actor_name, cause, ` +
        `${dialect.read("changes", "json")} AS changes`
    )

    const append = Effect.fn("HistoryStore.append")(
      (tenantId: TenantId, entries: ReadonlyArray<{ readonly contactId: ContactId; readonly entry: HistoryEntry }>) =>
        dialect.insert(
          contactHistory,
          entries.map(({ contactId, entry }) => ({
            tenant_id: tenantId,
            id: entry.id,
            contact_id: contactId,
            at: DateTime.formatIso(entry.at),
            actor_id: entry.actor.id,
            actor_name: entry.actor.name,
            cause: entry.cause,
            changes: JSON.stringify(entry.changes)
          }))
        ),
      Effect.asVoid,
      Effect.mapError(toStorageError("HistoryStore.append"))
    )

    const newest = Effect.fn("HistoryStore.newest")(
      function* (tenantId: TenantId, contactId: ContactId, limit: number, after?: Position) {
        const ofContact = sql`tenant_id = ${tenantId} AND contact_id = ${contactId}`
        const further =
          after === undefined || after.key === null
            ? ofContact
            : sql`${ofContact} AND (${at}, id) < (${dialect.value("timestamp", after.key)}, ${after.id})`
        const rows = yield* decodeEntries(sql`
          SELECT ${selection} FROM ${sql(contactHistory.name)} WHERE ${further}
          ORDER BY ${at} DESC, id DESC LIMIT ${limit}`)
        return rows.map(({ actor_id, actor_name, ...row }): HistoryEntry => ({
          ...row,
          actor: { id: actor_id, name: actor_name }
        }))
      },
      Effect.mapError(toStorageError("HistoryStore.newest"))
    )

    const count = Effect.fn("HistoryStore.count")(
      (tenantId: TenantId, contactId: ContactId) =>
        totalOf(sql`
          SELECT CAST(count(*) AS TEXT) AS total FROM ${sql(contactHistory.name)}
          WHERE tenant_id = ${tenantId} AND contact_id = ${contactId}`),
      Effect.mapError(toStorageError("HistoryStore.count"))
    )

    return HistoryStore.of({ append, newest, count })
  })
)

// internal

const decodeEntries = decodeRows(
  Schema.Struct({
    id: HistoryEntry.fields.id,
    at: timestamp,
    actor_id: HistoryEntry.fields.actor.fields.id,
    actor_name: Schema.NullOr(Schema.String),
    cause: HistoryEntry.fields.cause,
    changes: json(Schema.Array(Change))
  })
)

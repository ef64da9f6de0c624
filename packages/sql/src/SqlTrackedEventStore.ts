/** Tracked events in a table of their own; a sender's id is unique in the tenant, which makes re-sending harmless. */
import { type ContactId, EventId, type TenantId } from "@clientele/core/domain/Ids"
import { Properties, type TrackedEvent } from "@clientele/core/domain/TrackedEvent"
import { TrackedEventStore } from "@clientele/core/ports/TrackedEventStore"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"
import { json, timestamp } from "./internal/columns.ts"

export const layer: Layer.Layer<TrackedEventStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  TrackedEventStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { contactEvents } = tables(yield* TablePrefix)
    const occurredAt = dialect.read("occurred_at", "timestamp")
    const selection = sql.literal(
      `id, client_id, event, ${occurredAt} AS occurred_at, ${dialect.read("properties", "json")} AS properties`
    )

    const insert = Effect.fn("TrackedEventStore.insert")(
      function* (tenantId: TenantId, events: ReadonlyArray<TrackedEvent>) {
        const rows = events.map((event) => ({
          tenant_id: tenantId,
          id: event.id,
          client_id: event.clientId,
          contact_id: event.contactId,
          event: event.event,
          occurred_at: DateTime.formatIso(event.timestamp),
          properties: JSON.stringify(event.properties)
        }))
        const written = yield* decodeIds(dialect.insert(contactEvents, rows, "ON CONFLICT DO NOTHING RETURNING id"))
        return new Set(written.map(({ id }) => id))
      },
      Effect.mapError(toStorageError("TrackedEventStore.insert"))
    )

    const newest = Effect.fn("TrackedEventStore.newest")(
      function* (tenantId: TenantId, contactId: ContactId, limit: number) {
        const rows = yield* decodeEvents(sql`
          SELECT ${selection} FROM ${sql(contactEvents.name)}
          WHERE tenant_id = ${tenantId} AND contact_id = ${contactId}
          ORDER BY ${sql(contactEvents.name)}.occurred_at DESC, id DESC LIMIT ${limit}`)
        return rows.map((row): TrackedEvent => ({
          id: row.id,
          clientId: row.client_id,
          contactId,
          event: row.event,
          timestamp: row.occurred_at,
          properties: row.properties
        }))
      },
      Effect.mapError(toStorageError("TrackedEventStore.newest"))
    )

    return TrackedEventStore.of({ insert, newest })
  })
)

// internal

const decodeIds = decodeRows(Schema.Struct({ id: EventId }))

const decodeEvents = decodeRows(
  Schema.Struct({
    id: EventId,
    client_id: Schema.NullOr(Schema.String),
    event: Schema.String,
    occurred_at: timestamp,
    properties: json(Properties)
  })
)

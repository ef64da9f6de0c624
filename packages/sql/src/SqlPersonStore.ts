/**
 * What is kept about a person outside the live tables: the archive entry, where merged contacts went, and the events in
 * the outbox.
 *
 * An erased event keeps its row, id, type and place in the stream, so that consumers that are behind read on and find
 * the body in the shape they know; only what is personal in it is blanked. It no longer names its contact in the column
 * by which events are found, because there is nothing left to find.
 */
import { DomainEvent } from "@clientele/core/domain/Events"
import { Change, HistoryEntry } from "@clientele/core/domain/History"
import { ContactId, type DealId, EventId, type TenantId, UserId } from "@clientele/core/domain/Ids"
import { BaseCurrency } from "@clientele/core/domain/Money"
import { Note } from "@clientele/core/domain/Note"
import { eraser } from "@clientele/core/domain/Personal"
import { Properties, type TrackedEvent } from "@clientele/core/domain/TrackedEvent"
import { type ArchivedContact, PersonStore } from "@clientele/core/ports/PersonStore"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { ArchivedDealIds, contactRows, RecordRow } from "./internal/contactRows.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<PersonStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  PersonStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { contactArchive, mergedContacts, outbox } = tables(yield* TablePrefix)
    const { toRecord } = contactRows(yield* BaseCurrency)
    const archiveSelection = sql.literal(
      `${dialect.read("deleted_at", "timestamp")} AS deleted_at, deleted_by, ` +
        `${dialect.read("record", "json")} AS record`
    )
    const bodySelection = sql.literal(`${dialect.read("body", "json")} AS body`)

    const archived = Effect.fn("PersonStore.archived")(
      function* (tenantId: TenantId, id: ContactId) {
        const [found] = yield* decodeArchived(sql`
          SELECT ${archiveSelection} FROM ${sql(contactArchive.name)}
          WHERE tenant_id = ${tenantId} AND contact_id = ${id}`)
        if (found === undefined) return Option.none()
        const { contact, deals, events, history, notes } = found.record
        return Option.some<ArchivedContact>({
          record: toRecord(contact),
          deleted: { at: found.deleted_at, by: found.deleted_by },
          dealIds: deals,
          notes: newestFirst(notes, ({ createdAt }) => createdAt),
          trackedEvents: newestFirst(events.map(toTrackedEvent), ({ timestamp }) => timestamp),
          history: newestFirst(history.map(toHistoryEntry), ({ at }) => at)
        })
      },
      Effect.mapError(toStorageError("PersonStore.archived"))
    )

    const mergedIds = Effect.fn("PersonStore.mergedIds")(
      (tenantId: TenantId, id: ContactId) =>
        Effect.map(
          decodeMerged(sql`
            SELECT contact_id FROM ${sql(mergedContacts.name)} WHERE tenant_id = ${tenantId} AND merged_into = ${id}
            ORDER BY contact_id`),
          (rows) => rows.map(({ contact_id }) => contact_id)
        ),
      Effect.mapError(toStorageError("PersonStore.mergedIds"))
    )

    const readEvents = (tenantId: TenantId, subject: "contact_id" | "deal_id", ids: ReadonlyArray<string>) =>
      Effect.map(
        decodeBodies(sql`
          SELECT ${bodySelection} FROM ${sql(outbox.name)}
          WHERE tenant_id = ${tenantId} AND ${sql(subject)} ${dialect.among(ids)} ORDER BY occurred_at, id`),
        (rows) => rows.map(({ body }) => body)
      )

    const domainEvents = Effect.fn("PersonStore.domainEvents")(
      (tenantId: TenantId, ids: ReadonlyArray<ContactId>) => readEvents(tenantId, "contact_id", ids),
      Effect.mapError(toStorageError("PersonStore.domainEvents"))
    )

    const blankEvents = Effect.fnUntraced(function* (
      tenantId: TenantId,
      subject: "contact_id" | "deal_id",
      ids: ReadonlyArray<string>
    ) {
      const blanked = yield* encodeEvents((yield* readEvents(tenantId, subject, ids)).map(erased))
      if (blanked.length === 0) return
      const given = dialect.given(
        { event_id: "text", blanked: "json" },
        blanked.map((body) => ({ event_id: body.id, blanked: JSON.stringify(body) }))
      )
      yield* sql`
        UPDATE ${sql(outbox.name)} SET body = given.blanked, contact_id = NULL, deal_id = NULL
        FROM ${given} AS given WHERE tenant_id = ${tenantId} AND id = given.event_id`
    })

    const letGo = Effect.matchCauseEffect(dialect.afterErase, {
      onFailure: (cause) => Effect.logWarning("Erased data may still be in the database's files", cause),
      onSuccess: (todo) =>
        Effect.forEach(todo, (what) => Effect.logWarning(`Erased data may still be in the database's files: ${what}`), {
          discard: true
        })
    })

    const erase = Effect.fn("PersonStore.erase")(
      function* (tenantId: TenantId, ids: ReadonlyArray<ContactId>, dealIds: ReadonlyArray<DealId>) {
        const removed = yield* sql`
          DELETE FROM ${sql(contactArchive.name)} WHERE tenant_id = ${tenantId} AND contact_id ${dialect.among(ids)}
          RETURNING contact_id`
        yield* blankEvents(tenantId, "contact_id", ids)
        yield* blankEvents(tenantId, "deal_id", dealIds)
        yield* sql.afterCommit(letGo)
        return removed.length
      },
      Effect.mapError(toStorageError("PersonStore.erase"))
    )

    return PersonStore.of({ archived, mergedIds, domainEvents, erase })
  })
)

// internal

const erased = eraser(DomainEvent)

const encodeEvents = Schema.encodeUnknownEffect(Schema.Array(DomainEvent))

const decodeMerged = decodeRows(Schema.Struct({ contact_id: ContactId }))

const decodeBodies = decodeRows(Schema.Struct({ body: Schema.fromJsonString(DomainEvent) }))

const EventRow = Schema.Struct({
  id: EventId,
  client_id: Schema.NullOr(Schema.String),
  contact_id: ContactId,
  event: Schema.String,
  occurred_at: Schema.DateTimeUtcFromString,
  properties: Schema.fromJsonString(Properties)
})

const toTrackedEvent = (row: typeof EventRow.Type): TrackedEvent => ({
  id: row.id,
  clientId: row.client_id,
  contactId: row.contact_id,
  event: row.event,
  timestamp: row.occurred_at,
  properties: row.properties
})

const HistoryRow = Schema.Struct({
  id: EventId,
  at: Schema.DateTimeUtcFromString,
  actor_id: UserId,
  actor_name: Schema.NullOr(Schema.String),
  cause: HistoryEntry.fields.cause,
  changes: Schema.fromJsonString(Schema.Array(Change))
})

const toHistoryEntry = ({ actor_id, actor_name, ...row }: typeof HistoryRow.Type): HistoryEntry => ({
  ...row,
  actor: { id: actor_id, name: actor_name }
})

const decodeArchived = decodeRows(
  Schema.Struct({
    deleted_at: Schema.DateTimeUtcFromString,
    deleted_by: UserId,
    record: Schema.fromJsonString(
      Schema.Struct({
        contact: RecordRow,
        deals: ArchivedDealIds,
        notes: Schema.Array(Note),
        events: Schema.Array(EventRow),
        history: Schema.Array(HistoryRow)
      })
    )
  })
)

const newestFirst = <A extends { readonly id: string }>(
  items: ReadonlyArray<A>,
  timeOf: (item: A) => DateTime.Utc
): ReadonlyArray<A> =>
  [...items].sort((a, b) => timeOf(b).epochMilliseconds - timeOf(a).epochMilliseconds || (a.id < b.id ? 1 : -1))

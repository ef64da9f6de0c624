/**
 * What is kept about a person outside the live tables: the archive entry, where merged contacts went, and the events in
 * the outbox.
 *
 * An erased event keeps its row, id, type and place in the stream, so that consumers that are behind read on and find
 * the body in the shape they know; only what is personal in it is blanked. It no longer names its contact in the column
 * by which events are found, because there is nothing left to find.
 */
import { nothing } from "@clientele/core/domain/Enrichment"
import { DomainEvent } from "@clientele/core/domain/Events"
import { Change, HistoryEntry } from "@clientele/core/domain/History"
import { ContactId, type DealId, EventId, type TenantId, UserId } from "@clientele/core/domain/Ids"
import { BaseCurrency } from "@clientele/core/domain/Money"
import { Note } from "@clientele/core/domain/Note"
import { erasedText, eraser } from "@clientele/core/domain/Personal"
import { Properties, type TrackedEvent } from "@clientele/core/domain/TrackedEvent"
import { type ArchivedContact, PersonStore } from "@clientele/core/ports/PersonStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { Dialect } from "./Dialect.ts"
import { ActivityRow, TaskRow, toActivity, toTaskRecord } from "./internal/activityRows.ts"
import { EnrichedText } from "./internal/contactEnrichment.ts"
import { ArchivedDealIds, contactRows, RecordRow } from "./internal/contactRows.ts"
import { decodeRows, selectionOf, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"
import { json, timestamp } from "./internal/columns.ts"

export const layer: Layer.Layer<PersonStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  PersonStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { activities, contactArchive, mergedContacts, outbox, tasks } = tables(yield* TablePrefix)
    const { toRecord } = contactRows(yield* BaseCurrency)
    const archiveSelection = sql.literal(
      `${dialect.read("deleted_at", "timestamp")} AS deleted_at, deleted_by, ` +
        `${dialect.read("record", "json")} AS record`
    )
    const activitySelection = sql.literal(selectionOf(dialect, activities, Object.keys(ActivityRow.fields)))
    const taskSelection = sql.literal(selectionOf(dialect, tasks, Object.keys(TaskRow.fields)))
    const bodySelection = sql.literal(`${dialect.read("body", "json")} AS body`)

    const archived = Effect.fn("PersonStore.archived")(
      function* (tenantId: TenantId, id: ContactId) {
        const [found] = yield* decodeArchived(sql`
          SELECT ${archiveSelection} FROM ${sql(contactArchive.name)}
          WHERE tenant_id = ${tenantId} AND contact_id = ${id}`)
        if (found === undefined) return Option.none()
        const { contact, deals, enrichment, events, history, notes } = found.record
        return Option.some<ArchivedContact>({
          record: toRecord(contact),
          deleted: { at: found.deleted_at, by: found.deleted_by },
          dealIds: deals,
          enriched: enrichment?.[0]?.enriched ?? nothing,
          notes: newestFirst(notes, ({ createdAt }) => createdAt),
          trackedEvents: newestFirst(events.map(toTrackedEvent), ({ timestamp }) => timestamp),
          history: newestFirst(history.map(toHistoryEntry), ({ at }) => at),
          activities: found.record.activities?.map(toActivity) ?? [],
          tasks: found.record.tasks?.map(toTaskRecord) ?? []
        })
      },
      Effect.mapError(toStorageError("PersonStore.archived"))
    )

    const ofFormer = (ids: ReadonlyArray<ContactId>) =>
      sql`former_contact_id ${dialect.among(ids)} AND contact_id IS NULL`
    const stayed = Effect.fn("PersonStore.stayed")(
      function* (tenantId: TenantId, id: ContactId) {
        const ofThem = sql`tenant_id = ${tenantId} AND ${ofFormer([id])}`
        const keptActivities = yield* decodeActivities(sql`
          SELECT ${activitySelection} FROM ${sql(activities.name)} WHERE ${ofThem}`)
        const keptTasks = yield* decodeTasks(sql`
          SELECT ${taskSelection} FROM ${sql(tasks.name)} WHERE ${ofThem}`)
        return {
          activities: keptActivities.map((row) => ({ ...toActivity(row), contactId: id })),
          tasks: keptTasks.map(toTaskRecord).map((task) => ({ ...task, fields: { ...task.fields, contactId: id } }))
        }
      },
      Effect.mapError(toStorageError("PersonStore.stayed"))
    )

    /** What stays with a deal keeps that it happened, and nothing that was said; answers the tasks. */
    const blankStayed = Effect.fnUntraced(function* (tenantId: TenantId, ids: ReadonlyArray<ContactId>) {
      const ofThem = sql`tenant_id = ${tenantId} AND ${ofFormer(ids)}`
      yield* sql`
        UPDATE ${sql(activities.name)}
        SET subject = NULL, description = NULL, outcome = NULL, next_steps = NULL, former_contact_id = NULL
        WHERE ${ofThem}`
      return yield* decodeIds(sql`
        UPDATE ${sql(tasks.name)} SET title = ${erasedText}, description = NULL, former_contact_id = NULL
        WHERE ${ofThem} RETURNING id`)
    })

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

    const readEvents = (tenantId: TenantId, which: Fragment) =>
      Effect.map(
        decodeBodies(sql`
          SELECT ${bodySelection} FROM ${sql(outbox.name)} WHERE tenant_id = ${tenantId} AND ${which}
          ORDER BY occurred_at, id`),
        (rows) => rows.map(({ body }) => body)
      )
    const ofContacts = (ids: ReadonlyArray<ContactId>) => sql`contact_id ${dialect.among(ids)}`

    const domainEvents = Effect.fn("PersonStore.domainEvents")(
      (tenantId: TenantId, ids: ReadonlyArray<ContactId>) => readEvents(tenantId, ofContacts(ids)),
      Effect.mapError(toStorageError("PersonStore.domainEvents"))
    )

    /** Events that told of tasks when those were about no contact any more: of few, and looked for by reading. */
    const eventsOfTasks = (tenantId: TenantId, taskIds: ReadonlyArray<string>) =>
      taskIds.length === 0
        ? Effect.succeed([])
        : Effect.map(
            readEvents(tenantId, sql`contact_id IS NULL AND type ${dialect.among(taskEvents)}`),
            Arr.filter(({ data }) => "id" in data && taskIds.includes(data.id))
          )

    const blankEvents = Effect.fnUntraced(function* (tenantId: TenantId, events: ReadonlyArray<DomainEvent>) {
      const blanked = yield* encodeEvents(events.map(erased))
      if (blanked.length === 0) return
      const given = dialect.given(
        { tenant_id: "text", id: "text", blanked: "json" },
        blanked.map((body) => ({ tenant_id: tenantId, id: body.id, blanked: JSON.stringify(body) }))
      )
      // The tenant comes with the row, so that SQLite looks each of them up.
      yield* sql`
        UPDATE ${sql(outbox.name)} SET body = given.blanked, contact_id = NULL, deal_id = NULL FROM ${given} AS given
        WHERE ${sql(outbox.name)}.tenant_id = given.tenant_id AND ${sql(outbox.name)}.id = given.id`
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
        const stayedTasks = (yield* blankStayed(tenantId, ids)).map(({ id }) => id)
        for (const which of [ofContacts(ids), sql`deal_id ${dialect.among(dealIds)}`]) {
          yield* blankEvents(tenantId, yield* readEvents(tenantId, which))
        }
        yield* blankEvents(tenantId, yield* eventsOfTasks(tenantId, stayedTasks))
        yield* sql.afterCommit(letGo)
        return removed.length
      },
      Effect.mapError(toStorageError("PersonStore.erase"))
    )

    return PersonStore.of({ archived, stayed, mergedIds, domainEvents, erase })
  })
)

// internal

const erased = eraser(DomainEvent)

const taskEvents = ["crm.task_due", "crm.task_completed"] as const satisfies ReadonlyArray<DomainEvent["type"]>

const encodeEvents = Schema.encodeUnknownEffect(Schema.Array(DomainEvent))

const decodeActivities = decodeRows(ActivityRow)
const decodeTasks = decodeRows(TaskRow)

const decodeIds = decodeRows(Schema.Struct({ id: Schema.String }))

const decodeMerged = decodeRows(Schema.Struct({ contact_id: ContactId }))

const decodeBodies = decodeRows(Schema.Struct({ body: json(DomainEvent) }))

const EventRow = Schema.Struct({
  id: EventId,
  client_id: Schema.NullOr(Schema.String),
  contact_id: ContactId,
  event: Schema.String,
  occurred_at: timestamp,
  properties: json(Properties)
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
  at: timestamp,
  actor_id: UserId,
  actor_name: Schema.NullOr(Schema.String),
  cause: HistoryEntry.fields.cause,
  changes: json(Schema.Array(Change))
})

const toHistoryEntry = ({ actor_id, actor_name, ...row }: typeof HistoryRow.Type): HistoryEntry => ({
  ...row,
  actor: { id: actor_id, name: actor_name }
})

const decodeArchived = decodeRows(
  Schema.Struct({
    deleted_at: timestamp,
    deleted_by: UserId,
    record: json(
      Schema.Struct({
        contact: RecordRow,
        deals: ArchivedDealIds,
        notes: Schema.Array(Note),
        events: Schema.Array(EventRow),
        history: Schema.Array(HistoryRow),
        enrichment: Schema.optionalKey(Schema.Array(Schema.Struct({ enriched: EnrichedText }))),
        activities: Schema.optionalKey(Schema.Array(ActivityRow)),
        tasks: Schema.optionalKey(Schema.Array(TaskRow))
      })
    )
  })
)

const newestFirst = <A extends { readonly id: string }>(
  items: ReadonlyArray<A>,
  timeOf: (item: A) => DateTime.Utc
): ReadonlyArray<A> =>
  [...items].sort((a, b) => timeOf(b).epochMilliseconds - timeOf(a).epochMilliseconds || (a.id < b.id ? 1 : -1))

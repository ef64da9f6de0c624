/**
 * The outbox: one row per event, in the transaction of its change.
 *
 * Readers go by the order of the dialect, in which nothing that is committed late is passed over.
 */
import { Cause, DomainEvent, Position, subjectsOf } from "@clientele/core/domain/Events"
import { EventId, TenantId } from "@clientele/core/domain/Ids"
import { EventType } from "@clientele/core/domain/Webhook"
import { Outbox, type Reading } from "@clientele/core/ports/Outbox"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, selectionOf, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"
import { json, timestamp } from "./internal/columns.ts"

export const layer: Layer.Layer<Outbox, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  Outbox,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { eventConsumers, outbox, webhookDeliveries } = tables(yield* TablePrefix)
    const { behind, end, order, position, settled, upTo } = dialect.outbox
    const table = sql(outbox.name)
    const consumers = sql(eventConsumers.name)
    const appended = yield* PubSub.sliding<void>(1)

    const inOrder = sql.literal(`ORDER BY ${order}`)
    const selecting = (columns: ReadonlyArray<string>) =>
      sql.literal(`${position} AS position, ${selectionOf(dialect, outbox, columns)}`)
    const instant = (time: DateTime.Utc) => dialect.value("timestamp", DateTime.formatIso(time))
    const isConsumer = (name: string) => sql`tenant_id = '' AND name = ${name}`

    const append = Effect.fn("Outbox.append")(
      function* (tenantId: string, events: ReadonlyArray<DomainEvent>) {
        if (events.length === 0) return
        const bodies = yield* encodeEvents(events)
        yield* dialect.insert(
          outbox,
          Arr.zipWith(bodies, events, (body, event) => {
            const { contactId, dealId } = subjectsOf(event)
            return {
              tenant_id: tenantId,
              id: body.id,
              contact_id: contactId,
              deal_id: dealId,
              type: body.type,
              cause: body.cause,
              occurred_at: body.timestamp,
              body: JSON.stringify(body)
            }
          })
        )
        yield* sql.afterCommit(PubSub.publish(appended, undefined))
      },
      Effect.mapError(toStorageError("Outbox.append"))
    )

    const select = (columns: ReadonlyArray<string>, { after, limit, tenantId }: Reading) => {
      const which = [
        settled,
        ...(after === undefined ? [] : [behind(after)]),
        ...(tenantId === undefined ? [] : [sql`tenant_id = ${tenantId}`])
      ]
      return sql`SELECT ${selecting(columns)} FROM ${table} WHERE ${sql.and(which)} ${inOrder} LIMIT ${limit}`
    }

    const read = Effect.fn("Outbox.read")(
      (reading: Reading) =>
        Effect.map(decodeEvents(select(["tenant_id", "body"], reading)), (rows) =>
          rows.map(({ body, position, tenant_id }) => ({ position, tenantId: tenant_id, event: body }))
        ),
      Effect.mapError(toStorageError("Outbox.read"))
    )

    const heads = Effect.fn("Outbox.heads")(
      (reading: Reading) =>
        Effect.map(decodeHeads(select(["tenant_id", "id", "type", "cause", "occurred_at"], reading)), (rows) =>
          rows.map(({ cause, id, occurred_at, position, tenant_id, type }) => ({
            position,
            tenantId: tenant_id,
            event: { id, type, cause, timestamp: occurred_at }
          }))
        ),
      Effect.mapError(toStorageError("Outbox.heads"))
    )

    const endNow = Effect.map(
      decodePositions(sql`SELECT ${end} AS position`),
      ([row]) => row?.position ?? beginning
    ).pipe(Effect.mapError(toStorageError("Outbox.end")))

    const hold = Effect.fn("Outbox.hold")(
      function* (consumer: string) {
        const held = decodePositions(sql`
          SELECT position FROM ${consumers} WHERE ${isConsumer(consumer)} ${dialect.forUpdateSkipLocked}`)
        const [found] = yield* held
        if (found !== undefined) return found.position
        const row = { tenant_id: "", name: consumer, position: beginning }
        yield* dialect.insert(eventConsumers, [row], "ON CONFLICT DO NOTHING")
        const [made] = yield* held
        return made?.position
      },
      Effect.mapError(toStorageError("Outbox.hold"))
    )

    const keep = Effect.fn("Outbox.keep")(
      (consumer: string, position: Position) =>
        Effect.asVoid(
          dialect.insert(
            eventConsumers,
            [{ tenant_id: "", name: consumer, position }],
            "ON CONFLICT (tenant_id, name) DO UPDATE SET position = excluded.position"
          )
        ),
      Effect.mapError(toStorageError("Outbox.keep"))
    )

    const forget = Effect.fn("Outbox.forget")(
      (consumer: string) => Effect.asVoid(sql`DELETE FROM ${consumers} WHERE ${isConsumer(consumer)}`),
      Effect.mapError(toStorageError("Outbox.forget"))
    )

    /** Where the events begin that are too young, or that some consumer has not come to. */
    const borders = Effect.fnUntraced(function* (before: DateTime.Utc) {
      const [young] = yield* decodePositions(sql`
        SELECT ${sql.literal(position)} AS position FROM ${table} WHERE occurred_at >= ${instant(before)} ${inOrder} LIMIT 1`)
      const kept = yield* decodePositions(sql`SELECT position FROM ${consumers} WHERE tenant_id = ''`)
      return [...(young === undefined ? [] : [young]), ...kept].map(({ position }) => upTo(position))
    })

    const purge = Effect.fn("Outbox.purge")(
      function* (before: DateTime.Utc) {
        const old = sql.and([settled, sql`occurred_at < ${instant(before)}`, ...(yield* borders(before))])
        let purged = 0
        for (;;) {
          const gone = yield* sql`
            DELETE FROM ${table} WHERE (tenant_id, id) IN (
              SELECT tenant_id, id FROM ${table} WHERE ${old} AND NOT EXISTS (
                SELECT 1 FROM ${sql(webhookDeliveries.name)} delivery
                WHERE delivery.tenant_id = ${table}.tenant_id AND delivery.event_id = ${table}.id
              ) ${inOrder} LIMIT ${purgeSize}
            ) RETURNING id`
          purged += gone.length
          if (gone.length < purgeSize) return purged
        }
      },
      Effect.mapError(toStorageError("Outbox.purge"))
    )

    const wakes = PubSub.subscribe(appended)
    return Outbox.of({ append, read, heads, end: endNow, wakes, hold, keep, forget, purge })
  })
)

// internal

/** Before the first event. */
const beginning = Position.make("0")

/** Small enough to let others in between. */
const purgeSize = 1_000

const encodeEvents = Schema.encodeEffect(Schema.Array(DomainEvent))

const decodeEvents = decodeRows(Schema.Struct({ position: Position, tenant_id: TenantId, body: json(DomainEvent) }))

const decodeHeads = decodeRows(
  Schema.Struct({
    position: Position,
    tenant_id: TenantId,
    id: EventId,
    type: EventType,
    cause: Cause,
    occurred_at: timestamp
  })
)

const decodePositions = decodeRows(Schema.Struct({ position: Position }))

/**
 * Webhooks and their deliveries in two tables. What waits is found by `due_at`: a delivery's own, and the earliest of an
 * endpoint's deliveries on the endpoint, so that looking for work touches one row for each endpoint that has some.
 */
import type { Position } from "@clientele/core/domain/Cursor"
import type * as Events from "@clientele/core/domain/Events"
import type { DeliveryId, TenantId, WebhookId } from "@clientele/core/domain/Ids"
import type { DeliveryRecord, Health, WebhookRecord } from "@clientele/core/domain/Webhook"
import { type Held, type Settlement, type WebhookClaim, WebhookStore } from "@clientele/core/ports/WebhookStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Base64 from "effect/encoding/Base64"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { selectionOf, toStorageError, totalOf } from "./internal/storage.ts"
import * as Rows from "./internal/webhookRows.ts"
import { type ColumnKind, TablePrefix, tables } from "./Table.ts"

export const layerNoDeps: Layer.Layer<WebhookStore, never, Dialect | SecureRandom.SecureRandom | SqlClient.SqlClient> =
  Layer.effect(
    WebhookStore,
    Effect.gen(function* () {
      const sql = (yield* SqlClient.SqlClient).withoutTransforms()
      const dialect = yield* Dialect
      const random = yield* SecureRandom.SecureRandom
      const { outbox, webhookDeliveries, webhooks } = tables(yield* TablePrefix)
      const table = sql(webhooks.name)
      const deliveries = sql(webhookDeliveries.name)
      const selection = sql.literal(selectionOf(dialect, webhooks))
      const deliverySelection = sql.literal(selectionOf(dialect, webhookDeliveries))

      const instant = (time: DateTime.Utc) => dialect.value("timestamp", DateTime.formatIso(time))
      const nullable = (kind: ColumnKind, value: number | string | null) =>
        value === null ? sql.literal("NULL") : dialect.value(kind, value)
      const bodySelection = sql.literal(dialect.read(`${outbox.name}.body`, "json"))
      const isDue = (now: DateTime.Utc) => {
        const by = instant(now)
        return sql`status = 'active' AND due_at <= ${by} AND (lease_until IS NULL OR lease_until <= ${by})`
      }
      const isWebhook = (tenantId: TenantId, id: WebhookId) => sql`tenant_id = ${tenantId} AND id = ${id}`
      const isOf = (tenantId: TenantId, id: WebhookId) => sql`tenant_id = ${tenantId} AND webhook_id = ${id}`

      // -- Endpoints ----------------------------------------------------------------------------------------------------

      // Only a runtime without WebCrypto fails here, and there nothing would help.
      const newSecret = Effect.map(random.randomBytes(secretLength), (bytes) => `whsec_${Base64.encode(bytes)}`).pipe(
        Effect.orDie
      )

      const insert = Effect.fn("WebhookStore.insert")(
        (tenantId: TenantId, webhook: WebhookRecord) =>
          Effect.asVoid(dialect.insert(webhooks, [Rows.fromWebhook(tenantId, webhook)])),
        Effect.mapError(toStorageError("WebhookStore.insert"))
      )

      const find = Effect.fn("WebhookStore.find")(
        (tenantId: TenantId, id: WebhookId) =>
          Effect.map(
            Rows.decodeWebhooks(sql`SELECT ${selection} FROM ${table} WHERE ${isWebhook(tenantId, id)}`),
            Rows.first
          ),
        Effect.mapError(toStorageError("WebhookStore.find"))
      )

      const lock = Effect.fn("WebhookStore.lock")(
        (tenantId: TenantId, id: WebhookId) =>
          Effect.map(
            Rows.decodeWebhooks(
              sql`SELECT ${selection} FROM ${table} WHERE ${isWebhook(tenantId, id)} ${dialect.forUpdate}`
            ),
            Rows.first
          ),
        Effect.mapError(toStorageError("WebhookStore.lock"))
      )

      const all = Effect.fn("WebhookStore.all")(
        (tenantId: TenantId) =>
          Effect.map(
            Rows.decodeWebhooks(
              sql`SELECT ${selection} FROM ${table} WHERE tenant_id = ${tenantId} ORDER BY ${table}.created_at, id`
            ),
            (found) => found.map(({ webhook }) => webhook)
          ),
        Effect.mapError(toStorageError("WebhookStore.all"))
      )

      const failPending = (tenantId: TenantId, id: WebhookId) =>
        sql`UPDATE ${deliveries} SET status = 'failed', due_at = NULL WHERE ${isOf(tenantId, id)} AND due_at IS NOT NULL`

      /** A statement of its own, which sees what others wrote before the endpoint was locked. */
      const refreshDue = (tenantId: TenantId, ids: ReadonlyArray<WebhookId>) =>
        sql`
        UPDATE ${table} SET due_at = (
          SELECT min(due_at) FROM ${deliveries}
          WHERE tenant_id = ${table}.tenant_id AND webhook_id = ${table}.id AND due_at IS NOT NULL
        ) WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}`

      const update = Effect.fn("WebhookStore.update")(
        function* (tenantId: TenantId, webhook: WebhookRecord) {
          const row = Rows.fromWebhook(tenantId, webhook)
          yield* sql`
          UPDATE ${table}
          SET url = ${row.url}, events = ${dialect.value("json", row.events)}, include_imports = ${row.include_imports},
            status = ${row.status}, secret = ${row.secret}, previous_secret = ${nullable("text", row.previous_secret)},
            previous_until = ${nullable("timestamp", row.previous_until)}, proven = ${row.proven},
            failing_since = ${nullable("timestamp", row.failing_since)},
            active_since = ${dialect.value("timestamp", row.active_since)}, lease = NULL, lease_until = NULL
          WHERE ${isWebhook(tenantId, webhook.id)}`
          if (webhook.status === "disabled") yield* failPending(tenantId, webhook.id)
          yield* refreshDue(tenantId, [webhook.id])
        },
        Effect.mapError(toStorageError("WebhookStore.update"))
      )

      const remove = Effect.fn("WebhookStore.remove")(
        function* (tenantId: TenantId, id: WebhookId) {
          yield* sql`DELETE FROM ${deliveries} WHERE ${isOf(tenantId, id)}`
          yield* sql`DELETE FROM ${table} WHERE ${isWebhook(tenantId, id)}`
        },
        Effect.mapError(toStorageError("WebhookStore.remove"))
      )

      // -- Deliveries ---------------------------------------------------------------------------------------------------

      const newestDeliveries = Effect.fn("WebhookStore.newestDeliveries")(
        (tenantId: TenantId, webhookId: WebhookId, limit: number, after?: Position) => {
          const further =
            after === undefined || after.key === null
              ? isOf(tenantId, webhookId)
              : sql`${isOf(tenantId, webhookId)} AND (${deliveries}.created_at, id) < (${dialect.value("timestamp", after.key)}, ${after.id})`
          return Rows.decodeDeliveries(sql`
          SELECT ${deliverySelection} FROM ${deliveries} WHERE ${further}
          ORDER BY ${deliveries}.created_at DESC, id DESC LIMIT ${limit}`)
        },
        Effect.mapError(toStorageError("WebhookStore.newestDeliveries"))
      )

      const countDeliveries = Effect.fn("WebhookStore.countDeliveries")(
        (tenantId: TenantId, webhookId: WebhookId) =>
          totalOf(sql`SELECT CAST(count(*) AS TEXT) AS total FROM ${deliveries} WHERE ${isOf(tenantId, webhookId)}`),
        Effect.mapError(toStorageError("WebhookStore.countDeliveries"))
      )

      const findDelivery = Effect.fn("WebhookStore.findDelivery")(
        (tenantId: TenantId, webhookId: WebhookId, id: DeliveryId) =>
          Effect.map(
            Rows.decodeDeliveries(
              sql`SELECT ${deliverySelection} FROM ${deliveries} WHERE ${isOf(tenantId, webhookId)} AND id = ${id}`
            ),
            Arr.head
          ),
        Effect.mapError(toStorageError("WebhookStore.findDelivery"))
      )

      const enqueue = Effect.fn("WebhookStore.enqueue")(
        function* (tenantId: TenantId, added: ReadonlyArray<DeliveryRecord>) {
          yield* dialect.insert(
            webhookDeliveries,
            added.map((delivery) => Rows.fromDelivery(tenantId, delivery)),
            "ON CONFLICT DO NOTHING"
          )
          yield* refreshDue(tenantId, [...new Set(added.map(({ webhookId }) => webhookId))])
        },
        Effect.mapError(toStorageError("WebhookStore.enqueue"))
      )

      const written = { status: "text", attempts: "json", tries: "integer", due_at: "timestamp" } as const

      const writtenOf = (tenantId: TenantId, delivery: DeliveryRecord) => {
        const { attempts, due_at, status, tries } = Rows.fromDelivery(tenantId, delivery)
        return { status, attempts, tries, due_at }
      }

      const updateDelivery = Effect.fn("WebhookStore.updateDelivery")(
        function* (tenantId: TenantId, delivery: DeliveryRecord) {
          const row = writtenOf(tenantId, delivery)
          yield* sql`
            UPDATE ${deliveries}
            SET status = ${row.status}, attempts = ${dialect.value("json", row.attempts)}, tries = ${row.tries},
              due_at = ${nullable("timestamp", row.due_at)}
            WHERE ${isOf(tenantId, delivery.webhookId)} AND id = ${delivery.id}`
          yield* refreshDue(tenantId, [delivery.webhookId])
        },
        Effect.mapError(toStorageError("WebhookStore.updateDelivery"))
      )

      // -- Dispatching --------------------------------------------------------------------------------------------------

      const ready = Effect.fn("WebhookStore.ready")(
        (after: Events.Position, now: DateTime.Utc) =>
          Effect.map(
            Rows.decodeReady(sql`
            SELECT
              CASE WHEN EXISTS (SELECT 1 FROM ${sql(outbox.name)} WHERE ${dialect.outbox.behind(after)})
                AND EXISTS (SELECT 1 FROM ${table} WHERE status = 'active') THEN 1 ELSE 0 END AS events,
              CASE WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${isDue(now)}) THEN 1 ELSE 0 END AS deliveries`),
            ([row]) => ({ events: row?.events === 1, deliveries: row?.deliveries === 1 })
          ),
        Effect.mapError(toStorageError("WebhookStore.ready"))
      )

      const lockActive = Effect.fn("WebhookStore.lockActive")(
        (tenantIds: ReadonlyArray<TenantId>) =>
          Rows.decodeWebhooks(sql`
          SELECT ${selection} FROM ${table} WHERE tenant_id ${dialect.among(tenantIds)} AND status = 'active'
          ORDER BY tenant_id, id ${dialect.forUpdate}`),
        Effect.mapError(toStorageError("WebhookStore.lockActive"))
      )

      const claim = Effect.fn("WebhookStore.claim")(
        ({ lease, limit, now, proven }: WebhookClaim) =>
          Rows.decodeWebhooks(sql`
          WITH due AS (
            SELECT tenant_id, id FROM ${table} WHERE ${isDue(now)} AND proven = ${proven ? 1 : 0}
            ORDER BY due_at LIMIT ${limit} ${dialect.forUpdateSkipLocked}
          )
          UPDATE ${table} SET lease = ${lease.token}, lease_until = ${instant(lease.until)}
          FROM due WHERE ${table}.tenant_id = due.tenant_id AND ${table}.id = due.id
          RETURNING ${selection}`),
        Effect.mapError(toStorageError("WebhookStore.claim"))
      )

      const due = Effect.fn("WebhookStore.due")(
        ({ tenantId, token, webhookId }: Held, now: DateTime.Utc, limit: number) =>
          Rows.decodeDue(sql`
          SELECT ${deliverySelection}, COALESCE(${deliveries}.body, ${bodySelection}) AS sent
          FROM ${deliveries} LEFT JOIN ${sql(outbox.name)}
            ON ${sql(outbox.name)}.tenant_id = ${deliveries}.tenant_id AND ${sql(outbox.name)}.id = ${deliveries}.event_id
          WHERE ${deliveries}.tenant_id = ${tenantId} AND webhook_id = ${webhookId} AND ${deliveries}.due_at <= ${instant(now)}
            AND EXISTS (SELECT 1 FROM ${table} WHERE ${isWebhook(tenantId, webhookId)} AND lease = ${token})
          ORDER BY ${deliveries}.due_at, ${deliveries}.id LIMIT ${limit}`),
        Effect.mapError(toStorageError("WebhookStore.due"))
      )

      const settle = Effect.fn("WebhookStore.settle")(
        (settlements: ReadonlyArray<Settlement>) => {
          const given = dialect.given(
            { tenant: "text", delivery: "text", token: "text", ...written },
            settlements.map(({ delivery, tenantId, token }) => ({
              tenant: tenantId,
              delivery: delivery.id,
              token,
              ...writtenOf(tenantId, delivery)
            }))
          )
          // The tenant comes with the row, so that SQLite looks each of them up; the lease is a value, so that Postgres does
          // not begin with all deliveries of an endpoint.
          return Effect.asVoid(sql`
          UPDATE ${deliveries}
          SET status = given.status, attempts = given.attempts, tries = given.tries, due_at = given.due_at
          FROM ${given} AS given
          WHERE ${deliveries}.tenant_id = given.tenant AND ${deliveries}.id = given.delivery AND given.token = (
            SELECT lease FROM ${table} endpoint
            WHERE endpoint.tenant_id = given.tenant AND endpoint.id = ${deliveries}.webhook_id
          )`)
        },
        Effect.mapError(toStorageError("WebhookStore.settle"))
      )

      const keep = Effect.fn("WebhookStore.keep")(
        function* ({ tenantId, token, webhookId }: Held, health: Health, until: DateTime.Utc | null) {
          const isOver = until === null || health.status === "disabled"
          const kept = yield* sql`
          UPDATE ${table}
          SET status = ${health.status}, proven = ${health.proven ? 1 : 0},
            failing_since = ${nullable("timestamp", Rows.isoOrNull(health.failingSince))},
            lease = ${isOver ? sql.literal("NULL") : token}, lease_until = ${isOver ? sql.literal("NULL") : instant(until)}
          WHERE ${isWebhook(tenantId, webhookId)} AND lease = ${token} RETURNING id`
          if (kept.length === 0) return false
          if (health.status === "disabled") yield* failPending(tenantId, webhookId)
          if (isOver) yield* refreshDue(tenantId, [webhookId])
          return true
        },
        Effect.mapError(toStorageError("WebhookStore.keep"))
      )

      const purgeDeliveries = Effect.fn("WebhookStore.purgeDeliveries")(
        (before: DateTime.Utc) =>
          Effect.map(
            sql`DELETE FROM ${deliveries} WHERE created_at < ${instant(before)} AND due_at IS NULL RETURNING id`,
            Arr.length
          ),
        Effect.mapError(toStorageError("WebhookStore.purgeDeliveries"))
      )

      return WebhookStore.of({
        newSecret,
        insert,
        find,
        lock,
        update,
        remove,
        all,
        newestDeliveries,
        countDeliveries,
        findDelivery,
        enqueue,
        updateDelivery,
        ready,
        lockActive,
        claim,
        due,
        settle,
        keep,
        purgeDeliveries
      })
    })
  )

/** With the WebCrypto of the runtime. */
export const layer: Layer.Layer<WebhookStore, never, Dialect | SqlClient.SqlClient> = layerNoDeps.pipe(
  Layer.provide(SecureRandom.layerWebCrypto)
)

// internal

const secretLength = 32

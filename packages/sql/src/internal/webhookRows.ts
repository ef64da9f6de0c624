/** Rows of webhooks and deliveries, and what they are to the domain. */
import { DeliveryId, EventId, TenantId, WebhookId } from "@clientele/core/domain/Ids"
import {
  Attempt,
  type DeliveryRecord,
  DeliveryStatus,
  DeliveryType,
  EventType,
  type WebhookRecord,
  WebhookStatus
} from "@clientele/core/domain/Webhook"
import type { DueDelivery, OwnedWebhook } from "@clientele/core/ports/WebhookStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { RowOf, Tables } from "../Table.ts"
import { decodeRows, type Rows } from "./storage.ts"
import { json, timestamp } from "./columns.ts"

export const fromWebhook = (tenantId: TenantId, webhook: WebhookRecord) =>
  ({
    tenant_id: tenantId,
    id: webhook.id,
    url: webhook.url,
    events: JSON.stringify(webhook.events),
    include_imports: webhook.includeImports ? 1 : 0,
    status: webhook.status,
    secret: webhook.secret,
    previous_secret: webhook.previous?.secret ?? null,
    previous_until: isoOrNull(webhook.previous?.until ?? null),
    proven: webhook.proven ? 1 : 0,
    failing_since: isoOrNull(webhook.failingSince),
    active_since: DateTime.formatIso(webhook.activeSince),
    created_at: DateTime.formatIso(webhook.createdAt),
    due_at: null,
    lease: null,
    lease_until: null
  }) satisfies RowOf<Tables["webhooks"]["columns"]>

export const decodeWebhooks = (rows: Rows) => Effect.map(decodeWebhookRows(rows), Arr.map(toOwned))

/** The one endpoint that there may be. */
export const first = (found: ReadonlyArray<OwnedWebhook>) => Arr.head(found.map(({ webhook }) => webhook))

export const fromDelivery = (tenantId: TenantId, delivery: DeliveryRecord) =>
  ({
    tenant_id: tenantId,
    id: delivery.id,
    webhook_id: delivery.webhookId,
    event_id: delivery.eventId,
    type: delivery.type,
    status: delivery.status,
    attempts: encodeAttempts(delivery.attempts),
    tries: delivery.tries,
    due_at: isoOrNull(delivery.nextAttemptAt),
    created_at: DateTime.formatIso(delivery.createdAt),
    body: delivery.body
  }) satisfies RowOf<Tables["webhookDeliveries"]["columns"]>

export const decodeDeliveries = (rows: Rows) => Effect.map(decodeDeliveryRows(rows), Arr.map(toDelivery))

export const decodeDue = (rows: Rows) =>
  Effect.map(
    decodeDueRows(rows),
    Arr.map(({ sent, ...row }): DueDelivery => ({ delivery: toDelivery(row), body: sent }))
  )

export const decodeReady = decodeRows(Schema.Struct({ events: Schema.Int, deliveries: Schema.Int }))

export const isoOrNull = (time: DateTime.Utc | null): string | null => (time === null ? null : DateTime.formatIso(time))

// internal

const instantOrNull = Schema.NullOr(timestamp)

const decodeWebhookRows = decodeRows(
  Schema.Struct({
    tenant_id: TenantId,
    id: WebhookId,
    url: Schema.String,
    events: json(Schema.Array(EventType)),
    include_imports: Schema.Int,
    status: WebhookStatus,
    secret: Schema.String,
    previous_secret: Schema.NullOr(Schema.String),
    previous_until: instantOrNull,
    proven: Schema.Int,
    failing_since: instantOrNull,
    active_since: timestamp,
    created_at: timestamp
  })
)

const toOwned = (row: Effect.Success<ReturnType<typeof decodeWebhookRows>>[number]): OwnedWebhook => ({
  tenantId: row.tenant_id,
  webhook: {
    id: row.id,
    url: row.url,
    events: row.events,
    includeImports: row.include_imports === 1,
    status: row.status,
    createdAt: row.created_at,
    secret: row.secret,
    previous:
      row.previous_secret === null || row.previous_until === null
        ? null
        : { secret: row.previous_secret, until: row.previous_until },
    proven: row.proven === 1,
    failingSince: row.failing_since,
    activeSince: row.active_since
  }
})

const DeliveryRow = Schema.Struct({
  id: DeliveryId,
  webhook_id: WebhookId,
  event_id: EventId,
  type: DeliveryType,
  status: DeliveryStatus,
  attempts: json(Schema.Array(Attempt)),
  tries: Schema.Int,
  due_at: instantOrNull,
  created_at: timestamp,
  body: Schema.NullOr(Schema.String)
})

const decodeDeliveryRows = decodeRows(DeliveryRow)

const decodeDueRows = decodeRows(Schema.Struct({ ...DeliveryRow.fields, sent: Schema.NullOr(Schema.String) }))

const toDelivery = (row: typeof DeliveryRow.Type): DeliveryRecord => ({
  id: row.id,
  webhookId: row.webhook_id,
  eventId: row.event_id,
  type: row.type,
  status: row.status,
  attempts: row.attempts,
  tries: row.tries,
  nextAttemptAt: row.due_at,
  createdAt: row.created_at,
  body: row.body
})

const encodeAttempts = Schema.encodeSync(json(Schema.Array(Attempt)))

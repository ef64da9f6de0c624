/**
 * Keeps webhooks and their deliveries. What dispatchers ask, of all tenants, begins with `ready`; everything else is of
 * one tenant.
 *
 * Deliveries are worked on by whoever has the lease of their endpoint: so those of one endpoint are in one hand, and how
 * many are under way at a time is that hand's to say. The lease is a token: what is written under one that was lost
 * changes nothing. Bodies are not kept here but read from the outbox, where erasing a person reaches them.
 *
 * An endpoint is locked before its deliveries, and several in the order of their ids.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Position } from "../domain/Cursor.ts"
import type { StorageError } from "../domain/Errors.ts"
import type * as Events from "../domain/Events.ts"
import type { DeliveryId, TenantId, WebhookId } from "../domain/Ids.ts"
import type { Lease } from "../domain/Job.ts"
import type { DeliveryRecord, Health, WebhookRecord } from "../domain/Webhook.ts"

/** An endpoint and whose it is. */
export interface OwnedWebhook {
  readonly tenantId: TenantId
  readonly webhook: WebhookRecord
}

/** What there is to do for dispatchers at a time. */
export interface Ready {
  /** Events behind the position, and an endpoint that may want them. */
  readonly events: boolean
  /** Deliveries that are due, of an endpoint that nobody works on. */
  readonly deliveries: boolean
}

/** Which endpoints are asked for, and under which lease they are given out. */
export interface WebhookClaim {
  readonly now: DateTime.Utc
  readonly lease: Lease
  readonly limit: number
  /** Those whose last delivery arrived, or the others: the one kind must not keep the other waiting. */
  readonly proven: boolean
}

/** A delivery with what is sent; null when the event is gone. */
export interface DueDelivery {
  readonly delivery: DeliveryRecord
  readonly body: string | null
}

/** An endpoint that was given out, and under which lease. */
export interface Held {
  readonly tenantId: TenantId
  readonly webhookId: WebhookId
  readonly token: string
}

/** What came of a delivery of an endpoint. */
export interface Settlement extends Held {
  readonly delivery: DeliveryRecord
}

export class WebhookStore extends Context.Service<
  WebhookStore,
  {
    /** A new secret, which nobody can guess. */
    readonly newSecret: Effect.Effect<string>
    readonly insert: (tenantId: TenantId, webhook: WebhookRecord) => Effect.Effect<void, StorageError>
    readonly find: (tenantId: TenantId, id: WebhookId) => Effect.Effect<Option.Option<WebhookRecord>, StorageError>
    /** Finds an endpoint and keeps everybody else from changing it until the transaction ends. */
    readonly lock: (tenantId: TenantId, id: WebhookId) => Effect.Effect<Option.Option<WebhookRecord>, StorageError>
    /**
     * Writes an endpoint that is locked, and takes it from whoever works on it. The deliveries of one that is disabled
     * wait no longer, but have failed.
     */
    readonly update: (tenantId: TenantId, webhook: WebhookRecord) => Effect.Effect<void, StorageError>
    /** Removes an endpoint that is locked, with its deliveries. */
    readonly remove: (tenantId: TenantId, id: WebhookId) => Effect.Effect<void, StorageError>
    /** The tenant's endpoints, oldest first. */
    readonly all: (tenantId: TenantId) => Effect.Effect<ReadonlyArray<WebhookRecord>, StorageError>
    /** An endpoint's deliveries, newest first, behind a position when one is given. */
    readonly newestDeliveries: (
      tenantId: TenantId,
      webhookId: WebhookId,
      limit: number,
      after?: Position
    ) => Effect.Effect<ReadonlyArray<DeliveryRecord>, StorageError>
    readonly countDeliveries: (tenantId: TenantId, webhookId: WebhookId) => Effect.Effect<number, StorageError>
    readonly findDelivery: (
      tenantId: TenantId,
      webhookId: WebhookId,
      id: DeliveryId
    ) => Effect.Effect<Option.Option<DeliveryRecord>, StorageError>
    /** Adds deliveries of endpoints that are locked; one that is there already, of the same event, stays as it is. */
    readonly enqueue: (
      tenantId: TenantId,
      deliveries: ReadonlyArray<DeliveryRecord>
    ) => Effect.Effect<void, StorageError>
    /** Writes a delivery of an endpoint that is locked. */
    readonly updateDelivery: (tenantId: TenantId, delivery: DeliveryRecord) => Effect.Effect<void, StorageError>

    /** Whether there is anything to do, with events behind a position. Asked again and again, and so one statement. */
    readonly ready: (after: Events.Position, now: DateTime.Utc) => Effect.Effect<Ready, StorageError>
    /** Locks the endpoints of tenants that are active. */
    readonly lockActive: (
      tenantIds: ReadonlyArray<TenantId>
    ) => Effect.Effect<ReadonlyArray<OwnedWebhook>, StorageError>
    /** Gives out active endpoints with deliveries that are due, the longest due first. None is given out twice. */
    readonly claim: (claim: WebhookClaim) => Effect.Effect<ReadonlyArray<OwnedWebhook>, StorageError>
    /** Deliveries that are due at a time, in the order in which they came to be due; none when the lease was lost. */
    readonly due: (
      held: Held,
      now: DateTime.Utc,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DueDelivery>, StorageError>
    /** Writes what came of deliveries, of any endpoints, but for those whose lease was lost. */
    readonly settle: (settlements: ReadonlyArray<Settlement>) => Effect.Effect<void, StorageError>
    /**
     * Writes what is known of an endpoint, and makes the lease last until a time; null lets go of it. What waits for one
     * that is disabled has failed. False, and nothing written, when the lease was lost. In a transaction.
     */
    readonly keep: (held: Held, health: Health, until: DateTime.Utc | null) => Effect.Effect<boolean, StorageError>
    /** Forgets deliveries, of all tenants, that came to be before a time and are not pending; answers how many. */
    readonly purgeDeliveries: (before: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/WebhookStore") {}

/**
 * Webhooks of a tenant: its endpoints, and what was and will be delivered to them. Sending is the work of a dispatcher,
 * in `@clientele/webhooks`; here it is decided what there is to send.
 *
 * Deliveries are made of events after they were committed, by a consumer of the outbox whose position moves in the same
 * transaction: each event is looked at once, whoever does it, and writing events costs nothing for it.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type StorageError, ValidationError, WebhookNotFound } from "../domain/Errors.ts"
import { CurrentCause, type Position } from "../domain/Events.ts"
import { type DeliveryId, deliveryId, eventId, type TenantId, type WebhookId, webhookId } from "../domain/Ids.ts"
import type * as Query from "../domain/Query.ts"
import { validator } from "../domain/Validation.ts"
import * as Webhook from "../domain/Webhook.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { type Committed, Outbox } from "../ports/Outbox.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { type OwnedWebhook, WebhookStore } from "../ports/WebhookStore.ts"
import { EventRetention } from "./DomainEvents.ts"
import * as Walk from "./Walk.ts"

/** How far deliveries were made of events. */
export interface FanOut {
  readonly position: Position
  /** How many events were looked at; fewer than asked for when there are no more. */
  readonly events: number
  /** How many deliveries came of them. */
  readonly deliveries: number
}

export class Webhooks extends Context.Service<
  Webhooks,
  {
    /** Adds an endpoint; its secret is shown here, and when it is rotated, only. */
    readonly create: (
      input: Webhook.WebhookCreate
    ) => Effect.Effect<Webhook.WebhookWithSecret, StorageError | ValidationError, CurrentActor>
    /** The tenant's endpoints, oldest first. */
    readonly list: Effect.Effect<ReadonlyArray<Webhook.Webhook>, StorageError, CurrentActor>
    readonly get: (id: WebhookId) => Effect.Effect<Webhook.Webhook, StorageError | WebhookNotFound, CurrentActor>
    /** Changes what is given. What waits for an endpoint that is disabled has failed; it can be redelivered. */
    readonly update: (
      id: WebhookId,
      changes: Webhook.WebhookUpdate
    ) => Effect.Effect<Webhook.Webhook, StorageError | ValidationError | WebhookNotFound, CurrentActor>
    /** Removes an endpoint with its deliveries. */
    readonly remove: (id: WebhookId) => Effect.Effect<void, StorageError | WebhookNotFound, CurrentActor>
    /** Gives an endpoint a new secret. For a day deliveries are signed with the old one as well. */
    readonly rotateSecret: (
      id: WebhookId
    ) => Effect.Effect<Webhook.WebhookWithSecret, StorageError | WebhookNotFound, CurrentActor>
    /** Sends an event that tells of nothing, whatever the endpoint wants. */
    readonly test: (
      id: WebhookId
    ) => Effect.Effect<Webhook.Delivery, StorageError | ValidationError | WebhookNotFound, CurrentActor>
    /** An endpoint's deliveries, newest first. */
    readonly deliveries: (
      id: WebhookId,
      query: Walk.WalkQuery
    ) => Effect.Effect<Query.Page<Webhook.Delivery>, StorageError | ValidationError | WebhookNotFound, CurrentActor>
    /** Delivers once more, whatever became of it before, with as many attempts as at first. */
    readonly redeliver: (
      id: WebhookId,
      deliveryId: DeliveryId
    ) => Effect.Effect<Webhook.Delivery, StorageError | ValidationError | WebhookNotFound, CurrentActor>

    /** Makes deliveries of some events, of all tenants; nothing when somebody else is about it. */
    readonly fanOut: Effect.Effect<FanOut | undefined, StorageError>
    /** Forgets deliveries, of all tenants, that ended and are old; answers how many those were. */
    readonly purge: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/services/Webhooks") {
  static readonly layer: Layer.Layer<Webhooks, never, IdGenerator | Outbox | UnitOfWork | WebhookStore> = Layer.effect(
    Webhooks,
    Effect.gen(function* () {
      const ids = yield* IdGenerator
      const outbox = yield* Outbox
      const retention = yield* EventRetention
      const store = yield* WebhookStore
      const uow = yield* UnitOfWork

      // -- Endpoints --------------------------------------------------------------------------------------------------

      const lock = Effect.fnUntraced(function* (id: WebhookId) {
        const { tenantId } = yield* CurrentActor
        return yield* orNotFound(id, yield* store.lock(tenantId, id))
      })

      const find = Effect.fnUntraced(function* (id: WebhookId) {
        const { tenantId } = yield* CurrentActor
        return yield* orNotFound(id, yield* store.find(tenantId, id))
      })

      const create = Effect.fn("Webhooks.create")(function* (input: Webhook.WebhookCreate) {
        const { tenantId } = yield* CurrentActor
        const valid = yield* Effect.fromResult(validateCreate(input))
        if ((yield* store.all(tenantId)).length >= Webhook.maxWebhooks) return yield* tooMany
        const [body = ""] = yield* ids.bodies(1)
        const secret = yield* store.newSecret
        const webhook = Webhook.create(valid, { id: webhookId(body), now: yield* DateTime.now, secret })
        yield* store.insert(tenantId, webhook)
        return { ...Webhook.toWebhook(webhook), secret }
      }, uow.transaction)

      const list = Effect.gen(function* () {
        const { tenantId } = yield* CurrentActor
        return (yield* store.all(tenantId)).map(Webhook.toWebhook)
      }).pipe(Effect.withSpan("Webhooks.list"))

      const get = Effect.fn("Webhooks.get")((id: WebhookId) => Effect.map(find(id), Webhook.toWebhook))

      const update = Effect.fn("Webhooks.update")(function* (id: WebhookId, changes: Webhook.WebhookUpdate) {
        const { tenantId } = yield* CurrentActor
        const valid = yield* Effect.fromResult(validateUpdate(changes))
        const webhook = Webhook.update(yield* lock(id), valid, yield* DateTime.now)
        yield* store.update(tenantId, webhook)
        return Webhook.toWebhook(webhook)
      }, uow.transaction)

      const remove = Effect.fn("Webhooks.remove")(function* (id: WebhookId) {
        const { tenantId } = yield* CurrentActor
        yield* lock(id)
        yield* store.remove(tenantId, id)
      }, uow.transaction)

      const rotateSecret = Effect.fn("Webhooks.rotateSecret")(function* (id: WebhookId) {
        const { tenantId } = yield* CurrentActor
        const secret = yield* store.newSecret
        const webhook = Webhook.rotate(yield* lock(id), secret, yield* DateTime.now)
        yield* store.update(tenantId, webhook)
        return { ...Webhook.toWebhook(webhook), secret }
      }, uow.transaction)

      // -- Deliveries -------------------------------------------------------------------------------------------------

      const lockActive = Effect.fnUntraced(function* (id: WebhookId) {
        const webhook = yield* lock(id)
        return webhook.status === "active" ? webhook : yield* isDisabled
      })

      const test = Effect.fn("Webhooks.test")(function* (id: WebhookId) {
        const { tenantId, userId, userName } = yield* CurrentActor
        const webhook = yield* lockActive(id)
        const now = yield* DateTime.now
        const [event = "", delivery = ""] = yield* ids.bodies(2)
        const body = {
          id: eventId(event),
          type: Webhook.testType,
          timestamp: DateTime.formatIso(now),
          cause: yield* CurrentCause,
          actor: { id: userId, name: userName },
          data: { webhook_id: webhook.id }
        }
        const sent = Webhook.enqueue(
          { eventId: body.id, type: body.type, webhookId: webhook.id },
          { id: deliveryId(delivery), now, happenedAt: now, body: JSON.stringify(body) }
        )
        yield* store.enqueue(tenantId, [sent])
        return Webhook.toDelivery(sent)
      }, uow.transaction)

      const deliveries = Effect.fn("Webhooks.deliveries")(function* (id: WebhookId, query: Walk.WalkQuery) {
        const { tenantId } = yield* CurrentActor
        yield* find(id)
        const page = yield* Walk.page({
          query,
          scope: { deliveries: id },
          read: (limit, after) => store.newestDeliveries(tenantId, id, limit, after),
          count: store.countDeliveries(tenantId, id),
          positionOf: ({ createdAt, id }) => ({ key: DateTime.formatIso(createdAt), id })
        })
        return { ...page, data: page.data.map(Webhook.toDelivery) }
      }, uow.snapshot)

      const redeliver = Effect.fn("Webhooks.redeliver")(function* (id: WebhookId, delivery: DeliveryId) {
        const { tenantId } = yield* CurrentActor
        yield* lockActive(id)
        const found = yield* store.findDelivery(tenantId, id, delivery)
        if (Option.isNone(found)) return yield* new WebhookNotFound({ webhookId: id, deliveryId: delivery })
        const again = Webhook.redeliver(found.value, yield* DateTime.now)
        yield* store.updateDelivery(tenantId, again)
        return Webhook.toDelivery(again)
      }, uow.transaction)

      // -- From events to deliveries ----------------------------------------------------------------------------------

      const enqueue = Effect.fnUntraced(function* (
        tenantId: TenantId,
        pairs: ReadonlyArray<readonly [Webhook.WebhookRecord, Webhook.EventHead]>,
        now: DateTime.Utc
      ) {
        const bodies = yield* ids.bodies(pairs.length)
        const made = Arr.zipWith(pairs, bodies, ([webhook, { id, timestamp, type }], body) =>
          Webhook.enqueue(
            { eventId: id, type, webhookId: webhook.id },
            { id: deliveryId(body), now, happenedAt: timestamp }
          )
        )
        yield* store.enqueue(tenantId, made)
      })

      const fanOut = Effect.gen(function* () {
        const after = yield* outbox.hold(consumer)
        if (after === undefined) return undefined
        const events = yield* outbox.heads({ after, limit: batchSize })
        const last = events.at(-1)
        if (last === undefined) return { position: after, events: 0, deliveries: 0 }
        const webhooks = yield* store.lockActive([...new Set(events.map(({ tenantId }) => tenantId))])
        const now = yield* DateTime.now
        let count = 0
        for (const [tenantId, pairs] of pairsOf(events, webhooks)) {
          if (pairs.length > 0) yield* enqueue(tenantId, pairs, now)
          count += pairs.length
        }
        yield* outbox.keep(consumer, last.position)
        return { position: last.position, events: events.length, deliveries: count }
      }).pipe(uow.transaction, Effect.withSpan("Webhooks.fanOut"))

      const purge = Effect.fn("Webhooks.purge")(function* (now: DateTime.Utc) {
        // Nobody looks at events while there are no endpoints; they are not to be kept for that.
        while (((yield* fanOut)?.events ?? 0) > 0) yield* Effect.yieldNow
        return yield* store.purgeDeliveries(DateTime.subtractDuration(now, retention))
      })

      return Webhooks.of({
        create,
        list,
        get,
        update,
        remove,
        rotateSecret,
        test,
        deliveries,
        redeliver,
        fanOut,
        purge
      })
    })
  )
}

// internal

const consumer = "webhooks"

/** How many events are looked at in one transaction. */
const batchSize = 1_000

const validateCreate = validator(Webhook.WebhookCreate)
const validateUpdate = validator(Webhook.WebhookUpdate)

const refuse = (path: string, message: string) => Effect.fail(new ValidationError({ issues: [{ path, message }] }))

const tooMany = refuse("url", `Expected at most ${Webhook.maxWebhooks} webhooks`)
const isDisabled = refuse("status", "Expected a webhook that is active")

const orNotFound = (
  id: WebhookId,
  found: Option.Option<Webhook.WebhookRecord>
): Effect.Effect<Webhook.WebhookRecord, WebhookNotFound> =>
  Option.match(found, { onNone: () => Effect.fail(new WebhookNotFound({ webhookId: id })), onSome: Effect.succeed })

type Pair = readonly [Webhook.WebhookRecord, Webhook.EventHead]

/** By tenant, in the order of events, each event with the endpoints that want it. */
const pairsOf = (
  events: ReadonlyArray<Committed<Webhook.EventHead>>,
  webhooks: ReadonlyArray<OwnedWebhook>
): ReadonlyMap<TenantId, ReadonlyArray<Pair>> => {
  const byTenant = new Map<TenantId, { readonly webhooks: Array<Webhook.WebhookRecord>; readonly pairs: Array<Pair> }>()
  for (const { tenantId, webhook } of webhooks) {
    const known = byTenant.get(tenantId)
    if (known === undefined) byTenant.set(tenantId, { webhooks: [webhook], pairs: [] })
    else known.webhooks.push(webhook)
  }
  for (const { event, tenantId } of events) {
    const known = byTenant.get(tenantId)
    for (const webhook of known?.webhooks ?? []) {
      if (Webhook.wants(webhook, event)) known?.pairs.push([webhook, event])
    }
  }
  return new Map([...byTenant].map(([tenantId, { pairs }]) => [tenantId, pairs]))
}

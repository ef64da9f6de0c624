/**
 * Delivers events to webhooks. Any number of processes may dispatch from one database: each endpoint is in the hands of
 * one of them at a time, and what a process that died has left goes on elsewhere when its lease has run out.
 *
 * A delivery is sent again until it is known to have arrived, so it may arrive more than once, with the same
 * `webhook-id`. Of one endpoint a single delivery is under way until one has arrived, then up to four: an endpoint that
 * is down costs little, and never keeps the others waiting.
 *
 * A host calls `runDue` from its own scheduler, or lets `layer` work all the time.
 */
import type { StorageError } from "@clientele/core/domain/Errors"
import { Position } from "@clientele/core/domain/Events"
import * as Webhook from "@clientele/core/domain/Webhook"
import { IdGenerator } from "@clientele/core/ports/IdGenerator"
import { Outbox } from "@clientele/core/ports/Outbox"
import { UnitOfWork } from "@clientele/core/ports/UnitOfWork"
import { type DueDelivery, type Held, WebhookStore } from "@clientele/core/ports/WebhookStore"
import { Webhooks } from "@clientele/core/services/Webhooks"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import * as Semaphore from "effect/Semaphore"
import { Sender } from "./Sender.ts"
import * as Signature from "./Signature.ts"

export interface Settings {
  /** How many endpoints whose last delivery arrived a process works on at a time; and as many others. */
  readonly endpoints: number
  /** How long an endpoint is left to a process that shows no sign of life: longer than a delivery can take. */
  readonly lease: Duration.Duration
}

/** 32 endpoints of either kind and leases of 15 seconds, unless a host says otherwise. */
export const Settings = Context.Reference<Settings>("@clientele/webhooks/Dispatcher/Settings", {
  defaultValue: () => ({ endpoints: 32, lease: Duration.seconds(15) })
})

export type Requirements = IdGenerator | Outbox | Sender | UnitOfWork | WebhookStore | Webhooks

/**
 * Delivers what is due at a time, in every tenant, until nothing of it is left; answers how many attempts that took.
 * Leases go by the clock, so a time that is still to come counts as the present.
 */
export const runDue = Effect.fn("Dispatcher.runDue")(function* (
  now: DateTime.Utc
): Effect.fn.Return<number, StorageError, Requirements> {
  const { claim, fanOut, turn } = yield* makeDispatcher
  const { endpoints } = yield* Settings
  let attempts = 0
  for (;;) {
    yield* fanOut
    const due = DateTime.min(now, yield* DateTime.now)
    const claims = [...(yield* claim(due, true, endpoints)), ...(yield* claim(due, false, endpoints))]
    if (claims.length === 0) return attempts
    const counts = yield* Effect.forEach(claims, turn, { concurrency: "unbounded" })
    attempts += counts.reduce((sum, count) => sum + count, 0)
  }
})

/**
 * Delivers for as long as its scope is open: when this process commits an event, and every three seconds. When the scope closes,
 * the deliveries under way are finished and the endpoints let go, so that others can go on with them.
 */
export const layer: Layer.Layer<never, never, Requirements> = Layer.effectDiscard(
  Effect.gen(function* () {
    const { claim, fanOut, position, turn } = yield* makeDispatcher
    const { endpoints } = yield* Settings
    const outbox = yield* Outbox
    const store = yield* WebhookStore
    const turns = { proven: yield* FiberSet.make<number>(), others: yield* FiberSet.make<number>() }
    const ended = yield* PubSub.sliding<void>(1)
    const wakes = [yield* outbox.wakes, yield* PubSub.subscribe(ended)] as const

    const begin = Effect.fnUntraced(function* (now: DateTime.Utc, isProven: boolean) {
      const set = isProven ? turns.proven : turns.others
      const free = endpoints - (yield* FiberSet.size(set))
      if (free <= 0) return
      for (const claimed of yield* claim(now, isProven, free)) {
        yield* FiberSet.run(set, Effect.ensuring(turn(claimed), PubSub.publish(ended, undefined)))
      }
    }, Effect.uninterruptible)

    /** Answers how long it may be until there is more to do, if nobody tells of it. */
    const pass = Effect.gen(function* () {
      const ready = yield* store.ready(yield* position, yield* DateTime.now)
      const made = ready.events ? yield* fanOut : 0
      const now = yield* DateTime.now
      if (ready.deliveries || made > 0) yield* Effect.forEach([true, false], (isProven) => begin(now, isProven))
      // Events that are committed and cannot be read yet wait for a transaction that began before.
      return ready.events && made === 0 ? soon : interval
    }).pipe(
      Effect.catchTag("StorageError", (error) =>
        Effect.as(Effect.logWarning("Deliveries are put off", error), interval)
      )
    )

    yield* pass.pipe(
      Effect.flatMap((wait) => Effect.raceAllFirst([...wakes.map(PubSub.take), Effect.sleep(wait)])),
      Effect.forever,
      Effect.forkScoped
    )
  })
)

// internal

const interval = Duration.seconds(3)
const soon = Duration.millis(200)

/** As many deliveries are under way at a time to an endpoint whose last one arrived. */
const lanes = 4

/**
 * As many of them are sent before it is noted what came of them. A process that dies takes that with it, of those that it
 * is about to note and of those that it sends meanwhile.
 */
const batchSize = 4 * lanes

/** As many are read at a time. */
const pageSize = 4 * batchSize

/** So old, in parts of a lease, may it be, and so long a page under way, when a delivery begins that is to end before it. */
const brief = 1 / 15

/** After so many pages an endpoint lines up behind the others. */
const longestTurn = 8

interface Claimed extends Held {
  readonly webhook: Webhook.WebhookRecord
}

const makeDispatcher = Effect.gen(function* () {
  const ids = yield* IdGenerator
  const sender = yield* Sender
  const { lease } = yield* Settings
  const store = yield* WebhookStore
  const uow = yield* UnitOfWork
  const webhooks = yield* Webhooks
  let seen = Position.make("0")

  /** Makes deliveries of all events there are; answers how many. */
  const fanOut = Effect.gen(function* () {
    let made = 0
    for (;;) {
      const done = yield* webhooks.fanOut
      if (done === undefined || done.events === 0) {
        seen = done?.position ?? seen
        return made
      }
      made += done.deliveries
    }
  })

  const claim = Effect.fnUntraced(function* (now: DateTime.Utc, proven: boolean, limit: number) {
    const [token = ""] = yield* ids.bodies(1)
    const until = DateTime.addDuration(yield* DateTime.now, lease)
    const claimed = yield* store.claim({ now, proven, limit, lease: { token, until } })
    return claimed.map(({ tenantId, webhook }): Claimed => ({ tenantId, webhook, webhookId: webhook.id, token }))
  })

  const attempt = Effect.fnUntraced(function* (
    webhook: Webhook.WebhookRecord,
    delivery: Webhook.DeliveryRecord,
    body: string
  ) {
    const now = yield* DateTime.now
    const message = { id: delivery.eventId, timestamp: Math.floor(now.epochMilliseconds / 1000), body }
    return yield* sender.send({
      url: webhook.url,
      headers: {
        "content-type": "application/json",
        "user-agent": "Clientele-Webhooks/1",
        ...Signature.headersOf(message, Webhook.secretsAt(webhook, now))
      },
      body
    })
  })

  /** What a delivery came to, with the outcome of its attempt; one whose event is gone cannot be attempted. */
  const deliver = Effect.fnUntraced(function* (webhook: Webhook.WebhookRecord, { body, delivery }: DueDelivery) {
    if (body === null) return { delivery: Webhook.failed(delivery), outcomes: [] }
    const outcome = yield* attempt(webhook, delivery, body)
    return { delivery: Webhook.afterAttempt(delivery, outcome, yield* Random.next), outcomes: [outcome] }
  })

  const settle = yield* combining(store.settle)

  /** Delivers what is due to an endpoint, some at a time, as long as it is ours; answers how many attempts that took. */
  const turn = Effect.fn("Dispatcher.turn")(function* (claimed: Claimed) {
    const { webhook } = claimed
    let attempts = 0
    let health: Webhook.Health = webhook
    let noted = health
    let renewed = yield* DateTime.now
    let settled: Effect.Effect<void, StorageError> = Effect.void

    const keep = (until: DateTime.Utc | null) => uow.transaction(store.keep(claimed, health, until))

    const isPast = (time: DateTime.Utc) =>
      Effect.map(
        DateTime.now,
        DateTime.isGreaterThanOrEqualTo(DateTime.addDuration(time, Duration.times(lease, brief)))
      )

    /** Notes what is known of the endpoint, and that it is ours still; now and then, or when it is something new. */
    const note = Effect.gen(function* () {
      if (Equal.equals(noted, health) && !(yield* isPast(renewed))) return true
      noted = health
      renewed = yield* DateTime.now
      return (yield* keep(DateTime.addDuration(renewed, lease))) && health.status === "active"
    }).pipe(Effect.uninterruptible)

    /** Attempts some deliveries, several at a time, but begins no more when one fails or the lease is not new any more. */
    const send = Effect.fnUntraced(function* (some: ReadonlyArray<DueDelivery>, begun: DateTime.Utc) {
      let hasFailed = false
      const done = yield* Effect.forEach(
        some,
        Effect.fnUntraced(function* (one) {
          if (hasFailed || (yield* isPast(begun))) return []
          const delivered = yield* deliver(webhook, one)
          hasFailed ||= delivered.delivery.status !== "delivered"
          return [delivered]
        }),
        { concurrency: lanes }
      )
      return { done: done.flat(), isAll: !hasFailed && done.every(({ length }) => length > 0) }
    })

    /** Whether there may be more. What came of some deliveries is written while the next are on their way. */
    const page = Effect.gen(function* () {
      const due = yield* store.due(claimed, yield* DateTime.now, health.proven ? pageSize : 1)
      if (due.length === 0) return false
      const begun = yield* DateTime.now
      const batch = Effect.fnUntraced(function* (some: ReadonlyArray<DueDelivery>) {
        const { done, isAll } = yield* send(some, begun)
        const outcomes = done.flatMap(({ outcomes }) => outcomes)
        attempts += outcomes.length
        health = Webhook.healthAfter(health, outcomes)
        yield* settled
        settled = Fiber.join(yield* Effect.forkChild(settle(done.map(({ delivery }) => ({ ...claimed, delivery })))))
        return isAll
      }, Effect.uninterruptible)
      for (const some of Arr.chunksOf(due, batchSize)) {
        if (!(yield* batch(some))) break
      }
      yield* settled
      return yield* note
    })

    const pages = Effect.gen(function* () {
      for (let count = 0; count < longestTurn && (yield* page); count++) yield* Effect.yieldNow
    })

    const letGo = Effect.suspend(() => Effect.andThen(settled, keep(null)))
    // After a failure the lease is left to run out: what failed would only fail again at once.
    yield* pages.pipe(
      Effect.andThen(letGo),
      Effect.onInterrupt(() =>
        Effect.catch(letGo, (error) => Effect.logWarning("An endpoint stays as it is until its lease ends", error))
      ),
      Effect.catchTag("StorageError", (error) => Effect.logWarning("An endpoint is put off", error)),
      Effect.catchDefect((defect) => Effect.logError("An endpoint is put off", Cause.die(defect))),
      Effect.annotateLogs("webhook_id", webhook.id)
    )
    return attempts
  })

  return { claim, fanOut, position: Effect.sync(() => seen), turn }
})

/**
 * Does in one call what is asked for while another call is under way: many endpoints at a time cost as many commits as one
 * after the other would.
 */
const combining = Effect.fnUntraced(function* <A, E>(
  write: (items: ReadonlyArray<A>) => Effect.Effect<void, E>
): Effect.fn.Return<(items: ReadonlyArray<A>) => Effect.Effect<void, E>> {
  const turns = yield* Semaphore.make(1)
  let waiting: Array<{ readonly items: ReadonlyArray<A>; readonly done: Deferred.Deferred<void, E> }> = []
  const writeAll = Effect.suspend(() => {
    const asked = waiting
    waiting = []
    if (asked.length === 0) return Effect.void
    return Effect.flatMap(Effect.exit(write(asked.flatMap(({ items }) => items))), (exit) =>
      Effect.forEach(asked, ({ done }) => Deferred.done(done, exit), { discard: true })
    )
  })
  return Effect.fnUntraced(function* (items) {
    const done = yield* Deferred.make<void, E>()
    waiting.push({ items, done })
    yield* turns.withPermits(1)(writeAll)
    yield* Deferred.await(done)
  })
})

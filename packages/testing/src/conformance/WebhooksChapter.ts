/** Webhooks: which deliveries come of events, and that whoever works on an endpoint has it alone. */
import {
  Contacts,
  Deals,
  DomainEvents,
  type Held,
  IdGenerator,
  type TenantId,
  Webhook,
  type WebhookId,
  Webhooks,
  WebhookStore
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { as, type Chapter, inNewTenant, newTenant, transaction } from "./Harness.ts"

const url = "https://hooks.example.com/crm"

const add = (input: Partial<Webhook.WebhookCreate> = {}) =>
  Effect.flatMap(Webhooks, (webhooks) => webhooks.create({ url, ...input }))

const create = (name: string) => Effect.flatMap(Contacts, (contacts) => contacts.create({ name }))

/** The types of an endpoint's deliveries, oldest first, when all events are looked at: others may keep them back a while. */
export const typesOf = Effect.fnUntraced(function* (id: WebhookId, count: number) {
  const webhooks = yield* Webhooks
  for (;;) {
    while (((yield* webhooks.fanOut)?.events ?? 0) > 0) yield* Effect.yieldNow
    const { data } = yield* webhooks.deliveries(id, { limit: 100 })
    if (data.length >= count) return data.map(({ type }) => type).toReversed()
    yield* Effect.sleep("20 millis")
  }
})

const later = (seconds: number) => Effect.map(DateTime.now, DateTime.add({ seconds }))

/** Takes the tenant's endpoints that are due, for 15 seconds from a time. */
const claim = Effect.fnUntraced(function* (tenantId: TenantId, now: DateTime.Utc, proven = false) {
  const store = yield* WebhookStore
  const { bodies } = yield* IdGenerator
  const [token = ""] = yield* bodies(1)
  const lease = { token, until: DateTime.add(now, { seconds: 15 }) }
  const claimed = yield* store.claim({ now, lease, limit: 1_000, proven })
  return claimed
    .filter((owned) => owned.tenantId === tenantId)
    .map(({ webhook }): Held => ({ tenantId, webhookId: webhook.id, token }))
})

const outcome = (status: number, at: DateTime.Utc): Webhook.Outcome => ({
  at,
  status,
  error: null,
  durationMs: 5,
  retryAfter: null
})

/** An endpoint with some deliveries that are due, taken. */
const claimedEndpoint = Effect.fnUntraced(function* (tenantId: TenantId, deliveries: number) {
  const webhooks = yield* Webhooks
  const { id } = yield* add()
  for (let count = 0; count < deliveries; count++) yield* webhooks.test(id)
  const now = yield* DateTime.now
  const [held] = yield* claim(tenantId, now)
  if (held === undefined) return yield* Effect.die("An endpoint that is due was not given out")
  const due = (yield* (yield* WebhookStore).due(held, now, 100)).map(({ delivery }) => delivery)
  assert.lengthOf(due, deliveries)
  return { held, due, id, now }
})

export const webhooks: Chapter = {
  title: "webhooks",
  needs: [],
  tests: (test) => {
    test("have one delivery for each event that they want and that happened since they were added", () =>
      Effect.gen(function* () {
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        yield* as(ours)(create("before"))
        yield* Effect.sleep("2 millis")
        const all = yield* as(ours)(add())
        const won = yield* as(ours)(add({ events: ["crm.deal_won", "crm.deal_lost"] }))
        const disabled = yield* as(ours)(add())
        const other = yield* as(theirs)(add())
        const webhooks = yield* Webhooks
        yield* as(ours)(webhooks.update(disabled.id, { status: "disabled" }))
        yield* as(ours)(create("after"))
        const deals = yield* Deals
        yield* as(ours)(deals.create({ name: "Deal", stage: "closed_won" }))
        const expected = ["crm.contact_created", "crm.deal_created", "crm.deal_won"]
        assert.deepStrictEqual(yield* as(ours)(typesOf(all.id, 3)), expected)
        assert.deepStrictEqual(yield* as(ours)(typesOf(won.id, 1)), ["crm.deal_won"])
        assert.deepStrictEqual(yield* as(ours)(typesOf(disabled.id, 0)), [])
        assert.deepStrictEqual(yield* as(theirs)(typesOf(other.id, 0)), [])
      }))

    test("have it once, however many look at the events at a time", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const webhooks = yield* Webhooks
          const { id } = yield* add()
          const names = Array.from({ length: 60 }, (_, number) => String(number))
          yield* Effect.all(
            [
              Effect.forEach(names, create),
              ...Array.from({ length: 4 }, () => Effect.repeat(webhooks.fanOut, { times: 20 }))
            ],
            { concurrency: "unbounded" }
          )
          assert.lengthOf(yield* typesOf(id, names.length), names.length)
        })
      ))

    test("are read with what is sent, which is the event as it is kept", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* WebhookStore
          const { id } = yield* add()
          const contact = yield* create("Ann")
          yield* typesOf(id, 1)
          const now = yield* DateTime.now
          const [held] = yield* claim(tenantId, now)
          if (held === undefined) return assert.fail("It is not due")
          const [due] = yield* store.due(held, now, 10)
          const body: unknown = JSON.parse(due?.body ?? "null")
          assert.deepInclude(body, { id: due?.delivery.eventId, type: "crm.contact_created" })
          assert.include(JSON.stringify(body), contact.id)
        })
      ))

    test("keep their events until their deliveries are forgotten, and these while they are pending", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const events = yield* DomainEvents
          const store = yield* WebhookStore
          const webhooks = yield* Webhooks
          const { id } = yield* add()
          yield* create("Ann")
          yield* typesOf(id, 1)
          const nextYear = DateTime.add(yield* DateTime.now, { days: 365 })
          const purge = Effect.andThen(webhooks.purge(nextYear), events.purge(nextYear))
          const [held] = yield* claim(tenantId, nextYear)
          if (held === undefined) return assert.fail("It is not due")
          yield* purge
          const [due] = yield* store.due(held, nextYear, 10)
          assert.include(due?.body ?? "", "Ann")
          yield* webhooks.update(id, { status: "disabled" })
          assert.deepStrictEqual(yield* store.due(held, nextYear, 10), [])
          yield* purge
          assert.deepStrictEqual((yield* webhooks.deliveries(id, {})).data, [])
        })
      ))

    test("are walked through by their deliveries, newest first", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const webhooks = yield* Webhooks
          const { id } = yield* add()
          const sent: Array<string> = []
          for (let count = 0; count < 5; count++) sent.unshift((yield* webhooks.test(id)).id)
          const first = yield* webhooks.deliveries(id, { limit: 2 })
          const cursor = first.pagination.nextCursor ?? ""
          const rest = yield* webhooks.deliveries(id, { limit: 100, cursor })
          assert.strictEqual(first.pagination.total, 5)
          assert.deepStrictEqual(
            [...first.data, ...rest.data].map(({ id }) => String(id)),
            sent
          )
        })
      ))

    test("of a tenant are kept in bounds", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          for (let count = 0; count < Webhook.maxWebhooks; count++) yield* add()
          assert.strictEqual((yield* Effect.flip(add()))._tag, "ValidationError")
        })
      ))
  }
}

export const webhookClaims: Chapter = {
  title: "the store of webhooks",
  needs: [],
  tests: (test) => {
    test("gives an endpoint to one at a time, until the lease has run out", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const webhooks = yield* Webhooks
          const ids: Array<string> = []
          for (let count = 0; count < 5; count++) {
            const { id } = yield* add()
            yield* webhooks.test(id)
            ids.push(id)
          }
          const now = yield* DateTime.now
          const claims = yield* Effect.all(
            Array.from({ length: 6 }, () => claim(tenantId, now)),
            { concurrency: "unbounded" }
          )
          const given = claims.flat().map(({ webhookId }) => String(webhookId))
          assert.sameMembers(given, ids)
          assert.lengthOf(yield* claim(tenantId, DateTime.add(now, { seconds: 14 })), 0)
          assert.lengthOf(yield* claim(tenantId, DateTime.add(now, { seconds: 15 })), 5)
        })
      ))

    test("writes what came of deliveries under the lease, and nothing under one that was lost", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* WebhookStore
          const { due, held, id, now } = yield* claimedEndpoint(tenantId, 2)
          const lost = { ...held, token: "another" }
          const until = DateTime.add(now, { seconds: 30 })
          const outcomes = [outcome(200, now), outcome(500, now)]
          const deliveries = due.map((one, index) => Webhook.afterAttempt(one, outcomes[index] ?? outcome(200, now), 0))
          const health = Webhook.healthAfter({ status: "active", proven: false, failingSince: null }, outcomes)
          yield* store.settle(deliveries.map((delivery) => ({ ...lost, delivery })))
          assert.isFalse(yield* transaction(store.keep(lost, health, until)))
          assert.deepStrictEqual(yield* store.due(lost, now, 10), [])
          assert.lengthOf(yield* store.due(held, now, 10), 2)
          yield* store.settle(deliveries.map((delivery) => ({ ...held, delivery })))
          assert.isTrue(yield* transaction(store.keep(held, health, until)))
          const [second, first] = yield* store.newestDeliveries(tenantId, id, 10)
          assert.deepStrictEqual([first?.status, second?.status], ["delivered", "pending"])
          assert.deepStrictEqual(second?.attempts, deliveries[1]?.attempts)
          assert.deepStrictEqual(second?.nextAttemptAt, DateTime.add(now, { seconds: 5, milliseconds: 5 }))
          const kept = Option.getOrThrow(yield* store.find(tenantId, id))
          assert.deepInclude(kept, { proven: false, status: "active" })
          assert.deepStrictEqual(kept.failingSince, now)
          // Let go of, it is due when the one that failed is.
          assert.isTrue(yield* transaction(store.keep(held, health, null)))
          assert.lengthOf(yield* claim(tenantId, DateTime.add(now, { seconds: 5 })), 0)
          assert.lengthOf(yield* claim(tenantId, DateTime.add(now, { seconds: 6 })), 1)
        })
      ))

    test("tells endpoints whose last delivery arrived from others", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* WebhookStore
          const { due, held, now } = yield* claimedEndpoint(tenantId, 2)
          const arrived = outcome(204, now)
          const delivery = due.map((one) => Webhook.afterAttempt(one, arrived, 0)).slice(0, 1)
          yield* store.settle(delivery.map((delivery) => ({ ...held, delivery })))
          const health = Webhook.healthAfter({ status: "active", proven: false, failingSince: null }, [arrived])
          yield* transaction(store.keep(held, health, null))
          assert.lengthOf(yield* claim(tenantId, now, false), 0)
          assert.lengthOf(yield* claim(tenantId, now, true), 1)
        })
      ))

    test("takes an endpoint that is changed from whoever works on it", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* WebhookStore
          const webhooks = yield* Webhooks
          const { due, held, id, now } = yield* claimedEndpoint(tenantId, 1)
          yield* webhooks.update(id, { url: "https://elsewhere.example.com" })
          yield* store.settle(due.map((delivery) => ({ ...held, delivery: Webhook.failed(delivery) })))
          const health = { status: "active", proven: true, failingSince: null } as const
          assert.isFalse(yield* transaction(store.keep(held, health, null)))
          assert.lengthOf(yield* claim(tenantId, now), 1)
        })
      ))

    test("fails what waits for an endpoint that is gone", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* WebhookStore
          const webhooks = yield* Webhooks
          const { due, held, id, now } = yield* claimedEndpoint(tenantId, 3)
          const gone = outcome(410, now)
          const delivery = due.map((one) => Webhook.afterAttempt(one, gone, 0)).slice(0, 1)
          yield* store.settle(delivery.map((delivery) => ({ ...held, delivery })))
          const health = Webhook.healthAfter({ status: "active", proven: true, failingSince: null }, [gone])
          yield* transaction(store.keep(held, health, DateTime.add(now, { seconds: 15 })))
          const { data } = yield* webhooks.deliveries(id, {})
          assert.deepStrictEqual(
            data.map(({ nextAttemptAt, status }) => ({ nextAttemptAt, status })),
            Array.from({ length: 3 }, () => ({ nextAttemptAt: null, status: "failed" as const }))
          )
          assert.strictEqual((yield* webhooks.get(id)).status, "disabled")
          assert.lengthOf(yield* claim(tenantId, yield* later(1_000_000)), 0)
        })
      ))
  }
}

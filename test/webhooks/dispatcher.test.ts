/** Dispatching by a clock of the test's, to endpoints on sockets: when attempts are made, and what one endpoint's fate is to others. */
import {
  Contacts,
  Crm,
  CurrentActor,
  JobRunner,
  Maintenance,
  TimeOrderedIds,
  type Webhook,
  type WebhookId,
  Webhooks
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as sqlite } from "@clientele/sql-sqlite-node"
import { Dispatcher, Sender } from "@clientele/webhooks"
import { assert, describe, it } from "@effect/vitest"
import { Array, DateTime, Duration, Effect, Exit, Layer, Scope, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { setTimeout as passing } from "node:timers/promises"
import { actorOf } from "../support/jobs.ts"
import { type Answer, answerWith, bodyOfDelivery, receiver } from "../support/receiver.ts"

const services = Layer.mergeAll(Sender.layer({ allowPrivate: true }), Crm.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(sqlite({ filename: ":memory:" }), TimeOrderedIds.layer, PhoneNumbers.layer()))
)

type Context = CurrentActor | Layer.Success<typeof services> | Scope.Scope

const test = <E>(name: string, body: () => Effect.Effect<void, E, Context>) =>
  it.effect(name, () =>
    body().pipe(Effect.provideService(CurrentActor, actorOf("acme")), Effect.provide(Layer.fresh(services)))
  )

const create = (name = "Jane") => Effect.flatMap(Contacts, (contacts) => contacts.create({ name }))

const runDue = Effect.flatMap(DateTime.now, Dispatcher.runDue)

/** An endpoint that answers so, and its webhook. */
const endpointThat = Effect.fnUntraced(function* (answer: Answer) {
  const webhooks = yield* Webhooks
  const endpoint = yield* receiver(answer)
  return { ...endpoint, ...(yield* webhooks.create({ url: endpoint.url })) }
})

/** The endpoint's deliveries, oldest first. */
const deliveriesOf = (id: WebhookId) =>
  Effect.flatMap(Webhooks, (webhooks) =>
    Effect.map(webhooks.deliveries(id, { limit: 100 }), ({ data }) => data.toReversed())
  )

const only = Effect.fnUntraced(function* (id: WebhookId) {
  const [delivery] = yield* deliveriesOf(id)
  return delivery ?? assert.fail("No delivery")
})

const statusesOf = (deliveries: ReadonlyArray<Webhook.Delivery>) => deliveries.map(({ status }) => status)

const retries = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]

describe("the dispatcher", () => {
  test("tries again on schedule, to the second, and then no more", () =>
    Effect.gen(function* () {
      const { id, received } = yield* endpointThat(answerWith(503))
      yield* create()
      assert.strictEqual(yield* runDue, 1)
      for (const [index, seconds] of retries.entries()) {
        yield* TestClock.adjust(Duration.seconds(seconds - 1))
        assert.strictEqual(yield* runDue, 0, `${seconds - 1} s are too early`)
        const { nextAttemptAt } = yield* only(id)
        const now = yield* DateTime.now
        const left = Duration.toSeconds(DateTime.distance(now, nextAttemptAt ?? now))
        assert.isAtMost(left, 1 + seconds * 0.1)
        yield* TestClock.adjust(Duration.seconds(left))
        assert.strictEqual(yield* runDue, 1)
        assert.lengthOf(received, index + 2)
      }
      assert.deepInclude(yield* only(id), { status: "failed", nextAttemptAt: null })
      yield* TestClock.adjust(Duration.days(30))
      assert.strictEqual(yield* runDue, 0)
      assert.lengthOf(new Set(received.map(({ headers }) => headers["webhook-id"])), 1)
      assert.lengthOf(new Set(received.map(({ body }) => body)), 1)
    }))

  test("comes back when it is asked to", () =>
    Effect.gen(function* () {
      const { id } = yield* endpointThat((response, number) =>
        number === 0 ? response.writeHead(429, { "retry-after": "600" }).end() : response.end()
      )
      yield* create()
      yield* runDue
      yield* TestClock.adjust("599 seconds")
      assert.strictEqual(yield* runDue, 0)
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual(yield* runDue, 1)
      assert.strictEqual((yield* only(id)).status, "delivered")
    }))

  test("disables an endpoint that is gone, and fails what waits for it", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks
      const { id, received } = yield* endpointThat(answerWith(410))
      yield* Effect.forEach(["a", "b", "c"], create)
      assert.strictEqual(yield* runDue, 1)
      assert.lengthOf(received, 1)
      assert.strictEqual((yield* webhooks.get(id)).status, "disabled")
      assert.deepStrictEqual(statusesOf(yield* deliveriesOf(id)), ["failed", "failed", "failed"])
      yield* create("d")
      yield* TestClock.adjust("1 second")
      yield* webhooks.update(id, { status: "active" })
      assert.strictEqual(yield* runDue, 0, "What happened meanwhile is lost to it")
    }))

  test("disables an endpoint that has answered nothing but failures for five days", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks
      const { id } = yield* endpointThat(answerWith(500))
      for (let day = 0; day <= 5; day++) {
        assert.strictEqual((yield* webhooks.get(id)).status, "active", `day ${day}`)
        yield* create()
        yield* runDue
        yield* TestClock.adjust("1 day")
      }
      assert.strictEqual((yield* webhooks.get(id)).status, "disabled")
    }))

  test("sends one at a time until one has arrived, and then at most four", () => {
    let open = 0
    const most: Array<number> = []
    return Effect.gen(function* () {
      const { received } = yield* endpointThat((response, number) => {
        most.push(++open)
        setTimeout(() => {
          open--
          response.writeHead(number < 3 ? 500 : 200).end()
        }, 10)
      })
      yield* Effect.forEach(Array.makeBy(20, String), create)
      yield* runDue
      // Three failed one by one; the fourth arrived alone, and the others in fours.
      assert.deepStrictEqual(most.slice(0, 4), [1, 1, 1, 1])
      assert.strictEqual(Math.max(...most), 4)
      assert.lengthOf(received, 20)
    })
  })

  test("keeps order where it can: each event is sent after those before it have been answered", () =>
    Effect.gen(function* () {
      const { received } = yield* endpointThat(answerWith(200))
      yield* Effect.forEach(Array.makeBy(30, String), create)
      yield* runDue
      const names = received.map(({ body }) =>
        Number(JSON.stringify(bodyOfDelivery(body).data).match(/"name":"(\d+)"/)?.[1])
      )
      assert.sameMembers(names, Array.makeBy(30, Number))
      for (const [index, number] of names.entries()) assert.isAtMost(Math.abs(number - index), 3)
    }))

  test("lets no endpoint keep another one waiting", () =>
    Effect.gen(function* () {
      const stuck: Array<() => void> = []
      const slow = yield* endpointThat((response) => void stuck.push(() => response.end()))
      const failing = yield* endpointThat(answerWith(500))
      const fine = yield* endpointThat(answerWith(200))
      yield* Effect.forEach(Array.makeBy(12, String), create)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Layer.build(Dispatcher.layer)
          yield* TestClock.adjust("1 second")
          yield* Effect.promise(() => fine.deliveries(12))
          assert.lengthOf(slow.received, 1, "the slow one has not answered")
          yield* Effect.promise(() => failing.deliveries(12))
          for (const end of stuck) end()
        })
      )
    }))

  test("finishes what is under way when it is told to stop, and lets others go on at once", () =>
    Effect.gen(function* () {
      const waiting: Array<() => void> = []
      const { id, received, deliveries } = yield* endpointThat((response, number) =>
        number === 0 ? response.end() : void waiting.push(() => response.end())
      )
      yield* Effect.forEach(Array.makeBy(40, String), create)
      const scope = yield* Scope.make()
      yield* Layer.build(Dispatcher.layer).pipe(Scope.provide(scope))
      yield* Effect.promise(() => deliveries(5))
      const answerAll = Effect.sync(() => waiting.splice(0).forEach((end) => end()))
      yield* Effect.raceFirst(
        Scope.close(scope, Exit.void),
        Effect.forever(
          Effect.andThen(
            answerAll,
            Effect.promise(() => passing(1))
          )
        )
      )
      const sent = received.length
      assert.isBelow(sent, 20)
      const delivered = statusesOf(yield* deliveriesOf(id)).filter((status) => status === "delivered")
      assert.lengthOf(delivered, sent)
      const rest = yield* Effect.raceFirst(
        runDue,
        Effect.forever(
          Effect.andThen(
            answerAll,
            Effect.promise(() => passing(1))
          )
        )
      )
      assert.deepStrictEqual([rest, received.length], [40 - sent, 40])
    }))

  test("asks the database less than once a second when there is nothing to do, with all that works in the background", () => {
    let statements = 0
    const tracer = Tracer.make({
      span: (options) => {
        if (options.kind === "client") statements++
        return new Tracer.NativeSpan(options)
      }
    })
    const background = Layer.mergeAll(Dispatcher.layer, JobRunner.layer, Maintenance.layer)
    const aMoment = Effect.repeat(Effect.yieldNow, { times: 100 })
    return Effect.gen(function* () {
      const { id } = yield* endpointThat(answerWith(200))
      yield* create()
      yield* runDue
      assert.strictEqual((yield* only(id)).status, "delivered")
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.withTracer(Layer.build(background), tracer)
          // What is done when it begins.
          for (let moment = 0; moment < 20; moment++) yield* aMoment
          statements = 0
          for (let second = 0; second < 60; second++) {
            yield* TestClock.adjust("1 second")
            yield* aMoment
          }
        })
      )
      assert.isTrue(statements > 40 && statements < 60, `${statements}`)
    })
  })
})

/** Reading events that are committed: in an order that everybody sees alike, from any position, and none is passed over. */
import { Contacts, DomainEvents, Events, IdGenerator, Outbox, type TenantId, UnitOfWork } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Stream from "effect/Stream"
import { as, type Chapter, inNewTenant, newTenant, transaction } from "./Harness.ts"

const create = (name: string) => Effect.flatMap(Contacts, (contacts) => contacts.create({ name }))

const namesOf = (committed: ReadonlyArray<{ readonly event: Events.DomainEvent }>) =>
  committed.map(({ event }) => ("name" in event.data ? event.data.name : event.type))

/** Waits for so many events of a tenant: others of the same database may keep them back for a while. */
const follow = (tenantId: TenantId, count: number, after?: Events.Position) =>
  Effect.flatMap(DomainEvents, (events) =>
    events.follow({ tenantId, after }).pipe(Stream.take(count), Stream.runCollect)
  )

/** A consumer that no other test knows. */
const newConsumer = Effect.flatMap(IdGenerator, ({ bodies }) => Effect.map(bodies(1), ([body = ""]) => `test_${body}`))

export const outbox: Chapter = {
  title: "the outbox",
  needs: [],
  tests: (test) => {
    test("is read in the order of commits, from any position, by tenant or as a whole", () =>
      Effect.gen(function* () {
        const events = yield* DomainEvents
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        const start = yield* events.end
        for (const name of ["a", "b", "c"]) {
          yield* as(ours)(create(name))
          yield* as(theirs)(create(name.toUpperCase()))
        }
        const all = yield* follow(ours, 3, start)
        assert.deepStrictEqual(namesOf(all), ["a", "b", "c"])
        assert.deepStrictEqual(namesOf(yield* follow(ours, 3)), ["a", "b", "c"])
        for (const [index, { position, tenantId }] of all.entries()) {
          assert.strictEqual(tenantId, ours)
          const rest = yield* events.past({ tenantId: ours, after: position }).pipe(Stream.runCollect)
          assert.deepStrictEqual(namesOf(rest), namesOf(all.slice(index + 1)))
        }
        yield* follow(theirs, 3, start)
        const whole = yield* events.past({ after: start }).pipe(
          Stream.filter(({ tenantId }) => tenantId === ours || tenantId === theirs),
          Stream.runCollect
        )
        assert.deepStrictEqual(namesOf(whole), ["a", "A", "b", "B", "c", "C"])
      }))

    test("is read in pages that lose and repeat none", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const names = Array.from({ length: 130 }, (_, number) => String(number))
          yield* transaction(Effect.forEach(names, create, { discard: true }))
          assert.deepStrictEqual(namesOf(yield* follow(tenantId, names.length)), names)
        })
      ))

    test("is followed while events are committed, and wakes who follows", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          yield* create("before")
          const first = yield* follow(tenantId, 1)
          const reader = yield* Effect.forkChild(follow(tenantId, 20, first[0]?.position))
          for (let number = 0; number < 20; number++) yield* create(String(number))
          assert.deepStrictEqual(
            namesOf(yield* Fiber.join(reader)),
            Array.from({ length: 20 }, (_, number) => String(number))
          )
        })
      ))

    test("shows nothing of what was rolled back", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          yield* Effect.exit(transaction(Effect.andThen(create("lost"), Effect.fail("no"))))
          yield* create("kept")
          assert.deepStrictEqual(namesOf(yield* follow(tenantId, 1)), ["kept"])
        })
      ))

    test("gives a consumer's position to one at a time, and keeps what was committed with it", () =>
      Effect.gen(function* () {
        const outbox = yield* Outbox
        const consumer = yield* newConsumer
        assert.strictEqual(yield* outbox.hold(consumer), "0")
        const position = yield* outbox.end
        yield* Effect.exit(transaction(Effect.andThen(outbox.keep(consumer, position), Effect.fail("no"))))
        assert.strictEqual(yield* outbox.hold(consumer), "0")
        yield* transaction(outbox.keep(consumer, position))
        assert.strictEqual(yield* outbox.hold(consumer), position)
        yield* outbox.forget(consumer)
        assert.strictEqual(yield* outbox.hold(consumer), "0")
        yield* outbox.forget(consumer)
      }))

    test("forgets old events, but for those that a consumer has not come to", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const outbox = yield* Outbox
          const consumer = yield* newConsumer
          yield* Effect.forEach(["a", "b", "c"], create)
          const [first] = yield* follow(tenantId, 3)
          const now = yield* DateTime.now
          const left = Effect.map(outbox.read({ tenantId, limit: 10 }), namesOf)
          yield* outbox.keep(consumer, first?.position ?? Events.Position.make("0"))
          yield* outbox.purge(DateTime.subtract(now, { days: 1 }))
          assert.deepStrictEqual(yield* left, ["a", "b", "c"], "they are young")
          yield* outbox.purge(DateTime.add(now, { days: 1 }))
          const afterPurge = yield* left
          assert.includeMembers([...afterPurge], ["b", "c"])
          yield* outbox.forget(consumer)
        })
      ))
  }
}

export const lateCommits: Chapter = {
  title: "the outbox, with several writers",
  needs: ["concurrentWriters"],
  tests: (test) => {
    test("is read without passing over what is committed late", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const outbox = yield* Outbox
          const uow = yield* UnitOfWork
          const [written, mayCommit] = [yield* Latch.make(), yield* Latch.make()]
          const late = yield* Effect.forkChild(
            uow.transaction(Effect.andThen(create("first"), Effect.andThen(written.open, mayCommit.await)))
          )
          yield* written.await
          // Its number in the sequence is the greater one, and it is committed before.
          yield* create("second")
          assert.deepStrictEqual(yield* outbox.read({ tenantId, limit: 10 }), [])
          const reader = yield* Effect.forkChild(follow(tenantId, 2))
          yield* mayCommit.open
          yield* Fiber.join(late)
          assert.deepStrictEqual(namesOf(yield* Fiber.join(reader)), ["first", "second"])
        })
      ))

    test("loses and repeats none while many transactions are open at a time", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const uow = yield* UnitOfWork
          const writers = 6
          const rounds = 8
          const reader = yield* Effect.forkChild(follow(tenantId, writers * rounds * 2))
          const write = (writer: number) =>
            Effect.forEach(Array.from({ length: rounds }), (_, round) =>
              uow.transaction(
                Effect.gen(function* () {
                  yield* create(`${writer}.${round}.a`)
                  // As many round trips as let others in between.
                  for (let trip = 0; trip < (writer + round) % 5; trip++)
                    yield* Effect.flatMap(Contacts, (c) => c.list({}))
                  yield* create(`${writer}.${round}.b`)
                })
              )
            )
          yield* Effect.forEach(Array.from({ length: writers }), (_, writer) => write(writer), {
            concurrency: "unbounded"
          })
          const names = namesOf(yield* Fiber.join(reader))
          const expected = Array.from(
            { length: writers * rounds },
            (_, n) => `${n % writers}.${Math.floor(n / writers)}`
          )
          assert.sameMembers(
            names,
            expected.flatMap((name) => [`${name}.a`, `${name}.b`])
          )
          for (const name of expected) assert.strictEqual(names.indexOf(`${name}.b`), names.indexOf(`${name}.a`) + 1)
        })
      ))
  }
}

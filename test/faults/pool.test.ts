/** A pool all of whose connections are taken: who waits is told so in time, and the pool is as before when they are back. */
import { Contacts, CurrentActor, UnitOfWork } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { freshDatabase } from "../support/database.ts"
import { actorOf, servicesWithoutKind } from "../support/jobs.ts"

/** As many as a pool has unless a host says otherwise. */
const connections = 10

describe("an exhausted pool", () => {
  it.effect("is unavailable to who waits ten seconds for it, and lets nobody down who has begun", () =>
    Effect.gen(function* () {
      const url = yield* freshDatabase("pool")
      yield* Effect.gen(function* () {
        const contacts = yield* Contacts
        const uow = yield* UnitOfWork
        const [full, told] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        let taken = 0
        const take = Effect.suspend(() => (++taken === connections ? Deferred.succeed(full, undefined) : Effect.void))
        const create = (name: string) =>
          uow.transaction(contacts.create({ name }).pipe(Effect.tap(() => Effect.andThen(take, Deferred.await(told)))))
        const holding = yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: connections }, String), create, { concurrency: "unbounded" })
        )
        yield* Deferred.await(full)
        const waiting = yield* Effect.forkChild(Effect.exit(contacts.list({})))
        yield* Effect.yieldNow
        yield* TestClock.adjust("10 seconds")
        const exit = yield* Fiber.join(waiting)
        const error = Exit.isFailure(exit) ? yield* Effect.flip(exit) : assert.fail("It was not told")
        assert.deepInclude(error, { _tag: "StorageError" })
        assert.deepNestedInclude(error, { "reason._tag": "StorageUnavailable" })
        yield* Deferred.succeed(told, undefined)
        yield* Fiber.join(holding)
        assert.strictEqual((yield* contacts.list({})).pagination.total, connections)
      }).pipe(Effect.provide(servicesWithoutKind(url)), Effect.provideService(CurrentActor, actorOf("acme")))
    })
  )
})

/** The unit of work: all or nothing, one inside another, and reads that see one state. */
import { Contacts, UnitOfWork } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import { Adapter, type Chapter, eventTypes, inNewTenant, snapshot, transaction } from "./Harness.ts"

const create = (name: string) => Effect.flatMap(Contacts, (contacts) => contacts.create({ name }))

const names = Effect.flatMap(Contacts, (contacts) =>
  Effect.map(contacts.list({ limit: 100 }), ({ data }) => data.map(({ name }) => name).toSorted())
)

/** Notes in which order things happened after a commit. */
const journal = () => {
  const entries: Array<string> = []
  return {
    entries,
    after: (entry: string) =>
      Effect.flatMap(UnitOfWork, (uow) => uow.afterCommit(Effect.sync(() => void entries.push(entry))))
  }
}

export const unitOfWork: Chapter = {
  title: "unit of work",
  needs: [],
  tests: (test) => {
    test("keeps what a transaction wrote when it succeeds, and answers its value", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* transaction(Effect.as(Effect.andThen(create("Ann"), create("Ben")), 42)), 42)
          assert.deepStrictEqual(yield* names, ["Ann", "Ben"])
          assert.lengthOf(yield* eventTypes(tenantId), 2)
        })
      ))

    test("undoes all that a transaction wrote when it fails, and fails with the same error", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const failing = transaction(Effect.andThen(create("Ann"), Effect.fail("no" as const)))
          assert.strictEqual(yield* Effect.flip(failing), "no")
          assert.deepStrictEqual(yield* names, [])
          assert.deepStrictEqual(yield* eventTypes(tenantId), [])
        })
      ))

    test("undoes all that a transaction wrote when it dies", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const exit = yield* Effect.exit(transaction(Effect.andThen(create("Ann"), Effect.die("bug"))))
          assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
          assert.deepStrictEqual(yield* names, [])
          assert.deepStrictEqual(yield* eventTypes(tenantId), [])
        })
      ))

    test("undoes all that a transaction wrote when it is interrupted, and leaves the client usable", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const written = yield* Deferred.make<void>()
          const fiber = yield* Effect.forkChild(
            transaction(
              create("Ann").pipe(Effect.andThen(Deferred.succeed(written, undefined)), Effect.andThen(Effect.never))
            )
          )
          yield* Deferred.await(written)
          yield* Fiber.interrupt(fiber)
          assert.deepStrictEqual(yield* names, [])
          assert.deepStrictEqual(yield* eventTypes(tenantId), [])
          yield* create("Ben")
          assert.deepStrictEqual(yield* names, ["Ben"])
        })
      ))

    test("undoes a nested transaction alone while the outer one commits", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          yield* transaction(
            Effect.gen(function* () {
              yield* create("Ann")
              yield* Effect.flip(transaction(Effect.andThen(create("Ben"), Effect.fail("no"))))
              yield* Effect.exit(transaction(Effect.andThen(create("Cas"), Effect.die("bug"))))
              yield* transaction(create("Dan"))
            })
          )
          assert.deepStrictEqual(yield* names, ["Ann", "Dan"])
          assert.lengthOf(yield* eventTypes(tenantId), 2)
        })
      ))

    test("undoes a nested transaction that had succeeded when the outer one fails", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const outer = transaction(
            Effect.gen(function* () {
              yield* transaction(transaction(create("Ann")))
              return yield* Effect.fail("no")
            })
          )
          assert.strictEqual(yield* Effect.flip(outer), "no")
          assert.deepStrictEqual(yield* names, [])
          assert.deepStrictEqual(yield* eventTypes(tenantId), [])
        })
      ))

    test("runs what waits for the commit once, in order, after the outermost commit, when the writes can be seen", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const uow = yield* UnitOfWork
          const { after, entries } = journal()
          const seen = yield* Deferred.make<ReadonlyArray<string>>()
          yield* transaction(
            Effect.gen(function* () {
              yield* after("outer")
              yield* transaction(Effect.andThen(create("Ann"), after("inner")))
              yield* uow.afterCommit(Effect.flatMap(Effect.orDie(names), (found) => Deferred.succeed(seen, found)))
              assert.deepStrictEqual(entries, [])
            })
          )
          assert.deepStrictEqual(entries, ["outer", "inner"])
          assert.deepStrictEqual(yield* Deferred.await(seen), ["Ann"])
        })
      ))

    test("never runs what waits for the commit of a transaction that was undone, the whole or a nested one", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const { after, entries } = journal()
          yield* Effect.exit(transaction(Effect.andThen(after("failed"), Effect.fail("no"))))
          yield* Effect.exit(transaction(Effect.andThen(after("died"), Effect.die("bug"))))
          yield* Effect.exit(transaction(Effect.andThen(transaction(after("inner of failed")), Effect.fail("no"))))
          yield* transaction(
            Effect.andThen(
              Effect.exit(transaction(Effect.andThen(after("undone inner"), Effect.fail("no")))),
              after("kept")
            )
          )
          assert.deepStrictEqual(entries, ["kept"])
        })
      ))

    test("runs what waits for a commit at once when nothing is open", () =>
      Effect.gen(function* () {
        const { after, entries } = journal()
        yield* after("now")
        assert.deepStrictEqual(entries, ["now"])
      }))

    test("shows a snapshot inside a transaction what the transaction wrote", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const seen = yield* transaction(Effect.andThen(create("Ann"), snapshot(names)))
          assert.deepStrictEqual(seen, ["Ann"])
        })
      ))

    test("joins a snapshot that is open already", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          yield* create("Ann")
          assert.deepStrictEqual(yield* snapshot(snapshot(names)), ["Ann"])
        })
      ))

    test("lets what runs after a snapshot write", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const uow = yield* UnitOfWork
          yield* snapshot(Effect.andThen(names, uow.afterCommit(Effect.orDie(create("Ann")).pipe(Effect.asVoid))))
          assert.deepStrictEqual(yield* names, ["Ann"])
        })
      ))

    test("passes a failure inside a snapshot on as it is", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Effect.flip(snapshot(Effect.fail("no" as const))), "no")
      }))
  }
}

export const concurrentReaders: Chapter = {
  title: "reads beside a transaction",
  needs: ["concurrentReaders"],
  tests: (test) => {
    test("shows a snapshot one state while another fiber commits, and the new state after it", () =>
      inNewTenant(() => assertOneState(create("Ben"))))

    test("never waits in a snapshot for a transaction that is open, and does not see it", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const written = yield* Latch.make()
          const looked = yield* Latch.make()
          const writer = yield* Effect.forkChild(
            transaction(create("Ann").pipe(Effect.andThen(written.open), Effect.andThen(looked.await)))
          )
          yield* written.await
          assert.deepStrictEqual(yield* snapshot(names), [])
          yield* looked.open
          yield* Fiber.join(writer)
          assert.deepStrictEqual(yield* snapshot(names), ["Ann"])
        })
      ))
  }
}

export const twoClients: Chapter = {
  title: "two clients of one database",
  needs: ["secondClient"],
  tests: (test) => {
    test("show each other what they commit and nothing before", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const other = yield* secondClient
          yield* transaction(
            Effect.gen(function* () {
              yield* create("Ann")
              assert.deepStrictEqual(yield* other(names), [])
            })
          )
          assert.deepStrictEqual(yield* other(names), ["Ann"])
        })
      ))

    test("show a snapshot one state while the other client commits, and the new state after it", () =>
      inNewTenant(() => Effect.flatMap(secondClient, (other) => assertOneState(other(create("Ben"))))))
  }
}

// internal

/** Runs calls through the second client. */
const secondClient = Effect.map(Adapter, (adapter) => Effect.provideContext(Option.getOrThrow(adapter.secondClient)))

/** A snapshot looks twice, and what is written in between by another fiber shows only after it. */
const assertOneState = <E, R>(writeBen: Effect.Effect<unknown, E, R>) =>
  Effect.gen(function* () {
    yield* create("Ann")
    const looked = yield* Latch.make()
    const written = yield* Latch.make()
    // Forked out here: inside the snapshot it would be part of it.
    const writer = yield* Effect.forkChild(looked.await.pipe(Effect.andThen(writeBen), Effect.ensuring(written.open)))
    const looks = yield* snapshot(
      Effect.gen(function* () {
        const before = yield* names
        yield* looked.open
        yield* written.await
        return [before, yield* names]
      })
    )
    yield* Fiber.join(writer)
    assert.deepStrictEqual(looks, [["Ann"], ["Ann"]])
    assert.deepStrictEqual(yield* names, ["Ann", "Ben"])
  })

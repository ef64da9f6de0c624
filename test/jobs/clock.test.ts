/** What runners of jobs do by the clock, on real databases: tests move it. */
import { Contacts, CurrentActor, Job, type JobId, JobRunner, Jobs, JobStore } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Deferred, Duration, Effect, Equal, Fiber, Layer, Option, References } from "effect"
import { TestClock } from "effect/testing"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freshDatabase } from "../support/database.ts"
import {
  actorOf,
  numbering,
  numberingHandler,
  preparedHandler,
  servicesOver,
  servicesWithoutKind
} from "../support/jobs.ts"

const temporaryFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "clientele-jobs-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "crm.db")
)

const actor = actorOf("acme")

const find = (id: JobId) =>
  Effect.flatMap(JobStore, (store) => Effect.map(store.find(actor.tenantId, id), Option.getOrThrow))

/** Moves the clock by a second, and lets what that sets going come to the database and back. */
const aSecond = (id: JobId) => Effect.andThen(TestClock.adjust("1 second"), Effect.repeat(find(id), { times: 20 }))

/** How long it takes until somebody takes a job up. */
const secondsUntilTakenUp = Effect.fnUntraced(function* (id: JobId) {
  const { dueAt } = yield* find(id)
  for (let seconds = 0; ; seconds++) {
    if (!Equal.equals((yield* find(id)).dueAt, dueAt)) return seconds
    assert.isBelow(seconds, 100)
    yield* aSecond(id)
  }
})

const isDone = ({ status }: Job.JobRecord) => status === "completed"

const untilDone = (id: JobId) => Effect.repeat(find(id), { until: isDone })

/** A worker that has done a job already, and waits for the clock. */
const startWorker = Effect.gen(function* () {
  const jobs = yield* Jobs
  yield* Layer.build(
    JobRunner.layer.pipe(
      Layer.provide(Layer.succeed(JobRunner.Settings, { concurrency: 1, lease: Duration.seconds(15) }))
    )
  )
  const { id } = yield* jobs.enqueue(numbering, { contacts: 1 })
  yield* untilDone(id)
  yield* Effect.repeat(find(id), { times: 20 })
})

/** A job that another process has started, of which this one is not told. */
const startElsewhere = Effect.gen(function* () {
  const elsewhere = Context.get(yield* Layer.build(Layer.fresh(Jobs.layer)), Jobs)
  return yield* elsewhere.enqueue(numbering, { contacts: 2 })
})

describe.each([
  { name: "SQLite", fresh: temporaryFile },
  { name: "Postgres", fresh: freshDatabase("jobs") }
])("runners of jobs, on $name", ({ fresh }) => {
  it.effect("take up what a dead process has left when its lease has run out, within 20 seconds", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      yield* Effect.gen(function* () {
        const store = yield* JobStore
        yield* startWorker
        const { id } = yield* startElsewhere
        const now = yield* DateTime.now
        const lease = { token: "dead", until: DateTime.add(now, { seconds: 15 }) }
        assert.lengthOf(yield* store.claim({ kinds: [numbering.kind], now, lease, limit: 1 }), 1)
        const seconds = yield* secondsUntilTakenUp(id)
        assert.isTrue(seconds >= 15 && seconds <= 20, `${seconds}`)
        yield* untilDone(id)
      }).pipe(Effect.provide(servicesOver(url)), Effect.provideService(CurrentActor, actor))
    })
  )

  it.effect("give a job up that has ended whoever worked on it five times in a row", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      yield* Effect.gen(function* () {
        const contacts = yield* Contacts
        const store = yield* JobStore
        const { id } = yield* startElsewhere
        for (let process = 1; process <= 5; process++) {
          const now = yield* DateTime.now
          const lease = { token: `dead ${process}`, until: DateTime.add(now, { seconds: 15 }) }
          assert.lengthOf(yield* store.claim({ kinds: [numbering.kind], now, lease, limit: 1 }), 1)
          yield* TestClock.adjust("15 seconds")
        }
        assert.strictEqual(yield* Effect.flatMap(DateTime.now, JobRunner.runDue), 1)
        assert.deepInclude(yield* find(id), { status: "failed", failure: Job.abandoned, dueAt: null, lease: null })
        assert.strictEqual((yield* contacts.list({})).pagination.total, 0)
      }).pipe(Effect.provide(servicesOver(url)), Effect.provideService(CurrentActor, actor))
    })
  )

  it.effect("begin what another process has started within five seconds", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      yield* Effect.gen(function* () {
        yield* startWorker
        const { id } = yield* startElsewhere
        assert.isAtMost(yield* secondsUntilTakenUp(id), 5)
        yield* untilDone(id)
      }).pipe(Effect.provide(servicesOver(url)), Effect.provideService(CurrentActor, actor))
    })
  )
})

describe("runners of jobs, while a batch is prepared", () => {
  it.effect("renew the lease, lock nobody out, and let the job go when they are told to stop", () =>
    Effect.gen(function* () {
      const url = yield* temporaryFile
      yield* Effect.gen(function* () {
        const contacts = yield* Contacts
        const jobs = yield* Jobs
        const reached = yield* Deferred.make<void>()
        let prepared = 0
        const before = (number: number) =>
          Effect.suspend(() => {
            prepared++
            return number === 1 && prepared === 2
              ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
              : Effect.void
          })
        yield* jobs.register(yield* preparedHandler(before))
        const { id } = yield* jobs.enqueue(numbering, { contacts: 3 })
        const running = yield* Effect.forkChild(Effect.flatMap(DateTime.now, JobRunner.runDue))
        yield* Deferred.await(reached)
        for (let second = 0; second < 40; second++) {
          yield* aSecond(id)
          const { dueAt } = yield* find(id)
          const left = dueAt === null ? Duration.zero : DateTime.distance(yield* DateTime.now, dueAt)
          assert.isAtLeast(Duration.toSeconds(left), 10)
        }
        yield* contacts.create({ name: "Somebody else" })
        yield* Fiber.interrupt(running)
        assert.deepInclude(yield* find(id), { done: 1, lease: null, status: "running" })
        assert.strictEqual(yield* Effect.flatMap(DateTime.now, JobRunner.runDue), 1)
        assert.deepInclude(yield* find(id), { done: 3, status: "completed" })
        assert.strictEqual(prepared, 4)
        const { data } = yield* contacts.list({ sort: "name" })
        assert.deepStrictEqual(
          data.map(({ name }) => name),
          ["Contact 0", "Contact 1", "Contact 2", "Somebody else"]
        )
      }).pipe(Effect.provide(servicesWithoutKind(url)), Effect.provideService(CurrentActor, actor))
    })
  )
})

describe("runners of jobs, on Postgres, where a batch keeps nobody else from claiming", () => {
  it.effect("renew the lease of a job whose batch takes long, and lose it to nobody", () =>
    Effect.gen(function* () {
      const url = yield* freshDatabase("jobs")
      yield* Effect.gen(function* () {
        const jobs = yield* Jobs
        const [reached, told] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const wait = Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(told))
        yield* jobs.register(yield* numberingHandler((number) => (number === 0 ? wait : Effect.void)))
        const { id } = yield* jobs.enqueue(numbering, { contacts: 2 })
        const running = yield* Effect.forkChild(Effect.flatMap(DateTime.now, JobRunner.runDue))
        yield* Deferred.await(reached)
        for (let second = 0; second < 60; second++) {
          yield* aSecond(id)
          const { dueAt } = yield* find(id)
          const left = dueAt === null ? Duration.zero : DateTime.distance(yield* DateTime.now, dueAt)
          assert.isAtLeast(Duration.toSeconds(left), 10)
          assert.strictEqual(yield* Effect.flatMap(DateTime.now, JobRunner.runDue), 0)
        }
        yield* Deferred.succeed(told, undefined)
        assert.strictEqual(yield* Fiber.join(running), 1)
        assert.isTrue(isDone(yield* find(id)))
      }).pipe(Effect.provide(servicesWithoutKind(url)), Effect.provideService(CurrentActor, actor))
    })
  )

  it.effect.each([
    { ends: "succeeds", end: Effect.void },
    { ends: "fails", end: Effect.fail({ _tag: "Odd", message: "Odd" }) },
    { ends: "dies", end: Effect.die("odd") }
  ])("write nothing more about a job that somebody else has taken up, when the batch $ends", ({ end }) =>
    Effect.gen(function* () {
      const url = yield* freshDatabase("jobs")
      yield* Effect.gen(function* () {
        const contacts = yield* Contacts
        const jobs = yield* Jobs
        const store = yield* JobStore
        const now = yield* DateTime.now
        const [reached, told] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        let first = true
        const outrun = Effect.suspend(() => {
          if (!first) return Effect.void
          first = false
          return Deferred.succeed(reached, undefined).pipe(Effect.andThen(Deferred.await(told)), Effect.andThen(end))
        })
        yield* jobs.register(yield* numberingHandler((number) => (number === 1 ? outrun : Effect.void)))
        const { id, kind } = yield* jobs.enqueue(numbering, { contacts: 3 })
        const running = yield* Effect.forkChild(JobRunner.runDue(now))
        yield* Deferred.await(reached)
        const lease = { token: "thief", until: DateTime.add(now, { seconds: 75 }) }
        const stolen = yield* store.claim({ kinds: [kind], now: DateTime.add(now, { seconds: 60 }), lease, limit: 1 })
        assert.lengthOf(stolen, 1)
        yield* Deferred.succeed(told, undefined)
        yield* Fiber.join(running)
        assert.deepInclude(yield* find(id), { done: 1, lease: "thief", status: "running" })
        yield* TestClock.adjust("80 seconds")
        assert.strictEqual(yield* Effect.flatMap(DateTime.now, JobRunner.runDue), 1)
        assert.deepInclude(yield* find(id), { done: 3, lease: null, status: "completed" })
        const { data } = yield* contacts.list({ sort: "name" })
        assert.deepStrictEqual(
          data.map(({ name }) => name),
          ["Contact 0", "Contact 1", "Contact 2"]
        )
      }).pipe(
        Effect.provide(servicesWithoutKind(url)),
        Effect.provideService(CurrentActor, actor),
        Effect.provideService(References.MinimumLogLevel, "None")
      )
    })
  )
})

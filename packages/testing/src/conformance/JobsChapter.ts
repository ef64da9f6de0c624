/** Jobs as services start, show and cancel them, and as runners do their work. */
import {
  ContactId,
  Contacts,
  type CurrentActor,
  Events,
  IdGenerator,
  Job,
  JobHandler,
  JobId,
  JobRunner,
  Jobs,
  JobStore,
  Notes,
  StorageError,
  StorageUnavailable
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import {
  Adapter,
  as,
  assertSame,
  at,
  type Chapter,
  eventsOf,
  inNewTenant,
  newTenant,
  transaction,
  user
} from "./Harness.ts"
import { race, successes, times } from "./Races.ts"

const batches = 5

/** A kind of its own for each test: a note is added to a contact in every batch, so that one that ran twice shows. */
const newType = Effect.gen(function* () {
  const { bodies } = yield* IdGenerator
  const [body = ""] = yield* bodies(1)
  return JobHandler.type({
    kind: `test_${body}`,
    params: Schema.Struct({ contactId: ContactId, since: Schema.DateTimeUtc }),
    position: Schema.Struct({ batch: Schema.Int }),
    result: Schema.Struct({ latestBatch: Schema.Int }).pipe(Schema.encodeKeys({ latestBatch: "latest_batch" }))
  })
})
type Type = Effect.Success<typeof newType>

/** What else happens in a batch, by its number. */
type During = (batch: number) => Effect.Effect<void, JobHandler.Reason, CurrentActor>

/** The kind, over the services of a client. */
const handlerOf = (type: Type, during: During = () => Effect.void) =>
  Effect.gen(function* () {
    const contacts = yield* Contacts
    const notes = yield* Notes
    return JobHandler.make(type, ({ done, params, position, result }) =>
      Effect.gen(function* () {
        const batch = position?.batch ?? 0
        assert.deepStrictEqual([done, result?.latestBatch ?? 0], [batch, batch])
        assertSame(params.since, since)
        yield* contacts.update(params.contactId, { title: `After batch ${batch}` })
        yield* notes.add(params.contactId, { content: `Batch ${batch}` })
        yield* during(batch)
        const reached = { done: batch + 1, result: { latestBatch: batch + 1 } }
        return reached.done === batches
          ? Job.completed(reached)
          : Job.more({ ...reached, total: batches, position: { batch: reached.done } })
      }).pipe(Effect.provideService(Events.CurrentCause, "rules"))
    )
  })

const since = DateTime.makeUnsafe("2026-01-20T10:00:00.000Z")

/** The jobs of a process that knows one kind and no others, over the services of a client. */
const processWith = Effect.fnUntraced(function* <E, R>(handler: Effect.Effect<JobHandler.JobHandler, E, R>) {
  const jobs = Context.get(yield* Layer.build(Layer.fresh(Jobs.layer)), Jobs)
  yield* jobs.register(yield* handler)
  return Effect.provideService(Jobs, jobs)
})

const newContact = Effect.flatMap(Contacts, (contacts) => Effect.map(contacts.create({ name: "Ann" }), ({ id }) => id))

const enqueue = (type: Type, contactId: ContactId, uniqueKey?: string) =>
  Effect.flatMap(Jobs, (jobs) => jobs.enqueue(type, { contactId, since }, { uniqueKey }))

const get = (id: JobId) => Effect.flatMap(Jobs, (jobs) => jobs.get(id))

const cancel = (id: JobId) => Effect.flatMap(Jobs, (jobs) => jobs.cancel(id))

const statusOf = (id: JobId) => Effect.map(get(id), ({ status }) => status)

/** Works on what is due by now, or in some seconds; what goes wrong on purpose is not logged. */
const run = (seconds = 0) =>
  Effect.flatMap(DateTime.now, (now) => {
    const time = DateTime.add(now, { seconds })
    return at(DateTime.formatIso(time))(JobRunner.runDue(time))
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))

const assertBatches = Effect.fnUntraced(function* (contactId: ContactId, expected: number) {
  const notes = yield* Notes
  const { data } = yield* notes.list(contactId, { limit: 100 })
  assert.sameMembers(
    data.map(({ content }) => content),
    [...times(expected, (batch) => `Batch ${batch}`)]
  )
})

/** A batch that fails, once, and what is to be seen then. */
const failOnce = (error: JobHandler.Reason) => {
  let failed = false
  return (batch: number) =>
    Effect.suspend(() => {
      if (batch !== 2 || failed) return Effect.void
      failed = true
      return Effect.fail(error)
    })
}

const unavailable = new StorageError({
  operation: "test",
  reason: new StorageUnavailable({ cause: new Error("gone away") })
})

/** A worker, until the scope closes. A lease that long leaves nothing to the clock. */
const worker = Layer.build(
  JobRunner.layer.pipe(
    Layer.provide(Layer.succeed(JobRunner.Settings, { concurrency: 1, lease: Duration.hours(1) })),
    Layer.fresh
  )
)

/** A process, and its worker at work until it is told to stop in the second batch of the first job. */
const stoppedInSecond = Effect.fnUntraced(function* (type: Type) {
  const reached = yield* Deferred.make<void>()
  const told = yield* Deferred.make<void>()
  const wait = Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(told))
  const process = yield* processWith(handlerOf(type, (batch) => (batch === 1 ? wait : Effect.void)))
  const stopped = Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Scope.provide(worker, scope)
    yield* Deferred.await(reached)
    const stopping = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
    yield* Deferred.succeed(told, undefined)
    yield* Fiber.join(stopping)
  })
  return { process, stopped: process(stopped) }
})

export const jobs: Chapter = {
  title: "jobs",
  needs: [],
  tests: (test) => {
    test("run to their end as who started them, and show how far they are", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const type = yield* newType
          const seen: Array<unknown> = []
          const contactId = yield* newContact
          let id: JobId = JobId.make("nothing")
          const jobs = yield* Jobs
          const look = () =>
            Effect.map(Effect.orDie(jobs.get(id)), ({ done, status }) => void seen.push([status, done]))
          const process = yield* processWith(handlerOf(type, look))
          const queued = yield* process(enqueue(type, contactId))
          id = queued.id
          assert.match(id, /^job_[0-9a-v]{26}$/)
          assertSame(
            { ...queued, createdAt: since },
            {
              id,
              kind: type.kind,
              status: "queued",
              total: null,
              done: 0,
              result: null,
              failure: null,
              createdAt: since,
              startedAt: null,
              finishedAt: null
            }
          )
          assertSame(yield* get(id), queued)
          assert.strictEqual(yield* process(run()), 1)
          assert.deepStrictEqual(seen, [...times(batches, (batch) => ["running", batch])])
          const job = yield* get(id)
          assert.deepInclude(job, { status: "completed", total: batches, done: batches, failure: null })
          assert.deepStrictEqual(job.result, { latest_batch: batches })
          assert.isNotNull(job.startedAt)
          assert.isNotNull(job.finishedAt)
          yield* assertBatches(contactId, batches)
          const changes = (yield* eventsOf(tenantId)).slice(1)
          assert.lengthOf(changes, batches)
          for (const { actor, cause } of changes) {
            assert.deepStrictEqual([actor, cause], [{ id: user.id, name: user.name }, "rules"])
          }
          assert.strictEqual(yield* process(run(3_600)), 0)
        })
      ))

    test("start with the transaction that they are started in, and are forgotten with it", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const process = yield* processWith(handlerOf(type))
          const contactId = yield* newContact
          const jobs = yield* Jobs
          const undone = transaction(
            Effect.andThen(process(enqueue(type, contactId, "key")), Effect.fail("no" as const))
          )
          assert.strictEqual(yield* Effect.flip(undone), "no")
          assert.strictEqual((yield* jobs.list({})).pagination.total, 0)
          assert.strictEqual(yield* process(run()), 0)
          const { id } = yield* transaction(
            Effect.gen(function* () {
              const first = yield* process(enqueue(type, contactId, "key"))
              yield* Effect.flip(
                transaction(Effect.andThen(process(enqueue(type, contactId, "key")), Effect.fail("no")))
              )
              return first
            })
          )
          assert.strictEqual(yield* process(run()), 1)
          assert.strictEqual(yield* statusOf(id), "completed")
        })
      ))

    test("fail with the error of their kind, and keep the batches before it", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const error = { _tag: "ProviderRefused", message: "It will not have it" }
          const process = yield* processWith(handlerOf(type, failOnce(error)))
          const contactId = yield* newContact
          const { id } = yield* process(enqueue(type, contactId))
          yield* process(run())
          assert.deepInclude(yield* get(id), {
            status: "failed",
            done: 2,
            total: batches,
            result: { latest_batch: 2 },
            failure: { code: "provider_refused", message: "It will not have it" }
          })
          yield* assertBatches(contactId, 2)
          assert.strictEqual(yield* process(run(3_600)), 0)
        })
      ))

    test("fail without a word about it when their kind has a bug", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const bug = (batch: number) => (batch === 1 ? Effect.die(new Error("secret")) : Effect.void)
          const process = yield* processWith(handlerOf(type, bug))
          const contactId = yield* newContact
          const { id } = yield* process(enqueue(type, contactId))
          yield* process(run())
          assert.deepInclude(yield* get(id), { status: "failed", done: 1, failure: Job.internalError })
          yield* assertBatches(contactId, 1)
        })
      ))

    test("are tried again later when the storage fails them, from the batch that failed", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const process = yield* processWith(handlerOf(type, failOnce(unavailable)))
          const contactId = yield* newContact
          const { id } = yield* process(enqueue(type, contactId))
          yield* process(run())
          assert.deepInclude(yield* get(id), { status: "running", done: 2, failure: null })
          yield* assertBatches(contactId, 2)
          assert.strictEqual(yield* process(run(1)), 0)
          assert.strictEqual(yield* process(run(6)), 1)
          assert.strictEqual(yield* statusOf(id), "completed")
          yield* assertBatches(contactId, batches)
        })
      ))

    test("commit nothing more once they are cancelled, and stay cancelled", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const type = yield* newType
          const { stopped, process } = yield* stoppedInSecond(type)
          const contactId = yield* newContact
          const { id } = yield* process(enqueue(type, contactId))
          yield* stopped
          const cancelled = yield* cancel(id)
          assert.deepInclude(cancelled, { status: "cancelled", done: 2, result: { latest_batch: 2 } })
          assertSame(yield* cancel(id), cancelled)
          assertSame(yield* get(id), cancelled)
          assert.strictEqual(yield* process(run(3_600)), 0)
          yield* assertBatches(contactId, 2)

          const waiting = yield* process(enqueue(type, contactId))
          assert.deepInclude(yield* cancel(waiting.id), { status: "cancelled", done: 0, startedAt: null })
          assert.strictEqual(yield* process(run()), 0)
          const store = yield* JobStore
          const { dueAt, lease } = Option.getOrThrow(yield* store.find(tenantId, id))
          assert.deepStrictEqual([dueAt, lease], [null, null])
        })
      ))

    test("stay as they are when they are cancelled after their end", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const process = yield* processWith(handlerOf(type))
          const { id } = yield* process(enqueue(type, yield* newContact))
          yield* process(run())
          assert.strictEqual((yield* cancel(id)).status, "completed")
        })
      ))

    test("take the place of an older one with their key, wherever that stands", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const { stopped, process } = yield* stoppedInSecond(type)
          const [before, after] = [yield* newContact, yield* newContact]
          const running = yield* process(enqueue(type, before, "rescore"))
          yield* stopped
          const other = yield* process(enqueue(type, yield* newContact, "other"))
          const waiting = yield* process(enqueue(type, before, "rescore"))
          assert.strictEqual(yield* statusOf(running.id), "cancelled")
          const newest = yield* process(enqueue(type, after, "rescore"))
          assert.strictEqual(yield* statusOf(waiting.id), "cancelled")
          yield* process(run(3_600))
          const finished = yield* Effect.forEach([running, other, waiting, newest], ({ id }) => statusOf(id))
          assert.deepStrictEqual(finished, ["cancelled", "completed", "cancelled", "completed"])
          yield* assertBatches(before, 2)
          yield* assertBatches(after, batches)
          yield* process(enqueue(type, after, "rescore"))
        })
      ))

    test("leave one with their key, however many are started at once", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const contactId = yield* newContact
          const made = successes(yield* race(times(8, () => enqueue(type, contactId, "rescore"))))
          assert.lengthOf(made, 8)
          const states = yield* Effect.forEach(made, ({ id }) => statusOf(id))
          assert.lengthOf(
            states.filter((status) => status === "queued"),
            1
          )
          assert.lengthOf(
            states.filter((status) => status === "cancelled"),
            7
          )
        })
      ))

    test("are shared by runners that work at the same time", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const { secondClient } = yield* Adapter
          const mine = yield* processWith(handlerOf(type))
          const other = yield* Option.match(secondClient, {
            onNone: () => processWith(handlerOf(type)),
            onSome: (client) => Effect.provideContext(processWith(handlerOf(type)), client)
          })
          const contactIds = yield* Effect.forEach(
            times(6, () => newContact),
            (create) => create
          )
          const made = yield* Effect.forEach(contactIds, (id) => mine(enqueue(type, id)))
          const elsewhere = Option.match(secondClient, {
            onNone: () => other(run()),
            onSome: (client) => Effect.provideContext(other(run()), client)
          })
          const taken = yield* Effect.all([mine(run()), elsewhere], { concurrency: "unbounded" })
          assert.strictEqual(taken[0] + taken[1], made.length)
          for (const { id } of made) assert.strictEqual(yield* statusOf(id), "completed")
          for (const contactId of contactIds) yield* assertBatches(contactId, batches)
        })
      ))

    test("are begun by workers as soon as they are started, and let go when the workers stop", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const type = yield* newType
          const store = yield* JobStore
          const { stopped, process } = yield* stoppedInSecond(type)
          const contactId = yield* newContact
          const { id } = yield* process(enqueue(type, contactId))
          yield* stopped
          const { dueAt, lease, status } = Option.getOrThrow(yield* store.find(tenantId, id))
          assert.deepStrictEqual([status, lease], ["running", null])
          assert.isTrue(dueAt !== null && DateTime.isLessThanOrEqualTo(dueAt, yield* DateTime.now))
          assert.strictEqual(yield* process(run()), 1)
          assert.strictEqual(yield* statusOf(id), "completed")
          yield* assertBatches(contactId, batches)
        })
      ))

    test("wait for a process that knows their kind", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const [type, other] = [yield* newType, yield* newType]
          const process = yield* processWith(handlerOf(other))
          const { id } = yield* process(enqueue(type, yield* newContact))
          assert.strictEqual(yield* process(run()), 0)
          assert.strictEqual(yield* statusOf(id), "queued")
        })
      ))

    test("of another tenant are not there", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const type = yield* newType
          const jobs = yield* Jobs
          const { id } = yield* enqueue(type, yield* newContact, "key")
          const other = as(yield* newTenant)
          for (const call of [jobs.get, jobs.cancel]) {
            assert.deepInclude(yield* Effect.flip(other(call(id))), { _tag: "JobNotFound", jobId: id })
          }
          assert.strictEqual((yield* other(jobs.list({}))).pagination.total, 0)
          yield* other(enqueue(type, yield* newContact, "key"))
          assert.strictEqual(yield* as(tenantId)(statusOf(id)), "queued")
        })
      ))

    test("are walked newest first, each once, also while others are started", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const jobs = yield* Jobs
          const contactId = yield* newContact
          const made: Array<JobId> = []
          for (const seconds of [0, 0, 0, 1, 1, 2, 3]) {
            const time = DateTime.formatIso(DateTime.add(since, { seconds }))
            made.unshift((yield* at(time)(enqueue(type, contactId))).id)
          }
          const visited: Array<JobId> = []
          let page = yield* jobs.list({ limit: 2 })
          for (;;) {
            visited.push(...page.data.map(({ id }) => id))
            assert.strictEqual(page.pagination.total, made.length)
            if (page.pagination.nextCursor === null) break
            yield* enqueue(type, contactId)
            page = yield* jobs.list({ limit: 2, cursor: page.pagination.nextCursor })
          }
          assert.deepStrictEqual(visited, made)
          assert.strictEqual((yield* Effect.flip(jobs.list({ cursor: "x" })))._tag, "ValidationError")
        })
      ))
  }
}

/** What the chapters about jobs share: a kind whose batches can be counted, and processes that know it. */
import {
  ContactId,
  Contacts,
  type CurrentActor,
  Events,
  IdGenerator,
  Job,
  JobHandler,
  type JobId,
  JobRunner,
  Jobs,
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
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { assertSame, at } from "./Harness.ts"
import { times } from "./Races.ts"

export const batches = 5

/** A kind of its own for each test: a note is added to a contact in every batch, so that one that ran twice shows. */
export const newType = Effect.gen(function* () {
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

/** What else happens in a batch, by its number and its job. */
type During = (batch: number, id: JobId) => Effect.Effect<void, JobHandler.Reason, CurrentActor>

/** The kind, over the services of a client. */
export const handlerOf = (type: Type, during: During = () => Effect.void) =>
  Effect.gen(function* () {
    const contacts = yield* Contacts
    const notes = yield* Notes
    return JobHandler.make(type, ({ done, id, params, position, result }) =>
      Effect.gen(function* () {
        const batch = position?.batch ?? 0
        assert.deepStrictEqual([done, result?.latestBatch ?? 0], [batch, batch])
        assertSame(params.since, since)
        yield* contacts.update(params.contactId, { title: `After batch ${batch}` })
        yield* notes.add(params.contactId, { content: `Batch ${batch}` })
        yield* during(batch, id)
        const reached = { done: batch + 1, result: { latestBatch: batch + 1 } }
        return reached.done === batches
          ? Job.completed(reached)
          : Job.more({ ...reached, total: batches, position: { batch: reached.done } })
      }).pipe(Effect.provideService(Events.CurrentCause, "rules"))
    )
  })

export const since = DateTime.makeUnsafe("2026-01-20T10:00:00.000Z")

/** The jobs of a process that knows one kind and no others, over the services of a client. */
export const processWith = Effect.fnUntraced(function* <E, R>(handler: Effect.Effect<JobHandler.JobHandler, E, R>) {
  const jobs = Context.get(yield* Layer.build(Layer.fresh(Jobs.layer)), Jobs)
  yield* jobs.register(yield* handler)
  return Effect.provideService(Jobs, jobs)
})

export const newContact = Effect.flatMap(Contacts, (contacts) =>
  Effect.map(contacts.create({ name: "Ann" }), ({ id }) => id)
)

export const enqueue = (type: Type, contactId: ContactId, uniqueKey?: string) =>
  Effect.flatMap(Jobs, (jobs) => jobs.enqueue(type, { contactId, since }, { uniqueKey }))

export const get = (id: JobId) => Effect.flatMap(Jobs, (jobs) => jobs.get(id))

export const cancel = (id: JobId) => Effect.flatMap(Jobs, (jobs) => jobs.cancel(id))

export const statusOf = (id: JobId) => Effect.map(get(id), ({ status }) => status)

/** Works on what is due by now, or in some seconds; what goes wrong on purpose is not logged. */
export const run = (seconds = 0) =>
  Effect.flatMap(DateTime.now, (now) => {
    const time = DateTime.add(now, { seconds })
    return at(DateTime.formatIso(time))(JobRunner.runDue(time))
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))

export const assertBatches = Effect.fnUntraced(function* (contactId: ContactId, expected: number) {
  const notes = yield* Notes
  const { data } = yield* notes.list(contactId, { limit: 100 })
  assert.sameMembers(
    data.map(({ content }) => content),
    [...times(expected, (batch) => `Batch ${batch}`)]
  )
})

/** Fails the third batch, once. */
export const failOnce = (error: JobHandler.Reason) => {
  let failed = false
  return (batch: number) =>
    Effect.suspend(() => {
      if (batch !== 2 || failed) return Effect.void
      failed = true
      return Effect.fail(error)
    })
}

export const unavailable = new StorageError({
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
export const stoppedInSecond = Effect.fnUntraced(function* (type: Type) {
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

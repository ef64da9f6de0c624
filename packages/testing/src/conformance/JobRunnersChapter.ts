/** Runners of jobs: they do the work as who started it, fail as it fails, share it, and let go of it. */
import { Job, JobHandler, type JobId, Jobs, JobStore } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Adapter, assertSame, type Chapter, eventsOf, inNewTenant, user } from "./Harness.ts"
import {
  batches,
  newType,
  handlerOf,
  since,
  processWith,
  newContact,
  enqueue,
  get,
  statusOf,
  run,
  assertBatches,
  failOnce,
  unavailable,
  stoppedInSecond
} from "./JobKinds.ts"
import { times } from "./Races.ts"

export const jobRunners: Chapter = {
  title: "runners of jobs",
  needs: [],
  tests: (test) => {
    test("run to their end as who started them, and show how far they are", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const type = yield* newType
          const seen: Array<unknown> = []
          const contactId = yield* newContact
          const jobs = yield* Jobs
          const look = (_batch: number, id: JobId) =>
            Effect.map(Effect.orDie(jobs.get(id)), ({ done, status }) => void seen.push([status, done]))
          const process = yield* processWith(handlerOf(type, look))
          const queued = yield* process(enqueue(type, contactId))
          const { id } = queued
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

    test("prepare every batch before it, and anew when it was put off", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const type = yield* newType
          const given: Array<number> = []
          const fails = failOnce(unavailable)
          const handler = JobHandler.prepared(
            type,
            () => Effect.sync(() => given.length + 1),
            Effect.fnUntraced(function* ({ done }, prepared) {
              given.push(prepared)
              yield* fails(done)
              const reached = { done: done + 1, result: { latestBatch: done + 1 } }
              return reached.done === batches
                ? Job.completed(reached)
                : Job.more({ ...reached, position: { batch: reached.done } })
            })
          )
          const process = yield* processWith(Effect.succeed(handler))
          const { id } = yield* process(enqueue(type, yield* newContact))
          yield* process(run())
          assert.deepInclude(yield* get(id), { status: "running", done: 2 })
          yield* process(run(3_600))
          assert.strictEqual(yield* statusOf(id), "completed")
          assert.deepStrictEqual(given, [...times(batches + 1, (number) => number + 1)])
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
  }
}

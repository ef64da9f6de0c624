/** Jobs as services start, show and cancel them, and what becomes of their work then. */
import { type JobId, Jobs, JobStore } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { as, assertSame, at, type Chapter, inNewTenant, newTenant, transaction } from "./Harness.ts"
import {
  batches,
  newType,
  handlerOf,
  since,
  processWith,
  newContact,
  enqueue,
  cancel,
  get,
  statusOf,
  run,
  assertBatches,
  stoppedInSecond
} from "./JobKinds.ts"
import { race, successes, times } from "./Races.ts"

export const jobs: Chapter = {
  title: "jobs",
  needs: [],
  tests: (test) => {
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

/** The store of jobs: whoever works on one, loses it, takes it over or cancels it, every batch is committed once. */
import { type ContactId, Contacts, IdGenerator, Job, JobStore, jobId, Notes, type TenantId } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import { assertSame, type Chapter, forAll, inNewTenant, newTenant, transaction, user } from "./Harness.ts"
import { race, successes, times } from "./Races.ts"

const start = DateTime.makeUnsafe("2026-01-20T10:00:00.000Z")
const afterSeconds = (seconds: number) => DateTime.add(start, { seconds })

const body = Effect.flatMap(IdGenerator, ({ bodies }) => Effect.map(bodies(1), ([first = ""]) => first))

/** A kind that no other test knows: workers ask for jobs of all tenants. */
const newKind = Effect.map(body, (body) => `test_${body}`)

const newJob = Effect.fnUntraced(function* (kind: string, due = start, uniqueKey: string | null = null) {
  const starter = { userId: user.id, userName: user.name, roles: ["sales"] }
  const job = { id: jobId(yield* body), kind, params: { any: ["thing"] }, total: 3, uniqueKey, starter }
  return Job.queued(job, due)
})

const add = Effect.fnUntraced(function* (tenantId: TenantId, job: Job.JobRecord) {
  const store = yield* JobStore
  assert.isTrue(yield* store.insert(tenantId, job))
  return job
})

const held = Effect.fnUntraced(function* (tenantId: TenantId, id: Job.JobRecord["id"]) {
  const store = yield* JobStore
  return Option.getOrThrow(yield* store.find(tenantId, id))
})

/** What may happen to a job: its workers are numbered, and what one of them believes need not be so any more. */
type Step =
  | { readonly does: "batch" | "broken batch" | "claim" | "put off" | "release" | "renew"; readonly worker: number }
  | { readonly does: "cancel" }
  | { readonly does: "wait"; readonly seconds: number }

const worker = fc.nat({ max: 2 })
const step = (does: Exclude<Step, { readonly does: "cancel" | "wait" }>["does"]): fc.Arbitrary<Step> =>
  worker.map((worker) => ({ does, worker }))

const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: step("claim") },
    { weight: 16, arbitrary: step("batch") },
    { weight: 4, arbitrary: step("broken batch") },
    { weight: 4, arbitrary: step("renew") },
    { weight: 2, arbitrary: step("release") },
    { weight: 2, arbitrary: step("put off") },
    { weight: 8, arbitrary: fc.nat({ max: 20 }).map((seconds): Step => ({ does: "wait", seconds })) },
    { weight: 1, arbitrary: fc.constant<Step>({ does: "cancel" }) }
  ),
  { minLength: 10, maxLength: 40 }
)

const batches = 6

/** The batch behind a position, as an effect that is seen when it happens twice, and what it comes to. */
const batchOf = (contactId: ContactId, job: Job.JobRecord) =>
  Effect.gen(function* () {
    const notes = yield* Notes
    yield* notes.add(contactId, { content: `Batch ${job.done}` })
    const done = job.done + 1
    return done === batches
      ? Job.completed({ done, result: { notes: done } })
      : Job.more({ position: { behind: done }, done, result: { notes: done } })
  })

/** Takes the steps on a job, beside what the domain says of each; answers what the job should have come to. */
const play = Effect.fnUntraced(function* (
  tenantId: TenantId,
  contactId: ContactId,
  job: Job.JobRecord,
  taken: ReadonlyArray<Step>
) {
  const store = yield* JobStore
  const believed = new Map<number, Job.JobRecord>()
  let now = start
  let expected = job
  let tokens = 0

  const lease = () => ({ token: `token_${tokens++}`, until: DateTime.add(now, { seconds: 15 }) })

  const claim = Effect.fnUntraced(function* (worker: number) {
    const given = lease()
    const claimed = yield* store.claim({ kinds: [job.kind], now, lease: given, limit: 1 })
    const due = Job.isClaimable(expected, now)
    if (due) {
      expected = Job.claimed(expected, given, now)
      believed.set(worker, expected)
    }
    assertSame(claimed, due ? [{ tenantId, job: expected }] : [])
  })

  const batch = Effect.fnUntraced(function* (worker: number, broken: boolean) {
    const before = believed.get(worker)
    if (before === undefined || before.dueAt === null) return
    const next = yield* transaction(
      Effect.gen(function* () {
        const next = yield* batchOf(contactId, before)
        const after = Job.afterBatch(before, next, { now, until: DateTime.add(now, { seconds: 15 }) })
        if (broken || !(yield* store.update(tenantId, before, after))) return yield* Effect.fail("undone" as const)
        return after
      })
    ).pipe(
      Effect.catchIf(
        (error) => error === "undone",
        () => Effect.succeed(undefined)
      )
    )
    assert.strictEqual(next !== undefined, !broken && before.lease === expected.lease)
    if (next === undefined) return
    expected = next
    believed.set(worker, next)
  })

  const leave = Effect.fnUntraced(function* (worker: number, state: typeof Job.released) {
    const before = believed.get(worker)
    believed.delete(worker)
    if (before === undefined || before.dueAt === null) return
    const after = state(before, now)
    const written = yield* store.update(tenantId, before, after)
    assert.strictEqual(written, before.lease === expected.lease)
    if (written) expected = after
  })

  const renew = Effect.fnUntraced(function* (worker: number) {
    const before = believed.get(worker)
    if (before === undefined || before.lease === null) return
    const until = DateTime.add(now, { seconds: 15 })
    const kept = yield* store.renew(tenantId, job.id, { token: before.lease, until })
    assert.strictEqual(kept, before.lease === expected.lease)
    if (kept) expected = { ...expected, dueAt: until }
  })

  const cancel = Effect.fnUntraced(function* () {
    const before = Option.getOrThrow(yield* store.lock(tenantId, job.id))
    const after = Job.cancelled(before, now)
    if (after !== before) assert.isTrue(yield* store.update(tenantId, before, after))
    expected = Job.cancelled(expected, now)
  })

  for (const step of taken) {
    switch (step.does) {
      case "claim":
        yield* claim(step.worker)
        break
      case "batch":
      case "broken batch":
        yield* batch(step.worker, step.does === "broken batch")
        break
      case "put off":
        yield* leave(step.worker, Job.putOff)
        break
      case "release":
        yield* leave(step.worker, Job.released)
        break
      case "renew":
        yield* renew(step.worker)
        break
      case "cancel":
        yield* transaction(cancel())
        break
      case "wait":
        now = DateTime.add(now, { seconds: step.seconds })
    }
    assertSame(yield* held(tenantId, job.id), expected, step.does)
  }
  return expected
})

export const jobStore: Chapter = {
  title: "jobs in the store",
  needs: [],
  tests: (test) => {
    test("go through batches that are committed once each, whoever works, stops, returns too late or cancels", () =>
      forAll(steps, 25, (taken) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const notes = yield* Notes
            const { id } = yield* contacts.create({ name: "Ann" })
            const job = yield* add(tenantId, yield* newJob(yield* newKind))
            const end: ReadonlyArray<Step> = [
              { does: "wait", seconds: 3_600 },
              { does: "claim", worker: 0 },
              ...times(batches, (): Step => ({ does: "batch", worker: 0 }))
            ]
            const { done, finishedAt, status } = yield* play(tenantId, id, job, [...taken, ...end])
            assert.isNotNull(finishedAt)
            assert.strictEqual(done, status === "cancelled" ? done : batches)
            const { data } = yield* notes.list(id, { limit: 100 })
            assert.sameMembers(
              data.map(({ content }) => content),
              [...times(done, (batch) => `Batch ${batch}`)]
            )
          })
        )
      ))

    test("are given out once each, to whoever asks at the same time, the longest due first and no more than asked for", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const store = yield* JobStore
          const kind = yield* newKind
          const ids: Array<string> = []
          for (let due = 0; due < 12; due++) {
            const { id } = yield* add(yield* newTenant, yield* newJob(kind, afterSeconds(-due)))
            ids.unshift(id)
          }
          const claim = (worker: number) =>
            Effect.flatMap(JobStore, (store) =>
              store.claim({
                kinds: [kind, "unknown"],
                now: start,
                lease: { token: `worker_${worker}`, until: afterSeconds(15) },
                limit: 5
              })
            )
          const first = (yield* claim(0)).map(({ job }) => job.id)
          assert.sameMembers(first, ids.slice(0, 5))
          const rest = successes(yield* race(times(4, (worker) => claim(worker + 1)))).flat()
          assert.sameMembers(
            rest.map(({ job }) => job.id),
            ids.slice(5)
          )
          const later = { now: afterSeconds(15), lease: { token: "later", until: afterSeconds(30) }, limit: 100 }
          assert.lengthOf(yield* store.claim({ ...later, kinds: ["unknown"] }), 0)
          assert.lengthOf(yield* store.claim({ ...later, kinds: [] }), 0)
          assert.lengthOf(yield* store.claim({ ...later, kinds: [kind] }), 12)
        })
      ))

    test("are given out to a tenant of which none is being worked on before they are to others", () =>
      inNewTenant((patient) =>
        Effect.gen(function* () {
          const store = yield* JobStore
          const kind = yield* newKind
          const greedy = yield* newTenant
          for (const due of [-9, -8, -7]) yield* add(greedy, yield* newJob(kind, afterSeconds(due)))
          yield* add(patient, yield* newJob(kind, start))
          const claim = (token: string, now = start) => {
            const lease = { token, until: DateTime.add(now, { seconds: 15 }) }
            return Effect.map(store.claim({ kinds: [kind], now, lease, limit: 1 }), ([given]) => given?.tenantId)
          }
          assert.strictEqual(yield* claim("first"), greedy)
          assert.strictEqual(yield* claim("second"), patient)
          assert.strictEqual(yield* claim("third"), greedy)
          // Whose lease has run out is at work no more.
          assert.strictEqual(yield* claim("fourth", afterSeconds(15)), greedy)
          assert.strictEqual(yield* claim("fifth", afterSeconds(15)), patient)
        })
      ))

    test("keep a unique key to themselves until they finish, in their tenant", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* JobStore
          const kind = yield* newKind
          const first = yield* add(tenantId, yield* newJob(kind, start, "only"))
          assert.isFalse(yield* store.insert(tenantId, yield* newJob(kind, start, "only")))
          yield* add(tenantId, yield* newJob(kind, start, "other"))
          yield* add(yield* newTenant, yield* newJob(kind, start, "only"))
          assertSame(yield* transaction(store.lockUnique(tenantId, "only")), Option.some(first))
          assert.isTrue(yield* store.update(tenantId, first, Job.cancelled(first, start)))
          assertSame(yield* transaction(store.lockUnique(tenantId, "only")), Option.none())
          yield* add(tenantId, yield* newJob(kind, start, "only"))
        })
      ))

    test("are kept as they are, whatever they hold", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* JobStore
          const fresh = yield* newJob(yield* newKind)
          const bare = { ...fresh, total: null, params: null, starter: { ...fresh.starter, userName: null, roles: [] } }
          yield* add(tenantId, bare)
          assertSame(yield* held(tenantId, bare.id), bare)
          const failed = Job.failed(
            { ...bare, position: [1, "x", { y: null }], result: "ü😀", done: 2, total: 7, setbacks: 3 },
            { code: "odd", message: 'It\'s "odd"; DROP TABLE' },
            afterSeconds(1.5)
          )
          assert.isTrue(yield* store.update(tenantId, bare, failed))
          assertSame(yield* held(tenantId, bare.id), failed)
        })
      ))

    test("are forgotten some time after they finished, and not before", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* JobStore
          const kind = yield* newKind
          const open = yield* add(tenantId, yield* newJob(kind, afterSeconds(-100)))
          const [early, late] = [
            yield* add(tenantId, yield* newJob(kind, afterSeconds(-100))),
            yield* add(tenantId, yield* newJob(kind, afterSeconds(-100)))
          ]
          yield* store.update(tenantId, early, Job.cancelled(early, afterSeconds(-1)))
          yield* store.update(tenantId, late, Job.cancelled(late, start))
          assert.isAtLeast(yield* store.purge(start), 1)
          const left = yield* store.newest(tenantId, 10)
          assert.sameMembers(
            left.map(({ id }) => id),
            [open.id, late.id]
          )
        })
      ))
  }
}

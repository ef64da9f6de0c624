import { assert, describe, it } from "@effect/vitest"
import { Job, jobId, UserId } from "@clientele/core"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { created, later, overTheWire } from "../support.ts"

const queued = Job.queued(
  {
    id: jobId("001"),
    kind: "rescore",
    params: { version: 2 },
    total: null,
    uniqueKey: "rescore",
    starter: { userId: UserId.make("user_001"), userName: "Mike", roles: ["sales"] }
  },
  created
)

const seconds = fc.integer({ min: -100, max: 100 })
const plus = (amount: number) => DateTime.add(created, { seconds: amount })
const lease = (amount: number): Job.Lease => ({ token: "token", until: plus(amount) })

const ended = [
  ["completed", Job.afterBatch(queued, Job.completed({ done: 3, result: 3 }), { now: later, until: later })],
  ["failed", Job.failed(queued, { code: "odd", message: "Odd" }, later)],
  ["cancelled", Job.cancelled(queued, later)]
] as const

describe("a job", () => {
  it("can be taken up at once, and again when its lease has run out, and not before", () => {
    fc.assert(
      fc.property(seconds, seconds, (until, now) => {
        assert.strictEqual(Job.isClaimable(queued, plus(now)), now >= 0)
        const claimed = Job.claimed(queued, lease(until), created)
        assert.strictEqual(Job.isClaimable(claimed, plus(now)), now >= until)
        assert.isTrue(Job.isClaimable(Job.released(claimed, plus(now)), plus(now)))
      })
    )
  })

  it("keeps the time at which it was first taken up", () => {
    const first = Job.claimed(queued, lease(15), created)
    const second = Job.claimed(first, { token: "other", until: later }, later)
    assert.deepStrictEqual([first.startedAt, second.startedAt], [created, created])
    assert.deepInclude(second, { status: "running", lease: "other", dueAt: later })
  })

  it("moves on batch by batch under one lease, and keeps what a batch does not say", () => {
    const claimed = Job.claimed({ ...queued, total: 10 }, lease(15), created)
    const times = { now: later, until: DateTime.add(later, { seconds: 15 }) }
    const first = Job.afterBatch(claimed, Job.more({ position: "a", done: 4, result: { good: 4 } }), times)
    assert.deepStrictEqual(first, { ...claimed, position: "a", done: 4, result: { good: 4 }, dueAt: times.until })
    const second = Job.afterBatch(first, Job.more({ position: "b", done: 8, total: 12 }), times)
    assert.deepStrictEqual(second, { ...first, position: "b", done: 8, total: 12 })
    const last = Job.afterBatch(second, Job.completed({ done: 11, result: { good: 9 } }), times)
    assert.deepInclude(last, { status: "completed", done: 11, total: 11, result: { good: 9 }, finishedAt: later })
  })

  it.each(ended)("that is %s is over: nobody takes it up, and cancelling leaves it as it is", (status, job) => {
    assert.deepInclude(job, { status, finishedAt: later, dueAt: null, lease: null })
    assert.isFalse(Job.isClaimable(job, DateTime.add(later, { days: 365 })))
    assert.strictEqual(Job.cancelled(job, DateTime.add(later, { days: 1 })), job)
  })

  it("is tried again later and later, at most every five minutes, and soon again once a batch was committed", () => {
    let job = Job.claimed(queued, lease(15), created)
    const delays: Array<number> = []
    for (let setback = 0; setback < 9; setback++) {
      job = Job.putOff(job, created)
      assert.isNull(job.lease)
      delays.push(Duration.toSeconds(DateTime.distance(created, job.dueAt ?? created)))
    }
    assert.deepStrictEqual(delays, [5, 10, 20, 40, 80, 160, 300, 300, 300])
    const advanced = Job.afterBatch(job, Job.more({ position: 1, done: 1 }), { now: created, until: created })
    assert.deepStrictEqual(Job.putOff(advanced, created).dueAt, plus(5))
  })

  it("is hopeless when five leases in a row have run out, and not when it was let go of or has come further", () => {
    const lost = (times: number, job: Job.JobRecord) =>
      Array.from({ length: times }).reduce<Job.JobRecord>((held) => Job.claimed(held, lease(15), created), job)
    const taken = Job.claimed(queued, lease(15), created)
    assert.isFalse(Job.isHopeless(lost(4, taken)))
    assert.isTrue(Job.isHopeless(lost(5, taken)))
    assert.isFalse(Job.isHopeless(lost(1, Job.released(lost(4, taken), later))))
    const advanced = Job.afterBatch(lost(4, taken), Job.more({ position: 1, done: 1 }), { now: created, until: later })
    assert.isFalse(Job.isHopeless(lost(4, advanced)))
  })

  it("shows neither parameters nor place nor lease, in the words of the wire", () => {
    const shown = Schema.encodeSync(Job.Job)(Job.toJob(Job.claimed(queued, lease(15), later)))
    assert.deepStrictEqual(overTheWire(shown), {
      id: "job_001",
      kind: "rescore",
      status: "running",
      total: null,
      done: 0,
      result: null,
      failure: null,
      created_at: "2026-01-20T10:00:00.000Z",
      started_at: "2026-01-24T15:00:00.000Z",
      finished_at: null
    })
  })

  it("fails with the tag of an error as its code, and a message that every database takes", () => {
    assert.deepStrictEqual(Job.failureOf({ _tag: "InvalidCsv", message: "Line 3" }), {
      code: "invalid_csv",
      message: "Line 3"
    })
    assert.strictEqual(Job.failureOf({ _tag: "HTTPError", message: "a\0b" }).message, "")
    assert.lengthOf(Array.from(Job.failureOf({ _tag: "Odd", message: "😀".repeat(2_000) }).message), 1_000)
  })
})

/**
 * Does the work of jobs. Any number of processes may run jobs of one database: each job is in the hands of one of them
 * at a time, and what a process that died has left goes on elsewhere when its lease has run out.
 *
 * A host calls `runDue` from its own scheduler, or lets `layer` work all the time; nothing of it starts by itself in a
 * storage or service layer.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { type JobNotFound, StorageError } from "../domain/Errors.ts"
import type { JobId } from "../domain/Ids.ts"
import * as Job from "../domain/Job.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { type Claim, type ClaimedJob, JobStore } from "../ports/JobStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import type { Batch, JobHandler, Reason } from "./JobHandler.ts"
import { Jobs } from "./Jobs.ts"

export interface Settings {
  /** How many jobs a process works on at a time. */
  readonly concurrency: number
  /** How long a job is left to a process that shows no sign of life. It shows one, and looks for due jobs, in a third of it. */
  readonly lease: Duration.Duration
}

/** Four jobs at a time and leases of 15 seconds, unless a host says otherwise. */
export const Settings = Context.Reference<Settings>("@clientele/core/services/JobRunner/Settings", {
  defaultValue: () => ({ concurrency: 4, lease: Duration.seconds(15) })
})

/**
 * Works on what is due at a time, in every tenant, until nothing of it is left; answers how many jobs it took up. Leases
 * go by the clock, so a time that is still to come counts as the present.
 */
export const runDue = Effect.fn("JobRunner.runDue")(function* (
  now: DateTime.Utc
): Effect.fn.Return<number, StorageError, IdGenerator | Jobs | JobStore | UnitOfWork> {
  const { concurrency } = yield* Settings
  const worker = yield* makeWorker
  const taken = yield* Effect.all(
    Array.from({ length: concurrency }, () => worker.all(now)),
    { concurrency: "unbounded" }
  )
  return taken.reduce((sum, count) => sum + count, 0)
})

/**
 * Works on one job, here and now, until it has ended; answers it. While somebody else has it, this waits, and takes it up
 * where they leave it.
 */
export const runToEnd = Effect.fn("JobRunner.runToEnd")(function* (
  id: JobId
): Effect.fn.Return<Job.Job, JobNotFound | StorageError, CurrentActor | IdGenerator | Jobs | JobStore | UnitOfWork> {
  const { tenantId } = yield* CurrentActor
  const jobs = yield* Jobs
  const worker = yield* makeWorker
  for (let wait = 20; ; wait = Math.min(wait * 2, 1_000)) {
    while (yield* worker.one(yield* DateTime.now, { tenantId, id })) yield* Effect.yieldNow
    const job = yield* jobs.get(id)
    if (job.finishedAt !== null) return job
    yield* Effect.sleep(wait)
  }
})

/**
 * Works on jobs for as long as its scope is open: when it is built, when this process starts one, and every five seconds.
 * When the scope closes, the batches under way are finished and the jobs let go, so that others can go on with them.
 */
export const layer: Layer.Layer<never, never, IdGenerator | Jobs | JobStore | UnitOfWork> = Layer.effectDiscard(
  Effect.gen(function* () {
    const { concurrency, lease } = yield* Settings
    const jobs = yield* Jobs
    const worker = yield* makeWorker
    const taken = yield* PubSub.sliding<void>(1)
    const watch = yield* Semaphore.make(1)
    for (let count = 0; count < concurrency; count++) {
      const wakes = [yield* jobs.wakes, yield* PubSub.subscribe(taken)]
      // One of those who have nothing to do looks for jobs of other processes; where there is one there may be more.
      const wait = Effect.raceAllFirst([...wakes.map(PubSub.take), watch.withPermits(1)(Effect.sleep(aThirdOf(lease)))])
      yield* DateTime.now.pipe(
        Effect.flatMap((now) => worker.all(now, PubSub.publish(taken, undefined))),
        Effect.catchTag("StorageError", (error) => Effect.logWarning("Jobs are put off", error)),
        Effect.andThen(wait),
        Effect.forever,
        Effect.forkScoped
      )
    }
  })
)

// internal

/** Somebody else has the job now, or it has ended: nothing more may be written about it. */
class LeaseLost extends Schema.TaggedError<LeaseLost>("@clientele/core/services/JobRunner/LeaseLost")(
  "LeaseLost",
  {}
) {}

const batchesDone = Metric.counter("clientele_job_batches_total", {
  description: "Batches of jobs that were committed, and what the job was after them",
  incremental: true
})

/** After so many batches a job lines up behind the others that are due. */
const longestTurn = 50

const aThirdOf = (lease: Duration.Duration): Duration.Duration => Duration.times(lease, 1 / 3)

/** Works on one job, or on one after the other as long as any is due at a time, and answers how many those were. */
const makeWorker = Effect.gen(function* () {
  const ids = yield* IdGenerator
  const jobs = yield* Jobs
  const store = yield* JobStore
  const uow = yield* UnitOfWork
  const { lease } = yield* Settings

  const untilFrom = (now: DateTime.Utc) => DateTime.addDuration(now, lease)

  const claim = Effect.fnUntraced(function* (due: DateTime.Utc, kinds: ReadonlyArray<string>, job: Claim["job"]) {
    const [token = ""] = yield* ids.bodies(1)
    const now = yield* DateTime.now
    const lease = { token, until: untilFrom(now) }
    return yield* store.claim({ kinds, now: DateTime.min(due, now), lease, limit: 1, job })
  })

  /** `restore` makes interruptible again what may be: a job that was taken up is let go of, whenever that stops. */
  const work = Effect.fn("JobRunner.work")(function* (
    { job, tenantId }: ClaimedJob,
    handler: JobHandler,
    restore: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  ) {
    let current = job

    const commit = (batch: Batch) =>
      Effect.gen(function* () {
        const next = yield* batch
        const now = yield* DateTime.now
        const after = Job.afterBatch(current, next, { now, until: untilFrom(now) })
        if (!(yield* store.update(tenantId, current, after))) return yield* new LeaseLost()
        return after
      }).pipe(
        uow.transaction,
        Effect.map((after) => void (current = after)),
        Effect.tap(() =>
          Metric.update(Metric.withAttributes(batchesDone, { kind: job.kind, status: current.status }), 1)
        ),
        Effect.uninterruptible
      )

    const batches = Effect.gen(function* () {
      for (let count = 0; count < longestTurn && current.dueAt !== null; count++) {
        yield* commit(yield* handler.prepare(current))
        yield* Effect.yieldNow
      }
    })

    const keepLease = Effect.gen(function* () {
      const until = untilFrom(yield* DateTime.now)
      const kept = yield* store.renew(tenantId, job.id, { token: job.lease ?? "", until })
      if (!kept) return yield* new LeaseLost()
    }).pipe(
      // The next time may be in time still; if none is, others may take the job, and no batch of ours commits then.
      Effect.catchTag("StorageError", () => Effect.void),
      Effect.delay(aThirdOf(lease)),
      Effect.forever
    )

    // Looks where the job stands: a commit whose answer was lost may have moved it on.
    const leave = Effect.fnUntraced(
      function* (state: (job: Job.JobRecord, now: DateTime.Utc) => Job.JobRecord) {
        const found = yield* store.lock(tenantId, job.id)
        if (Option.isNone(found) || found.value.lease !== job.lease) return
        yield* store.update(tenantId, found.value, state(found.value, yield* DateTime.now))
      },
      uow.transaction,
      Effect.catchTag("StorageError", (error) => Effect.logWarning("A job stays as it is until its lease ends", error))
    )

    const giveUp = (failure: Job.JobFailure) => leave((job, now) => Job.failed(job, failure, now))

    const recover = (error: Reason) => {
      if (error instanceof LeaseLost) return Effect.void
      if (!(error instanceof StorageError)) return giveUp(Job.failureOf(error))
      return error.reason._tag === "StorageCorrupt"
        ? Effect.andThen(Effect.logError("A job failed", error), giveUp(Job.internalError))
        : Effect.andThen(Effect.logWarning("A job is put off", error), leave(Job.putOff))
    }

    if (Job.isHopeless(job)) return yield* giveUp(Job.abandoned)
    yield* restore(Effect.raceFirst(batches, keepLease)).pipe(
      Effect.andThen(Effect.suspend(() => (current.dueAt === null ? Effect.void : leave(Job.released)))),
      Effect.provideService(CurrentActor, { tenantId, ...job.starter }),
      Effect.catch(recover),
      Effect.catchDefect((defect) =>
        Effect.andThen(Effect.logError("A job died", Cause.die(defect)), giveUp(Job.internalError))
      ),
      Effect.onInterrupt(() => leave(Job.released)),
      Effect.annotateLogs("job_id", job.id)
    )
  })

  /** Whether there was a job to take up, of which `taken` tells before it is worked on: any that is due, or that one. */
  const one = (due: DateTime.Utc, job?: Claim["job"], taken: Effect.Effect<unknown> = Effect.void) =>
    Effect.uninterruptibleMask(
      Effect.fnUntraced(function* (restore) {
        const handlers = yield* jobs.handlers
        const [claimed] = yield* claim(due, [...handlers.keys()], job)
        const handler = handlers.get(claimed?.job.kind ?? "")
        if (claimed === undefined || handler === undefined) return false
        yield* taken
        yield* work(claimed, handler, restore)
        return true
      })
    )

  const all = Effect.fnUntraced(function* (due: DateTime.Utc, taken?: Effect.Effect<unknown>) {
    for (let count = 0; ; count++) {
      if (!(yield* one(due, undefined, taken))) return count
    }
  })

  return { one, all }
})

/** Jobs of a tenant: started, looked at and cancelled; and the kinds of them that there are. `JobRunner` does the work. */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { JobNotFound, type StorageError, type ValidationError } from "../domain/Errors.ts"
import { type JobId, jobId, type TenantId } from "../domain/Ids.ts"
import * as Job from "../domain/Job.ts"
import type * as Query from "../domain/Query.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { JobStore } from "../ports/JobStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import type { JobHandler, JobType } from "./JobHandler.ts"
import * as Walk from "./Walk.ts"

export interface EnqueueOptions {
  /**
   * Of the unfinished jobs of a tenant only one has a unique key. A new one takes the place of an older one, wherever
   * that stands: the older one is cancelled in the same transaction, and a batch of it that is under way is undone.
   */
  readonly uniqueKey?: string | undefined
  /** How much there is to do, when that is known beforehand. */
  readonly total?: number | undefined
  /** Its id, for a job of which something was kept before it came to be. */
  readonly id?: JobId | undefined
}

export class Jobs extends Context.Service<
  Jobs,
  {
    readonly get: (id: JobId) => Effect.Effect<Job.Job, JobNotFound | StorageError, CurrentActor>
    /** A job as it is now and whenever it has moved on, looked at every second, until it has finished. */
    readonly watch: (id: JobId) => Stream.Stream<Job.Job, JobNotFound | StorageError, CurrentActor>
    /** The tenant's jobs, newest first. */
    readonly list: (
      query: Walk.WalkQuery
    ) => Effect.Effect<Query.Page<Job.Job>, StorageError | ValidationError, CurrentActor>
    /**
     * Ends a job at the last batch that was committed; one that is under way is undone. A job that has finished stays as
     * it is.
     */
    readonly cancel: (id: JobId) => Effect.Effect<Job.Job, JobNotFound | StorageError, CurrentActor>
    /**
     * Starts a job, to be run as the actor. Inside a transaction it starts when that commits, and is forgotten with it;
     * it should be the last thing that the transaction does, because it locks the job that it takes the place of.
     */
    readonly enqueue: <Params>(
      type: Pick<JobType<Params, unknown, unknown>, "kind" | "params">,
      params: Params,
      options?: EnqueueOptions
    ) => Effect.Effect<Job.Job, StorageError, CurrentActor>
    /** Forgets jobs, of all tenants, that finished more than 30 days before a time; answers how many those were. */
    readonly purge: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
    /** Makes a kind known to the runners of this process, which leave jobs of any other kind to others. */
    readonly register: (handler: JobHandler) => Effect.Effect<void>
    /** The kinds that are known now. */
    readonly handlers: Effect.Effect<ReadonlyMap<string, JobHandler>>
    /** Tells of jobs that were started by this process from now on: several in a row may be told as one. */
    readonly wakes: Effect.Effect<PubSub.Subscription<void>, never, Scope.Scope>
  }
>()("@clientele/core/services/Jobs") {
  static readonly layer: Layer.Layer<Jobs, never, IdGenerator | JobStore | UnitOfWork> = Layer.effect(
    Jobs,
    Effect.gen(function* () {
      const ids = yield* IdGenerator
      const store = yield* JobStore
      const uow = yield* UnitOfWork
      const started = yield* PubSub.sliding<void>(1)
      const known = new Map<string, JobHandler>()

      const get = Effect.fn("Jobs.get")(function* (id: JobId) {
        const { tenantId } = yield* CurrentActor
        return Job.toJob(yield* orNotFound(id, yield* store.find(tenantId, id)))
      })

      const watch = (id: JobId) =>
        Stream.fromEffectSchedule(get(id), Schedule.spaced("1 second")).pipe(
          Stream.changes,
          Stream.takeUntil(({ finishedAt }) => finishedAt !== null)
        )

      const list = Effect.fn("Jobs.list")(function* (query: Walk.WalkQuery) {
        const { tenantId } = yield* CurrentActor
        const page = yield* Walk.page({
          query,
          scope: { list: "jobs" },
          read: (limit, after) => store.newest(tenantId, limit, after),
          count: store.count(tenantId),
          positionOf: (job) => ({ key: DateTime.formatIso(job.createdAt), id: job.id })
        })
        return { ...page, data: page.data.map(Job.toJob) }
      }, uow.snapshot)

      const cancel = Effect.fn("Jobs.cancel")(function* (id: JobId) {
        const { tenantId } = yield* CurrentActor
        const job = yield* orNotFound(id, yield* store.lock(tenantId, id))
        const cancelled = Job.cancelled(job, yield* DateTime.now)
        if (cancelled !== job) yield* store.update(tenantId, job, cancelled)
        return Job.toJob(cancelled)
      }, uow.transaction)

      const cancelOlder = Effect.fnUntraced(function* (
        tenantId: TenantId,
        uniqueKey: string | undefined,
        now: DateTime.Utc
      ) {
        if (uniqueKey === undefined) return
        const older = yield* store.lockUnique(tenantId, uniqueKey)
        if (Option.isSome(older)) yield* store.update(tenantId, older.value, Job.cancelled(older.value, now))
      })

      const enqueue = Effect.fn("Jobs.enqueue")(function* <Params>(
        { kind, params: schema }: Pick<JobType<Params, unknown, unknown>, "kind" | "params">,
        params: Params,
        { id, total, uniqueKey }: EnqueueOptions = {}
      ) {
        const { roles, tenantId, userId, userName } = yield* CurrentActor
        const now = yield* DateTime.now
        const [body = ""] = yield* ids.bodies(1)
        const job = Job.queued(
          {
            id: id ?? jobId(body),
            kind,
            params: yield* Effect.orDie(Schema.encodeEffect(Schema.toCodecJson(schema))(params)),
            total: total ?? null,
            uniqueKey: uniqueKey ?? null,
            starter: { userId, userName, roles }
          },
          now
        )
        // Whoever is not let in has met a job with its key that was committed meanwhile, and takes the place of that.
        do yield* cancelOlder(tenantId, uniqueKey, now)
        while (!(yield* store.insert(tenantId, job)))
        yield* uow.afterCommit(PubSub.publish(started, undefined))
        return Job.toJob(job)
      }, uow.transaction)

      const purge = Effect.fn("Jobs.purge")(
        (now: DateTime.Utc) => store.purge(DateTime.subtract(now, Job.kept)),
        uow.transaction
      )

      const register = (handler: JobHandler) =>
        known.has(handler.kind)
          ? Effect.die(new Error(`Two kinds of jobs are called ${handler.kind}`))
          : Effect.sync(() => void known.set(handler.kind, handler))

      return Jobs.of({
        get,
        watch,
        list,
        cancel,
        enqueue,
        purge,
        register,
        handlers: Effect.sync(() => known),
        wakes: PubSub.subscribe(started)
      })
    })
  )
}

// internal

const orNotFound = (id: JobId, found: Option.Option<Job.JobRecord>): Effect.Effect<Job.JobRecord, JobNotFound> =>
  Option.match(found, { onNone: () => Effect.fail(new JobNotFound({ jobId: id })), onSome: Effect.succeed })

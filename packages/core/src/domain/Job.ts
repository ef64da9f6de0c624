/**
 * Jobs: work that is too long for one transaction. A job advances in batches; each commits together with the place it
 * has reached, so that whoever goes on, this process or another one, goes on behind the last batch that is there.
 *
 * Who works on a job holds its lease, a token that is made anew whenever the job is taken up. Everything that is written
 * about the job is written under the lease it was read with: who has lost it, to another process, to a cancellation or
 * to a newer job, can commit nothing more. The time of a lease only says when another may take over.
 *
 * The functions here are the whole life of a job, as values: `queued`, `claimed`, `afterBatch`, and the ways it ends or
 * pauses.
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { JobId, type UserId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

/** What a job does, in snake_case, such as `rescore`. */
export const JobKind = Personal.notPersonal(Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_]{0,62}$/)))

/** A job that is paused, or waits to be tried again, is `running` still: what it has done so far is there to see. */
export const JobStatus = Schema.Literals(["queued", "running", "completed", "failed", "cancelled"])
export type JobStatus = typeof JobStatus.Type

/** Why a job failed: a code for programs, and a sentence. */
export const JobFailure = Personal.notPersonal(Schema.Struct({ code: Schema.String, message: Schema.String }))
export interface JobFailure extends Schema.Schema.Type<typeof JobFailure> {}

const Count = Personal.notPersonal(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))

/**
 * A job as callers see it. What is kept of a job is ids and counts, and tells nobody who anybody is; but a report of an import
 * shows cells at fault, out of which erasing takes persons.
 */
export const Job = Schema.Struct({
  id: JobId,
  kind: JobKind,
  status: JobStatus,
  /** How much there is to do; null until it is known. */
  total: Schema.NullOr(Count),
  done: Count,
  /** What came of it so far, in the shape of its kind; null before anything did. */
  result: Personal.notPersonal(Schema.Json),
  /** Null unless it failed. */
  failure: Schema.NullOr(JobFailure),
  createdAt: Time.Timestamp,
  startedAt: Schema.NullOr(Time.Timestamp),
  finishedAt: Schema.NullOr(Time.Timestamp)
})
  .pipe(Schema.encodeKeys({ createdAt: "created_at", startedAt: "started_at", finishedAt: "finished_at" }))
  .annotate({ identifier: "Job" })
export interface Job extends Schema.Schema.Type<typeof Job> {}

/** Who started a job, and as whom it runs. */
export interface Starter {
  readonly userId: UserId
  readonly userName: string | null
  readonly roles: ReadonlyArray<string>
}

/** A job as it is kept. */
export interface JobRecord extends Job {
  /** Of the unfinished jobs of a tenant only one has it. */
  readonly uniqueKey: string | null
  readonly params: Schema.Json
  /** Behind the last batch that was committed; null before the first. */
  readonly position: Schema.Json
  readonly starter: Starter
  /** How often in a row the storage kept a batch from being committed. */
  readonly setbacks: number
  /** How many leases in a row ran out before a batch was committed under them: who held them has died, or hangs. */
  readonly losses: number
  /** From when on it may be taken up: the end of its lease while somebody holds one; null once it has finished. */
  readonly dueAt: DateTime.Utc | null
  /** The token under which it is being worked on; null when it is not. */
  readonly lease: string | null
}

export interface Lease {
  readonly token: string
  readonly until: DateTime.Utc
}

/** What a batch has come to. `done` counts all batches so far; what is left out stays as it was. */
export type Next<Position, Result> =
  | {
      readonly _tag: "More"
      readonly position: Position
      readonly done: number
      readonly total?: number
      readonly result?: Result
    }
  | { readonly _tag: "Completed"; readonly done: number; readonly result: Result }

/** There is more to do, behind a position. */
export const more = <Position, Result = never>(
  next: Omit<Extract<Next<Position, Result>, { readonly _tag: "More" }>, "_tag">
): Next<Position, Result> => ({ _tag: "More", ...next })

/** This batch was the last one. */
export const completed = <Result>(next: { readonly done: number; readonly result: Result }): Next<never, Result> => ({
  _tag: "Completed",
  ...next
})

/** A new job, due at once. */
export const queued = (
  job: Pick<JobRecord, "id" | "kind" | "params" | "starter" | "total" | "uniqueKey">,
  now: DateTime.Utc
): JobRecord => ({
  ...job,
  status: "queued",
  done: 0,
  result: null,
  failure: null,
  position: null,
  setbacks: 0,
  losses: 0,
  createdAt: now,
  startedAt: null,
  finishedAt: null,
  dueAt: now,
  lease: null
})

/** Whether anybody may take a job up: it is due and not finished, and who held a lease has let it run out. */
export const isClaimable = ({ dueAt }: JobRecord, now: DateTime.Utc): boolean =>
  dueAt !== null && DateTime.isLessThanOrEqualTo(dueAt, now)

/** A job in the hands of whoever made the lease. */
export const claimed = (job: JobRecord, { token, until }: Lease, now: DateTime.Utc): JobRecord => ({
  ...job,
  status: "running",
  startedAt: job.startedAt ?? now,
  losses: job.lease === null ? job.losses : job.losses + 1,
  dueAt: until,
  lease: token
})

/** A job behind one more batch; whoever works on it goes on under the same lease. */
export const afterBatch = (
  job: JobRecord,
  next: Next<Schema.Json, Schema.Json>,
  { now, until }: { readonly now: DateTime.Utc; readonly until: DateTime.Utc }
): JobRecord => {
  const advanced = { ...job, done: next.done, result: next.result ?? job.result, setbacks: 0, losses: 0 }
  return next._tag === "More"
    ? { ...advanced, position: next.position, total: next.total ?? job.total, dueAt: until }
    : { ...finished(advanced, "completed", now), total: next.done }
}

/** A job that cannot go on; what its batches committed stays. */
export const failed = (job: JobRecord, failure: JobFailure, now: DateTime.Utc): JobRecord => ({
  ...finished(job, "failed", now),
  failure
})

/** A job that shall not go on, which ends it at the last batch that was committed; one that has finished stays so. */
export const cancelled = (job: JobRecord, now: DateTime.Utc): JobRecord =>
  job.dueAt === null ? job : finished(job, "cancelled", now)

/** A job that pauses where it stands, for whoever comes next. */
export const released = (job: JobRecord, now: DateTime.Utc): JobRecord => ({ ...job, dueAt: now, lease: null })

/** A job that is tried again later, the later the more often the storage has failed it. */
export const putOff = (job: JobRecord, now: DateTime.Utc): JobRecord => ({
  ...job,
  setbacks: job.setbacks + 1,
  dueAt: DateTime.add(now, { seconds: Math.min(firstDelay * 2 ** job.setbacks, longestDelay) }),
  lease: null
})

/** Why a job failed, from the error of its kind: `ProviderRefused` becomes `provider_refused`. */
export const failureOf = (error: { readonly _tag: string; readonly message: string }): JobFailure => ({
  code: error._tag.replace(/(?<=[a-z0-9])[A-Z]/g, "_$&").toLowerCase(),
  message: Text.canBeStored(error.message) ? Array.from(error.message).slice(0, longestMessage).join("") : ""
})

/** Why a job failed that met a bug, or a storage that answered what it should not: the log has the rest. */
export const internalError: JobFailure = { code: "internal_error", message: "The log of the server says why" }

/**
 * Whether a job is taken up no more: five times in a row nobody who had it came as far as to commit a batch. One that
 * ends its process whenever it is begun would end every process, one after the other.
 */
export const isHopeless = ({ losses }: JobRecord): boolean => losses >= mostLosses

/** Why a job failed that is hopeless. */
export const abandoned: JobFailure = {
  code: "abandoned",
  message: "Whoever worked on it ended five times in a row before a batch was done"
}

/** A job without what only its workers need. */
export const toJob = (record: JobRecord): Job => ({
  id: record.id,
  kind: record.kind,
  status: record.status,
  total: record.total,
  done: record.done,
  result: record.result,
  failure: record.failure,
  createdAt: record.createdAt,
  startedAt: record.startedAt,
  finishedAt: record.finishedAt
})

/** Finished jobs are kept this long. */
export const kept = { days: 30 }

// internal

const firstDelay = 5
const longestDelay = 300
const longestMessage = 1_000
const mostLosses = 5

const finished = (job: JobRecord, status: JobStatus, now: DateTime.Utc): JobRecord => ({
  ...job,
  status,
  finishedAt: now,
  dueAt: null,
  lease: null
})

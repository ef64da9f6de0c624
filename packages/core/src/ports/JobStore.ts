/**
 * Keeps jobs. What workers ask, `claim` and `purge`, is asked across tenants; everything else is of one.
 *
 * A job is the last thing that a transaction locks, after contacts and all that belongs to them.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Position } from "../domain/Cursor.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { JobId, TenantId } from "../domain/Ids.ts"
import type { JobRecord, Lease } from "../domain/Job.ts"

/** Which jobs are asked for, and under which lease they are given out. */
export interface Claim {
  readonly kinds: ReadonlyArray<string>
  readonly now: DateTime.Utc
  readonly lease: Lease
  readonly limit: number
  /** Only this one. */
  readonly job?: { readonly tenantId: TenantId; readonly id: JobId } | undefined
}

/** A job that was given out. */
export interface ClaimedJob {
  readonly tenantId: TenantId
  readonly job: JobRecord
}

export class JobStore extends Context.Service<
  JobStore,
  {
    /** Writes a new job; false when an unfinished one of the tenant has its unique key. */
    readonly insert: (tenantId: TenantId, job: JobRecord) => Effect.Effect<boolean, StorageError>
    readonly find: (tenantId: TenantId, id: JobId) => Effect.Effect<Option.Option<JobRecord>, StorageError>
    /** Finds a job and keeps everybody else from changing it until the transaction ends. */
    readonly lock: (tenantId: TenantId, id: JobId) => Effect.Effect<Option.Option<JobRecord>, StorageError>
    /** Locks the unfinished job that has a unique key. */
    readonly lockUnique: (
      tenantId: TenantId,
      uniqueKey: string
    ) => Effect.Effect<Option.Option<JobRecord>, StorageError>
    /**
     * Gives out jobs that are due, as `Job.claimed` says: first those of tenants of which none is being worked on, and of
     * these, as of the others, the longest due. None is given out twice, however many ask at once.
     */
    readonly claim: (claim: Claim) => Effect.Effect<ReadonlyArray<ClaimedJob>, StorageError>
    /** Makes a lease last until a time; false when it is lost. */
    readonly renew: (tenantId: TenantId, id: JobId, lease: Lease) => Effect.Effect<boolean, StorageError>
    /**
     * Writes the state after another one; false, and nothing written, when the job is not under the lease of `before`
     * any more. In the transaction of a batch this decides whether the batch may commit.
     */
    readonly update: (tenantId: TenantId, before: JobRecord, after: JobRecord) => Effect.Effect<boolean, StorageError>
    /** The tenant's jobs, newest first, behind a position when one is given. */
    readonly newest: (
      tenantId: TenantId,
      limit: number,
      after?: Position
    ) => Effect.Effect<ReadonlyArray<JobRecord>, StorageError>
    readonly count: (tenantId: TenantId) => Effect.Effect<number, StorageError>
    /** Forgets jobs, of all tenants, that finished before a time; answers how many those were. */
    readonly purge: (finishedBefore: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/JobStore") {}

/**
 * Jobs in a table of their own. `due_at` is both when a job may be taken up and when its lease ends, so that one index
 * finds whatever waits for a worker; finished jobs are not in it.
 */
import type { Position } from "@clientele/core/domain/Cursor"
import { JobId, TenantId, UserId } from "@clientele/core/domain/Ids"
import { JobFailure, JobStatus, type JobRecord, type Lease } from "@clientele/core/domain/Job"
import { type Claim, type ClaimedJob, JobStore } from "@clientele/core/ports/JobStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, selectionOf, toStorageError, totalOf } from "./internal/storage.ts"
import { type ColumnKind, type RowOf, TablePrefix, type Tables, tables } from "./Table.ts"
import { json, timestamp } from "./internal/columns.ts"

export const layer: Layer.Layer<JobStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  JobStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { jobs } = tables(yield* TablePrefix)
    const table = sql(jobs.name)
    const selection = sql.literal(selectionOf(dialect, jobs))
    const createdAt = sql.literal(`${jobs.name}.created_at`)

    const instant = (time: DateTime.Utc) => dialect.value("timestamp", DateTime.formatIso(time))
    const nullable = (kind: ColumnKind, value: number | string | null) =>
      value === null ? sql.literal("NULL") : dialect.value(kind, value)
    const isJob = (tenantId: TenantId, id: JobId) => sql`tenant_id = ${tenantId} AND id = ${id}`
    const first = (rows: ReadonlyArray<ClaimedJob>) => Arr.head(rows.map(({ job }) => job))

    const insert = Effect.fn("JobStore.insert")(
      (tenantId: TenantId, job: JobRecord) =>
        Effect.map(
          dialect.insert(
            jobs,
            [toRow(tenantId, job)],
            "ON CONFLICT (tenant_id, unique_key) WHERE unique_key IS NOT NULL AND finished_at IS NULL DO NOTHING RETURNING id"
          ),
          (written) => written.length > 0
        ),
      Effect.mapError(toStorageError("JobStore.insert"))
    )

    const find = Effect.fn("JobStore.find")(
      (tenantId: TenantId, id: JobId) =>
        Effect.map(decodeJobs(sql`SELECT ${selection} FROM ${table} WHERE ${isJob(tenantId, id)}`), first),
      Effect.mapError(toStorageError("JobStore.find"))
    )

    const lock = Effect.fn("JobStore.lock")(
      (tenantId: TenantId, id: JobId) =>
        Effect.map(
          decodeJobs(sql`SELECT ${selection} FROM ${table} WHERE ${isJob(tenantId, id)} ${dialect.forUpdate}`),
          first
        ),
      Effect.mapError(toStorageError("JobStore.lock"))
    )

    const lockUnique = Effect.fn("JobStore.lockUnique")(
      (tenantId: TenantId, uniqueKey: string) =>
        Effect.map(
          decodeJobs(sql`
            SELECT ${selection} FROM ${table}
            WHERE tenant_id = ${tenantId} AND unique_key = ${uniqueKey} AND finished_at IS NULL ${dialect.forUpdate}`),
          first
        ),
      Effect.mapError(toStorageError("JobStore.lockUnique"))
    )

    /** Tenants that somebody is at work for. */
    const busy = (now: DateTime.Utc) =>
      sql`SELECT tenant_id FROM ${table} WHERE due_at > ${instant(now)} AND lease IS NOT NULL`

    const claim = Effect.fn("JobStore.claim")(
      ({ job, kinds, lease, limit, now }: Claim) =>
        decodeJobs(sql`
          WITH due AS (
            SELECT tenant_id, id FROM ${table} WHERE due_at <= ${instant(now)} AND kind ${dialect.among(kinds)}
              ${job === undefined ? sql.literal("") : sql`AND ${isJob(job.tenantId, job.id)}`}
            ORDER BY CASE WHEN tenant_id IN (${busy(now)}) THEN 1 ELSE 0 END, due_at
            LIMIT ${limit} ${dialect.forUpdateSkipLocked}
          )
          UPDATE ${table}
          SET status = 'running', started_at = COALESCE(started_at, ${instant(now)}), due_at = ${instant(lease.until)},
            losses = losses + CASE WHEN lease IS NULL THEN 0 ELSE 1 END, lease = ${lease.token}
          FROM due WHERE ${table}.tenant_id = due.tenant_id AND ${table}.id = due.id
          RETURNING ${selection}`),
      Effect.mapError(toStorageError("JobStore.claim"))
    )

    const renew = Effect.fn("JobStore.renew")(
      (tenantId: TenantId, id: JobId, { token, until }: Lease) =>
        Effect.map(
          sql`
            UPDATE ${table} SET due_at = ${instant(until)} WHERE ${isJob(tenantId, id)} AND lease = ${token}
            RETURNING id`,
          (written) => written.length > 0
        ),
      Effect.mapError(toStorageError("JobStore.renew"))
    )

    const update = Effect.fn("JobStore.update")(
      (tenantId: TenantId, before: JobRecord, after: JobRecord) => {
        const row = toRow(tenantId, after)
        const underLease = before.lease === null ? sql`lease IS NULL` : sql`lease = ${before.lease}`
        return Effect.map(
          sql`
            UPDATE ${table}
            SET status = ${row.status}, position = ${nullable("json", row.position)}, total = ${nullable("integer", row.total)},
              done = ${row.done}, result = ${nullable("json", row.result)}, failure = ${nullable("json", row.failure)},
              setbacks = ${row.setbacks}, losses = ${row.losses}, due_at = ${nullable("timestamp", row.due_at)}, lease = ${nullable("text", row.lease)},
              started_at = ${nullable("timestamp", row.started_at)}, finished_at = ${nullable("timestamp", row.finished_at)}
            WHERE ${isJob(tenantId, before.id)} AND ${underLease} RETURNING id`,
          (written) => written.length > 0
        )
      },
      Effect.mapError(toStorageError("JobStore.update"))
    )

    const newest = Effect.fn("JobStore.newest")(
      function* (tenantId: TenantId, limit: number, after?: Position) {
        const ofTenant = sql`tenant_id = ${tenantId}`
        const further =
          after === undefined || after.key === null
            ? ofTenant
            : sql`${ofTenant} AND (${createdAt}, id) < (${dialect.value("timestamp", after.key)}, ${after.id})`
        const rows = yield* decodeJobs(sql`
          SELECT ${selection} FROM ${table} WHERE ${further} ORDER BY ${createdAt} DESC, id DESC LIMIT ${limit}`)
        return rows.map(({ job }) => job)
      },
      Effect.mapError(toStorageError("JobStore.newest"))
    )

    const count = Effect.fn("JobStore.count")(
      (tenantId: TenantId) =>
        totalOf(sql`SELECT CAST(count(*) AS TEXT) AS total FROM ${table} WHERE tenant_id = ${tenantId}`),
      Effect.mapError(toStorageError("JobStore.count"))
    )

    const purge = Effect.fn("JobStore.purge")(
      (finishedBefore: DateTime.Utc) =>
        Effect.map(sql`DELETE FROM ${table} WHERE finished_at < ${instant(finishedBefore)} RETURNING id`, Arr.length),
      Effect.mapError(toStorageError("JobStore.purge"))
    )

    return JobStore.of({ insert, find, lock, lockUnique, claim, renew, update, newest, count, purge })
  })
)

/** What waits for workers at a moment, in all tenants. */
export interface Backlog {
  readonly running: number
  readonly waiting: number
  /** Since when the one that waits longest could have been taken up. */
  readonly since: DateTime.Utc | null
}

/** How far workers are behind at a moment: for operators to look at. */
export const backlog = Effect.fn("JobStore.backlog")(
  function* (now: DateTime.Utc) {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const { read, value } = yield* Dialect
    const { jobs } = tables(yield* TablePrefix)
    const isDue = sql`due_at <= ${value("timestamp", DateTime.formatIso(now))}`
    const [found] = yield* decodeBacklog(sql`
    SELECT CAST(count(*) FILTER (WHERE NOT (${isDue})) AS TEXT) AS running,
      CAST(count(*) FILTER (WHERE ${isDue}) AS TEXT) AS waiting,
      ${sql.literal(read("min(due_at)", "timestamp"))} AS first
    FROM ${sql(jobs.name)} WHERE due_at IS NOT NULL`)
    const { first = null, running = 0, waiting = 0 } = { ...found }
    return { running, waiting, since: waiting === 0 ? null : first } satisfies Backlog
  },
  Effect.mapError(toStorageError("JobStore.backlog"))
)

// internal

const decodeBacklog = decodeRows(
  Schema.Struct({
    running: Schema.FiniteFromString,
    waiting: Schema.FiniteFromString,
    first: Schema.NullOr(timestamp)
  })
)

const JobRow = Schema.Struct({
  tenant_id: TenantId,
  id: JobId,
  kind: Schema.String,
  unique_key: Schema.NullOr(Schema.String),
  status: JobStatus,
  params: json(Schema.Json),
  position: json(Schema.Json),
  total: Schema.NullOr(Schema.Int),
  done: Schema.Int,
  result: json(Schema.Json),
  failure: Schema.NullOr(json(JobFailure)),
  starter: json(
    Schema.Struct({ userId: UserId, userName: Schema.NullOr(Schema.String), roles: Schema.Array(Schema.String) })
  ),
  setbacks: Schema.Int,
  losses: Schema.Int,
  due_at: Schema.NullOr(timestamp),
  lease: Schema.NullOr(Schema.String),
  created_at: timestamp,
  started_at: Schema.NullOr(timestamp),
  finished_at: Schema.NullOr(timestamp)
})

const decodeJobRows = decodeRows(JobRow)

const decodeJobs = (rows: Parameters<typeof decodeJobRows>[0]) =>
  Effect.map(decodeJobRows(rows), (found) => found.map(toClaimed))

const toClaimed = ({
  created_at,
  due_at,
  finished_at,
  started_at,
  tenant_id,
  unique_key,
  ...job
}: typeof JobRow.Type): ClaimedJob => ({
  tenantId: tenant_id,
  job: {
    ...job,
    uniqueKey: unique_key,
    createdAt: created_at,
    startedAt: started_at,
    finishedAt: finished_at,
    dueAt: due_at
  }
})

const isoOrNull = (time: DateTime.Utc | null): string | null => (time === null ? null : DateTime.formatIso(time))

const toRow = (tenantId: TenantId, job: JobRecord) =>
  ({
    tenant_id: tenantId,
    id: job.id,
    kind: job.kind,
    unique_key: job.uniqueKey,
    status: job.status,
    params: JSON.stringify(job.params),
    position: JSON.stringify(job.position),
    total: job.total,
    done: job.done,
    result: JSON.stringify(job.result),
    failure: job.failure === null ? null : JSON.stringify(job.failure),
    starter: JSON.stringify(job.starter),
    setbacks: job.setbacks,
    losses: job.losses,
    due_at: isoOrNull(job.dueAt),
    lease: job.lease,
    created_at: DateTime.formatIso(job.createdAt),
    started_at: isoOrNull(job.startedAt),
    finished_at: isoOrNull(job.finishedAt)
  }) satisfies RowOf<Tables["jobs"]["columns"]>

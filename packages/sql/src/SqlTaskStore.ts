/**
 * Tasks in a table of their own, read by what is due first. `due_at` is the last moment at which a task is in time, and
 * the end of time for one without a due date: so these come last, and are never overdue, by the same comparisons.
 */
import { TaskId, TenantId } from "@clientele/core/domain/Ids"
import type { StatusFilter, TaskRecord } from "@clientele/core/domain/Task"
import type { ListRange } from "@clientele/core/ports/ActivityStore"
import { type TaskCriteria, TaskStore } from "@clientele/core/ports/TaskStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as SqlClient from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { Dialect } from "./Dialect.ts"
import { fromTaskRecord, TaskRow, toTaskRecord } from "./internal/activityRows.ts"
import { decodeRows, type Rows, selectionOf, toStorageError, totalOf } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<TaskStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  TaskStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { tasks } = tables(yield* TablePrefix)
    const table = sql(tasks.name)
    const dueAt = sql.literal(`${tasks.name}.due_at`)
    const selection = sql.literal(selectionOf(dialect, tasks, Object.keys(TaskRow.fields)))
    const instant = (time: string) => dialect.value("timestamp", time)

    /** `Task.statusOf`, asked by an index. */
    const ofStatus = (status: StatusFilter, now: DateTime.Utc): ReadonlyArray<Fragment> => {
      const open = sql.literal("completed_at IS NULL")
      const time = instant(DateTime.formatIso(now))
      switch (status) {
        case "completed":
          return [sql.literal("completed_at IS NOT NULL")]
        case "open":
          return [open]
        case "overdue":
          return [open, sql`${dueAt} < ${time}`]
        case "pending":
          return [open, sql`${dueAt} >= ${time}`]
      }
    }

    const matching = (tenantId: TenantId, criteria: TaskCriteria) => {
      const { assignedTo, contactId, dealId, now, priority, status } = criteria
      const conditions: Array<Fragment> = [sql`tenant_id = ${tenantId}`]
      if (assignedTo !== undefined) conditions.push(sql`assigned_to = ${assignedTo}`)
      if (contactId !== undefined) conditions.push(sql`contact_id = ${contactId}`)
      if (dealId !== undefined) conditions.push(sql`deal_id = ${dealId}`)
      if (priority !== undefined) conditions.push(sql`priority = ${priority}`)
      return status === undefined ? conditions : [...conditions, ...ofStatus(status, now)]
    }

    const insert = Effect.fn("TaskStore.insert")(
      (tenantId: TenantId, task: TaskRecord) => dialect.insert(tasks, [fromTaskRecord(tenantId, task)]),
      Effect.asVoid,
      Effect.mapError(toStorageError("TaskStore.insert"))
    )

    const find = Effect.fn("TaskStore.find")(
      (tenantId: TenantId, id: TaskId) =>
        Effect.map(
          decodeTasks(sql`SELECT ${selection} FROM ${table} WHERE tenant_id = ${tenantId} AND id = ${id}`),
          Arr.head
        ),
      Effect.mapError(toStorageError("TaskStore.find"))
    )

    const lock = Effect.fn("TaskStore.lock")(
      (tenantId: TenantId, ids: ReadonlyArray<TaskId>) =>
        decodeTasks(sql`
          SELECT ${selection} FROM ${table} WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}
          ORDER BY id ${dialect.forUpdate}`),
      Effect.mapError(toStorageError("TaskStore.lock"))
    )

    const written = Struct.omit(tasks.columns, ["tenant_id", "id", "former_contact_id", "created_at"])
    const assignments = sql.literal(
      Object.keys(written)
        .map((column) => `${column} = given.${column}`)
        .join(", ")
    )
    const update = Effect.fn("TaskStore.update")(
      (tenantId: TenantId, task: TaskRecord) => {
        const given = dialect.given(written, [fromTaskRecord(tenantId, task)])
        return Effect.asVoid(sql`
          UPDATE ${table} SET ${assignments} FROM ${given} AS given
          WHERE ${table}.tenant_id = ${tenantId} AND ${table}.id = ${task.id}`)
      },
      Effect.mapError(toStorageError("TaskStore.update"))
    )

    const remove = Effect.fn("TaskStore.remove")(
      (tenantId: TenantId, id: TaskId) =>
        Effect.map(
          sql`DELETE FROM ${table} WHERE tenant_id = ${tenantId} AND id = ${id} RETURNING id`,
          (removed) => removed.length > 0
        ),
      Effect.mapError(toStorageError("TaskStore.remove"))
    )

    const list = Effect.fn("TaskStore.list")(
      (tenantId: TenantId, criteria: TaskCriteria, { after, limit, offset = 0 }: ListRange) => {
        const conditions = matching(tenantId, criteria)
        if (typeof after?.key === "string") {
          conditions.push(sql`(${dueAt}, id) > (${instant(after.key)}, ${after.id})`)
        }
        return decodeTasks(sql`
          SELECT ${selection} FROM ${table} WHERE ${sql.and(conditions)}
          ORDER BY ${dueAt}, id LIMIT ${limit} OFFSET ${offset}`)
      },
      Effect.mapError(toStorageError("TaskStore.list"))
    )

    const count = Effect.fn("TaskStore.count")(
      (tenantId: TenantId, criteria: TaskCriteria) =>
        totalOf(sql`
          SELECT CAST(count(*) AS TEXT) AS total FROM ${table} WHERE ${sql.and(matching(tenantId, criteria))}`),
      Effect.mapError(toStorageError("TaskStore.count"))
    )

    const due = Effect.fn("TaskStore.due")(
      (until: DateTime.Utc, limit: number) =>
        Effect.map(
          decodeDue(sql`
            SELECT tenant_id, id FROM ${table}
            WHERE armed = 1 AND completed_at IS NULL AND due_at <= ${instant(DateTime.formatIso(until))}
            ORDER BY due_at LIMIT ${limit}`),
          (rows) => rows.map(({ id, tenant_id }) => ({ tenantId: tenant_id, taskId: id }))
        ),
      Effect.mapError(toStorageError("TaskStore.due"))
    )

    const disarm = Effect.fn("TaskStore.disarm")(
      (tenantId: TenantId, ids: ReadonlyArray<TaskId>) =>
        Effect.asVoid(sql`UPDATE ${table} SET armed = 0 WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}`),
      Effect.mapError(toStorageError("TaskStore.disarm"))
    )

    return TaskStore.of({ insert, find, lock, update, remove, list, count, due, disarm })
  })
)

// internal

const decodeTaskRows = decodeRows(TaskRow)

const decodeTasks = (rows: Rows) => Effect.map(decodeTaskRows(rows), Arr.map(toTaskRecord))

const decodeDue = decodeRows(Schema.Struct({ tenant_id: TenantId, id: TaskId }))

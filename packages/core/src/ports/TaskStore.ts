/** Keeps tasks. What announcing asks, `due`, is asked across tenants; everything else is of one. */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { StorageError } from "../domain/Errors.ts"
import type { TaskId, TenantId } from "../domain/Ids.ts"
import type { TaskFilter, TaskRecord } from "../domain/Task.ts"
import type { ListRange } from "./ActivityStore.ts"

/** Which tasks: the plain filters, and the time at which their status is looked at. */
export interface TaskCriteria extends TaskFilter {
  readonly now: DateTime.Utc
}

export class TaskStore extends Context.Service<
  TaskStore,
  {
    readonly insert: (tenantId: TenantId, task: TaskRecord) => Effect.Effect<void, StorageError>
    readonly find: (tenantId: TenantId, id: TaskId) => Effect.Effect<Option.Option<TaskRecord>, StorageError>
    /** The tasks that exist of a set, by id; no one else can change them until the transaction ends. */
    readonly lock: (
      tenantId: TenantId,
      ids: ReadonlyArray<TaskId>
    ) => Effect.Effect<ReadonlyArray<TaskRecord>, StorageError>
    /** Replaces a task that the transaction has locked. */
    readonly update: (tenantId: TenantId, task: TaskRecord) => Effect.Effect<void, StorageError>
    /** Whether there was such a task to remove. */
    readonly remove: (tenantId: TenantId, id: TaskId) => Effect.Effect<boolean, StorageError>
    /** Tasks that match, the first due first, those without a due date last. */
    readonly list: (
      tenantId: TenantId,
      criteria: TaskCriteria,
      range: ListRange
    ) => Effect.Effect<ReadonlyArray<TaskRecord>, StorageError>
    readonly count: (tenantId: TenantId, criteria: TaskCriteria) => Effect.Effect<number, StorageError>
    /** Some of the tasks, of all tenants, that are armed, not completed, and due until a time. */
    readonly due: (
      until: DateTime.Utc,
      limit: number
    ) => Effect.Effect<ReadonlyArray<{ readonly tenantId: TenantId; readonly taskId: TaskId }>, StorageError>
    /** Disarms tasks that the transaction has locked. */
    readonly disarm: (tenantId: TenantId, ids: ReadonlyArray<TaskId>) => Effect.Effect<void, StorageError>
  }
>()("@clientele/core/ports/TaskStore") {}

/**
 * Tasks: made, changed, completed, opened again, and announced before they are due.
 *
 * A task is locked after the contacts that its completion touches: completing one logs an activity, and opening it again
 * takes that away, which scoring rules may ask for.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Activity from "../domain/Activity.ts"
import {
  type ContactNotFound,
  type DealNotFound,
  type Refused,
  type StorageError,
  TaskNotFound,
  ValidationError
} from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import { activityId, type ContactId, type EventId, type TaskId, taskId } from "../domain/Ids.ts"
import type * as Query from "../domain/Query.ts"
import * as Task from "../domain/Task.ts"
import { TenantZone } from "../domain/Time.ts"
import { validator } from "../domain/Validation.ts"
import { ActivityStore } from "../ports/ActivityStore.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { TaskStore } from "../ports/TaskStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ActivityLog } from "./ActivityLog.ts"
import { ContactJournal } from "./ContactJournal.ts"
import * as Sweep from "./Sweep.ts"
import * as Walk from "./Walk.ts"

/** How long before its due date a task is announced: 24 hours, unless a host says otherwise. */
export const TaskLead = Context.Reference<Duration.Duration>("@clientele/core/services/Tasks/TaskLead", {
  defaultValue: () => Duration.hours(24)
})

export type TaskQuery = Task.TaskFilter & Walk.LeafQuery

export class Tasks extends Context.Service<
  Tasks,
  {
    readonly create: (
      input: Task.TaskCreate
    ) => Effect.Effect<
      Task.Task,
      ContactNotFound | DealNotFound | Refused | StorageError | ValidationError,
      CurrentActor
    >
    readonly get: (id: TaskId) => Effect.Effect<Task.Task, StorageError | TaskNotFound, CurrentActor>
    /** Fields present are replaced, fields absent stay, null clears; `status` completes a task or opens it again. */
    readonly update: (
      id: TaskId,
      changes: Task.TaskUpdate
    ) => Effect.Effect<
      Task.Task,
      ContactNotFound | DealNotFound | Refused | StorageError | TaskNotFound | ValidationError,
      CurrentActor
    >
    readonly remove: (id: TaskId) => Effect.Effect<void, StorageError | TaskNotFound, CurrentActor>
    /** Completes a task and logs that as an activity; one that is completed stays as it is. */
    readonly complete: (id: TaskId) => Effect.Effect<Task.Task, Refused | StorageError | TaskNotFound, CurrentActor>
    /** A page of the tasks that match, the first due first, those without a due date last, with their exact number. */
    readonly list: (
      query: TaskQuery
    ) => Effect.Effect<Query.Page<Task.Task>, StorageError | ValidationError, CurrentActor>
    /** Tells of tasks, in all tenants, that are due soon at a time, of each once; answers of how many. */
    readonly runDue: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/services/Tasks") {
  static readonly layer: Layer.Layer<
    Tasks,
    never,
    ActivityLog | ActivityStore | ContactJournal | ContactStore | IdGenerator | TaskStore | UnitOfWork
  > = Layer.effect(
    Tasks,
    Effect.gen(function* () {
      const activities = yield* ActivityStore
      const contacts = yield* ContactStore
      const ids = yield* IdGenerator
      const journal = yield* ContactJournal
      const lead = yield* TaskLead
      const log = yield* ActivityLog
      const tasks = yield* TaskStore
      const uow = yield* UnitOfWork
      const zone = yield* TenantZone

      const nextBody = Effect.map(ids.bodies(1), ([body = ""]) => body)

      const find = Effect.fnUntraced(function* (id: TaskId) {
        const { tenantId } = yield* CurrentActor
        const found = yield* tasks.find(tenantId, id)
        return Option.isSome(found) ? found.value : yield* new TaskNotFound({ taskId: id })
      })

      // -- Under locks ------------------------------------------------------------------------------------------------

      const activityOf = Effect.fnUntraced(function* ({ completion }: Task.TaskRecord) {
        const { tenantId } = yield* CurrentActor
        return completion === null ? Option.none() : yield* activities.find(tenantId, completion.activityId)
      })

      /** The contact whose score may change when a task is completed, or opened again. */
      const touchedBy = Effect.fnUntraced(function* (task: Task.TaskRecord) {
        const links =
          task.completion === null ? yield* log.about(task.fields) : Option.getOrNull(yield* activityOf(task))
        return links?.contactId ?? null
      })

      /** Locks a task behind the contact that it touches, wherever a merge has put that meanwhile, and others. */
      const lock = Effect.fnUntraced(function* (id: TaskId, others: ReadonlyArray<ContactId> = []) {
        const { tenantId } = yield* CurrentActor
        let known = yield* find(id)
        for (;;) {
          const touched = yield* touchedBy(known)
          yield* contacts.lockIds(tenantId, touched === null ? others : [touched, ...others])
          const [task] = yield* tasks.lock(tenantId, [id])
          if (task === undefined) return yield* new TaskNotFound({ taskId: id })
          if ((yield* touchedBy(task)) === touched) return task
          known = task
        }
      })

      const complete = Effect.fnUntraced(function* (task: Task.TaskRecord, { actor, timestamp }: Events.Origin) {
        if (task.completion !== null) return task
        const activity = Activity.create({ type: "task", subject: task.fields.title }, yield* log.about(task.fields), {
          id: activityId(yield* nextBody),
          by: actor.id,
          now: timestamp
        })
        yield* log.add(activity)
        return Task.complete(task, { at: timestamp, by: actor.id, activityId: activity.id })
      })

      const reopen = Effect.fnUntraced(function* (task: Task.TaskRecord, { timestamp }: Events.Origin) {
        const activity = yield* activityOf(task)
        if (Option.isSome(activity)) yield* log.remove(activity.value)
        return Task.reopen(task, timestamp)
      })

      /** Writes a task as it is after a command, and tells what there is to tell of it. */
      const write = Effect.fnUntraced(function* (
        before: Task.TaskRecord | null,
        after: Task.TaskRecord,
        origin: Events.Origin
      ) {
        const { tenantId } = yield* CurrentActor
        const { isTold, task } = Task.announce(after, origin.timestamp, lead)
        if (before === null) yield* tasks.insert(tenantId, task)
        else if (task !== before) yield* tasks.update(tenantId, task)
        const view = Task.toTask(task, origin.timestamp)
        const isCompleted = before?.completion === null && task.completion !== null
        yield* journal.append([
          ...(isTold ? [(id: EventId) => Events.taskDue(id, origin, view)] : []),
          ...(isCompleted ? [(id: EventId) => Events.taskCompleted(id, origin, view)] : [])
        ])
        return view
      })

      // -- Commands ---------------------------------------------------------------------------------------------------

      const create = Effect.fn("Tasks.create")(function* (input: Task.TaskCreate) {
        const valid = yield* Effect.fromResult(validateCreate(input))
        yield* log.check(Activity.linksOf(valid))
        const origin = yield* journal.origin
        const task = Task.create(valid, { id: taskId(yield* nextBody), now: origin.timestamp, zone })
        return yield* write(null, task, origin)
      }, uow.transaction)

      const get = Effect.fn("Tasks.get")(function* (id: TaskId) {
        return Task.toTask(yield* find(id), yield* DateTime.now)
      })

      const update = Effect.fn("Tasks.update")(function* (id: TaskId, changes: Task.TaskUpdate) {
        const valid = yield* Effect.fromResult(validateUpdate(changes))
        const { contactId, dealId } = Activity.linksOf(valid)
        const before = yield* lock(id, contactId === null ? [] : [contactId])
        const origin = yield* journal.origin
        const now = origin.timestamp
        const refused = Task.refused(valid, Task.toTask(before, now))
        if (refused.length > 0) return yield* new ValidationError({ issues: refused })
        yield* log.check({
          contactId: contactId === before.fields.contactId ? null : contactId,
          dealId: dealId === before.fields.dealId ? null : dealId
        })
        const changed = Task.update(before, valid, { now, zone })
        const after =
          valid.status === "completed"
            ? yield* complete(changed, origin)
            : valid.status === "pending"
              ? yield* reopen(changed, origin)
              : changed
        return yield* write(before, after, origin)
      }, uow.transaction)

      const remove = Effect.fn("Tasks.remove")(function* (id: TaskId) {
        const { tenantId } = yield* CurrentActor
        if (!(yield* tasks.remove(tenantId, id))) return yield* new TaskNotFound({ taskId: id })
      }, uow.transaction)

      const completeTask = Effect.fn("Tasks.complete")(function* (id: TaskId) {
        const before = yield* lock(id)
        const origin = yield* journal.origin
        return yield* write(before, yield* complete(before, origin), origin)
      }, uow.transaction)

      // -- Lists and due dates ----------------------------------------------------------------------------------------

      const list = Effect.fn("Tasks.list")(function* (query: TaskQuery) {
        const { tenantId } = yield* CurrentActor
        const valid = yield* Effect.fromResult(validateQuery(query))
        const { cursor: _c, limit: _l, page: _p, ...filter } = valid
        const now = yield* DateTime.now
        const criteria = { ...filter, now }
        const page = yield* Walk.numberedPage({
          query: valid,
          scope: { list: "tasks", ...filter },
          read: (limit, after, offset) => tasks.list(tenantId, criteria, { limit, after, offset }),
          count: tasks.count(tenantId, criteria),
          positionOf: ({ dueAt, id }) => ({ key: DateTime.formatIso(dueAt), id })
        })
        return { ...page, data: page.data.map((task) => Task.toTask(task, now)) }
      }, uow.snapshot)

      const announce = Effect.fnUntraced(
        function* (ids: ReadonlyArray<TaskId>, now: DateTime.Utc) {
          const { tenantId } = yield* CurrentActor
          const origin = yield* journal.origin
          // Of several processes that found a task the first disarms it, and the others find nothing to tell.
          const announced = (yield* tasks.lock(tenantId, ids))
            .map((before) => ({ before, ...Task.announce(before, now, lead) }))
            .filter(({ before, task }) => task !== before)
          yield* tasks.disarm(
            tenantId,
            announced.map(({ task }) => task.id)
          )
          const told = announced.filter(({ isTold }) => isTold)
          yield* journal.tell(
            told.map(
              ({ task }) =>
                (id) =>
                  Events.taskDue(id, origin, Task.toTask(task, now))
            )
          )
          return told.length
        },
        uow.transaction,
        Effect.provideService(Events.CurrentCause, "time")
      )

      const runDue = Effect.fn("Tasks.runDue")((now: DateTime.Utc) =>
        Sweep.run(tasks.due(DateTime.addDuration(now, lead), batchSize), (due) =>
          announce(
            due.map(({ taskId }) => taskId),
            now
          )
        )
      )

      return Tasks.of({ create, get, update, remove, complete: completeTask, list, runDue })
    })
  )
}

// internal

/** Small enough to let others in between. */
const batchSize = 200

const validateCreate = validator(Task.TaskCreate)
const validateUpdate = validator(Task.TaskUpdate)
const validateQuery = validator(Schema.Struct({ ...Task.TaskFilter.fields, ...Walk.leafFields }))

/**
 * Tasks: what somebody is to do, by when. What a store keeps is `TaskRecord`; `Task` is what callers see, whose status
 * depends on when they look.
 *
 * A task that is not completed is overdue once its due date has passed. A due date without a time of day is that whole
 * day, in the tenant's zone; a task without one is never overdue.
 *
 * A task is announced once for each due date, so long before it. It is armed when it is given a due date, and disarmed
 * when that was announced, or had passed before anybody could.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { type Links, linksOf } from "./Activity.ts"
import type { Issue } from "./Errors.ts"
import { type ActivityId, ContactId, DealId, TaskId, UserId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"
import { echoed, readOnlyDifferences } from "./Validation.ts"

/** `overdue` is never set: a pending task becomes it by itself. */
export const TaskStatus = Schema.Literals(["pending", "completed", "overdue"])
export type TaskStatus = typeof TaskStatus.Type

/** The words that the list filter `status` takes: each status, and `open` for pending and overdue together. */
export const StatusFilter = Schema.Literals([...TaskStatus.literals, "open"])
export type StatusFilter = typeof StatusFilter.Type

export const TaskPriority = Schema.Literals(["low", "medium", "high"])
export type TaskPriority = typeof TaskPriority.Type

const Title = Personal.personal(Text.filled(500))
const Description = Personal.personal(Schema.NullOr(Text.text(20_000)))

const fields = {
  title: Title,
  description: Description,
  contactId: Schema.NullOr(ContactId),
  dealId: Schema.NullOr(DealId),
  dueDate: Schema.NullOr(Time.DayOrInstant),
  priority: TaskPriority,
  assignedTo: Schema.NullOr(UserId)
}

const shownFields = {
  id: TaskId,
  completedAt: Schema.NullOr(Time.Timestamp),
  completedBy: Schema.NullOr(UserId),
  createdAt: Time.Timestamp,
  updatedAt: Time.Timestamp
}

const keys = {
  contactId: "contact_id",
  dealId: "deal_id",
  dueDate: "due_date",
  assignedTo: "assigned_to"
} as const

const shownKeys = {
  completedAt: "completed_at",
  completedBy: "completed_by",
  createdAt: "created_at",
  updatedAt: "updated_at"
} as const

/** A task as callers see it. */
export const Task = Schema.Struct({ ...fields, ...shownFields, status: TaskStatus })
  .pipe(Schema.encodeKeys({ ...keys, ...shownKeys }))
  .annotate({ identifier: "Task" })
export interface Task extends Schema.Schema.Type<typeof Task> {}

const settable = Struct.map(Struct.omit(fields, ["title"]), Schema.optionalKey)

/** What a new task may be given. Only `title` is needed. */
export const TaskCreate = Schema.Struct({ title: Title, ...settable })
  .pipe(Schema.encodeKeys(keys))
  .annotate({ identifier: "TaskCreate" })
export interface TaskCreate extends Schema.Schema.Type<typeof TaskCreate> {}

/**
 * Changes to a task: fields present are replaced, fields absent stay, null clears. `status` completes a task or, as
 * `pending`, opens it again. Members that only reading shows may be sent back as they were read.
 */
export const TaskUpdate = Schema.Struct({
  title: Schema.optionalKey(Title),
  ...settable,
  status: Schema.optionalKey(TaskStatus),
  id: echoed,
  completedAt: echoed,
  completedBy: echoed,
  createdAt: echoed,
  updatedAt: echoed
})
  .pipe(Schema.encodeKeys({ ...keys, ...shownKeys }))
  .annotate({ identifier: "TaskUpdate" })
export interface TaskUpdate extends Schema.Schema.Type<typeof TaskUpdate> {}

/** Which tasks of the tenant; every condition that is present must hold. */
export const TaskFilter = Schema.Struct({
  assignedTo: Schema.optionalKey(UserId),
  status: Schema.optionalKey(StatusFilter),
  priority: Schema.optionalKey(TaskPriority),
  contactId: Schema.optionalKey(ContactId),
  dealId: Schema.optionalKey(DealId)
})
export interface TaskFilter extends Schema.Schema.Type<typeof TaskFilter> {}

/** The fields of a task that a caller can set, in full. */
export interface TaskFields extends Links {
  readonly title: string
  readonly description: string | null
  /** As it was given: a day, or an instant. */
  readonly dueDate: string | null
  readonly priority: TaskPriority
  readonly assignedTo: UserId | null
}

/** Who completed a task, when, and the activity that tells of it. */
export interface Completion {
  readonly at: DateTime.Utc
  readonly by: UserId
  readonly activityId: ActivityId
}

/** What a store keeps of a task. */
export interface TaskRecord {
  readonly id: TaskId
  readonly fields: TaskFields
  /** The last moment at which it is in time; `Time.never` without a due date. */
  readonly dueAt: DateTime.Utc
  readonly isArmed: boolean
  readonly completion: Completion | null
  readonly createdAt: DateTime.Utc
  readonly updatedAt: DateTime.Utc
}

/** What a decision needs of the world: the time, and where the tenant's days begin. */
export interface Surroundings {
  readonly now: DateTime.Utc
  readonly zone: DateTime.TimeZone
}

// -- Decisions --------------------------------------------------------------------------------------------------------

/** The task that a creation makes. */
export const create = (input: TaskCreate, { id, now, zone }: Surroundings & { readonly id: TaskId }): TaskRecord =>
  scheduled(
    {
      id,
      fields: {
        ...linksOf(input),
        title: input.title,
        description: Text.filledOrNull(input.description),
        dueDate: spelled(input.dueDate),
        priority: input.priority ?? "medium",
        assignedTo: input.assignedTo ?? null
      },
      dueAt: Time.never,
      isArmed: false,
      completion: null,
      createdAt: now,
      updatedAt: now
    },
    zone
  )

/** The task after changes of its fields; the very same record when nothing changed. */
export const update = (task: TaskRecord, changes: TaskUpdate, { now, zone }: Surroundings): TaskRecord => {
  const replaced = <A>(value: A | undefined, current: A): A => (value === undefined ? current : value)
  const { fields } = task
  const after: TaskFields = {
    title: replaced(changes.title, fields.title),
    description: changes.description === undefined ? fields.description : Text.filledOrNull(changes.description),
    contactId: replaced(changes.contactId, fields.contactId),
    dealId: replaced(changes.dealId, fields.dealId),
    dueDate: changes.dueDate === undefined ? fields.dueDate : spelled(changes.dueDate),
    priority: replaced(changes.priority, fields.priority),
    assignedTo: replaced(changes.assignedTo, fields.assignedTo)
  }
  if (Equal.equals(after, fields)) return task
  const updated = { ...task, fields: after, updatedAt: now }
  return after.dueDate === fields.dueDate ? updated : scheduled(updated, zone)
}

/** The task completed; the very same record when it was already, by whomever. */
export const complete = (task: TaskRecord, completion: Completion): TaskRecord =>
  task.completion === null ? { ...task, completion, updatedAt: completion.at } : task

/** The task open again; the very same record when it was. */
export const reopen = (task: TaskRecord, now: DateTime.Utc): TaskRecord =>
  task.completion === null ? task : { ...task, completion: null, updatedAt: now }

/** Whether a task is not completed, and its due date has passed. */
export const isOverdue = ({ completion, dueAt }: TaskRecord, now: DateTime.Utc): boolean =>
  completion === null && DateTime.isGreaterThan(now, dueAt)

export const statusOf = (task: TaskRecord, now: DateTime.Utc): TaskStatus =>
  task.completion !== null ? "completed" : isOverdue(task, now) ? "overdue" : "pending"

/**
 * What there is to announce of a task, whose due date is announced so long before it: the task as it is then, and whether
 * to tell of it. Too late is not at all.
 */
export const announce = (
  task: TaskRecord,
  now: DateTime.Utc,
  lead: Duration.Duration
): { readonly task: TaskRecord; readonly isTold: boolean } =>
  task.isArmed && task.completion === null && DateTime.isLessThanOrEqualTo(task.dueAt, DateTime.addDuration(now, lead))
    ? { task: { ...task, isArmed: false }, isTold: !isOverdue(task, now) }
    : { task, isTold: false }

/** A task as callers see it at a time. */
export const toTask = (task: TaskRecord, now: DateTime.Utc): Task => ({
  id: task.id,
  ...task.fields,
  status: statusOf(task, now),
  completedAt: task.completion?.at ?? null,
  completedBy: task.completion?.by ?? null,
  createdAt: task.createdAt,
  updatedAt: task.updatedAt
})

/** What changes ask of a task that cannot be had: members that only reading shows, with other values than it shows. */
export const refused = (changes: TaskUpdate, current: Task): ReadonlyArray<Issue> => [
  ...differences(changes, current),
  ...(changes.status === "overdue" && current.status !== "overdue"
    ? [{ path: "status", message: "Expected pending or completed: a task becomes overdue by itself" }]
    : [])
]

// internal

const spelled = (dueDate: string | null | undefined): string | null =>
  dueDate === null || dueDate === undefined ? null : Time.spell(dueDate)

const scheduled = (task: TaskRecord, zone: DateTime.TimeZone): TaskRecord => {
  const { dueDate } = task.fields
  if (dueDate === null) return { ...task, dueAt: Time.never, isArmed: false }
  const dueAt = DateTime.min(lastDue, Time.lastMoment(dueDate, zone))
  return { ...task, dueAt, isArmed: true }
}

// Before `Time.never`, so that tasks without a due date come last.
const lastDue = DateTime.subtract(Time.never, { milliseconds: 1 })

const differences = readOnlyDifferences(Struct.keys(shownFields), Schema.encodeSync(Schema.Struct(shownFields)))

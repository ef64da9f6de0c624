/** Activities and tasks to rows and back, for their stores and for the archive. */
import { type Activity, ActivityType } from "@clientele/core/domain/Activity"
import { ActivityId, ContactId, DealId, TaskId, type TenantId, UserId } from "@clientele/core/domain/Ids"
import { TaskPriority, type TaskRecord } from "@clientele/core/domain/Task"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type { RowOf, Tables } from "../Table.ts"
import { timestamp } from "./columns.ts"

const text = Schema.NullOr(Schema.String)

export const ActivityRow = Schema.Struct({
  id: ActivityId,
  type: ActivityType,
  contact_id: Schema.NullOr(ContactId),
  deal_id: Schema.NullOr(DealId),
  subject: text,
  description: text,
  outcome: text,
  duration_minutes: Schema.NullOr(Schema.Int),
  next_steps: text,
  occurred_at: timestamp,
  created_by: UserId,
  created_at: timestamp
})

export const toActivity = (row: typeof ActivityRow.Type): Activity => ({
  id: row.id,
  type: row.type,
  contactId: row.contact_id,
  dealId: row.deal_id,
  subject: row.subject,
  description: row.description,
  outcome: row.outcome,
  durationMinutes: row.duration_minutes,
  nextSteps: row.next_steps,
  occurredAt: row.occurred_at,
  createdBy: row.created_by,
  createdAt: row.created_at
})

export const fromActivity = (tenantId: TenantId, activity: Activity): RowOf<Tables["activities"]["columns"]> => ({
  tenant_id: tenantId,
  id: activity.id,
  type: activity.type,
  contact_id: activity.contactId,
  deal_id: activity.dealId,
  former_contact_id: null,
  subject: activity.subject,
  description: activity.description,
  outcome: activity.outcome,
  duration_minutes: activity.durationMinutes,
  next_steps: activity.nextSteps,
  occurred_at: DateTime.formatIso(activity.occurredAt),
  created_by: activity.createdBy,
  created_at: DateTime.formatIso(activity.createdAt)
})

export const TaskRow = Schema.Struct({
  id: TaskId,
  title: Schema.String,
  description: text,
  contact_id: Schema.NullOr(ContactId),
  deal_id: Schema.NullOr(DealId),
  due_date: text,
  due_at: timestamp,
  armed: Schema.Int,
  priority: TaskPriority,
  assigned_to: Schema.NullOr(UserId),
  completed_at: Schema.NullOr(timestamp),
  completed_by: Schema.NullOr(UserId),
  activity_id: Schema.NullOr(ActivityId),
  created_at: timestamp,
  updated_at: timestamp
})

export const toTaskRecord = (row: typeof TaskRow.Type): TaskRecord => {
  const { activity_id: activityId, completed_at: at, completed_by: by } = row
  return {
    id: row.id,
    fields: {
      title: row.title,
      description: row.description,
      contactId: row.contact_id,
      dealId: row.deal_id,
      dueDate: row.due_date,
      priority: row.priority,
      assignedTo: row.assigned_to
    },
    dueAt: row.due_at,
    isArmed: row.armed === 1,
    completion: at === null || by === null || activityId === null ? null : { at, by, activityId },
    createdAt: row.created_at,
    updatedAt: row.updated_at
  }
}

export const fromTaskRecord = (
  tenantId: TenantId,
  { completion, fields, ...task }: TaskRecord
): RowOf<Tables["tasks"]["columns"]> => ({
  tenant_id: tenantId,
  id: task.id,
  title: fields.title,
  description: fields.description,
  contact_id: fields.contactId,
  deal_id: fields.dealId,
  former_contact_id: null,
  due_date: fields.dueDate,
  due_at: DateTime.formatIso(task.dueAt),
  armed: task.isArmed ? 1 : 0,
  priority: fields.priority,
  assigned_to: fields.assignedTo,
  completed_at: completion === null ? null : DateTime.formatIso(completion.at),
  completed_by: completion?.by ?? null,
  activity_id: completion?.activityId ?? null,
  created_at: DateTime.formatIso(task.createdAt),
  updated_at: DateTime.formatIso(task.updatedAt)
})

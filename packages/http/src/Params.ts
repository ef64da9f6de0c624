/**
 * Ids in paths. What cannot be an id names nothing either: there is one answer for both, so that nobody learns which it
 * was.
 */
import {
  ActivityNotFound,
  ContactNotFound,
  DealNotFound,
  JobNotFound,
  NoteNotFound,
  ProductNotFound,
  TaskNotFound,
  WebhookNotFound
} from "@clientele/core/domain/Errors"
import {
  ActivityId,
  ContactId,
  DealId,
  DeliveryId,
  JobId,
  NoteId,
  ProductId,
  TaskId,
  WebhookId
} from "@clientele/core/domain/Ids"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

export const contactIdOf = ({
  contact_id
}: {
  readonly contact_id: string
}): Effect.Effect<ContactId, ContactNotFound> =>
  Option.match(decodeContactId(contact_id), {
    onNone: () => Effect.fail(new ContactNotFound({ contactId: contact_id })),
    onSome: Effect.succeed
  })

export const dealIdOf = ({ deal_id }: { readonly deal_id: string }): Effect.Effect<DealId, DealNotFound> =>
  Option.match(decodeDealId(deal_id), {
    onNone: () => Effect.fail(new DealNotFound({ dealId: deal_id })),
    onSome: Effect.succeed
  })

export const productIdOf = ({
  product_id
}: {
  readonly product_id: string
}): Effect.Effect<ProductId, ProductNotFound> =>
  Option.match(decodeProductId(product_id), {
    onNone: () => Effect.fail(new ProductNotFound({ productId: product_id })),
    onSome: Effect.succeed
  })

export const noteIdOf = ({ note_id }: { readonly note_id: string }): Effect.Effect<NoteId, NoteNotFound> =>
  Option.match(decodeNoteId(note_id), {
    onNone: () => Effect.fail(new NoteNotFound({ noteId: note_id })),
    onSome: Effect.succeed
  })

export const activityIdOf = ({
  activity_id
}: {
  readonly activity_id: string
}): Effect.Effect<ActivityId, ActivityNotFound> =>
  Option.match(decodeActivityId(activity_id), {
    onNone: () => Effect.fail(new ActivityNotFound({ activityId: activity_id })),
    onSome: Effect.succeed
  })

export const taskIdOf = ({ task_id }: { readonly task_id: string }): Effect.Effect<TaskId, TaskNotFound> =>
  Option.match(decodeTaskId(task_id), {
    onNone: () => Effect.fail(new TaskNotFound({ taskId: task_id })),
    onSome: Effect.succeed
  })

export const jobIdOf = ({ job_id }: { readonly job_id: string }): Effect.Effect<JobId, JobNotFound> =>
  Option.match(decodeJobId(job_id), {
    onNone: () => Effect.fail(new JobNotFound({ jobId: job_id })),
    onSome: Effect.succeed
  })

export const webhookIdOf = ({
  webhook_id
}: {
  readonly webhook_id: string
}): Effect.Effect<WebhookId, WebhookNotFound> =>
  Option.match(decodeWebhookId(webhook_id), {
    onNone: () => Effect.fail(new WebhookNotFound({ webhookId: webhook_id })),
    onSome: Effect.succeed
  })

export const deliveryIdOf = ({
  delivery_id,
  webhook_id
}: {
  readonly delivery_id: string
  readonly webhook_id: string
}): Effect.Effect<DeliveryId, WebhookNotFound> =>
  Option.match(decodeDeliveryId(delivery_id), {
    onNone: () => Effect.fail(new WebhookNotFound({ webhookId: webhook_id, deliveryId: delivery_id })),
    onSome: Effect.succeed
  })

// internal

const decodeActivityId = Schema.decodeUnknownOption(ActivityId)
const decodeContactId = Schema.decodeUnknownOption(ContactId)
const decodeDealId = Schema.decodeUnknownOption(DealId)
const decodeDeliveryId = Schema.decodeUnknownOption(DeliveryId)
const decodeJobId = Schema.decodeUnknownOption(JobId)
const decodeNoteId = Schema.decodeUnknownOption(NoteId)
const decodeProductId = Schema.decodeUnknownOption(ProductId)
const decodeTaskId = Schema.decodeUnknownOption(TaskId)
const decodeWebhookId = Schema.decodeUnknownOption(WebhookId)

/**
 * Identifiers. Every id is `<kind>_<body>` with a time-ordered body, made by the `IdGenerator` port.
 *
 * Reading is lenient: any string of 1 to 128 printable characters is a possible id, so that an id that names nothing
 * is answered with "not found", whatever it looks like, and never with a complaint about its form.
 */
import * as Schema from "effect/Schema"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

const PossibleId = Personal.notPersonal(
  Schema.String.check(
    Text.matches(/^[\p{L}\p{M}\p{N}\p{P}\p{S}]{1,128}$/u, {
      maxLength: 128,
      message: "Expected 1 to 128 printable characters without spaces"
    })
  )
)

export const TenantId = PossibleId.pipe(Schema.brand("TenantId"))
export type TenantId = typeof TenantId.Type

/** Users live in the host; their ids are the host's own. */
export const UserId = PossibleId.pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

export const ContactId = PossibleId.pipe(Schema.brand("ContactId"))
export type ContactId = typeof ContactId.Type

export const DealId = PossibleId.pipe(Schema.brand("DealId"))
export type DealId = typeof DealId.Type

export const ActivityId = PossibleId.pipe(Schema.brand("ActivityId"))
export type ActivityId = typeof ActivityId.Type

export const TaskId = PossibleId.pipe(Schema.brand("TaskId"))
export type TaskId = typeof TaskId.Type

export const NoteId = PossibleId.pipe(Schema.brand("NoteId"))
export type NoteId = typeof NoteId.Type

export const EventId = PossibleId.pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type

export const ProductId = PossibleId.pipe(Schema.brand("ProductId"))
export type ProductId = typeof ProductId.Type

export const JobId = PossibleId.pipe(Schema.brand("JobId"))
export type JobId = typeof JobId.Type

export const WebhookId = PossibleId.pipe(Schema.brand("WebhookId"))
export type WebhookId = typeof WebhookId.Type

export const DeliveryId = PossibleId.pipe(Schema.brand("DeliveryId"))
export type DeliveryId = typeof DeliveryId.Type

/** The id a contact or a deal has in the system it came from; unique per tenant and kind when set. */
export const ExternalId = Personal.personal(
  Schema.String.check(
    Text.matches(/^[^\p{Cc}\p{Cs}]{1,255}$/u, {
      maxLength: 255,
      message: "Expected 1 to 255 characters without control characters"
    })
  )
)

export const contactId = (body: string): ContactId => ContactId.make(`contact_${body}`)
export const dealId = (body: string): DealId => DealId.make(`deal_${body}`)
export const activityId = (body: string): ActivityId => ActivityId.make(`act_${body}`)
export const taskId = (body: string): TaskId => TaskId.make(`task_${body}`)
export const noteId = (body: string): NoteId => NoteId.make(`note_${body}`)
export const eventId = (body: string): EventId => EventId.make(`evt_${body}`)
export const productId = (body: string): ProductId => ProductId.make(`prod_${body}`)
export const jobId = (body: string): JobId => JobId.make(`job_${body}`)
export const webhookId = (body: string): WebhookId => WebhookId.make(`hook_${body}`)
export const deliveryId = (body: string): DeliveryId => DeliveryId.make(`dlv_${body}`)

/**
 * Domain events: what happened, who did it, and through what. Each is appended to the outbox in the transaction of the
 * change it tells of, so that an event exists exactly when its change does.
 *
 * The encoded side is the body that webhooks deliver. `previous`, on updates only, holds the changed fields with their
 * values before.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { Contact } from "./Contact.ts"
import { Deal, listFields as dealFields, listKeys as dealKeys } from "./Deal.ts"
import { ContactId, DealId, EventId, UserId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import { StageKey } from "./Pipeline.ts"
import { Grade } from "./ScoringRules.ts"
import { Task } from "./Task.ts"
import * as Time from "./Time.ts"

/** Through what a change came about. */
export const Cause = Schema.Literals(["api", "import", "merge", "bulk", "enrichment", "rules", "time", "system"])
export type Cause = typeof Cause.Type

/** The cause that events of the running command carry; commands set it around the work they do for another one. */
export const CurrentCause = Context.Reference<Cause>("@clientele/core/CurrentCause", { defaultValue: () => "api" })

/** Who did it: a user of the host, which the personal data of a contact does not include. */
export const Actor = Personal.notPersonal(Schema.Struct({ id: UserId, name: Schema.NullOr(Schema.String) }))

const envelope = { id: EventId, timestamp: Time.Timestamp, cause: Cause, actor: Actor }

const points = Personal.notPersonal(Schema.Int)

const ContactCreated = Schema.Struct({ type: Schema.tag("crm.contact_created"), ...envelope, data: Contact })

const ContactUpdated = Schema.Struct({
  type: Schema.tag("crm.contact_updated"),
  ...envelope,
  data: Contact,
  previous: Personal.personal(Schema.Record(Schema.String, Schema.Json))
})

const ContactDeleted = Schema.Struct({
  type: Schema.tag("crm.contact_deleted"),
  ...envelope,
  data: Schema.Struct({
    id: ContactId,
    email: Personal.personal(Schema.NullOr(Schema.String)),
    name: Personal.personal(Schema.String)
  })
})

const ContactRestored = Schema.Struct({ type: Schema.tag("crm.contact_restored"), ...envelope, data: Contact })

const ContactMerged = Schema.Struct({
  type: Schema.tag("crm.contact_merged"),
  ...envelope,
  data: Schema.Struct({ contact: Contact, mergedContactIds: Schema.Array(ContactId) }).pipe(
    Schema.encodeKeys({ mergedContactIds: "merged_contact_ids" })
  )
})

const ScoreChanged = Schema.Struct({
  type: Schema.tag("crm.score_changed"),
  ...envelope,
  data: Schema.Struct({
    contactId: ContactId,
    score: points,
    previousScore: points,
    grade: Grade,
    previousGrade: Grade
  }).pipe(
    Schema.encodeKeys({ contactId: "contact_id", previousScore: "previous_score", previousGrade: "previous_grade" })
  )
})

/** A deal, and the move that it made; `from` is null when it was created there. */
const MovedDeal = Schema.Struct({
  ...dealFields,
  from: Schema.NullOr(StageKey),
  to: StageKey,
  at: Time.Timestamp
}).pipe(Schema.encodeKeys(dealKeys))
export interface MovedDeal extends Schema.Schema.Type<typeof MovedDeal> {}

const DealCreated = Schema.Struct({ type: Schema.tag("crm.deal_created"), ...envelope, data: Deal })

const DealUpdated = Schema.Struct({
  type: Schema.tag("crm.deal_updated"),
  ...envelope,
  data: Deal,
  previous: Personal.personal(Schema.Record(Schema.String, Schema.Json))
})

const DealDeleted = Schema.Struct({
  type: Schema.tag("crm.deal_deleted"),
  ...envelope,
  data: Schema.Struct({ id: DealId, name: Personal.personal(Schema.String) })
})

const DealStageChanged = Schema.Struct({ type: Schema.tag("crm.deal_stage_changed"), ...envelope, data: MovedDeal })

const DealWon = Schema.Struct({ type: Schema.tag("crm.deal_won"), ...envelope, data: MovedDeal })

const DealLost = Schema.Struct({ type: Schema.tag("crm.deal_lost"), ...envelope, data: MovedDeal })

const TaskDue = Schema.Struct({ type: Schema.tag("crm.task_due"), ...envelope, data: Task })

const TaskCompleted = Schema.Struct({ type: Schema.tag("crm.task_completed"), ...envelope, data: Task })

/** Every event there is; match on `type`. */
export const DomainEvent = Schema.Union([
  ContactCreated,
  ContactUpdated,
  ContactDeleted,
  ContactRestored,
  ContactMerged,
  ScoreChanged,
  DealCreated,
  DealUpdated,
  DealDeleted,
  DealStageChanged,
  DealWon,
  DealLost,
  TaskDue,
  TaskCompleted
]).pipe(Schema.toTaggedUnion("type"))
export type DomainEvent = typeof DomainEvent.Type

/** A place between two events, to go on from; opaque to callers. */
export const Position = Personal.notPersonal(
  Schema.String.check(Schema.isPattern(/^\d{1,20}(\.\d{1,19})?$/, { message: "Expected the position of an event" }))
).pipe(Schema.brand("Position"))
export type Position = typeof Position.Type

/** The contact and the deal that an event tells of, null where it tells of none. */
export const subjectsOf = (
  event: DomainEvent
): { readonly contactId: ContactId | null; readonly dealId: DealId | null } => {
  switch (event.type) {
    case "crm.contact_merged":
      return { contactId: event.data.contact.id, dealId: null }
    case "crm.score_changed":
      return { contactId: event.data.contactId, dealId: null }
    case "crm.contact_created":
    case "crm.contact_updated":
    case "crm.contact_deleted":
    case "crm.contact_restored":
      return { contactId: event.data.id, dealId: null }
    case "crm.deal_deleted":
      return { contactId: null, dealId: event.data.id }
    case "crm.deal_created":
    case "crm.deal_updated":
    case "crm.deal_stage_changed":
    case "crm.deal_won":
    case "crm.deal_lost":
      return { contactId: event.data.contactId, dealId: event.data.id }
    case "crm.task_due":
    case "crm.task_completed":
      return { contactId: event.data.contactId, dealId: null }
  }
}

/** What every event of one command has in common. */
export interface Origin {
  readonly timestamp: DateTime.Utc
  readonly cause: Cause
  readonly actor: DomainEvent["actor"]
}

/** The event that a creation appends. */
export const contactCreated = (id: EventId, origin: Origin, data: Contact): DomainEvent => ({
  type: "crm.contact_created",
  id,
  ...origin,
  data
})

/** The event that a change of settable fields appends. */
export const contactUpdated = (
  id: EventId,
  origin: Origin,
  data: Contact,
  previous: { readonly [field: string]: Schema.Json }
): DomainEvent => ({ type: "crm.contact_updated", id, ...origin, data, previous })

/** The event that a deletion appends. */
export const contactDeleted = (
  id: EventId,
  origin: Origin,
  data: { readonly id: ContactId; readonly email: string | null; readonly name: string }
): DomainEvent => ({ type: "crm.contact_deleted", id, ...origin, data })

/** The event that a restoration appends. */
export const contactRestored = (id: EventId, origin: Origin, data: Contact): DomainEvent => ({
  type: "crm.contact_restored",
  id,
  ...origin,
  data
})

/** The event that a merge appends, beside those of its parts. */
export const contactMerged = (
  id: EventId,
  origin: Origin,
  data: { readonly contact: Contact; readonly mergedContactIds: ReadonlyArray<ContactId> }
): DomainEvent => ({ type: "crm.contact_merged", id, ...origin, data })

/** The event that another score appends. */
export const scoreChanged = (
  id: EventId,
  origin: Origin,
  data: {
    readonly contactId: ContactId
    readonly score: number
    readonly previousScore: number
    readonly grade: Grade
    readonly previousGrade: Grade
  }
): DomainEvent => ({ type: "crm.score_changed", id, ...origin, data })

/** The event that a new deal appends. */
export const dealCreated = (id: EventId, origin: Origin, data: Deal): DomainEvent => ({
  type: "crm.deal_created",
  id,
  ...origin,
  data
})

/** The event that a change of a deal's settable fields appends. */
export const dealUpdated = (
  id: EventId,
  origin: Origin,
  data: Deal,
  previous: { readonly [field: string]: Schema.Json }
): DomainEvent => ({ type: "crm.deal_updated", id, ...origin, data, previous })

/** The event that the deletion of a deal appends. */
export const dealDeleted = (
  id: EventId,
  origin: Origin,
  data: { readonly id: DealId; readonly name: string }
): DomainEvent => ({ type: "crm.deal_deleted", id, ...origin, data })

/** The event that a move to another stage appends. */
export const dealStageChanged = (id: EventId, origin: Origin, data: MovedDeal): DomainEvent => ({
  type: "crm.deal_stage_changed",
  id,
  ...origin,
  data
})

/** The event that a deal appends that comes to be won, beside that of its move. */
export const dealWon = (id: EventId, origin: Origin, data: MovedDeal): DomainEvent => ({
  type: "crm.deal_won",
  id,
  ...origin,
  data
})

/** The event that a deal appends that comes to be lost, beside that of its move. */
export const dealLost = (id: EventId, origin: Origin, data: MovedDeal): DomainEvent => ({
  type: "crm.deal_lost",
  id,
  ...origin,
  data
})

/** The event that announces a task, a while before it is due. */
export const taskDue = (id: EventId, origin: Origin, data: Task): DomainEvent => ({
  type: "crm.task_due",
  id,
  ...origin,
  data
})

/** The event that completing a task appends. */
export const taskCompleted = (id: EventId, origin: Origin, data: Task): DomainEvent => ({
  type: "crm.task_completed",
  id,
  ...origin,
  data
})

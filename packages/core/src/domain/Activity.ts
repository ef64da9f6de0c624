/**
 * Activities: what was done with a contact or on a deal (a call, a meeting, a task that was completed), when and by whom.
 * An activity may name a contact and a deal of different people: a purchase has many who have a say in it.
 *
 * Calls, e-mails, meetings and demos are interactions, which count in the contact's engagement; notes and tasks are not.
 */
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { ValidationError } from "./Errors.ts"
import { ActivityId, ContactId, DealId, UserId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

export const ActivityType = Schema.Literals(["call", "email", "meeting", "demo", "note", "task"])
export type ActivityType = typeof ActivityType.Type

/** Types whose activities are interactions with the contact. */
export const interactions = ["call", "email", "meeting", "demo"] as const satisfies ReadonlyArray<ActivityType>

export const isInteraction = (type: ActivityType): boolean => interactions.some((one) => one === type)

const nullableText = (max: number) => Personal.personal(Schema.NullOr(Text.text(max)))

const Minutes = Personal.notPersonal(
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 525_600 }, { message: "Expected 0 to 525600 minutes" }))
)

const contents = {
  subject: nullableText(500),
  description: nullableText(20_000),
  outcome: nullableText(500),
  durationMinutes: Schema.NullOr(Minutes),
  nextSteps: nullableText(20_000)
}

const keys = {
  contactId: "contact_id",
  dealId: "deal_id",
  durationMinutes: "duration_minutes",
  nextSteps: "next_steps",
  occurredAt: "occurred_at"
} as const

/** An activity as it is kept and shown. */
export const Activity = Schema.Struct({
  id: ActivityId,
  type: ActivityType,
  contactId: Schema.NullOr(ContactId),
  dealId: Schema.NullOr(DealId),
  ...contents,
  occurredAt: Time.Timestamp,
  createdBy: UserId,
  createdAt: Time.Timestamp
})
  .pipe(Schema.encodeKeys({ ...keys, createdBy: "created_by", createdAt: "created_at" }))
  .annotate({ identifier: "Activity" })
export interface Activity extends Schema.Schema.Type<typeof Activity> {}

/** What a new activity may be given: a type, and a contact or a deal or both. */
export const ActivityCreate = Schema.Struct({
  type: ActivityType,
  contactId: Schema.optionalKey(Schema.NullOr(ContactId)),
  dealId: Schema.optionalKey(Schema.NullOr(DealId)),
  subject: Schema.optionalKey(contents.subject),
  description: Schema.optionalKey(contents.description),
  outcome: Schema.optionalKey(contents.outcome),
  durationMinutes: Schema.optionalKey(contents.durationMinutes),
  nextSteps: Schema.optionalKey(contents.nextSteps),
  /** When it happened; now unless given. */
  occurredAt: Schema.optionalKey(Time.Instant)
})
  .pipe(Schema.encodeKeys(keys))
  .annotate({ identifier: "ActivityCreate" })
export interface ActivityCreate extends Schema.Schema.Type<typeof ActivityCreate> {}

/** Which activities of the tenant; every condition that is present must hold, and both days are included. */
export const ActivityFilter = Schema.Struct({
  contactId: Schema.optionalKey(ContactId),
  dealId: Schema.optionalKey(DealId),
  type: Schema.optionalKey(ActivityType),
  startDate: Schema.optionalKey(Time.DayOrInstant),
  endDate: Schema.optionalKey(Time.DayOrInstant)
})
export interface ActivityFilter extends Schema.Schema.Type<typeof ActivityFilter> {}

/** What something is about. */
export interface Links {
  readonly contactId: ContactId | null
  readonly dealId: DealId | null
}

/** What a creation names; it has to be something. */
export const linksOf = ({
  contactId = null,
  dealId = null
}: {
  readonly contactId?: ContactId | null
  readonly dealId?: DealId | null
}): Links => ({ contactId, dealId })

export const requireLinks = (links: Links): Result.Result<Links, ValidationError> =>
  links.contactId === null && links.dealId === null
    ? Result.fail(new ValidationError({ issues: [{ path: "contactId", message: "Expected a contact or a deal" }] }))
    : Result.succeed(links)

/** The activity that a creation makes, about what it was found to be about. */
export const create = (
  input: Omit<ActivityCreate, "contactId" | "dealId">,
  links: Links,
  { by, id, now }: { readonly id: ActivityId; readonly by: UserId; readonly now: DateTime.Utc }
): Activity => ({
  id,
  type: input.type,
  ...links,
  subject: Text.filledOrNull(input.subject),
  description: Text.filledOrNull(input.description),
  outcome: Text.filledOrNull(input.outcome),
  durationMinutes: input.durationMinutes ?? null,
  nextSteps: Text.filledOrNull(input.nextSteps),
  occurredAt: input.occurredAt ?? now,
  createdBy: by,
  createdAt: now
})

/** The name under which scoring rules ask for activities of a type. */
export const eventName = (type: ActivityType): `activity:${ActivityType}` => `activity:${type}`

/** Whether a rule that asks for events of a name asks for activities. */
export const isActivityEvent = (name: string): boolean => name.startsWith("activity:")

/** One line about an activity, for people: its subject, else its description, else what its type is called. */
export const details = ({ description, subject, type }: Pick<Activity, "description" | "subject" | "type">): string =>
  subject ?? description ?? labels[type]

// internal

const labels: { readonly [type in ActivityType]: string } = {
  call: "Phone call",
  email: "Email sent/received",
  meeting: "In-person meeting",
  demo: "Product demo",
  note: "General note",
  task: "Task completed"
}

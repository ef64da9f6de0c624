/**
 * Contacts as callers see them: the list item, the detail view, and what may be given on creation and update. Each has
 * one schema, whose encoded side is the wire shape. What a store keeps, and what changing it means, is `ContactRecord`.
 */
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as Address from "./Address.ts"
import * as CustomFields from "./CustomFields.ts"
import * as Email from "./Email.ts"
import type { Issue } from "./Errors.ts"
import { ContactId, DealId, ExternalId, UserId } from "./Ids.ts"
import * as Money from "./Money.ts"
import { Note, maxContentLength } from "./Note.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

export const ContactType = Schema.Literals(["lead", "customer"])
export type ContactType = typeof ContactType.Type

export const ContactStatus = Schema.Literals(["active", "inactive"])
export type ContactStatus = typeof ContactStatus.Type

export const maxTags = 100
export const maxSecondary = 50

export const Name = Personal.personal(Text.filled(500))
export const Phone = Personal.personal(Text.filled(64))
const shortText = Personal.personal(Schema.NullOr(Text.text(255)))
export const Tags = Personal.personal(Schema.Array(Text.filled(100)).check(Schema.isMaxLength(maxTags)))
const Count = Personal.notPersonal(Schema.Int)

/** Profiles elsewhere: network name to address or handle. `linkedin` and `twitter` are always present in a view. */
export const Social = Personal.personal(Schema.Record(Schema.String, Schema.NullOr(Text.text(500))))
export type Social = typeof Social.Type

export const Owner = Personal.notPersonal(Schema.Struct({ id: UserId, name: Schema.String }))
export interface Owner extends Schema.Schema.Type<typeof Owner> {}

export const Engagement = Schema.Struct({
  lastInteraction: Schema.NullOr(Time.Timestamp),
  totalInteractions: Count,
  lifetimeValue: Money.Decimal
}).pipe(
  Schema.encodeKeys({
    lastInteraction: "last_interaction",
    totalInteractions: "total_interactions",
    lifetimeValue: "lifetime_value"
  })
)
export interface Engagement extends Schema.Schema.Type<typeof Engagement> {}

// -- Views ------------------------------------------------------------------------------------------------------------

const listFields = {
  id: ContactId,
  externalId: Schema.NullOr(ExternalId),
  type: ContactType,
  name: Name,
  email: Schema.NullOr(Email.Email),
  phone: Schema.NullOr(Phone),
  company: shortText,
  title: shortText,
  source: shortText,
  status: ContactStatus,
  score: Count,
  tags: Tags,
  customFields: CustomFields.CustomFields,
  engagement: Engagement,
  owner: Schema.NullOr(Owner),
  version: Count,
  createdAt: Time.Timestamp,
  updatedAt: Time.Timestamp
}

const listKeys = {
  externalId: "external_id",
  customFields: "custom_fields",
  createdAt: "created_at",
  updatedAt: "updated_at"
} as const

/** A contact as lists, events and exports show it. */
export const Contact = Schema.Struct(listFields).pipe(Schema.encodeKeys(listKeys)).annotate({ identifier: "Contact" })
export interface Contact extends Schema.Schema.Type<typeof Contact> {}
export type ContactEncoded = typeof Contact.Encoded

export const ScoreBreakdown = Schema.Struct({
  engagement: Count,
  profileCompleteness: Count,
  recentActivity: Count,
  fitScore: Count
}).pipe(
  Schema.encodeKeys({
    profileCompleteness: "profile_completeness",
    recentActivity: "recent_activity",
    fitScore: "fit_score"
  })
)
export interface ScoreBreakdown extends Schema.Schema.Type<typeof ScoreBreakdown> {}

const EnrichedGroup = Personal.personal(Schema.Record(Schema.String, Schema.Json))

export const Enrichment = Schema.Struct({
  company: EnrichedGroup,
  social: EnrichedGroup,
  contact: EnrichedGroup,
  fields: Personal.notPersonal(
    Schema.Record(
      Schema.String,
      Schema.Struct({ source: Schema.String, confidence: Schema.Finite, at: Schema.DateTimeUtcFromString })
    )
  )
})
export interface Enrichment extends Schema.Schema.Type<typeof Enrichment> {}

/** A deal as the page of its contact shows it. */
export const DealSummary = Schema.Struct({
  id: DealId,
  name: Personal.personal(Schema.String),
  value: Money.Decimal,
  stage: Personal.notPersonal(Schema.String)
})
export interface DealSummary extends Schema.Schema.Type<typeof DealSummary> {}

const TimelineEntry = Schema.Struct({
  type: Personal.notPersonal(Schema.String),
  timestamp: Time.Timestamp,
  details: Personal.personal(Schema.String)
})

const SecondaryEmails = Schema.Array(Email.Email).check(Schema.isMaxLength(maxSecondary))
const SecondaryPhones = Schema.Array(Phone).check(Schema.isMaxLength(maxSecondary))

export const detailFields = {
  ...listFields,
  secondaryEmails: SecondaryEmails,
  secondaryPhones: SecondaryPhones,
  address: Address.Address,
  social: Social,
  scoreBreakdown: ScoreBreakdown,
  enrichment: Enrichment,
  deals: Schema.Array(DealSummary),
  activities: Schema.Array(TimelineEntry),
  notes: Schema.Array(Note)
}

export const detailKeys = {
  ...listKeys,
  secondaryEmails: "secondary_emails",
  secondaryPhones: "secondary_phones",
  scoreBreakdown: "score_breakdown"
} as const

/** A contact as its own page shows it: the list item, and all that belongs to it. Notes and deals are the newest 50. */
export const ContactDetail = Schema.Struct(detailFields)
  .pipe(Schema.encodeKeys(detailKeys))
  .annotate({ identifier: "ContactDetail" })
export interface ContactDetail extends Schema.Schema.Type<typeof ContactDetail> {}

// -- Inputs -----------------------------------------------------------------------------------------------------------

export const settableFields = {
  externalId: Schema.optionalKey(Schema.NullOr(ExternalId)),
  type: Schema.optionalKey(ContactType),
  status: Schema.optionalKey(ContactStatus),
  email: Schema.optionalKey(Schema.NullOr(Email.Email)),
  secondaryEmails: Schema.optionalKey(Schema.NullOr(SecondaryEmails)),
  phone: Schema.optionalKey(Schema.NullOr(Phone)),
  secondaryPhones: Schema.optionalKey(Schema.NullOr(SecondaryPhones)),
  company: Schema.optionalKey(shortText),
  title: Schema.optionalKey(shortText),
  source: Schema.optionalKey(shortText),
  address: Schema.optionalKey(Schema.NullOr(Address.AddressPatch)),
  social: Schema.optionalKey(Schema.NullOr(Social.check(CustomFields.hasOpenKeys))),
  tags: Schema.optionalKey(Schema.NullOr(Tags)),
  customFields: Schema.optionalKey(Schema.NullOr(CustomFields.CustomFieldsPatch)),
  ownerId: Schema.optionalKey(Schema.NullOr(UserId))
}

const settableKeys = {
  externalId: "external_id",
  secondaryEmails: "secondary_emails",
  secondaryPhones: "secondary_phones",
  customFields: "custom_fields",
  ownerId: "owner_id"
} as const

const creationFields = {
  name: Name,
  ...settableFields,
  notes: Schema.optionalKey(Schema.NullOr(Personal.personal(Text.text(maxContentLength))))
}

/** What a new contact may be given. Only `name` is needed; `notes` becomes its first note. */
export const ContactCreate = Schema.Struct(creationFields)
  .pipe(Schema.encodeKeys(settableKeys))
  .annotate({ identifier: "ContactCreate" })
export interface ContactCreate extends Schema.Schema.Type<typeof ContactCreate> {}

/** A new contact as an import drafts it: one that may also say when it came to be. */
export const ContactDraft = Schema.Struct({
  ...creationFields,
  createdAt: Schema.optionalKey(Time.Instant)
}).pipe(Schema.encodeKeys({ ...settableKeys, createdAt: "created_at" }))
export interface ContactDraft extends Schema.Schema.Type<typeof ContactDraft> {}

const echoed = Schema.optionalKey(Personal.personal(Schema.Unknown))

export const readOnlyFields = {
  id: echoed,
  score: echoed,
  engagement: echoed,
  owner: echoed,
  version: echoed,
  createdAt: echoed,
  updatedAt: echoed,
  scoreBreakdown: echoed,
  enrichment: echoed,
  deals: echoed,
  activities: echoed,
  notes: echoed
}

/** Members that only reading shows. */
export type ReadOnlyField = keyof typeof readOnlyFields

/**
 * Changes to a contact: fields present are replaced, fields absent stay, null clears. `address`, `social` and
 * `customFields` merge key by key. Members that only reading shows may be sent back as they were read; a different
 * value is refused at its path.
 */
export const ContactUpdate = Schema.Struct({ name: Schema.optionalKey(Name), ...settableFields, ...readOnlyFields })
  .pipe(
    Schema.encodeKeys({
      ...settableKeys,
      createdAt: "created_at",
      updatedAt: "updated_at",
      scoreBreakdown: "score_breakdown"
    })
  )
  .annotate({ identifier: "ContactUpdate" })
export interface ContactUpdate extends Schema.Schema.Type<typeof ContactUpdate> {}

/**
 * The read-only members of an update whose values are not the current ones. They may come as they were read, from the
 * wire or in process.
 */
export const readOnlyDifferences = (changes: ContactUpdate, current: ContactDetail): ReadonlyArray<Issue> => {
  const given = readOnlyNames.filter((name) => Object.hasOwn(changes, name))
  if (given.length === 0) return []
  const encoded = encodeReadOnly(current)
  return given
    .filter((name) => !Equal.equals(changes[name], current[name]) && !Equal.equals(changes[name], encoded[name]))
    .map((path) => ({ path, message: "Expected the current value: this member cannot be set" }))
}

// internal

const readOnlyNames = Struct.keys(readOnlyFields)

const encodeReadOnly = Schema.encodeSync(Schema.Struct(Struct.pick(detailFields, readOnlyNames)))

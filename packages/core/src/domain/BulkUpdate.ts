/** One change to many contacts: fields are replaced, tags added and removed beside what each contact has. */
import * as Schema from "effect/Schema"
import { type ContactUpdate, settableFields, Tags } from "./Contact.ts"
import { type ContactRecord, tagKey } from "./ContactRecord.ts"
import { ContactId } from "./Ids.ts"

export const maxContacts = 1_000

const TagChanges = Schema.Struct({ add: Schema.optionalKey(Tags), remove: Schema.optionalKey(Tags) })

/** What can be changed on many contacts at once: nothing by which one of them is known. */
export const BulkChanges = Schema.Struct({
  type: settableFields.type,
  status: settableFields.status,
  company: settableFields.company,
  title: settableFields.title,
  source: settableFields.source,
  address: settableFields.address,
  social: settableFields.social,
  customFields: settableFields.customFields,
  ownerId: settableFields.ownerId,
  /** A list replaces the tags of every contact. */
  tags: Schema.optionalKey(Schema.Union([Tags, TagChanges]))
}).pipe(Schema.encodeKeys({ customFields: "custom_fields", ownerId: "owner_id" }))
export interface BulkChanges extends Schema.Schema.Type<typeof BulkChanges> {}

export const BulkUpdateRequest = Schema.Struct({
  contactIds: Schema.Array(ContactId).check(Schema.isMinLength(1), Schema.isMaxLength(maxContacts)),
  updates: BulkChanges,
  /** One failure undoes all. */
  atomic: Schema.optionalKey(Schema.Boolean)
})
  .pipe(Schema.encodeKeys({ contactIds: "contact_ids" }))
  .annotate({ identifier: "BulkUpdateRequest" })
export interface BulkUpdateRequest extends Schema.Schema.Type<typeof BulkUpdateRequest> {}

/** A contact that was left as it is, and why. */
export const BulkFailure = Schema.Struct({
  id: Schema.String,
  code: Schema.Literals(["contact_not_found", "validation_error"]),
  message: Schema.String
})
export interface BulkFailure extends Schema.Schema.Type<typeof BulkFailure> {}

/** What became of each contact; repeated ids count once. */
export const BulkUpdateReport = Schema.Struct({
  requested: Schema.Int,
  updated: Schema.Int,
  unchanged: Schema.Int,
  failed: Schema.Array(BulkFailure)
}).annotate({ identifier: "BulkUpdateReport" })
export interface BulkUpdateReport extends Schema.Schema.Type<typeof BulkUpdateReport> {}

/** An atomic bulk update in which something failed; nothing was changed. */
export class BulkFailed extends Schema.TaggedError<BulkFailed>("@clientele/core/BulkFailed")("BulkFailed", {
  failed: Schema.Array(BulkFailure)
}) {
  override get message(): string {
    return `${this.failed.length} of the contacts cannot be changed`
  }
}

/** What a bulk change means for one contact. */
export const changesFor = ({ fields }: ContactRecord, { tags, ...changes }: BulkChanges): ContactUpdate => {
  if (tags === undefined) return changes
  if (isList(tags)) return { ...changes, tags }
  const removed = new Set(tags.remove?.map(tagKey))
  return { ...changes, tags: [...fields.tags, ...(tags.add ?? [])].filter((tag) => !removed.has(tagKey(tag))) }
}

// internal

const isList = (tags: NonNullable<BulkChanges["tags"]>): tags is ReadonlyArray<string> => Array.isArray(tags)

/**
 * Merging: which contact several contacts become. The decision is pure, so that a preview and the merge itself are the
 * same computation; locking, moving children and events are the caller's.
 *
 * - Each field has its value from the contact that a preference names, even where that contact has none; else from the
 *   primary if it has one; else from the first of the others, in the order given, that has one. `address` moves whole,
 *   `social` and `custom_fields` key by key. Null, blank text, an empty list and an address without parts are no values.
 * - Without a preference `type` is customer if any of them is, `status` active if any is, and `source` is that of the
 *   contact created first (of the primary, then of the first given, when they are of one instant), also when it has none:
 *   how a person was found is not told by a record made later.
 * - Tags, e-mail addresses and phones are united, in the order of the contacts; what is not the main address or number
 *   becomes secondary. A union that one contact may not hold is refused, never cut.
 * - `createdAt` is the earliest, `lastInteraction` the latest. Interactions and lifetime value add up, because every
 *   child moves with its id and belonged to exactly one of the contacts. The score is left as the primary's: it has to be
 *   recomputed from the united facts.
 * - `version` rises by one exactly when a settable field of the primary changed, and `updatedAt` moves with it.
 *
 * Without preferences, merging one by one gives what merging at once gives, but for `version` and `updatedAt`.
 */
import * as Arr from "effect/Array"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { ContactDetail, type Engagement, maxSecondary, maxTags } from "./Contact.ts"
import type { ContactFields, ContactRecord } from "./ContactRecord.ts"
import * as CustomFields from "./CustomFields.ts"
import { type Issue, ValidationError } from "./Errors.ts"
import { ContactId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import { chooser, merge, nameFields, originsOf, unitedFields, valuesOf } from "./MergingFields.ts"
import { formatPath } from "./Validation.ts"

/** How many contacts one merge may fold into the primary. */
export const maxOthers = 50

/**
 * Contacts that cannot be merged, and why:
 * - `primary_among_merged`: the primary is also one of the others;
 * - `repeated_id`: one of the others is named twice;
 * - `already_merged`: a contact, the primary included, is gone into `mergedInto`;
 * - `stale_version`: a contact has changed since the version that the request names;
 * - `busy`: the contacts are being changed by someone else; the same request may succeed later.
 *
 * The first, second and fourth are decided here; the others by whoever looks at the store.
 */
export class MergeConflict extends Schema.TaggedError<MergeConflict>("@clientele/core/MergeConflict")("MergeConflict", {
  reason: Schema.Literals(["primary_among_merged", "repeated_id", "already_merged", "stale_version", "busy"]),
  /** The contacts that stand in the way. */
  contactIds: Schema.Array(ContactId),
  mergedInto: Schema.NullOr(ContactId)
}) {
  override get message(): string {
    const ids = this.contactIds.join(", ")
    switch (this.reason) {
      case "primary_among_merged":
        return `The primary contact ${ids} is also to be merged into itself`
      case "repeated_id":
        return `Named more than once: ${ids}`
      case "already_merged":
        return `Already merged: ${ids}${this.mergedInto === null ? "" : ` into ${this.mergedInto}`}`
      case "stale_version":
        return `Changed since they were looked at: ${ids}`
      case "busy":
        return `Being changed by someone else: ${ids}`
    }
  }
}

// -- Shapes -----------------------------------------------------------------------------------------------------------

const Versions = Personal.notPersonal(Schema.Record(Schema.String, Schema.Int))

/** What a merge is asked to do. With `versions`, as a preview gave them, contacts that have changed since are refused. */
export const MergeRequest = Schema.Struct({
  primaryContactId: ContactId,
  mergeContactIds: Schema.Array(ContactId).check(Schema.isMinLength(1), Schema.isMaxLength(maxOthers)),
  /** By field, the contact whose value is taken. */
  fieldPreferences: Schema.optionalKey(Schema.Record(Schema.String, ContactId)),
  versions: Schema.optionalKey(Versions)
})
  .pipe(
    Schema.encodeKeys({
      primaryContactId: "primary_contact_id",
      mergeContactIds: "merge_contact_ids",
      fieldPreferences: "field_preferences"
    })
  )
  .annotate({ identifier: "MergeRequest" })
export interface MergeRequest extends Schema.Schema.Type<typeof MergeRequest> {}

const Held = Schema.Struct({ contactId: ContactId, value: Personal.personal(Schema.Json) }).pipe(
  Schema.encodeKeys({ contactId: "contact_id" })
)

/**
 * Where the value of a field comes from: `source` is null where values are united (tags, secondary addresses and
 * numbers). `others` has the values of the other contacts, those that have one.
 */
export const MergedField = Schema.Struct({
  field: Personal.notPersonal(Schema.String),
  source: Schema.NullOr(ContactId),
  value: Personal.personal(Schema.Json),
  others: Schema.Array(Held)
})
export interface MergedField extends Schema.Schema.Type<typeof MergedField> {}

/** How many records of the other contacts become the primary's. */
export const MergeMoves = Personal.notPersonal(
  Schema.Struct({
    deals: Schema.Int,
    activities: Schema.Int,
    tasks: Schema.Int,
    notes: Schema.Int,
    events: Schema.Int
  })
)
export interface MergeMoves extends Schema.Schema.Type<typeof MergeMoves> {}

/** What a merge would do: the contact as it would be, the versions it was computed from, and why it looks so. */
export const MergePreview = Schema.Struct({
  contact: ContactDetail,
  versions: Versions,
  fields: Schema.Array(MergedField),
  moves: MergeMoves
}).annotate({ identifier: "MergePreview" })
export interface MergePreview extends Schema.Schema.Type<typeof MergePreview> {}

/** The contacts of a merge, as they are now, and what the caller wants of it. */
export interface MergeInput {
  readonly primary: ContactRecord
  readonly others: ReadonlyArray<ContactRecord>
  /** By field in wire names, dotted for `social.x` and `custom_fields.x`: the id of the contact whose value is taken. */
  readonly preferences?: { readonly [field: string]: string } | undefined
  /** By contact id, the version that the caller has seen. */
  readonly versions?: { readonly [contactId: string]: number } | undefined
  readonly now: DateTime.Utc
}

/** A merge that can be done. */
export interface MergePlan {
  /** The primary as it will be, under the score it had. */
  readonly contact: ContactRecord
  /** The contacts that will be gone. */
  readonly mergedIds: ReadonlyArray<ContactId>
  /** The versions of all of them that the plan was made from. */
  readonly versions: { readonly [contactId: string]: number }
  /** The origin of every field that any of them has a value for, in a fixed order. */
  readonly fields: ReadonlyArray<MergedField>
}

// -- Decisions --------------------------------------------------------------------------------------------------------

/** Whether ids can be those of one merge, told before anything is read or locked. */
export const checkIds = (
  primaryId: ContactId,
  otherIds: ReadonlyArray<ContactId>
): Result.Result<void, MergeConflict> => {
  if (otherIds.includes(primaryId)) return conflict("primary_among_merged", [primaryId])
  const repeated = otherIds.filter((id, index) => otherIds.indexOf(id) !== index)
  return repeated.length > 0 ? conflict("repeated_id", [...new Set(repeated)]) : Result.succeed(undefined)
}

/**
 * The contact that several contacts become, or why they cannot.
 *
 * @example
 * ```ts
 * import { type ContactRecord, Merging } from "@clientele/core"
 * import type { DateTime } from "effect"
 *
 * declare const jane: ContactRecord.ContactRecord
 * declare const jdoe: ContactRecord.ContactRecord
 * declare const now: DateTime.Utc
 * // `jane` has no phone, `jdoe` has another e-mail address and a phone.
 * Merging.plan({ primary: jane, others: [jdoe], preferences: { email: jdoe.id }, now })
 * // Result.succeed({ contact, mergedIds: [jdoe.id], versions, fields }), where `contact` is `jane` with the address and
 * // the phone of `jdoe`, her own address among `secondaryEmails`.
 *
 * Merging.plan({ primary: jane, others: [jdoe], preferences: { emial: jdoe.id }, now })
 * // Result.fail(ValidationError) at `field_preferences.emial`
 * ```
 */
export const plan = (input: MergeInput): Result.Result<MergePlan, MergeConflict | ValidationError> => {
  const { now, others, primary } = input
  const contacts: Arr.NonEmptyReadonlyArray<ContactRecord> = [primary, ...others]
  const mergedIds = others.map(({ id }) => id)
  const ids = checkIds(primary.id, mergedIds)
  if (Result.isFailure(ids)) return Result.fail(ids.failure)

  const seen = new Map(Object.entries(input.versions ?? {}))
  const stale = contacts.flatMap(({ id, version }) => (seen.has(id) && seen.get(id) !== version ? [id] : []))
  if (stale.length > 0) return conflict("stale_version", stale)

  const preferences = new Map(Object.entries(input.preferences ?? {}))
  const candidates = Arr.map(contacts, (record) => ({ record, values: valuesOf(record.fields) }))
  const names = nameFields(contacts)
  const sourceOf = chooser(candidates, preferences)
  const fields = merge(contacts, names, sourceOf)
  const issues = [
    ...unknownVersions(contacts, seen.keys()),
    ...refusedPreferences(contacts, names, preferences),
    ...excessesIn(fields)
  ]
  if (issues.length > 0) return Result.fail(new ValidationError({ issues }))

  const changed = !Equal.equals(fields, primary.fields)
  return Result.succeed({
    contact: {
      ...primary,
      fields,
      engagement: contacts.map(({ engagement }) => engagement).reduce(unite),
      version: changed ? primary.version + 1 : primary.version,
      createdAt: contacts.map(({ createdAt }) => createdAt).reduce((a, b) => DateTime.min(a, b)),
      updatedAt: changed ? now : primary.updatedAt
    },
    mergedIds,
    versions: Object.fromEntries(contacts.map(({ id, version }) => [id, version])),
    fields: originsOf(candidates, names, sourceOf, valuesOf(fields))
  })
}

// internal

const conflict = (
  reason: MergeConflict["reason"],
  contactIds: ReadonlyArray<ContactId>
): Result.Result<never, MergeConflict> => Result.fail(new MergeConflict({ reason, contactIds, mergedInto: null }))

const unite = (a: Engagement, b: Engagement): Engagement => ({
  lastInteraction:
    a.lastInteraction === null || b.lastInteraction === null
      ? (a.lastInteraction ?? b.lastInteraction)
      : DateTime.max(a.lastInteraction, b.lastInteraction),
  totalInteractions: a.totalInteractions + b.totalInteractions,
  lifetimeValue: BigDecimal.sum(a.lifetimeValue, b.lifetimeValue)
})

const stranger = "Expected one of the contacts to be merged"

const unknownVersions = (contacts: ReadonlyArray<ContactRecord>, ids: Iterable<string>): ReadonlyArray<Issue> =>
  [...ids]
    .filter((id) => !contacts.some((contact) => contact.id === id))
    .map((id) => ({ path: formatPath(["versions", id]), message: stranger }))

const refusedPreferences = (
  contacts: ReadonlyArray<ContactRecord>,
  names: ReadonlyArray<string>,
  preferences: ReadonlyMap<string, string>
): ReadonlyArray<Issue> => {
  const known = new Set(names)
  return [...preferences].flatMap(([field, id]) => {
    const path = formatPath(["field_preferences", field])
    if (!known.has(field)) return [{ path, message: refusalOf(field) }]
    return contacts.some((contact) => contact.id === id) ? [] : [{ path, message: stranger }]
  })
}

const refusalOf = (field: string): string => {
  if (unitedFields.includes(field)) return "Expected a field with one value: these values are always united"
  if (field.startsWith("address.")) return "Expected address: it moves as a whole"
  if (field === "social" || field === "custom_fields") return `Expected one key of it, such as ${field}.x`
  return "Expected a field that one of the contacts has"
}

/** A union that no update would accept would make a contact that cannot be sent back as it was read. */
const excessesIn = (fields: ContactFields): ReadonlyArray<Issue> =>
  [
    { what: "tags", count: fields.tags.length, max: maxTags },
    { what: "secondary e-mail addresses", count: fields.secondaryEmails.length, max: maxSecondary },
    { what: "secondary phones", count: fields.secondaryPhones.length, max: maxSecondary },
    { what: "custom fields", count: Object.keys(fields.customFields).length, max: CustomFields.maxFields },
    { what: "social profiles", count: Object.keys(fields.social).length, max: CustomFields.maxFields }
  ]
    .filter(({ count, max }) => count > max)
    .map(({ count, max, what }) => ({
      path: "merge_contact_ids",
      message: `Expected contacts with at most ${max} ${what} together, got ${count}`
    }))

/**
 * What a store keeps of a contact, and what creating and updating one means. Decisions take the time and ids as
 * arguments and touch nothing.
 */
import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as Address from "./Address.ts"
import {
  type Contact,
  type ContactDetail,
  type ContactDraft,
  ContactStatus,
  ContactType,
  type ContactUpdate,
  type Engagement,
  type Owner,
  type ReadOnlyField,
  type ScoreBreakdown,
  Social
} from "./Contact.ts"
import * as CustomFields from "./CustomFields.ts"
import * as Email from "./Email.ts"
import { type ContactId, UserId } from "./Ids.ts"
import type { Standing } from "./PipelineSummary.ts"
import type { Grade } from "./ScoringRules.ts"
import * as Text from "./Text.ts"

/** A phone number as typed, and as E.164 when it could be understood. */
export const PhoneNumber = Schema.Struct({ raw: Schema.String, e164: Schema.NullOr(Schema.String) })
export interface PhoneNumber extends Schema.Schema.Type<typeof PhoneNumber> {}

const text = Schema.NullOr(Schema.String)

/** The fields of a contact that a caller can set, in full; a change to any of them raises `version` by one. */
export const ContactFields = Schema.Struct({
  externalId: text,
  type: ContactType,
  status: ContactStatus,
  name: Schema.String,
  email: text,
  secondaryEmails: Schema.Array(Schema.String),
  phone: Schema.NullOr(PhoneNumber),
  secondaryPhones: Schema.Array(PhoneNumber),
  company: text,
  title: text,
  source: text,
  address: Address.Address,
  social: Social,
  tags: Schema.Array(Schema.String),
  customFields: CustomFields.CustomFields,
  ownerId: Schema.NullOr(UserId)
})
export interface ContactFields extends Schema.Schema.Type<typeof ContactFields> {}

/** What makes a contact unique. `value` is an e-mail key or an external id. */
export const Identity = Schema.Struct({ kind: Schema.Literals(["email", "external_id"]), value: Schema.String })
export interface Identity extends Schema.Schema.Type<typeof Identity> {}

/** What a store keeps of a contact. */
export interface ContactRecord {
  readonly id: ContactId
  readonly fields: ContactFields
  readonly score: number
  readonly scoreBreakdown: ScoreBreakdown
  readonly scored: Scored
  readonly engagement: Engagement
  /** How many of its deals are open, and how many are won. */
  readonly openDeals: number
  readonly wonDeals: number
  readonly version: number
  readonly createdAt: DateTime.Utc
  readonly updatedAt: DateTime.Utc
}

/** How a contact's score came about, and how long it holds. */
export interface Scored {
  readonly grade: Grade
  readonly at: DateTime.Utc
  /** The instant at which it is another one by itself; null when it never will be. */
  readonly validUntil: DateTime.Utc | null
  /** Of the rules that gave it; {@link unscored} of none. */
  readonly rulesVersion: number
}

/** No rules have this version. */
export const unscored = -1

/** What a decision needs of the world: the time, and how the tenant reads phone numbers. */
export interface Surroundings {
  readonly now: DateTime.Utc
  readonly toE164: (phone: string) => string | null
}

/** The contact that a creation makes. */
export const create = (
  input: ContactDraft,
  surroundings: Surroundings & { readonly id: ContactId }
): ContactRecord => ({
  id: surroundings.id,
  fields: change(blank, input, surroundings),
  score: 0,
  scoreBreakdown: { engagement: 0, profileCompleteness: 0, recentActivity: 0, fitScore: 0 },
  scored: { grade: "F", at: surroundings.now, validUntil: null, rulesVersion: unscored },
  engagement: { lastInteraction: null, totalInteractions: 0, lifetimeValue: nothing },
  openDeals: 0,
  wonDeals: 0,
  version: 1,
  createdAt: input.createdAt ?? surroundings.now,
  updatedAt: surroundings.now
})

/** The contact after an update; the very same record when nothing changed. */
export const update = (current: ContactRecord, changes: ContactUpdate, surroundings: Surroundings): ContactRecord => {
  const fields = change(current.fields, changes, surroundings)
  return Equal.equals(fields, current.fields)
    ? current
    : { ...current, fields, version: current.version + 1, updatedAt: surroundings.now }
}

/** The contact with the deals it has now; the very same record when that changes nothing of it. */
export const withDeals = (current: ContactRecord, { lifetimeValue, openDeals, wonDeals }: Standing): ContactRecord => {
  const next = { ...current, engagement: { ...current.engagement, lifetimeValue }, openDeals, wonDeals }
  return Equal.equals(next, current) ? current : next
}

/** The contact after a change of its deals: the first that is won makes a lead a customer, and nothing ever undoes that. */
export const settle = (current: ContactRecord, standing: Standing, now: DateTime.Utc): ContactRecord => {
  const next = withDeals(current, standing)
  const isFirstWin = current.wonDeals === 0 && standing.wonDeals > 0
  return isFirstWin && current.fields.type === "lead"
    ? { ...next, fields: { ...next.fields, type: "customer" }, version: next.version + 1, updatedAt: now }
    : next
}

/** The settable fields as they look outside. */
export const encodeFields = (fields: ContactFields): { readonly [field: string]: Schema.Json } => ({
  external_id: fields.externalId,
  type: fields.type,
  status: fields.status,
  name: fields.name,
  email: fields.email,
  secondary_emails: fields.secondaryEmails,
  phone: fields.phone?.raw ?? null,
  secondary_phones: fields.secondaryPhones.map((phone) => phone.raw),
  company: fields.company,
  title: fields.title,
  source: fields.source,
  address: { ...fields.address },
  social: fields.social,
  tags: fields.tags,
  custom_fields: fields.customFields,
  owner_id: fields.ownerId
})

/** The fields in which `after` differs, with their values before, as they look outside. */
export const previous = (before: ContactFields, after: ContactFields): { readonly [field: string]: Schema.Json } => {
  const now = encodeFields(after)
  return Object.fromEntries(
    Object.entries(encodeFields(before)).filter(([field, value]) => !Equal.equals(value, now[field]))
  )
}

/** Every address of a contact under the key by which it is unique, the main one first. */
export const emailKeys = (fields: ContactFields): ReadonlyArray<string> =>
  [fields.email, ...fields.secondaryEmails].flatMap((email) => (email === null ? [] : (Email.key(email) ?? [])))

/** What the store must keep unique of a contact, that by which it is recognised first. */
export const identities = (fields: ContactFields): ReadonlyArray<Identity> => [
  ...(fields.externalId === null ? [] : [{ kind: "external_id", value: fields.externalId } satisfies Identity]),
  ...emailKeys(fields).map((value): Identity => ({ kind: "email", value }))
]

/** An identity as one text. */
export const identityKey = ({ kind, value }: Identity): string => `${kind}:${value}`

/** The form of a tag under which it is one with its other spellings. */
export const tagKey = (tag: string): string => Text.caseless(tag.trim())

/** The list item of a contact. */
export const toContact = (record: ContactRecord, owner: Owner | null): Contact => {
  const { fields } = record
  return {
    id: record.id,
    externalId: fields.externalId,
    type: fields.type,
    name: fields.name,
    email: fields.email,
    phone: fields.phone?.raw ?? null,
    company: fields.company,
    title: fields.title,
    source: fields.source,
    status: fields.status,
    score: record.score,
    tags: fields.tags,
    customFields: fields.customFields,
    engagement: record.engagement,
    owner,
    version: record.version,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt
  }
}

/** What the detail view shows of a contact beside its record; of enrichment nothing unless something was found. */
export interface Belongings extends Pick<ContactDetail, "activities" | "deals" | "notes"> {
  readonly enrichment?: ContactDetail["enrichment"]
}

/** The detail view of a contact, with what belongs to it. */
export const toDetail = (
  record: ContactRecord,
  owner: Owner | null,
  { activities, deals, enrichment = nothingFound, notes }: Belongings
): ContactDetail => ({
  ...toContact(record, owner),
  secondaryEmails: record.fields.secondaryEmails,
  secondaryPhones: record.fields.secondaryPhones.map((phone) => phone.raw),
  address: record.fields.address,
  social: { linkedin: null, twitter: null, ...record.fields.social },
  scoreBreakdown: record.scoreBreakdown,
  enrichment,
  deals,
  activities,
  notes
})

// internal

const nothing = BigDecimal.fromBigInt(0n)

const nothingFound: ContactDetail["enrichment"] = { company: {}, social: {}, contact: {}, fields: {} }

const blank: ContactFields = {
  externalId: null,
  type: "lead",
  status: "active",
  name: "",
  email: null,
  secondaryEmails: [],
  phone: null,
  secondaryPhones: [],
  company: null,
  title: null,
  source: null,
  address: Address.empty,
  social: {},
  tags: [],
  customFields: {},
  ownerId: null
}

type Changes = Omit<ContactUpdate, ReadOnlyField>

const change = (fields: ContactFields, changes: Changes, { toE164 }: Surroundings): ContactFields => {
  const replaced = <A>(value: A | undefined, current: A): A => (value === undefined ? current : value)
  const text = (value: string | null | undefined, current: string | null) =>
    value === undefined ? current : Text.filledOrNull(value)
  const number = (raw: string): PhoneNumber => ({ raw, e164: toE164(raw) })
  return {
    externalId: replaced(changes.externalId, fields.externalId),
    type: replaced(changes.type, fields.type),
    status: replaced(changes.status, fields.status),
    name: changes.name?.trim() ?? fields.name,
    ...changeEmails(fields, changes),
    ...changePhones(fields, changes, number),
    company: text(changes.company, fields.company),
    title: text(changes.title, fields.title),
    source: text(changes.source, fields.source),
    address: Address.patch(fields.address, changes.address),
    social: CustomFields.patch(fields.social, changes.social),
    tags: changes.tags === undefined ? fields.tags : distinctTags(changes.tags ?? []),
    customFields: CustomFields.patch(fields.customFields, changes.customFields),
    ownerId: replaced(changes.ownerId, fields.ownerId)
  }
}

/** Replacing the main address drops the old one, unless the new one was secondary: then the two change places. */
const changeEmails = (fields: ContactFields, changes: Changes) => {
  const email = changes.email === undefined ? fields.email : (changes.email?.trim() ?? null)
  const key = email === null ? undefined : Email.key(email)
  const secondaries =
    changes.secondaryEmails === undefined
      ? fields.secondaryEmails.map((secondary) =>
          Email.key(secondary) === key ? (fields.email ?? secondary) : secondary
        )
      : (changes.secondaryEmails ?? [])
  return {
    email,
    secondaryEmails: distinct(
      secondaries.map((text) => text.trim()),
      Email.key,
      [key]
    )
  }
}

const changePhones = (fields: ContactFields, changes: Changes, number: (raw: string) => PhoneNumber) => {
  const key = (phone: PhoneNumber) => phone.e164 ?? phone.raw
  const phone = changes.phone === undefined ? fields.phone : changes.phone === null ? null : number(changes.phone)
  const secondaries =
    changes.secondaryPhones === undefined ? fields.secondaryPhones : (changes.secondaryPhones ?? []).map(number)
  return { phone, secondaryPhones: distinct(secondaries, key, phone === null ? [] : [key(phone)]) }
}

const distinct = <A>(
  values: ReadonlyArray<A>,
  key: (value: A) => string | undefined,
  taken: ReadonlyArray<string | undefined>
): ReadonlyArray<A> => {
  const seen = new Set(taken)
  return values.filter((value) => {
    const k = key(value)
    return seen.has(k) ? false : seen.add(k)
  })
}

/** Trims tags and keeps the first spelling of each, ignoring case. */
export const distinctTags = (tags: ReadonlyArray<string>): ReadonlyArray<string> =>
  distinct(
    tags.map((tag) => tag.trim()),
    Text.caseless,
    []
  )

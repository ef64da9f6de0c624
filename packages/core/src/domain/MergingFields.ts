/**
 * The fields of a merge: what they are called, whose value each takes, and what comes of the ones that are united. The
 * rules are told in `Merging`, which decides with them.
 */
import type * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"
import {
  type ContactFields,
  type ContactRecord,
  distinctTags,
  encodeFields,
  type PhoneNumber
} from "./ContactRecord.ts"
import * as Email from "./Email.ts"
import type { ContactId } from "./Ids.ts"

/** What every contact has one value of, or none, in the order in which previews show it. */
const plainFields = [
  "name",
  "type",
  "status",
  "email",
  "phone",
  "company",
  "title",
  "source",
  "owner_id",
  "external_id",
  "address"
]

export const unitedFields = ["secondary_emails", "secondary_phones", "tags"]

// Every view of a contact has these, so they may be named even where no contact has one.
const shownNetworks = ["linkedin", "twitter"]

/** The fields of which one value is chosen. Open keys are sorted, because databases do not keep their order. */
export const nameFields = (contacts: ReadonlyArray<ContactRecord>): ReadonlyArray<string> => {
  const keys = (group: "customFields" | "social") => contacts.flatMap(({ fields }) => Object.keys(fields[group]))
  return [
    ...plainFields,
    ...[...new Set([...shownNetworks, ...keys("social")])].sort().map((key) => `social.${key}`),
    ...[...new Set(keys("customFields"))].sort().map((key) => `custom_fields.${key}`)
  ]
}

export type Values = ReadonlyMap<string, Schema.Json>

export interface Candidate {
  readonly record: ContactRecord
  readonly values: Values
}

/** Values by wire name, those of open groups under dotted names. */
export const valuesOf = (fields: ContactFields): Values =>
  new Map([
    ...Object.entries(encodeFields(fields)),
    ...Object.entries(fields.social).map(([key, value]) => [`social.${key}`, value] as const),
    ...Object.entries(fields.customFields).map(([key, value]) => [`custom_fields.${key}`, value] as const)
  ])

const isEmpty = (value: Schema.Json | undefined): boolean => {
  if (value === undefined || value === null) return true
  if (typeof value === "string") return value.trim() === ""
  return typeof value === "object" && Object.values(value).every(isEmpty)
}

/** The contact whose value a field takes: one without a value only if it is preferred, or none has one. */
export type SourceOf = (field: string) => ContactRecord

export const chooser = (
  candidates: Arr.NonEmptyReadonlyArray<Candidate>,
  preferences: ReadonlyMap<string, string>
): SourceOf => {
  const first = (field: string, holds: (value: Schema.Json | undefined) => boolean) =>
    candidates.find(({ values }) => holds(values.get(field)))
  const byRule = (field: string): Candidate | undefined => {
    const preferred = preferences.get(field)
    if (preferred !== undefined) return candidates.find(({ record }) => record.id === preferred)
    switch (field) {
      case "type":
        return first(field, (value) => value === "customer")
      case "status":
        return first(field, (value) => value === "active")
      case "source":
        return candidates.reduce((a, b) => (DateTime.isLessThan(b.record.createdAt, a.record.createdAt) ? b : a))
      default:
        return first(field, (value) => !isEmpty(value)) ?? first(field, (value) => value !== undefined)
    }
  }
  return (field) => (byRule(field) ?? candidates[0]).record
}

export const merge = (
  contacts: ReadonlyArray<ContactRecord>,
  names: ReadonlyArray<string>,
  sourceOf: SourceOf
): ContactFields => {
  const take = <K extends keyof ContactFields>(field: string, key: K): ContactFields[K] => sourceOf(field).fields[key]
  const takeKeys = <A>(prefix: string, group: (fields: ContactFields) => { readonly [key: string]: A }) =>
    Object.fromEntries(
      names
        .filter((field) => field.startsWith(prefix))
        .flatMap((field) => {
          const key = field.slice(prefix.length)
          const values = group(sourceOf(field).fields)
          const value = Object.hasOwn(values, key) ? values[key] : undefined
          return value === undefined || value === null ? [] : [[key, value] as const]
        })
    )
  const all = <A>(values: (fields: ContactFields) => ReadonlyArray<A | null>): ReadonlyArray<A> =>
    contacts.flatMap(({ fields }) => values(fields).flatMap((value) => (value === null ? [] : [value])))
  const email = take("email", "email")
  const phone = take("phone", "phone")
  return {
    externalId: take("external_id", "externalId"),
    type: take("type", "type"),
    status: take("status", "status"),
    name: take("name", "name"),
    email,
    secondaryEmails: distinctBut(
      email,
      all((fields) => [fields.email, ...fields.secondaryEmails]),
      emailKey
    ),
    phone,
    secondaryPhones: distinctBut(
      phone,
      all((fields) => [fields.phone, ...fields.secondaryPhones]),
      phoneKey
    ),
    company: take("company", "company"),
    title: take("title", "title"),
    source: take("source", "source"),
    address: take("address", "address"),
    social: takeKeys("social.", ({ social }) => social),
    tags: distinctTags(all(({ tags }) => tags)),
    customFields: takeKeys("custom_fields.", ({ customFields }) => customFields),
    ownerId: take("owner_id", "ownerId")
  }
}

export interface Origin {
  readonly field: string
  readonly source: ContactId | null
  readonly value: Schema.Json
  readonly others: ReadonlyArray<{ readonly contactId: ContactId; readonly value: Schema.Json }>
}

/** Where the value of each field comes from that any of the contacts has a value for. */
export const originsOf = (
  candidates: ReadonlyArray<Candidate>,
  names: ReadonlyArray<string>,
  sourceOf: SourceOf,
  result: Values
): ReadonlyArray<Origin> => {
  const held = (field: string, source: ContactId | null) =>
    candidates.flatMap(({ record, values }) => {
      const value = values.get(field)
      return record.id === source || value === undefined || isEmpty(value) ? [] : [{ contactId: record.id, value }]
    })
  const origin = (field: string, source: ContactId | null): Origin => ({
    field,
    source,
    value: result.get(field) ?? null,
    others: held(field, source)
  })
  return [
    ...names.filter((field) => held(field, null).length > 0).map((field) => origin(field, sourceOf(field).id)),
    ...unitedFields.filter((field) => !isEmpty(result.get(field))).map((field) => origin(field, null))
  ]
}

// internal

const emailKey = (email: string): string => Email.key(email) ?? email

const phoneKey = ({ e164, raw }: PhoneNumber): string => e164 ?? raw

/** The first of each, but none that is the main one. */
const distinctBut = <A>(main: A | null, values: ReadonlyArray<A>, key: (value: A) => string): ReadonlyArray<A> => {
  const seen = new Set(main === null ? [] : [key(main)])
  return values.filter((value) => {
    const k = key(value)
    return seen.has(k) ? false : seen.add(k)
  })
}

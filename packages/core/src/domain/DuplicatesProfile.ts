/**
 * A contact as it is compared with others, and the keys under which those others are found.
 *
 * Reading a contact is the costly part and happens once; comparing happens for every pair.
 */
import type { ContactFields } from "./ContactRecord.ts"
import {
  type AddressForm,
  type CompanyForm,
  cut,
  type EmailForm,
  firmLabel,
  type PhoneForm,
  readAddress,
  readCompany,
  readEmail,
  readPhone
} from "./DuplicatesForms.ts"
import type { ContactId } from "./Ids.ts"
import * as Names from "./Names.ts"
import * as Text from "./Text.ts"

/** The fields of a contact by which it is compared. */
export type ComparedFields = Pick<
  ContactFields,
  "name" | "email" | "secondaryEmails" | "phone" | "secondaryPhones" | "company" | "address" | "social" | "customFields"
>

/** A contact, prepared for comparison. */
export interface Profile {
  readonly id: ContactId
  readonly name: Names.PersonName | null
  readonly emails: ReadonlyArray<EmailForm>
  readonly phones: ReadonlyArray<PhoneForm>
  readonly company: CompanyForm | null
  readonly address: AddressForm
  readonly custom: ReadonlyMap<string, string>
  readonly social: ReadonlyMap<string, string>
}

/** How many contacts of the tenant have a value, by the names of {@link countedValues}. */
export interface Frequencies {
  readonly contacts: number
  readonly count: (value: string) => number
}

/**
 * Prepares a contact for comparison.
 *
 * @example
 * ```ts
 * import { type ContactRecord, Duplicates } from "@clientele/core"
 *
 * declare const first: ContactRecord.ContactRecord
 * declare const second: ContactRecord.ContactRecord
 * const [a, b] = [Duplicates.profile(first.id, first.fields), Duplicates.profile(second.id, second.fields)]
 * Duplicates.compare(a, b).band // "likely"
 * ```
 */
export const profile = (id: ContactId, fields: ComparedFields): Profile => ({
  id,
  ...read(fields),
  custom: readValues(fields.customFields),
  social: new Map(
    Array.from(
      Object.entries(fields.social),
      ([network, address]) => [network, handleIn(address ?? "")] as const
    ).filter(([, handle]) => handle.length >= 3 && !Names.saysNothing(handle))
  )
})

/** The values of which it matters how many contacts have them: see {@link Frequencies}. */
export const countedValues = ({ address, company, custom, emails, name, phones }: Profile): ReadonlySet<string> =>
  new Set([
    // Words have no colon, all other names have one.
    ...(name?.words ?? []),
    ...emails.map(({ key }) => key),
    ...phones.map(({ key }) => key),
    ...[company?.counted, address.streetKey, address.cityCounted].flatMap((counted) => counted ?? []),
    ...Array.from(custom.keys(), countedAs.field),
    ...Array.from(custom, ([field, value]) => countedAs.custom(field, value))
  ])

/**
 * The keys under which a contact is looked for as a duplicate, to be kept in an index when it is written: contacts that
 * share one are compared. At most sixteen, the most selective first, each with the prefix of its kind: `e:` local part of
 * an e-mail address, `p:` last digits of a phone number, `n:` how given name and surname sound, in either order; `sz:` sound
 * of the surname, postal code; `gz:` sound of the given name, postal code; `so:` and `go:` the same with the company, which
 * may also be the domain of an e-mail address; `st:` street and number; `sc:` sound of the surname, city.
 *
 * They are personal data, as good as the fields they are made of: an erase takes them too.
 *
 * @example
 * ```ts
 * import { type ContactRecord, Duplicates } from "@clientele/core"
 *
 * declare const fields: ContactRecord.ContactFields
 * Duplicates.blockingKeys({ ...fields, name: "Bob Smith", email: "bob@smith.example" })
 * // ["e:bob", "n:7172+862", "so:862+862", "go:7172+862"]
 * ```
 */
export const blockingKeys = (fields: ComparedFields): ReadonlyArray<string> => keysOf(read(fields))

/** The {@link blockingKeys} of a contact that is read already. */
export const keysOfProfile = (profile: Profile): ReadonlyArray<string> => keysOf(profile)

/**
 * The keys that a store keeps of a contact: those under which it is looked for, and the one by which it is drawn into
 * samples.
 */
export const keptKeys = (id: ContactId, fields: ComparedFields): ReadonlyArray<string> => [
  ...blockingKeys(fields),
  `${sampled}${bucketOf(id).toString(16).padStart(3, "0")}`
]

/**
 * The range of {@link keptKeys}, its end not included, under which the given share of contacts is found: any of them as
 * likely as any other, and the same ones each time.
 */
export const sampleRange = (share: number): { readonly from: string; readonly to: string } => ({
  from: sampled,
  to:
    share < 1
      ? `${sampled}${Math.ceil(share * buckets)
          .toString(16)
          .padStart(3, "0")}`
      : `${sampled}g`
})

/** The names under which the values of a custom field, and the field itself, are counted. */
export const countedAs = {
  field: (field: string): string => `f:${field}`,
  custom: (field: string, value: string): string => `f:${field}=${value}`
} as const

// internal

const sampled = "#:"
const buckets = 0x1000

/** FNV-1a, with its bits mixed: ids differ in few places. */
const bucketOf = (id: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 12)) >>> 0) % buckets
}

interface Read {
  readonly name: Names.PersonName | null
  readonly emails: ReadonlyArray<EmailForm>
  readonly phones: ReadonlyArray<PhoneForm>
  readonly company: CompanyForm | null
  readonly address: AddressForm
}

const read = (fields: ComparedFields): Read => ({
  name: Names.isPlaceholder(fields.name) ? null : Names.parse(fields.name),
  emails: distinct(
    [fields.email, ...fields.secondaryEmails].flatMap(readEmail),
    (form) => `${form.local}@${form.domain}`
  ),
  phones: distinct(
    [fields.phone, ...fields.secondaryPhones].flatMap(readPhone),
    (form) => `${form.digits}x${form.extension}`
  ),
  company: readCompany(fields.company),
  address: readAddress(fields.address)
})

// More addresses and numbers than these find nothing new.
const maxPerKind = 3
const maxKeys = 16

// The most selective first: that is the order in which over-large blocks are cut.
const keysOf = ({ name, emails, phones, company, address }: Read): ReadonlyArray<string> => {
  const keys = new Set<string>()
  const add = (kind: string, ...parts: ReadonlyArray<string | null>) => {
    if (parts.every((part) => part !== null && part !== "")) keys.add(cut(`${kind}:${parts.join("+")}`))
  }
  for (const email of emails.slice(0, maxPerKind)) if (!email.shared) keys.add(email.key)
  for (const phone of phones.slice(0, maxPerKind)) keys.add(phone.key)
  const given = soundOfGiven(name?.given ?? "")
  const surname = soundOf(name?.surname ?? "")
  for (const pair of soundPairs(name)) add("n", pair)
  add("sz", surname, address.zip)
  add("gz", given, address.zip)
  const firms = new Set([
    company?.words[0] ?? "",
    ...emails.flatMap(({ domain, free }) => (free ? [] : [firmLabel(domain).replace(/-.*$/, "")]))
  ])
  for (const firm of Array.from(firms, Names.phonetic)
    .filter((firm) => firm !== "")
    .slice(0, 2)) {
    add("so", surname, firm)
    add("go", given, firm)
  }
  if (address.streetKey !== null) keys.add(address.streetKey)
  add("sc", surname, address.city)
  return [...keys].slice(0, maxKeys)
}

/** How given name and surname sound together, in either order, under each full form of the given name. */
const soundPairs = (name: Names.PersonName | null): ReadonlyArray<string> => {
  if (name === null || name.given === null || name.surname === null) return []
  const { given, surname, words } = name
  const pair = (one: string, other: string) => (one === "" || other === "" ? [] : [[one, other].sort().join("+")])
  return [
    ...Names.fullForms(given)
      .slice(0, 2)
      .flatMap((form) => pair(soundOf(form), soundOf(surname))),
    // So that given name and surname exchanged meet, although one of them is also a short form.
    ...pair(soundOfGiven(given), soundOfGiven(surname)),
    ...words
      .slice(1, -1)
      .slice(0, 1)
      .flatMap((middle) => pair(soundOfGiven(given), soundOf(middle)))
  ]
}

// The first sounds: endings are where people differ in spelling. An initial could be anything.
const soundOf = (word: string): string =>
  word.length < 2 && !Names.isEastAsian(word) ? "" : Names.phonetic(word).slice(0, 6)

const soundOfGiven = (word: string): string => (word.length < 2 ? "" : soundOf(Names.fullForms(word)[0] ?? word))

const readValues = (values: { readonly [key: string]: unknown }): ReadonlyMap<string, string> => {
  const read = new Map<string, string>()
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== "string" && typeof value !== "number") continue
    const text = Text.fold(String(value)).slice(0, 64)
    if (text.length >= 3 && !Names.saysNothing(text)) read.set(key, text)
  }
  return read
}

/** The handle in the address of a profile: what comes last in its path. */
const handleIn = (address: string): string =>
  Text.fold(address)
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "")
    .replace(/^.*\//, "")
    .replace(/^@/, "")
    .slice(0, 128)

const distinct = <A>(values: ReadonlyArray<A>, key: (value: A) => string): ReadonlyArray<A> =>
  values.length < 2 ? values : [...new Map(values.map((value) => [key(value), value])).values()]

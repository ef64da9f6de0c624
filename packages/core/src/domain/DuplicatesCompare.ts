/**
 * How likely two contacts are one person, and on what grounds.
 *
 * Every field that both contacts have gives a weight for the level on which it agrees, out of the one table in
 * `DuplicatesWeights`; the sum with the prior is the log odds. A ceiling keeps it below certain as long as nothing but the
 * name says which person it is, or the name is not the whole one.
 *
 * Symmetric, and monotonic in this sense: without counted values, putting one contact's e-mail addresses, phones, company,
 * address, custom fields or profiles in place of the other's never lowers the probability; nor does putting in the name,
 * between contacts without e-mail addresses (which are read by the name as well: `j.doe@` may be Jane's, or John's).
 */
import * as Schema from "effect/Schema"
import type { AddressForm, EmailForm, PhoneForm } from "./DuplicatesForms.ts"
import type { Frequencies, Profile } from "./DuplicatesProfile.ts"
import { countedAs } from "./DuplicatesProfile.ts"
import { compareNames, type Found, type Grounds } from "./DuplicatesNames.ts"
import { Band, bandOf, type NameRelation, probabilityOf, thresholds, weights } from "./DuplicatesWeights.ts"
import * as Names from "./Names.ts"
import * as Similarity from "./Similarity.ts"

/** What one field says: how similar the values are, from 0 to 1, and the weight in bits for or against one person. */
export const Evidence = Schema.Struct({ field: Schema.String, similarity: Schema.Finite, weight: Schema.Finite })
export interface Evidence extends Schema.Schema.Type<typeof Evidence> {}

/** What two contacts say together. */
export const Comparison = Schema.Struct({
  probability: Schema.Finite,
  band: Band,
  evidence: Schema.Array(Evidence)
})
export interface Comparison extends Schema.Schema.Type<typeof Comparison> {}

/**
 * Compares two contacts. With `frequencies`, what is rare among the tenant's contacts weighs more than what is common.
 *
 * @example
 * ```ts
 * import { type ContactRecord, Duplicates } from "@clientele/core"
 *
 * declare const a: ContactRecord.ContactRecord
 * declare const b: ContactRecord.ContactRecord
 * Duplicates.compare(Duplicates.profile(a.id, a.fields), Duplicates.profile(b.id, b.fields))
 * // { probability: 0.9972, band: "certain", evidence: [{ field: "name", similarity: 1, weight: 14 }, …] }
 * ```
 */
export const compare = (a: Profile, b: Profile, frequencies?: Frequencies): Comparison => {
  const grounds = groundsOf(frequencies)
  const name = compareNames(a.name, b.name, grounds)
  const shared = weights.shared[name.relation]
  const evidence: Array<Evidence> = []
  const add = (field: string, found: Found | null): number => {
    if (found === null) return 0
    const weight = round(found.weight)
    evidence.push({ field, similarity: round(found.similarity), weight })
    return weight
  }

  const email = compareEmails(a, b, name.relation, grounds)
  const phone = best(a.phones, b.phones, (x, y) => comparePhones(x, y, grounds))
  const social = compareMaps(a.social, b.social, () => weights.social)
  const street = compareStreets(a.address, b.address, grounds)
  const personal =
    (email?.weight ?? 0) >= weights.email.localOfName ||
    (phone?.weight ?? 0) >= weights.phone.slip ||
    (social?.weight ?? 0) > 0 ||
    (street?.weight ?? 0) >= weights.address.leastStreet
  const mailbox = (email?.weight ?? 0) >= weights.email.local || (social?.weight ?? 0) > 0

  let sum = weights.prior - grounds.crowd + add("name", name.found)
  sum += add("emails", email)
  sum += add("phones", scaled(phone, shared))
  sum += add("company", scaled(compareCompanies(a, b, grounds), shared))
  let place = 0
  const addPlace = (field: string, found: Found | null) => {
    const part = scaled(found, shared)
    if (part === null) return
    const weight = Math.min(weights.address.most - place, Math.max(weights.address.lowest - place, part.weight))
    place += add(field, { similarity: part.similarity, weight })
  }
  addPlace("address.street", street)
  addPlace("address.zip", compareZips(a.address, b.address))
  addPlace("address.city", compareCities(a.address, b.address, grounds))
  sum += place
  sum += add("social", social)
  let custom = 0
  // In one order, because the caps depend on it.
  for (const field of [...a.custom.keys()].filter((field) => b.custom.has(field)).sort()) {
    const { similarity, weight } = compareCustom(field, a.custom.get(field) ?? "", b.custom.get(field) ?? "", grounds)
    const within = Math.min(weights.custom.total - custom, Math.max(weights.custom.lowest - custom, weight))
    custom += add(`custom_fields.${field}`, { similarity, weight: within })
  }
  sum += custom

  // A name alone, an initial with a family's address, or a family's number under another surname is never certain.
  const grounded = name.relation === "same" ? personal || custom >= 3 : mailbox
  const probability = probabilityOf(round(grounded ? sum : Math.min(sum, belowCertain)))
  return { probability, band: bandOf(probability), evidence }
}

// internal

const belowCertain = Math.log2(thresholds.certain / (1 - thresholds.certain)) - 0.5

// In hundredths, so that the order of the two contacts cannot show in the last digits of a sum.
const round = (value: number): number => Math.round(value * 100) / 100

/** How many contacts are imagined to have been seen before any was counted, so that small counts decide nothing. */
const imagined = 500

const groundsOf = (frequencies: Frequencies | undefined): Grounds => ({
  crowd: frequencies === undefined ? 0 : Math.max(0, Math.log2(frequencies.contacts / weights.crowd)),
  count: (value) => frequencies?.count(value),
  weigh: ({ exact, least, most }, ...values) => {
    if (frequencies === undefined) return exact
    const count = Math.max(0, ...values.map(frequencies.count))
    const share = (count + imagined * 2 ** -exact) / (frequencies.contacts + imagined)
    return Math.min(most, Math.max(least, -Math.log2(share)))
  }
})

const scaled = (found: Found | null, shared: number): Found | null =>
  found === null || found.weight <= 0 ? found : { similarity: found.similarity, weight: found.weight * shared }

const best = <A>(ours: ReadonlyArray<A>, theirs: ReadonlyArray<A>, compare: (a: A, b: A) => Found): Found | null => {
  let found: Found | null = null
  for (const a of ours) {
    for (const b of theirs) {
      const next = compare(a, b)
      if (
        found === null ||
        next.weight > found.weight ||
        (next.weight === found.weight && next.similarity > found.similarity)
      ) {
        found = next
      }
    }
  }
  return found
}

/** How many doublings a count lies above three, which is what one person's records make. */
const doublings = (count: number | undefined): number => (count === undefined || count <= 3 ? 0 : Math.log2(count / 3))

// -- E-mail -----------------------------------------------------------------------------------------------------------

const compareEmails = (a: Profile, b: Profile, relation: NameRelation, grounds: Grounds): Found | null =>
  best(a.emails, b.emails, (x, y) => compareAddresses(x, y, a, b, relation, grounds))

const compareAddresses = (
  x: EmailForm,
  y: EmailForm,
  a: Profile,
  b: Profile,
  relation: NameRelation,
  grounds: Grounds
): Found => {
  const table = weights.email
  const sameDomain = x.domain === y.domain
  if (x.shared || y.shared) {
    return sameDomain && !x.free && x.local === y.local
      ? { similarity: 1, weight: table.sharedMailbox }
      : { similarity: 0, weight: 0 }
  }
  if (x.local === y.local) {
    if (sameDomain && x.mailbox === y.mailbox) return { similarity: 1, weight: table.mailbox }
    const ofName = isOfName(x, a) || isOfName(x, b)
    if (sameDomain || isSlipOfDomain(x, y)) {
      const weight = ofName && x.free === y.free ? table.slipOfName : table.slip
      return { similarity: 0.95, weight }
    }
    if (relation === "otherSurname" && (isOfOther(x, a, b) || isOfOther(y, b, a))) {
      return { similarity: 0.8, weight: table.formerName }
    }
    if (ofName) return { similarity: 0.8, weight: table.localOfName }
    const fewer = doublings(grounds.count(x.key)) * table.perDoubling
    return { similarity: 0.85, weight: Math.max(table.localOfName, table.local + fewer) }
  }
  if (sameDomain && isLongSlip(x.local, y.local)) return { similarity: 0.9, weight: table.slip }
  if (relation === "otherSurname" && (isOfOther(x, a, b) || isOfOther(y, b, a))) {
    return { similarity: 0.5, weight: table.formerName }
  }
  if (!sameDomain || x.free) return { similarity: 0, weight: table.other }
  return (isOfName(x, a) || isOfName(x, b)) && (isOfName(y, a) || isOfName(y, b))
    ? { similarity: 0.6, weight: table.pattern }
    : {
        similarity: 0.2,
        weight: relation === "same" || relation === "partial" ? table.sameFirmAndName : table.sameFirm
      }
}

/** Made of the other contact's name and not of its own. */
const isOfOther = (email: EmailForm, own: Profile, other: Profile): boolean =>
  isOfName(email, other) && !isOfName(email, own)

const isOfName = (email: EmailForm, { name }: Profile): boolean => {
  if (email.letters === "" || email.local.length - email.letters.length >= 2) return false
  const surname = name?.surname ?? ""
  return nameForms(name).includes(email.letters) || (surname.length >= 4 && email.letters.includes(surname))
}

/** Local parts that the name alone would explain. */
const nameForms = (name: Names.PersonName | null): ReadonlyArray<string> => {
  if (name === null || name.surname === null) return []
  const surname = Names.withoutUmlauts(name.surname)
  if (name.given === null) return [surname]
  const given = Names.withoutUmlauts(name.given)
  const [g, s] = [given.slice(0, 1), surname.slice(0, 1)]
  return [given + surname, surname + given, g + surname, surname + g, given + s, given, surname, g + s]
}

/** One slip, two in longer texts, none in the shortest. */
const isSlip = (a: string, b: string): boolean => {
  const length = Math.min(a.length, b.length)
  const slips = length < 5 ? 0 : length < 10 ? 1 : 2
  return slips > 0 && Similarity.damerauLevenshtein(a, b, slips) <= slips
}

/** Two known providers are two, however alike their domains are; and in firms' names one letter is much. */
const isSlipOfDomain = (x: EmailForm, y: EmailForm): boolean => {
  if (x.free && y.free) return false
  const slips = x.free || y.free ? 2 : 1
  return (
    Math.min(x.domain.length, y.domain.length) >= 6 && Similarity.damerauLevenshtein(x.domain, y.domain, slips) <= slips
  )
}

/** One slip among eight characters and more, and not in a digit: `jane82` and `jane83` are two people. */
const isLongSlip = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) >= 7 &&
  a.replace(/\D/g, "") === b.replace(/\D/g, "") &&
  Similarity.damerauLevenshtein(a, b, 1) <= 1

// -- Phone ------------------------------------------------------------------------------------------------------------

const comparePhones = (a: PhoneForm, b: PhoneForm, grounds: Grounds): Found => {
  const table = weights.phone
  const [short, long] = a.digits.length <= b.digits.length ? [a.digits, b.digits] : [b.digits, a.digits]
  // With and without country code or area code.
  if (long === short || (short.length >= 7 && long.endsWith(short))) {
    if (a.extension !== null && b.extension !== null && a.extension !== b.extension) {
      return { similarity: 0.7, weight: table.otherExtension }
    }
    const count = grounds.count(a.key)
    return { similarity: 1, weight: Math.max(table.least, table.same + doublings(count) * table.perDoubling) }
  }
  return short.length >= 9 && (endsLike(a.digits, b.digits) || endsLike(b.digits, a.digits))
    ? { similarity: 0.9, weight: table.slip }
    : { similarity: 0, weight: table.other }
}

/** Whether a number ends like another but for one digit. One too many or too few moves where the country code ends. */
const endsLike = (number: string, other: string): boolean =>
  [other.length, other.length + 1, other.length - 1].some(
    (length) => Similarity.damerauLevenshtein(other, number.slice(-length), 1) <= 1
  )

// -- Company ----------------------------------------------------------------------------------------------------------

const compareCompanies = (one: Profile, other: Profile, grounds: Grounds): Found | null => {
  const { company: a } = one
  const { company: b } = other
  if (a === null || b === null) return compareWithDomains(one, other, grounds)
  const table = weights.company
  const exact = () => grounds.weigh(table, a.counted, b.counted)
  if (a.text === b.text) return { similarity: 1, weight: exact() }
  const joined = [a.joined, b.joined] as const
  const similarity = Similarity.jaroWinkler(joined[0], joined[1])
  if (joined[0] === joined[1]) return { similarity: 1, weight: exact() }
  if (isSlip(joined[0], joined[1])) return { similarity, weight: exact() + table.close }
  if (isAcronym(joined[0], b.initials) || isAcronym(joined[1], a.initials)) {
    return { similarity: 0.8, weight: exact() + table.acronym }
  }
  const [few, many] = a.words.length <= b.words.length ? [a.words, b.words] : [b.words, a.words]
  const isPart = few.every((word) => many.includes(word)) && few.some((word) => word.length >= 4)
  if (isPart || startsWith(joined[0], joined[1]) || startsWith(joined[1], joined[0])) {
    return { similarity: Math.max(similarity, 0.7), weight: exact() + table.part }
  }
  return { similarity: Math.min(similarity, 0.5), weight: table.other }
}

/** A firm that is named on one side and on the other known by the domain of an e-mail address only, or on both. */
const compareWithDomains = (a: Profile, b: Profile, grounds: Grounds): Found | null => {
  const names = (profile: Profile): ReadonlyArray<string> =>
    profile.company === null ? profile.emails.flatMap(({ firm }) => firm ?? []) : [profile.company.joined]
  const theirs = names(b)
  const agree = names(a).some((x) => theirs.some((y) => x === y || startsWith(x, y) || startsWith(y, x)))
  const named = [a, b].flatMap(({ company }) => company?.counted ?? [])
  return agree ? { similarity: 0.8, weight: grounds.weigh(weights.company, ...named) + weights.company.byDomain } : null
}

const startsWith = (long: string, short: string): boolean => short.length >= 5 && long.startsWith(short)

const isAcronym = (text: string, initials: string): boolean => initials.length >= 3 && text === initials

// -- Address ----------------------------------------------------------------------------------------------------------

const compareStreets = (a: AddressForm, b: AddressForm, grounds: Grounds): Found | null => {
  if (a.street === null || b.street === null) return null
  const table = weights.address
  const exact = a.street === b.street
  const similarity = exact ? 1 : Similarity.jaroWinkler(a.street, b.street)
  // A city at the end of the street is typed, not another street.
  const contained = a.street.startsWith(`${b.street} `) || b.street.startsWith(`${a.street} `)
  const close = !exact && (contained || isSlip(a.street, b.street))
  if (!exact && !close) return { similarity: Math.min(similarity, 0.5), weight: table.otherStreet }
  if (a.number === null || b.number === null || a.number !== b.number) {
    return { similarity: 0.6, weight: a.number !== null && b.number !== null ? 0 : table.streetOnly }
  }
  const keys = [a.streetKey ?? "", b.streetKey ?? ""]
  const fewer = Math.max(...keys.map((key) => doublings(grounds.count(key)))) * table.perDoubling
  return { similarity, weight: Math.max(table.leastStreet, (exact ? table.street : table.streetSlip) + fewer) }
}

const compareZips = ({ zip: a }: AddressForm, { zip: b }: AddressForm): Found | null => {
  if (a === null || b === null) return null
  if (a === b) return { similarity: 1, weight: weights.address.zip }
  return a.length >= 4 && Similarity.damerauLevenshtein(a, b, 1) <= 1
    ? { similarity: 0.8, weight: weights.address.zipSlip }
    : { similarity: 0, weight: weights.address.otherZip }
}

const compareCities = (a: AddressForm, b: AddressForm, grounds: Grounds): Found | null => {
  const table = weights.address
  if (a.city === null || b.city === null) {
    const city = a.city ?? b.city
    const words = a.city === null ? a.words : b.words
    return city !== null && city.split(" ").every((word) => words.has(word))
      ? { similarity: 0.9, weight: grounds.weigh(table.city, a.cityCounted ?? b.cityCounted ?? "") }
      : null
  }
  const similarity = Similarity.jaroWinkler(a.city, b.city)
  return a.city === b.city || isSlip(a.city, b.city)
    ? { similarity, weight: grounds.weigh(table.city, a.cityCounted ?? "", b.cityCounted ?? "") }
    : { similarity: Math.min(similarity, 0.5), weight: table.otherCity }
}

// -- Open fields ------------------------------------------------------------------------------------------------------

const compareMaps = (
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
  weigh: (key: string) => { readonly same: number; readonly other: number }
): Found | null => {
  let found: Found | null = null
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined) continue
    const { same, other: different } = weigh(key)
    const weight = value === other ? same : different
    if (found === null || weight > found.weight) found = { similarity: value === other ? 1 : 0, weight }
  }
  return found
}

const compareCustom = (field: string, a: string, b: string, grounds: Grounds): Found => {
  const table = weights.custom
  const identifier = isIdentifier(a) && isIdentifier(b)
  if (a !== b) return { similarity: 0, weight: identifier ? table.otherIdentifier : 0 }
  const count = grounds.count(countedAs.custom(field, a))
  const filled = grounds.count(countedAs.field(field))
  if (count === undefined || filled === undefined) {
    return { similarity: 1, weight: identifier ? table.identifier : table.exact }
  }
  // A pair of its own is not counted against a value: at least the two that are compared have it.
  const rarity = Math.log2(Math.max(1, filled) / Math.max(1, count - 1)) + (identifier ? 0 : table.common)
  return { similarity: 1, weight: Math.min(table.most, Math.max(identifier ? 1 : 0, rarity)) }
}

const isIdentifier = (value: string): boolean => value.length >= 6 && (value.match(/\d/g)?.length ?? 0) >= 4

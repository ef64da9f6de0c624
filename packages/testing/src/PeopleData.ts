/**
 * Labelled people for tests and benchmarks of duplicate suggestions: who they are is known, so that what is found can be
 * counted as right or wrong. Everything is invented and follows from the seed.
 *
 * A person may have up to three further records, as imports, forms and colleagues leave them: another e-mail address (in
 * one tenant two contacts never have the same), another way to write the phone number, a short form of the name, slips,
 * exchanged names, lost accents, a new surname, a city typed into the street, an abbreviated company, missing fields. Every
 * further record has something in common with the others besides the name: a phone number, a street, a company, a
 * telling local part, a customer number. Without that nobody could tell it from a namesake's.
 *
 * And there are people who look alike and are not the same: namesakes, families under one address and number (fathers and
 * sons of one name among them), colleagues behind one switchboard, contacts whose name nobody knew.
 *
 * @example
 * ```ts
 * import { people } from "@clientele/testing/PeopleData"
 *
 * const { contacts, truth } = people({ seed: 7, contacts: 1_000 })
 * contacts.length // 1000
 * truth[0] // [contact_000012, contact_000731]: two records of one person, the lesser id first
 * ```
 */
import { type ContactId, contactId, type ContactRecord } from "@clientele/core"
import {
  type Line,
  makeFirm,
  makeHome,
  makeRandom,
  makeSurname,
  makeWorld,
  nextPersons,
  type Home,
  type Person,
  plain,
  plainUmlauts,
  type Random,
  type World
} from "./internal/people.ts"
import type { Land } from "./internal/peopleLands.ts"

/** A contact, and the person whom it is about. */
export interface LabelledContact {
  readonly id: ContactId
  readonly person: number
  readonly fields: ContactRecord.ContactFields
}

export interface LabelledPeople {
  /** In no order that says who belongs to whom. */
  readonly contacts: ReadonlyArray<LabelledContact>
  /** Every pair of contacts that are one person, the lesser id first. */
  readonly truth: ReadonlyArray<readonly [ContactId, ContactId]>
}

/** Makes that many contacts, the same for the same seed. About every fifth person has more than one. */
export const people = (options: { readonly seed: number; readonly contacts: number }): LabelledPeople => {
  const random = makeRandom(options.seed)
  const world = makeWorld(random)
  const records: Array<{ readonly person: number; readonly fields: ContactRecord.ContactFields }> = []
  const known: Array<Person> = []
  let persons = 0
  while (records.length < options.contacts) {
    for (const person of nextPersons(world, known)) {
      persons++
      // Namesakes are of people met lately, so that a larger number of people has no more namesakes each.
      if (known.length < 2_000) known.push(person)
      else known[random.below(known.length)] = person
      for (const fields of recordsOf(world, person)) records.push({ person: persons, fields })
    }
  }
  records.length = options.contacts
  random.shuffle(records)
  const width = Math.max(6, String(records.length).length)
  const contacts = records.map((record, index) => ({
    id: contactId(String(index + 1).padStart(width, "0")),
    ...record
  }))
  return { contacts, truth: truthOf(contacts) }
}

const truthOf = (contacts: ReadonlyArray<LabelledContact>): LabelledPeople["truth"] => {
  const byPerson = new Map<number, Array<ContactId>>()
  for (const { id, person } of contacts) byPerson.set(person, [...(byPerson.get(person) ?? []), id])
  return [...byPerson.values()].flatMap((ids) =>
    ids.flatMap((one, index) => ids.slice(index + 1).map((other) => [one, other] as const))
  )
}

// -- Records ----------------------------------------------------------------------------------------------------------

interface Draft {
  /** The whole name when nobody knew it, else null. */
  placeholder: string | null
  readonly name: NameParts
  email: string | null
  phone: { raw: string; e164: string | null } | null
  company: string | null
  street: string | null
  zip: string | null
  city: string | null
  custom: Record<string, string>
  /** The trait that street and number are. */
  readonly place: string
  /** What identifies the person besides the name, so that records without anything in common can be told. */
  traits: Set<string>
}

interface NameParts {
  title: string
  given: string
  middle: string
  surname: string
  suffix: string
  order: "given first" | "surname first" | "comma"
  spelling: (name: string) => string
}

const recordsOf = (world: World, person: Person): ReadonlyArray<ContactRecord.ContactFields> => {
  const { random } = world
  const first = draft(world, person)
  if (random.chance(0.012)) first.placeholder = random.pick(["?", "Unknown", "n/a", "-", "Test Test", "unbekannt"])
  const drafts = [first]
  const further =
    first.traits.size > 0 && first.placeholder === null && random.chance(0.22)
      ? random.pick([1, 1, 1, 1, 1, 2, 2, 3])
      : 0
  for (let attempt = 0; attempt < 60 && drafts.length <= further; attempt++) {
    const next = draft(world, person)
    corrupt(random, person, next)
    if (drafts.every((other) => [...next.traits].some((trait) => other.traits.has(trait)))) drafts.push(next)
  }
  return drafts.map((record) => fieldsOf(world, record))
}

const draft = ({ random }: World, person: Person): Draft => {
  const { firm, land } = person
  const traits = new Set<string>()
  const trait = <A>(value: A, name: string): A => {
    traits.add(name)
    return value
  }
  const atWork = random.chance(0.5)
  const line = atWork ? firm.landline : random.chance(0.7) ? person.mobile : person.home.landline
  const phone = random.chance(0.72)
    ? trait(writtenPhone(random, land, line, atWork ? person.extension : null), line.digits)
    : null
  const place = atWork && random.chance(0.4) ? firm : person.home
  const street = random.chance(0.55) ? trait(writtenStreet(random, land, place), place.street + place.number) : null
  const withCity = street !== null || random.chance(0.3)
  const custom: Record<string, string> = {}
  if (random.chance(0.12)) custom["customer_number"] = trait(person.customer, person.customer)
  if (random.chance(0.12)) custom["birthday"] = trait(person.born, person.born)
  if (random.chance(0.15)) custom["segment"] = random.pick(["retail", "wholesale", "public sector", "partner"])
  const company = random.chance(0.62) ? trait(firm.name, firm.name) : null
  const [email, telling] = random.chance(0.85) ? writtenEmail(random, person, atWork) : [null, null]
  if (telling !== null) traits.add(telling)
  return {
    placeholder: null,
    name: nameParts(random, person),
    email,
    phone,
    company,
    street,
    zip: withCity && random.chance(0.9) ? place.zip : null,
    city: withCity ? place.city : null,
    place: place.street + place.number,
    custom,
    traits
  }
}

const nameParts = (random: Random, { given, middle, surname, generation }: Person): NameParts => ({
  title: "",
  given,
  middle: middle === null || random.chance(0.5) ? "" : random.chance(0.5) ? middle : `${middle.slice(0, 1)}.`,
  surname,
  suffix: generation ?? "",
  order: "given first",
  spelling: (name) => name
})

const writtenName = ({ title, given, middle, surname, suffix, order, spelling }: NameParts): string => {
  const words =
    order === "comma"
      ? [title, `${surname},`, given, middle, suffix]
      : order === "surname first"
        ? [title, surname, given, middle, suffix]
        : [title, given, middle, surname, suffix]
  return spelling(words.filter((word) => word !== "").join(" "))
}

/** An address, and the local part when it tells the person from a namesake. */
const writtenEmail = (random: Random, person: Person, atWork: boolean): readonly [string, string | null] => {
  const [given, surname] = [plain(person.given), plain(person.surname)]
  const short = `${given.slice(0, 1)}${surname}`
  if (atWork) return [`${random.pick([`${given}.${surname}`, short, given])}@${person.firm.domain}`, null]
  const number = person.born.slice(2, 4)
  const kind = Number(person.customer.slice(-1))
  const provider = random.pick(person.land.providers)
  const local =
    kind < 4
      ? `${given}.${surname}`
      : kind < 7
        ? `${surname}${number}`
        : `${plain(person.nickname)}_${person.customer.slice(2, 6)}`
  return [`${local}@${provider}`, kind < 4 ? null : local]
}

const writtenPhone = (random: Random, land: Land, { country, digits }: Line, extension: string | null) => {
  const groups = digits.replace(/^(\d{2,3})(\d{3})(\d+)$/, random.pick(["$1 $2 $3", "$1-$2-$3", "$1.$2.$3", "$1/$2$3"]))
  const national = random.chance(0.5)
    ? `${land.trunk}${groups}`
    : `(${land.trunk}${groups.slice(0, 3)}) ${digits.slice(3)}`
  const international = random.pick([
    `+${country}${digits}`,
    `+${country} ${groups}`,
    `00${country} ${groups}`,
    land.trunk === ""
      ? `+${country} (${digits.slice(0, 3)}) ${digits.slice(3)}`
      : `+${country} (${land.trunk})${groups}`
  ])
  const number = random.chance(0.5) ? international : national
  const isRead = extension === null && random.chance(0.8)
  return {
    raw: extension === null ? number : `${number} ext. ${extension}`,
    e164: isRead ? `+${country}${digits}` : null
  }
}

const writtenStreet = (random: Random, land: Land, { street, number }: Home): string => {
  const kind = random.chance(0.4)
    ? land.shortened.reduce((text, [long, short]) => text.replace(long, short), street)
    : street
  return land.numberFirst ? `${number} ${kind}` : `${kind} ${number}`
}

const fieldsOf = ({ random, taken }: World, record: Draft): ContactRecord.ContactFields => {
  let email = record.email
  // A tenant has every address once; people who come again use a tag, or another spelling, or none.
  if (email !== null && taken.has(email)) email = random.chance(0.5) ? null : varied(random, email)
  if (email !== null && taken.has(email)) email = null
  if (email !== null) taken.add(email)
  return {
    externalId: null,
    type: "lead",
    status: "active",
    name: record.placeholder ?? writtenName(record.name),
    email,
    secondaryEmails: [],
    phone: record.phone,
    secondaryPhones: [],
    company: record.company,
    title: null,
    source: null,
    address: { street: record.street, city: record.city, state: null, zip: record.zip, country: null },
    social: {},
    tags: [],
    customFields: record.custom,
    ownerId: null
  }
}

const varied = (random: Random, email: string): string => {
  const [local = "", domain = ""] = email.split("@")
  const other = random.pick(["tag", "dots", "provider", "slip"])
  if (other === "tag") return `${local}+${random.pick(["crm", "news", "shop"])}@${domain}`
  if (other === "dots" && /[._]/.test(local)) return `${local.replace(/[._]/g, "")}@${domain}`
  if (other === "slip") return `${local}@${exchangeAt(domain, 1 + random.below(3))}`
  return `${local}@${random.pick(["gmail.com", "outlook.com", "icloud.com", "yahoo.com"])}`
}

// -- Corruption -------------------------------------------------------------------------------------------------------

const corrupt = (random: Random, person: Person, record: Draft): void => {
  const times = random.pick([1, 1, 1, 2, 2, 3])
  for (let time = 0; time < times; time++) random.pick(corruptions)(random, record, person)
}

type Corruption = (random: Random, record: Draft, person: Person) => void

const slipIn = (random: Random, text: string): string => {
  const at = 1 + random.below(Math.max(1, text.length - 2))
  const letter = random.pick(["e", "a", "n", "s", "r", "t"])
  const kind = random.below(4)
  if (kind === 0) return exchangeAt(text, at)
  if (kind === 1) return text.slice(0, at) + text.slice(at + 1)
  return text.slice(0, at) + (kind === 2 ? letter : text.slice(at, at + 1)) + text.slice(kind === 2 ? at + 1 : at)
}

const exchangeAt = (text: string, at: number): string =>
  text.slice(0, at) + text.slice(at + 1, at + 2) + text.slice(at, at + 1) + text.slice(at + 2)

const inName =
  (change: (name: NameParts, random: Random, person: Person) => void): Corruption =>
  (random, record, person) =>
    change(record.name, random, person)

const slipInName: Corruption = inName((name, random) => {
  const part = random.chance(0.6) ? "surname" : "given"
  name[part] = slipIn(random, name[part])
})

const shortForm: Corruption = inName((name, _, { nickname }) => {
  name.given = nickname
})

const corruptions: readonly [Corruption, ...Array<Corruption>] = [
  slipInName,
  slipInName,
  slipInName,
  shortForm,
  shortForm,
  inName((name, random) => {
    name.order = random.pick(["surname first", "comma"])
  }),
  inName((name, random) => {
    name.spelling = random.pick([plainLetters, plainUmlauts, (text) => text.toUpperCase()])
  }),
  inName((name) => {
    name.given = `${name.given.slice(0, 1)}.`
  }),
  inName((name, random) => {
    name.title = random.pick(["Dr.", "Herr", "Mrs.", "Sr.", "Mme", "Prof. Dr."])
  }),
  (random, record, { land, firm }) => {
    if (!random.chance(0.2)) return
    record.name.surname = makeSurname(random, land)
    // Two people of one firm who share a given name are not told apart by that.
    record.traits.delete(firm.name)
  },
  (random, record) => {
    if (record.company !== null)
      record.company = random.pick([shorten, withoutLegalForm, slipOf(random)])(record.company)
  },
  (random, record) => {
    if (record.company !== null) record.company = random.pick([shorten, withoutLegalForm])(record.company)
  },
  (random, record, { land, firm }) => {
    if (!random.chance(0.5)) return
    record.company = makeFirm(random, land).name
    record.traits.delete(firm.name)
  },
  (_, record) => {
    if (record.street === null || record.city === null) return
    record.street = `${record.street}, ${[record.zip, record.city].filter((part) => part !== null).join(" ")}`
    record.city = null
    record.zip = null
  },
  (random, record) => {
    if (record.street !== null) record.street = slipIn(random, record.street)
  },
  (random, record, { land }) => {
    if (!random.chance(0.5) || record.street === null) return
    record.traits.delete(record.place)
    const home = makeHome(random, land)
    Object.assign(record, { street: writtenStreet(random, land, home), zip: home.zip, city: home.city })
  },
  (random, record) => {
    if (record.phone !== null && random.chance(0.5))
      record.phone = { raw: slipIn(random, record.phone.raw), e164: null }
  }
]

const shorten = (company: string): string =>
  company
    .replace("International", "Intl")
    .replace("Services", "Svcs")
    .replace("Technologies", "Tech")
    .replace("Systems", "Sys.")

const withoutLegalForm = (company: string): string => company.split(" ").slice(0, -1).join(" ")

const slipOf =
  (random: Random) =>
  (text: string): string =>
    slipIn(random, text)

const plainLetters = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .replace("ß", "ss")

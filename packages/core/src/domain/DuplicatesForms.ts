/**
 * The parts of a contact in the form in which they are compared: e-mail addresses, phone numbers, company and address, in
 * one spelling, each piece where it belongs. What only says that nothing is known (`n/a`, 000000) is left out.
 */
import type { Address } from "./Address.ts"
import type { PhoneNumber } from "./ContactRecord.ts"
import * as Email from "./Email.ts"
import * as Names from "./Names.ts"
import * as Text from "./Text.ts"

/** An e-mail address, taken apart. */
export interface EmailForm {
  /** The local part without `+tag`, dots, dashes and underscores. */
  readonly local: string
  /** What is delivered to one mailbox: the local part without `+tag`, and without dots where the provider ignores them. */
  readonly mailbox: string
  /** The letters of `local`, in one spelling of umlauts. */
  readonly letters: string
  readonly domain: string
  /** A provider that anybody can have an address at. */
  readonly free: boolean
  /** A mailbox of several people: info@, sales@. */
  readonly shared: boolean
  /** The firm that the domain names, unless it is a provider. */
  readonly firm: string | null
  /** The blocking key, under which the local part is counted. */
  readonly key: string
}

/** A phone number: its digits without leading zeros, and the extension when one was written. */
export interface PhoneForm {
  readonly digits: string
  readonly extension: string | null
  /** The blocking key, under which the number is counted: its last digits, which every way of writing it shares. */
  readonly key: string
}

/** A company: its words without legal form, abbreviations written out. */
export interface CompanyForm {
  readonly text: string
  readonly words: ReadonlyArray<string>
  readonly initials: string
  /** The words without the spaces. */
  readonly joined: string
  /** The name under which the company is counted. */
  readonly counted: string
}

/** An address, each part where it belongs, also when it was typed into another. */
export interface AddressForm {
  readonly street: string | null
  readonly number: string | null
  readonly zip: string | null
  readonly city: string | null
  /** The blocking key of street and number, under which they are counted. */
  readonly streetKey: string | null
  /** The name under which the city is counted. */
  readonly cityCounted: string | null
  /** Every word of street and city, for a city that was typed into the street. */
  readonly words: ReadonlySet<string>
}

/** Reads an e-mail address; none when it cannot be anybody's. */
export const readEmail = (address: string | null): ReadonlyArray<EmailForm> => {
  const key = address === null ? undefined : Email.key(address)
  if (key === undefined) return []
  const at = key.indexOf("@")
  const written = key.slice(0, at)
  const domain = sameProviders.get(key.slice(at + 1)) ?? key.slice(at + 1)
  const untagged = Text.fold(written).replace(/\+.*$/, "")
  const local = untagged.replace(/[._-]/g, "")
  if (local === "" || local === "test" || /^(no|do)(t|not)?reply|^(none|unknown|na|nomail|noemail)$/.test(local))
    return []
  return [
    {
      local,
      letters: Names.withoutUmlauts(local.replace(/[^\p{L}\p{M}]/gu, "")),
      mailbox: domain === "gmail.com" ? untagged.replaceAll(".", "") : untagged,
      domain,
      free: isFree(domain),
      firm: isFree(domain) ? null : firmLabel(domain).replaceAll("-", ""),
      shared: sharedMailboxes.has(local),
      key: cut(`e:${local}`)
    }
  ]
}

/**
 * The label of a domain that names its owner: the one before the public suffix, near enough, since two-letter ends often
 * have a short label before them (co.uk, com.br).
 */
export const firmLabel = (domain: string): string => {
  const labels = domain.split(".")
  const second = labels.at(-2) ?? ""
  return labels.length > 2 && second.length <= 3 ? (labels.at(-3) ?? "") : second
}

/** Reads a phone number; none when it has too few digits, or the same one only. */
export const readPhone = (phone: PhoneNumber | null): ReadonlyArray<PhoneForm> => {
  if (phone === null) return []
  const raw = Text.fold(phone.raw)
  const extension = /(?:ext\.?|extension|x|#|dw|durchwahl|poste)\s*\.?\s*(\d{1,6})$/.exec(raw)
  const written = extension === null ? raw : raw.slice(0, extension.index)
  const digits = (phone.e164 ?? written.replace("(0)", "")).replace(/\D/g, "").replace(/^0+/, "")
  const isNumber = digits.length >= 6 && !/^(\d)\1+$/.test(digits.slice(-6)) && !"01234567890".includes(digits)
  return isNumber ? [{ digits, extension: extension?.[1] ?? null, key: `p:${digits.slice(-7)}` }] : []
}

/** Reads the name of a company. */
export const readCompany = (company: string | null): CompanyForm | null => {
  if (company === null) return null
  const folded = Text.fold(company)
  if (Names.saysNothing(folded)) return null
  const words = folded
    .replace(/['’.]/g, "")
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== "")
    .slice(0, 12)
    .map((word) => (abbreviations.get(word) ?? word).slice(0, 32))
  const named = words.filter((word, index) => index === 0 || !legalForms.has(word))
  if (named.length === 0) return null
  const text = named.join(" ")
  const initials = named.map((word) => word.slice(0, 1)).join("")
  return { text, words: named, initials, joined: named.join(""), counted: `o:${text}` }
}

/** Reads an address, with what was typed into another field than its own. */
export const readAddress = ({ street, city, zip }: Address): AddressForm => {
  const typed = { street: foldPart(street), city: foldPart(city), zip: foldPart(zip) }
  const [line = "", ...rest] = typed.street.split(/[,;\n]/)
  const beside = rest.join(" ")
  const found =
    typed.zip === "" ? (zipIn(beside) ?? zipIn(typed.city) ?? zipIn(` ${houseless(line)}`)) : zipForm(typed.zip)
  const place = lettersOf(typed.city === "" ? beside : typed.city)
  const { name, number } = readStreet(line)
  return {
    street: name === "" ? null : name,
    number,
    zip: found,
    city: place === "" ? null : place,
    streetKey: name === "" || number === null ? null : cut(`st:${name} ${number}`),
    cityCounted: place === "" ? null : `c:${place}`,
    words: new Set(lettersOf(`${typed.street} ${typed.city}`).split(" "))
  }
}

/** A blocking key of bounded length, since keys are rows in an index; never with half a character at its end. */
export const cut = (key: string): string => key.slice(0, 48).replace(/\p{Surrogate}/gu, "")

// internal

const foldPart = (part: string | null): string => {
  const folded = part === null ? "" : Text.fold(part)
  return Names.saysNothing(folded) ? "" : folded
}

const lettersOf = (text: string): string =>
  Names.withoutUmlauts(
    text
      .replace(/[^\p{L}\p{M} -]/gu, "")
      .replace(/[ -]+/g, " ")
      .trim()
      .slice(0, 64)
  )

/** The street without the number, in the short spelling of its kind, and the number. */
const readStreet = (line: string): { readonly name: string; readonly number: string | null } => {
  const words = line
    .replace(/\b(?:apt|apartment|suite|ste|unit|floor|piso|etage|stock|wohnung|whg|#).*$/, "")
    .replace(/(\d) ([a-z])(?![a-z])/g, "$1$2")
    .replace(/[^\p{L}\p{M}\p{N} -]/gu, " ")
    .split(/[ -]+/)
    .filter((word) => word !== "")
    .slice(0, 8)
  const index = words.findIndex((word) => /^\d{1,5}[a-z]?$/.test(word))
  const name = words
    .filter((word, at) => at !== index && !/^\d{4,}$/.test(word))
    .map((word) => streetKinds.get(word) ?? word.replace(/(?<=.{3})(?:strasse|str)$/, "str"))
    .join(" ")
    // "Haupt Straße" and "Hauptstraße".
    .replace(/ str$/, "str")
  return { name: Names.withoutUmlauts(name).slice(0, 40), number: words[index] ?? null }
}

const houseless = (line: string): string => line.replace(/^\s*\d+\s/, "")

// Five digits nearly everywhere, or letters and digits as in the United Kingdom, Canada and the Netherlands.
const zipIn = (text: string): string | null => {
  const match = /(?<![\d])(\d{5})(?:-\d{4})?(?!\d)|\b([a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})\b|\b(\d{4} ?[a-z]{2})\b/.exec(
    text
  )
  return match === null ? null : zipForm(match[0])
}

const zipForm = (zip: string): string | null => {
  const form = zip
    .replace(/^[a-z]{1,2}-(?=\d)/, "")
    .replace(/^(\d{5})-\d{4}$/, "$1")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .slice(0, 12)
  return form === "" ? null : form
}

const setOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

const sharedMailboxes = setOf(`
  info office contact kontakt contacto hello hallo hola mail email post admin administration sales verkauf ventas service
  support help team buero bureau billing invoice invoices rechnung accounting buchhaltung marketing hr jobs press presse
  webmaster postmaster reception empfang zentrale orders bestellung shop
`)

const sameProviders: ReadonlyMap<string, string> = new Map([["googlemail.com", "gmail.com"]])

// Large providers by their first label, under whatever country they are.
const isFree = (domain: string): boolean =>
  freeLabels.has(domain.slice(0, domain.indexOf("."))) || freeDomains.has(domain)

const freeLabels = setOf(`
  gmail googlemail yahoo ymail hotmail outlook live msn icloud aol gmx protonmail proton yandex zoho fastmail freenet
  wanadoo orange laposte libero virgilio seznam naver qq
`)

const freeDomains = setOf(`
  web.de t-online.de me.com mac.com mail.com mail.ru free.fr sfr.fr wp.pl o2.pl onet.pl 163.com 126.com arcor.de
  btinternet.com comcast.net verizon.net sbcglobal.net att.net uol.com.br terra.com.br
`)

const legalForms = setOf(`
  inc incorporated ek llc llp lp ltd limited plc corp corporation co company gmbh mbh ag kg kgaa ohg gbr ug se ev eg sa sas
  sarl sasu eurl sl slu srl spa snc bv nv vof cv oy oyj ab as asa aps sro zoo sp kft doo pty the and und et y e i
`)

const abbreviations: ReadonlyMap<string, string> = new Map(
  `intl international mfg manufacturing tech technologies technology technologies svc services svcs services service
  services bros brothers assoc associates grp group univ university natl national mgmt management sys systems system
  systems eng engineering engrg engineering solns solutions solution solutions cons consulting consultants consulting
  ind industries industry industries dept department hosp hospital lab laboratories labs laboratories dist distribution`
    .split(/\s+/)
    .reduce<Array<[string, string]>>((pairs, word, index, all) => {
      if (index % 2 === 0) pairs.push([word, all[index + 1] ?? word])
      return pairs
    }, [])
)

const streetKinds: ReadonlyMap<string, string> = new Map([
  ["strasse", "str"],
  ["street", "st"],
  ["avenue", "ave"],
  ["av", "ave"],
  ["avenida", "ave"],
  ["avda", "ave"],
  ["road", "rd"],
  ["boulevard", "blvd"],
  ["bd", "blvd"],
  ["drive", "dr"],
  ["lane", "ln"],
  ["court", "ct"],
  ["place", "pl"],
  ["square", "sq"],
  ["calle", "c"],
  ["rua", "r"],
  ["rue", "r"],
  ["plaza", "pl"],
  ["platz", "pl"],
  ["north", "n"],
  ["south", "s"],
  ["east", "e"],
  ["west", "w"]
])

/**
 * The least that makes rows of a CSV file: no check of any value, no defaults beyond constants, no phone parsing. What it
 * does make is what the tables need: an id, JSON columns, the e-mail's key and the folded text of the search index.
 */
import { tables } from "@clientele/sql"
import { createReadStream } from "node:fs"

export const names = tables("crm_")
export const tenant = "demo"
export const contactColumns = Object.keys(names.contacts.columns)

/** What a reference is told: whether all rows that ours writes are written, or the contacts with addresses and notes alone. */
export interface ImportArgument {
  readonly all: boolean
  readonly batch: number
  readonly csv: string
  readonly database: string
}

/** Records without the header, some thousands at a time. Knows quotes and line breaks in them, and no mistakes. */
export const records = async function* (path: string): AsyncGenerator<ReadonlyArray<ReadonlyArray<string>>> {
  let rest = ""
  let header = true
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 })) {
    const lines = `${rest}${chunk}`.split("\n")
    rest = lines.pop() ?? ""
    const found: Array<ReadonlyArray<string>> = []
    let open = ""
    for (const line of lines) {
      const record = open === "" ? line : `${open}\n${line}`
      open = record.includes('"') && record.split('"').length % 2 === 0 ? record : ""
      if (open === "") found.push(cells(record.endsWith("\r") ? record.slice(0, -1) : record))
    }
    if (open !== "") rest = `${open}\n${rest}`
    if (header) found.shift()
    header = false
    yield found
  }
}

const cells = (record: string): ReadonlyArray<string> =>
  record.includes('"')
    ? Array.from(record.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
        quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"')
      )
    : record.split(",")

const fold = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()

export interface Contact {
  readonly id: string
  readonly fields: Fields
  readonly key: string | undefined
  readonly note: string | undefined
  /** In the order of the table's columns. */
  readonly values: ReadonlyArray<string | number | null>
}

export interface Fields {
  readonly name: string
  readonly email: string
  readonly phone: string
  readonly company: string
  readonly title: string
  readonly city: string
  readonly country: string
  readonly status: string
  readonly source: string
  readonly tags: ReadonlyArray<string>
  readonly notes: string
}

export const fieldsOf = ([
  name = "",
  email = "",
  phone = "",
  company = "",
  title = "",
  ...more
]: ReadonlyArray<string>): Fields => {
  const [city = "", country = "", status = "", source = "", tags = "", notes = ""] = more
  const list = tags === "" ? [] : tags.split(";")
  return { name, email, phone, company, title, city, country, status, source, tags: list, notes }
}

// Time-ordered, as the library's: random ids would spread over the whole of every index.
let last = BigInt(Date.now()) << 80n

/** The values of a contact, spelled out per column so that the order cannot slip. */
export const contactOf = (fields: Fields, now: string): Contact => {
  const id = `contact_${(++last).toString(32)}`
  const { company, email, name, phone } = fields
  const words = fold(`${name} ${email} ${company}`).split(" ")
  const row: { readonly [column: string]: string | number | null } = {
    tenant_id: tenant,
    id,
    external_id: null,
    type: "lead",
    status: fields.status,
    name,
    name_folded: fold(name),
    email: email || null,
    secondary_emails: "[]",
    phone: phone || null,
    phone_e164: null,
    secondary_phones: "[]",
    company: company || null,
    title: fields.title || null,
    source: fields.source || null,
    address: JSON.stringify({ street: null, city: fields.city, state: null, zip: null, country: fields.country }),
    social: '{"linkedin":null,"twitter":null}',
    tags: JSON.stringify(fields.tags),
    custom_fields: "{}",
    owner_id: null,
    score: 0,
    score_breakdown: '{"engagement":0,"profile_completeness":0,"recent_activity":0,"fit_score":0}',
    score_grade: "F",
    scored_at: now,
    score_valid_until: null,
    score_rules_version: 0,
    last_interaction: null,
    total_interactions: 0,
    lifetime_value: "0",
    open_deals: 0,
    won_deals: 0,
    version: 1,
    created_at: now,
    updated_at: now,
    search_text: `${words.map((word) => `  ${word}`).join("")}  ${phone.replace(/\D/g, "")}`,
    facts: JSON.stringify({ name: [{ t: name.toLowerCase() }], email: [{ t: email.toLowerCase() }] })
  }
  return {
    id,
    fields,
    key: email === "" ? undefined : email.trim().toLowerCase(),
    note: fields.notes || undefined,
    values: contactColumns.map((column) => row[column] ?? null)
  }
}

/** The tables that have rows of a contact beside its own, as the library's: tags, keys of duplicates, history, event. */
export const tablesBeside = [names.contactTags, names.contactKeys, names.contactHistory, names.outbox]

/** What goes into {@link tablesBeside} for contacts, in their order and in that of their columns. */
export const rowsBeside = (
  contacts: ReadonlyArray<Contact>,
  now: string
): ReadonlyArray<ReadonlyArray<ReadonlyArray<string | null>>> => [
  contacts.flatMap(({ fields: { tags }, id }) => tags.map((tag) => [tenant, tag, now, id])),
  contacts.flatMap(({ fields, id }) => duplicateKeys(fields).map((key) => [tenant, key, id])),
  contacts.map(({ fields, id }) => {
    const changes = Object.entries(fields).map(([field, after]) => ({ field, before: null, after }))
    return [tenant, `evt_${id}`, id, now, "user_demo", "Demo", "import", JSON.stringify(changes)]
  }),
  contacts.map(({ fields, id }) => {
    const body = { id: `evt_${id}`, type: "crm.contact_created", timestamp: now, data: { id, ...fields } }
    return [tenant, body.id, id, null, body.type, "import", now, JSON.stringify(body)]
  })
]

// As many as ours, which are in no order either.
const duplicateKeys = ({ city, company, email, name, phone }: Fields): ReadonlyArray<string> => {
  const [given = "", surname = ""] = fold(name).split(" ")
  const firm = fold(company)
  const keys = [`n:${given}+${surname}`, `so:${surname}+${firm}`, `go:${given}+${firm}`, `sc:${surname}+${city}`]
  return [...keys, `gc:${given}+${city}`, `s:${email.length}${phone.slice(-3)}`, `p:${phone}`, `e:${email}`]
}

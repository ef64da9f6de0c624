/**
 * Enrichment: what others know of a contact, beside what people have entered. Providers are asked and what they answer is
 * untrusted text: validated, of limited size, and kept with where it came from.
 *
 * - For every path (`company.employees`) the answer with the most confidence counts, of equals that of the provider whose
 *   name comes first; the order in which providers answer makes no difference.
 * - What is known already stays, unless the request says to overwrite it. `added` tells of what was written, and of nothing
 *   else: the same answers again add nothing.
 * - A few paths are fields of contacts, too (`company.name`, `contact.title`, profiles such as `social.linkedin`). These
 *   are filled where they are empty.
 * - What tells of an e-mail address or a phone number is kept with that address or number, and counts for no other.
 */
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import type { Enrichment as EnrichmentView } from "./Contact.ts"
import { type ContactFields, type ContactRecord, type Surroundings, update } from "./ContactRecord.ts"
import * as CustomFields from "./CustomFields.ts"
import * as Email from "./Email.ts"
import { ownTexts, toUpdate } from "./EnrichmentFields.ts"
import { ContactId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

/** What may be asked for; the last two tell of the contact's e-mail address and phone number. */
export const Field = Schema.Literals(["company", "social", "contact", "email_verification", "phone"])
export type Field = typeof Field.Type

export const allFields = Field.literals

/** How many contacts one bulk enrichment may name. */
export const maxContacts = 1_000

const fields = Schema.optionalKey(
  Schema.Array(Field).check(Schema.isMinLength(1), Schema.isMaxLength(allFields.length))
)

/** What is asked for, all unless given, and whether it may take the place of what is known. */
export const EnrichRequest = Schema.Struct({ fields, overwrite: Schema.optionalKey(Schema.Boolean) }).annotate({
  identifier: "EnrichRequest"
})
export interface EnrichRequest extends Schema.Schema.Type<typeof EnrichRequest> {}

export const BulkEnrichRequest = Schema.Struct({
  contactIds: Schema.Array(ContactId).check(Schema.isMinLength(1), Schema.isMaxLength(maxContacts)),
  ...EnrichRequest.fields
})
  .pipe(Schema.encodeKeys({ contactIds: "contact_ids" }))
  .annotate({ identifier: "BulkEnrichRequest" })
export interface BulkEnrichRequest extends Schema.Schema.Type<typeof BulkEnrichRequest> {}

// -- Answers ----------------------------------------------------------------------------------------------------------

/** What a provider is told of a contact. */
export interface Subject extends Pick<
  ContactFields,
  "address" | "company" | "email" | "name" | "phone" | "social" | "title"
> {
  readonly id: ContactId
}

/** What providers are told of a contact. */
export const subjectOf = ({ fields, id }: ContactRecord): Subject => ({
  id,
  ...Struct.pick(fields, ["address", "company", "email", "name", "phone", "social", "title"])
})

/**
 * Whether what was answered is about a contact still: nothing that a provider was told has become something else. What was
 * empty and is filled by now, perhaps by enrichment itself, does no harm.
 */
export const isAbout = (subject: Subject, record: ContactRecord): boolean => isKept(subject, subjectOf(record))

/** A value that a provider found. */
export const Value = Personal.personal(
  Schema.Union([
    Text.text(1_000),
    Schema.Finite,
    Schema.Boolean,
    Schema.Array(Text.text(255)).check(Schema.isMaxLength(100))
  ])
)
export type Value = typeof Value.Type

const Confidence = Personal.notPersonal(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })))

const Source = Personal.notPersonal(Schema.String)

/** Values by name. Null and blank text are nothing found. */
const Found = Schema.optionalKey(
  Schema.Record(Schema.String, Personal.personal(Schema.NullOr(Value))).check(CustomFields.hasOpenKeys)
)

/** What a provider answers: values by field and name, and how sure it is of them, from 0 to 1. */
export const Answer = Schema.Struct({
  data: Schema.Struct({ company: Found, social: Found, contact: Found, email_verification: Found, phone: Found }),
  confidence: Confidence
})
export interface Answer extends Schema.Schema.Type<typeof Answer> {}

/** An answer without anything in it. */
export const nothingFound: Answer = { data: {}, confidence: 0 }

/**
 * Why a provider gave no answer:
 * - `timeout`: it took too long;
 * - `unavailable`: it could not be reached, is overloaded, or failed;
 * - `refused`: it does not accept the question, or the key;
 * - `invalid_answer`: what it answered is not of the form, or too much;
 * - `suspended`: it failed several times in a row and is not asked for a while;
 * - `defect`: its program is wrong;
 * - `outdated`: what it was told of the contact became something else while it was asked.
 */
export const Fault = Schema.Literals([
  "timeout",
  "unavailable",
  "refused",
  "invalid_answer",
  "suspended",
  "defect",
  "outdated"
])
export type Fault = typeof Fault.Type

/** A provider that was asked, and what came of it. */
export interface Reply {
  readonly source: string
  readonly answer: Answer | Fault
}

// -- What is kept -----------------------------------------------------------------------------------------------------

/** A value that is kept, and where it comes from. `about` is the address or number that it tells of, if it tells of one. */
export const Entry = Schema.Struct({
  value: Value,
  field: Field,
  about: Personal.personal(Schema.NullOr(Schema.String)),
  source: Source,
  confidence: Confidence,
  at: Personal.notPersonal(Schema.DateTimeUtcFromString)
})
export interface Entry extends Schema.Schema.Type<typeof Entry> {}

/** All that is kept of a contact's enrichment, by path. */
export const Enriched = Schema.Record(Schema.String, Entry)
export type Enriched = typeof Enriched.Type

export const nothing: Enriched = {}

type Addresses = Pick<ContactFields, "email" | "phone">

/** What is kept that is true of a contact with this address and this number. */
export const describing = (enriched: Enriched, addresses: Addresses): Enriched =>
  Object.fromEntries(
    Object.entries(enriched).filter(
      ([, { about, field }]) => !isOfAddress(field) || (about !== null && about === aboutOf(field, addresses))
    )
  )

/** What is known of contacts, by their ids. */
export type Known = ReadonlyMap<ContactId, Enriched>

/**
 * What is known of a contact that several become: of each path what the first of them has that is true of itself and of
 * what they become. So it makes no difference whether they become one at once or one after the other.
 */
export const unite = (
  known: Known,
  several: ReadonlyArray<{ readonly id: ContactId; readonly fields: Addresses }>,
  addresses: Addresses
): Enriched =>
  Object.fromEntries(
    several
      .toReversed()
      .flatMap(({ fields, id }) => Object.entries(describing(describing(known.get(id) ?? nothing, fields), addresses)))
  )

/** Values by part and name, as callers see them. */
export type Parts = Pick<EnrichmentView, "company" | "contact" | "social">

/** The parts of what is kept, or of some of its paths. */
export const partsOf = (enriched: Enriched, paths: ReadonlyArray<string> = Object.keys(enriched)): Parts => {
  const part = (name: keyof Parts) =>
    Object.fromEntries(
      paths.flatMap((path) => {
        const entry = path.startsWith(`${name}.`) ? enriched[path] : undefined
        return entry === undefined ? [] : [[path.slice(name.length + 1), entry.value] as const]
      })
    )
  return { company: part("company"), social: part("social"), contact: part("contact") }
}

/** What the page of a contact shows. */
export const toView = (enriched: Enriched): EnrichmentView => ({
  ...partsOf(enriched),
  fields: Object.fromEntries(
    Object.entries(enriched).map(([path, { at, confidence, source }]) => [path, { source, confidence, at }])
  )
})

// -- Decisions --------------------------------------------------------------------------------------------------------

/** The value that counts of a path. */
export type Finding = Omit<Entry, "about" | "at">

export type Findings = ReadonlyMap<string, Finding>

/** Of all that was answered, what counts of each path, in the order of the paths. */
export const findings = (replies: ReadonlyArray<Reply>): Findings => {
  const best = new Map<string, Finding>()
  for (const [path, found] of replies.flatMap(foundIn)) {
    const other = best.get(path)
    if (other === undefined || isBetter(found, other)) best.set(path, found)
  }
  return new Map([...best].sort(([a], [b]) => ascending(a, b)))
}

/** What becomes of a contact, and the paths that were written. */
export interface Plan {
  /** The very same record when none of its own fields changed. */
  readonly record: ContactRecord
  readonly enriched: Enriched
  readonly added: ReadonlyArray<string>
}

/**
 * What findings make of a contact.
 *
 * @example
 * ```ts
 * import { type ContactRecord, Enrichment } from "@clientele/core"
 *
 * declare const record: ContactRecord.ContactRecord
 * declare const surroundings: ContactRecord.Surroundings
 * const found = Enrichment.findings([
 *   { source: "directory", answer: { data: { company: { name: "Acme", employees: 850 } }, confidence: 0.9 } },
 *   { source: "guess", answer: { data: { company: { employees: 500 } }, confidence: 0.4 } }
 * ])
 * // Of a contact without a company, of which nothing is known:
 * Enrichment.plan({ record, enriched: Enrichment.nothing }, found, { ...surroundings, overwrite: false })
 * // { record: { …record, fields: { …, company: "Acme" } }, enriched, added: ["company.employees", "company.name"] }
 * ```
 */
export const plan = (
  { enriched, record }: Pick<Plan, "enriched" | "record">,
  found: Findings,
  { overwrite, ...surroundings }: Surroundings & { readonly overwrite: boolean }
): Plan => {
  const next = new Map(Object.entries(describing(enriched, record.fields)))
  const written = new Set<string>()
  for (const [path, finding] of found) {
    const before = next.get(path)
    const about = aboutOf(finding.field, record.fields)
    // A contact without a number has none to be told of.
    if (isOfAddress(finding.field) && about === null) continue
    if (before === undefined ? isFull(next, path) : !overwrite || Equal.equals(before.value, finding.value)) continue
    next.set(path, { ...finding, about, at: surroundings.now })
    written.add(path)
  }
  // A field of the contact takes what is kept, so that the two never tell of different findings.
  const kept = new Map([...next].flatMap(([path, { value }]) => (found.has(path) ? [[path, value] as const] : [])))
  const texts = ownTexts(record.fields, kept, overwrite)
  return {
    record: update(record, toUpdate(texts), surroundings),
    enriched: Object.fromEntries(next),
    added: [...found.keys()].filter((path) => written.has(path) || texts.has(path))
  }
}

// -- What callers see -------------------------------------------------------------------------------------------------

/**
 * - `completed`: all that were asked have answered, and something was found;
 * - `partial`: something was found, but not all have answered;
 * - `no_data`: all that were asked have answered, and nothing was found;
 * - `failed`: nothing was found, and not all have answered.
 */
export const Status = Schema.Literals(["completed", "partial", "no_data", "failed"])
export type Status = typeof Status.Type

const Added = Personal.personal(Schema.Record(Schema.String, Schema.Json))

/** What came of enriching a contact. `confidence` is the mean of what was found, written or not; null when nothing was. */
export const Outcome = Schema.Struct({
  contactId: ContactId,
  enrichmentStatus: Status,
  dataAdded: Schema.Struct({ company: Added, social: Added, contact: Added }),
  confidence: Schema.NullOr(Confidence),
  sources: Schema.Array(Source),
  failures: Schema.Array(Schema.Struct({ source: Source, reason: Fault }))
})
  .pipe(Schema.encodeKeys({ contactId: "contact_id", enrichmentStatus: "enrichment_status", dataAdded: "data_added" }))
  .annotate({ identifier: "EnrichmentOutcome" })
export interface Outcome extends Schema.Schema.Type<typeof Outcome> {}

/** What callers hear of a plan that was carried out. */
export const toOutcome = (
  { added, enriched, record }: Plan,
  found: Findings,
  replies: ReadonlyArray<Reply>
): Outcome => {
  const counted = [...found.values()]
  const failures = replies.flatMap(({ answer, source }) =>
    typeof answer === "string" ? [{ source, reason: answer }] : []
  )
  return {
    contactId: record.id,
    enrichmentStatus: statusOf(counted.length > 0, failures.length > 0),
    dataAdded: partsOf(enriched, added),
    confidence: meanOf(counted.map(({ confidence }) => confidence)),
    sources: [...new Set(counted.map(({ source }) => source))].sort(),
    failures: failures.sort((a, b) => ascending(a.source, b.source))
  }
}

/** What became of one contact of many: in ids and codes, because jobs are kept longer than persons. */
export const BulkOutcome = Schema.Struct({
  contactId: ContactId,
  enrichmentStatus: Status,
  /** Null but of a contact that is not there. */
  code: Schema.NullOr(Schema.Literals(["contact_not_found"]))
}).pipe(Schema.encodeKeys({ contactId: "contact_id", enrichmentStatus: "enrichment_status" }))
export interface BulkOutcome extends Schema.Schema.Type<typeof BulkOutcome> {}

const Count = Personal.notPersonal(Schema.Int)

/** What came of enriching many contacts, in the order of their ids in the request. */
export const BulkReport = Schema.Struct({
  completed: Count,
  partial: Count,
  no_data: Count,
  failed: Count,
  contacts: Schema.Array(BulkOutcome)
}).annotate({ identifier: "BulkEnrichReport" })
export interface BulkReport extends Schema.Schema.Type<typeof BulkReport> {}

export const emptyReport: BulkReport = { completed: 0, partial: 0, no_data: 0, failed: 0, contacts: [] }

/** A report with more outcomes in it. */
export const report = (before: BulkReport, outcomes: ReadonlyArray<BulkOutcome>): BulkReport => {
  const count = (status: Status) =>
    before[status] + outcomes.filter(({ enrichmentStatus }) => enrichmentStatus === status).length
  return {
    completed: count("completed"),
    partial: count("partial"),
    no_data: count("no_data"),
    failed: count("failed"),
    contacts: [...before.contacts, ...outcomes]
  }
}

// internal

/** How many names a part may have, beyond which nothing new is added to it. */
const maxNames = CustomFields.maxFields

const partOf = (field: Field): keyof Parts => (field === "company" || field === "social" ? field : "contact")

/** Whether a field tells of an address or a number, and not of the contact. */
const isOfAddress = (field: Field): boolean => field === "email_verification" || field === "phone"

/** What a value of a field tells of. */
const aboutOf = (field: Field, { email, phone }: Addresses): string | null => {
  if (field === "email_verification") return email === null ? null : (Email.key(email) ?? email)
  return field === "phone" ? (phone?.e164 ?? phone?.raw ?? null) : null
}

const isKept = (before: unknown, after: unknown): boolean =>
  before === null ||
  (typeof before === "object" && typeof after === "object" && after !== null
    ? Object.entries(before).every(([key, value]: [string, unknown]) => isKept(value, Reflect.get(after, key)))
    : before === after)

const isNothing = (value: Value | null): value is null =>
  value === null || (typeof value === "string" && value.trim() === "")

const foundIn = ({ answer, source }: Reply): ReadonlyArray<readonly [string, Finding]> => {
  if (typeof answer === "string") return []
  const { confidence, data } = answer
  return allFields.flatMap((field) =>
    Object.entries(data[field] ?? {}).flatMap(([name, value]) =>
      isNothing(value) ? [] : [[`${partOf(field)}.${name}`, { value, field, source, confidence }] as const]
    )
  )
}

const isBetter = (a: Finding, b: Finding): boolean =>
  (b.confidence - a.confidence ||
    ascending(a.source, b.source) ||
    ascending(a.field, b.field) ||
    ascending(JSON.stringify(a.value), JSON.stringify(b.value))) < 0

const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const isFull = (entries: ReadonlyMap<string, Entry>, path: string): boolean => {
  const part = path.slice(0, path.indexOf(".") + 1)
  return [...entries.keys()].filter((other) => other.startsWith(part)).length >= maxNames
}

const statusOf = (isFound: boolean, isFailed: boolean): Status => {
  if (isFound) return isFailed ? "partial" : "completed"
  return isFailed ? "failed" : "no_data"
}

const meanOf = (confidences: ReadonlyArray<number>): number | null =>
  confidences.length === 0
    ? null
    : Math.round((confidences.reduce((sum, confidence) => sum + confidence, 0) / confidences.length) * 100) / 100

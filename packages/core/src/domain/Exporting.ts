/**
 * Contacts and deals as exports have them: as JSON in the shape of the wire, and as rows of a table that our own import
 * takes back. Pure: the columns depend on the keys that the contacts have, and the cells on the row.
 *
 * In a table what is empty is an empty cell. Custom fields say in the header what type they have (`:number`, `:boolean`,
 * `:list`, nothing for text), and `:json` where the values of one key are of several types.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as Contact from "./Contact.ts"
import type { ContactFields } from "./ContactRecord.ts"
import type * as CustomFields from "./CustomFields.ts"
import * as Deal from "./Deal.ts"
import { DealProduct } from "./DealProducts.ts"
import * as DealRecord from "./DealRecord.ts"
import * as Email from "./Email.ts"
import { ExternalId } from "./Ids.ts"
import { isTarget } from "./ContactImport.ts"
import type { Mapping } from "./Importing.ts"
import * as Money from "./Money.ts"
import * as ListCell from "./ListCell.ts"

/** A contact in an export: the list item, and the rest of what can be set. */
export const ExportedContact = Schema.Struct(
  Struct.omit(Contact.detailFields, ["scoreBreakdown", "enrichment", "deals", "activities", "notes"])
)
  .pipe(Schema.encodeKeys(Struct.omit(Contact.detailKeys, ["scoreBreakdown"])))
  .annotate({ identifier: "ExportedContact" })
export type ExportedContact = typeof ExportedContact.Encoded

/** A deal in an export: its page without notes and history, and by what else its contact is known. */
export const ExportedDeal = Schema.Struct({
  ...Struct.omit(Deal.detailFields, ["notes", "stageHistory"]),
  /** The probability that somebody gave; null where it is that of the stage. */
  manualProbability: Schema.NullOr(Schema.Int),
  contactEmail: Schema.NullOr(Email.Email),
  contactExternalId: Schema.NullOr(ExternalId)
})
  .pipe(
    Schema.encodeKeys({
      ...Struct.omit(Deal.detailKeys, ["stageHistory"]),
      manualProbability: "manual_probability",
      contactEmail: "contact_email",
      contactExternalId: "contact_external_id"
    })
  )
  .annotate({ identifier: "ExportedDeal" })
export type ExportedDeal = typeof ExportedDeal.Encoded

/** The row of a deal: what the schema encodes, in a fraction of the time. */
export const toExportedDeal = (
  record: DealRecord.DealRecord,
  owner: Contact.Owner | null,
  contact: ContactFields | undefined
): ExportedDeal => {
  const { fields } = record
  return {
    id: record.id,
    name: fields.name,
    contact_id: fields.contactId,
    company: fields.company,
    value: numberOf(Money.toDecimal(fields.value)),
    currency: fields.value.currency,
    stage: record.stage,
    probability: record.probability,
    expected_close: fields.expectedClose,
    owner,
    products: fields.products.length === 0 ? [] : encodeProducts(fields.products),
    created_at: DateTime.formatIso(record.createdAt),
    updated_at: DateTime.formatIso(record.updatedAt),
    external_id: fields.externalId,
    version: record.version,
    probability_source: DealRecord.probabilitySource(record),
    closed_at: timeOf(record.closedAt),
    lost_reason: fields.lostReason,
    manual_probability: fields.manualProbability,
    contact_email: contact?.email ?? null,
    contact_external_id: contact?.externalId ?? null
  }
}

// -- Tables -----------------------------------------------------------------------------------------------------------

/** A key that contacts have beside the members that all of them have, and of what types its values are. */
export interface OpenKey {
  readonly group: "custom_fields" | "social"
  readonly key: string
  readonly types: ReadonlyArray<"text" | "number" | "boolean" | "list">
}

/** The columns of a table of rows, and a row's cells below them. */
export interface Columns<Row> {
  readonly header: ReadonlyArray<string>
  readonly cells: (row: Row) => ReadonlyArray<string>
}

/**
 * The columns of contacts that have certain keys.
 *
 * @example
 * ```ts
 * import { Exporting } from "@clientele/core"
 *
 * Exporting.contactColumns([{ group: "custom_fields", key: "size", types: ["number"] }]).header
 * // ["id", "external_id", "name", …, "custom_fields.size:number"]
 * ```
 */
export const contactColumns = (keys: ReadonlyArray<OpenKey>): Columns<ExportedContact> =>
  columnsOf([...contactTable, ...keys.toSorted(byName).map(openColumn)])

/** The columns of deals. */
export const dealColumns = (): Columns<ExportedDeal> => columnsOf(dealTable)

/** Whether a header is that of a table of our own, whose cells are guarded against formulas. */
export const isOwnHeader = (header: ReadonlyArray<string>): boolean =>
  ownContactMapping(header) !== undefined || ownDealMapping(header) !== undefined

/** How a table of contacts of our own is to be imported, if it is one. */
export const ownContactMapping = (header: ReadonlyArray<string>): Mapping | undefined => {
  const others = header.slice(contactTable.length)
  if (!others.every((name) => /^(social|custom_fields)\./.test(name) && isTarget(name))) return undefined
  const mapping = mappingOf(contactTable, header)
  return mapping && { ...mapping, ...Object.fromEntries(others.map((name) => [name, name])) }
}

/** How a table of deals of our own is to be imported, if it is one. */
export const ownDealMapping = (header: ReadonlyArray<string>): Mapping | undefined =>
  header.length === dealTable.length ? mappingOf(dealTable, header) : undefined

// internal

const encodeProducts = Schema.encodeSync(Schema.Array(DealProduct))

const timeOf = (time: DateTime.Utc | null): string | null => (time === null ? null : DateTime.formatIso(time))

const numberOf = (decimal: BigDecimal.BigDecimal): number => Number(BigDecimal.format(decimal))

type Value = string | number | null

interface Column<Row> {
  readonly name: string
  /** What an import makes of it; null for what only says how things are. */
  readonly target: string | null
  readonly value: (row: Row) => Value
}

const settable = <Row>(name: string, value: (row: Row) => Value, target = name): Column<Row> => ({
  name,
  target,
  value
})

const shown = <Row>(name: string, value: (row: Row) => Value): Column<Row> => ({ name, target: null, value })

const columnsOf = <Row>(columns: ReadonlyArray<Column<Row>>): Columns<Row> => ({
  header: columns.map(({ name }) => name),
  cells: (row) => columns.map(({ value }) => String(value(row) ?? ""))
})

const mappingOf = <Row>(columns: ReadonlyArray<Column<Row>>, header: ReadonlyArray<string>): Mapping | undefined =>
  columns.every(({ name }, index) => header[index] === name)
    ? Object.fromEntries(columns.flatMap(({ name, target }) => (target === null ? [] : [[target, name]])))
    : undefined

const listCell = (items: ReadonlyArray<string>): string => (items.length === 0 ? "" : ListCell.write(items))

const contactTable: ReadonlyArray<Column<ExportedContact>> = [
  shown("id", ({ id }) => id),
  settable("external_id", ({ external_id }) => external_id),
  settable("name", ({ name }) => name),
  settable("type", ({ type }) => type),
  settable("status", ({ status }) => status),
  settable("email", ({ email }) => email),
  settable("secondary_emails", ({ secondary_emails }) => listCell(secondary_emails)),
  settable("phone", ({ phone }) => phone),
  settable("secondary_phones", ({ secondary_phones }) => listCell(secondary_phones)),
  settable("company", ({ company }) => company),
  settable("title", ({ title }) => title),
  settable("source", ({ source }) => source),
  settable("address.street", ({ address }) => address.street),
  settable("address.city", ({ address }) => address.city),
  settable("address.state", ({ address }) => address.state),
  settable("address.zip", ({ address }) => address.zip),
  settable("address.country", ({ address }) => address.country),
  settable("tags", ({ tags }) => listCell(tags)),
  settable("owner_id", ({ owner }) => owner?.id ?? null),
  shown("owner_name", ({ owner }) => owner?.name ?? null),
  shown("score", ({ score }) => score),
  shown("last_interaction", ({ engagement }) => engagement.last_interaction),
  shown("total_interactions", ({ engagement }) => engagement.total_interactions),
  shown("lifetime_value", ({ engagement }) => engagement.lifetime_value),
  shown("version", ({ version }) => version),
  settable("created_at", ({ created_at }) => created_at),
  shown("updated_at", ({ updated_at }) => updated_at)
]

const dealTable: ReadonlyArray<Column<ExportedDeal>> = [
  shown("id", ({ id }) => id),
  settable("external_id", ({ external_id }) => external_id),
  settable("name", ({ name }) => name),
  shown("contact_id", ({ contact_id }) => contact_id),
  settable("contact_external_id", ({ contact_external_id }) => contact_external_id, "contact_id"),
  settable("contact_email", ({ contact_email }) => contact_email),
  settable("company", ({ company }) => company),
  settable("value", ({ value }) => value),
  settable("currency", ({ currency }) => currency),
  settable("stage", ({ stage }) => stage),
  shown("probability", ({ probability }) => probability),
  settable("manual_probability", ({ manual_probability }) => manual_probability, "probability"),
  settable("expected_close", ({ expected_close }) => expected_close),
  settable("owner_id", ({ owner }) => owner?.id ?? null),
  shown("owner_name", ({ owner }) => owner?.name ?? null),
  shown("products", ({ products }) => (products.length === 0 ? "" : JSON.stringify(products))),
  settable("lost_reason", ({ lost_reason }) => lost_reason),
  shown("version", ({ version }) => version),
  settable("created_at", ({ created_at }) => created_at),
  settable("closed_at", ({ closed_at }) => closed_at),
  shown("updated_at", ({ updated_at }) => updated_at)
]

const byName = (one: OpenKey, other: OpenKey): number => (nameOf(one) < nameOf(other) ? -1 : 1)

const nameOf = ({ group, key }: OpenKey): string => `${group === "social" ? 0 : 1}${key}`

const openColumn = ({ group, key, types }: OpenKey): Column<ExportedContact> => {
  if (group === "social") return settable(`social.${key}`, ({ social }) => ownMember(social, key) ?? null)
  const [type, ...others] = types
  const suffix = type === undefined || others.length > 0 ? ":json" : type === "text" ? "" : `:${type}`
  return settable(`custom_fields.${key}${suffix}`, ({ custom_fields }) => {
    const value = ownMember(custom_fields, key)
    return value === undefined ? null : suffix === ":json" ? JSON.stringify(value) : fieldCell(value)
  })
}

// A name that every object has is a key like any other.
const ownMember = <A>(record: { readonly [key: string]: A }, key: string): A | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

const fieldCell = (value: CustomFields.CustomFieldValue): string =>
  typeof value === "object" ? ListCell.write(value) : String(value)

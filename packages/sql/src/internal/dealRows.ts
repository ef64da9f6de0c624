/**
 * Deals to rows and back. Reading has two forms: the record, for decisions, and the list row, which is the wire's own
 * shape, so that a list is not transformed on its way out.
 */
import { SortKey } from "@clientele/core/domain/Cursor"
import type { DealHistory, VersionedHistory } from "@clientele/core/domain/DealHistory"
import { DealHistoryKind } from "@clientele/core/domain/DealHistory"
import { DealProduct } from "@clientele/core/domain/DealProducts"
import { amountScale } from "@clientele/core/domain/DealQuery"
import type { DealRecord } from "@clientele/core/domain/DealRecord"
import { ContactId, DealId, UserId } from "@clientele/core/domain/Ids"
import * as Money from "@clientele/core/domain/Money"
import type { DealGroup } from "@clientele/core/domain/PipelineSummary"
import { fold } from "@clientele/core/domain/Text"
import type { DealRow } from "@clientele/core/ports/DealStore"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import type { RowOf, Tables } from "../Table.ts"
import { decodeRows, type Rows } from "./storage.ts"
import { json, timestamp } from "./columns.ts"

const text = Schema.NullOr(Schema.String)
const Products = Schema.Array(DealProduct)
const encodeProducts = Schema.encodeSync(Products)

export const RecordRow = Schema.Struct({
  id: DealId,
  external_id: text,
  contact_id: Schema.NullOr(ContactId),
  name: Schema.String,
  company: text,
  value: Schema.BigIntFromString,
  currency: Money.Currency,
  pipeline: Schema.String,
  stage: Schema.String,
  probability: Schema.Int,
  manual_probability: Schema.NullOr(Schema.Int),
  expected_close: text,
  closed_at: Schema.NullOr(timestamp),
  owner_id: Schema.NullOr(UserId),
  products: json(Products),
  lost_reason: text,
  version: Schema.Int,
  created_at: timestamp,
  updated_at: timestamp
})

const ListRow = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  contact_id: text,
  company: text,
  value: Schema.BigIntFromString,
  currency: Money.Currency,
  stage: Schema.String,
  probability: Schema.Int,
  expected_close: text,
  owner_id: text,
  products: json(Schema.toEncoded(Products)),
  created_at: Schema.String,
  updated_at: Schema.String
})

export const recordColumns = Struct.keys(RecordRow.fields)
export const listColumns = Struct.keys(ListRow.fields)

/** What an update writes: everything but what never changes. */
export const updatedColumns = [
  ...recordColumns.filter((column) => column !== "id" && column !== "created_at"),
  "name_folded" as const,
  "amount" as const
]

/** An amount on the scale that is the same for every currency, as text. */
const amountOf = ({ currency, minor }: Money.Money): string =>
  String(minor * 10n ** BigInt(amountScale - Money.exponent(currency)))

const timeToText = (time: DateTime.Utc | null): string | null => (time === null ? null : DateTime.formatIso(time))

export const toRow = (tenantId: string, deal: DealRecord): RowOf<Tables["deals"]["columns"]> => {
  const { fields } = deal
  return {
    tenant_id: tenantId,
    id: deal.id,
    external_id: fields.externalId,
    contact_id: fields.contactId,
    name: fields.name,
    name_folded: fold(fields.name),
    company: fields.company,
    value: String(fields.value.minor),
    currency: fields.value.currency,
    amount: amountOf(fields.value),
    pipeline: deal.pipeline,
    stage: deal.stage,
    probability: deal.probability,
    manual_probability: fields.manualProbability,
    expected_close: fields.expectedClose,
    closed_at: timeToText(deal.closedAt),
    owner_id: fields.ownerId,
    products: JSON.stringify(encodeProducts(fields.products)),
    lost_reason: fields.lostReason,
    version: deal.version,
    created_at: DateTime.formatIso(deal.createdAt),
    updated_at: DateTime.formatIso(deal.updatedAt)
  }
}

export const toRecord = (row: typeof RecordRow.Type): DealRecord => ({
  id: row.id,
  pipeline: row.pipeline,
  stage: row.stage,
  fields: {
    externalId: row.external_id,
    name: row.name,
    contactId: row.contact_id,
    company: row.company,
    value: { currency: row.currency, minor: row.value },
    manualProbability: row.manual_probability,
    expectedClose: row.expected_close,
    ownerId: row.owner_id,
    products: row.products,
    lostReason: row.lost_reason
  },
  probability: row.probability,
  closedAt: row.closed_at,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at
})

const decodeRecordRows = decodeRows(RecordRow)
export const decodeRecords = (rows: Rows) => Effect.map(decodeRecordRows(rows), (found) => found.map(toRecord))

const decodeListRows = decodeRows(Schema.Struct({ ...ListRow.fields, sort_key: SortKey }))
export const decodeList = (rows: Rows) =>
  Effect.map(decodeListRows(rows), (found) =>
    found.map(({ sort_key, value, ...row }) => ({
      // Whole numbers of 14 digits are exact: dividing them rounds to the nearest number, as reading the decimal does.
      row: { ...row, value: Number(value) / 10 ** Money.exponent(row.currency) } satisfies DealRow,
      sortKey: sort_key
    }))
  )

// -- Groups -----------------------------------------------------------------------------------------------------------

export const GroupRow = Schema.Struct({
  stage: Schema.String,
  currency: Money.Currency,
  probability: Schema.Int,
  number: Schema.FiniteFromString,
  value: Schema.BigIntFromString
})

export const toGroup = ({ number, ...row }: typeof GroupRow.Type): DealGroup => ({ ...row, count: number })

// -- History ----------------------------------------------------------------------------------------------------------

const HistoryRow = Schema.Struct({
  version: Schema.Int,
  kind: DealHistoryKind,
  from_stage: text,
  to_stage: Schema.String,
  at: timestamp,
  by: UserId,
  value: Schema.BigIntFromString,
  currency: Money.Currency,
  probability: Schema.Int,
  expected_close: text,
  owner_id: Schema.NullOr(UserId),
  notes: text
})

export const historyColumns = Struct.keys(HistoryRow.fields)

export const toHistoryRow = (
  tenantId: string,
  { dealId, row, version }: VersionedHistory & { readonly dealId: DealId }
): RowOf<Tables["dealHistory"]["columns"]> => ({
  tenant_id: tenantId,
  deal_id: dealId,
  version,
  kind: row.kind,
  from_stage: row.from,
  to_stage: row.to,
  at: DateTime.formatIso(row.at),
  by: row.by,
  value: String(BigDecimal.scale(row.value, Money.exponent(row.currency)).value),
  currency: row.currency,
  probability: row.probability,
  expected_close: row.expectedClose,
  owner_id: row.ownerId,
  notes: row.notes
})

const decodeHistoryRows = decodeRows(HistoryRow)
export const decodeHistory = (rows: Rows) =>
  Effect.map(decodeHistoryRows(rows), (found) =>
    found.map((row): DealHistory => ({
      kind: row.kind,
      from: row.from_stage,
      to: row.to_stage,
      at: row.at,
      by: row.by,
      value: Money.toDecimal({ currency: row.currency, minor: row.value }),
      currency: row.currency,
      probability: row.probability,
      expectedClose: row.expected_close,
      ownerId: row.owner_id,
      notes: row.notes
    }))
  )

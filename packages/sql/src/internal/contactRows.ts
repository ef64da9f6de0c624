/**
 * Contacts to rows and back. Reading has two forms: the record, for decisions, and the list row, which is the wire's
 * own shape, so that a list is not transformed on its way out.
 */
import { Address } from "@clientele/core/domain/Address"
import { ContactStatus, ContactType, ScoreBreakdown, Social } from "@clientele/core/domain/Contact"
import type { ContactRecord } from "@clientele/core/domain/ContactRecord"
import { SortKey } from "@clientele/core/domain/Cursor"
import { CustomFields } from "@clientele/core/domain/CustomFields"
import { ContactId, DealId, UserId } from "@clientele/core/domain/Ids"
import type { KeptScore } from "@clientele/core/domain/LeadScore"
import * as Money from "@clientele/core/domain/Money"
import { Grade } from "@clientele/core/domain/Scoring"
import { document } from "@clientele/core/domain/Search"
import { fold } from "@clientele/core/domain/Text"
import type { ContactRow } from "@clientele/core/ports/ContactStore"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { segmentFacts } from "./segmentFacts.ts"
import { decodeRows, type Rows } from "./storage.ts"
import type { RowOf, Tables } from "../Table.ts"
import { json, timestamp } from "./columns.ts"

type Row = RowOf<Tables["contacts"]["columns"]>

const text = Schema.NullOr(Schema.String)
const texts = json(Schema.Array(Schema.String))
const PhoneNumber = Schema.Struct({ raw: Schema.String, e164: text })

export const RecordRow = Schema.Struct({
  id: ContactId,
  external_id: text,
  type: ContactType,
  status: ContactStatus,
  name: Schema.String,
  email: text,
  secondary_emails: texts,
  phone: text,
  phone_e164: text,
  secondary_phones: json(Schema.Array(PhoneNumber)),
  company: text,
  title: text,
  source: text,
  address: json(Address),
  social: json(Social),
  tags: texts,
  custom_fields: json(CustomFields),
  owner_id: Schema.NullOr(UserId),
  score: Schema.Int,
  score_breakdown: json(ScoreBreakdown),
  score_grade: Grade,
  scored_at: timestamp,
  score_valid_until: Schema.NullOr(timestamp),
  score_rules_version: Schema.Int,
  last_interaction: Schema.NullOr(timestamp),
  total_interactions: Schema.Int,
  lifetime_value: Schema.BigIntFromString,
  // Contacts that were archived before there were deals have none.
  open_deals: Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  won_deals: Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  version: Schema.Int,
  created_at: timestamp,
  updated_at: timestamp
})

/** The deals that an archived contact had; one that was archived before there were any has none. */
export const ArchivedDealIds = Schema.Array(DealId).pipe(Schema.withDecodingDefaultKey(Effect.succeed([])))

const ListRow = Schema.Struct({
  id: Schema.String,
  external_id: text,
  type: ContactType,
  name: Schema.String,
  email: text,
  phone: text,
  company: text,
  title: text,
  source: text,
  status: ContactStatus,
  score: Schema.Int,
  tags: texts,
  custom_fields: json(CustomFields),
  last_interaction: text,
  total_interactions: Schema.Int,
  lifetime_value: Schema.BigIntFromString,
  owner_id: text,
  version: Schema.Int,
  created_at: Schema.String,
  updated_at: Schema.String
})

const UnlistedRow = Schema.Struct({
  id: Schema.String,
  secondary_emails: texts,
  secondary_phones: json(Schema.Array(PhoneNumber)),
  address: json(Address),
  social: json(Social)
})

const decodeUnlistedRows = decodeRows(UnlistedRow)

/** A list of contacts' other half, in the shape of the wire. */
export const unlistedColumns = Struct.keys(UnlistedRow.fields)
export const decodeUnlisted = (rows: Rows) =>
  Effect.map(decodeUnlistedRows(rows), (found) =>
    found.map((row) => ({
      ...row,
      secondary_phones: row.secondary_phones.map(({ raw }) => raw),
      social: { linkedin: null, twitter: null, ...row.social }
    }))
  )

const SortedRow = Schema.Struct({ ...ListRow.fields, sort_key: SortKey })

const recordColumns = Struct.keys(RecordRow.fields)
/** What a score is kept in. */
export const scoreColumns = [
  "score",
  "score_breakdown",
  "score_grade",
  "scored_at",
  "score_valid_until",
  "score_rules_version"
] as const

// The codec takes as long as the scoring, and a job writes one for every contact there is.
const encodeBreakdown = (breakdown: ScoreBreakdown): typeof ScoreBreakdown.Encoded => ({
  engagement: breakdown.engagement,
  profile_completeness: breakdown.profileCompleteness,
  recent_activity: breakdown.recentActivity,
  fit_score: breakdown.fitScore
})

const fixedColumns = new Set(["id"])

/** The mapping for a tenant whose totals are in `currency`. */
export const contactRows = (currency: Money.Currency) => {
  const decodeRecordRows = decodeRows(RecordRow)
  const decodeListRows = decodeRows(SortedRow)
  const scale = Money.exponent(currency)

  const toScoreRow = ({ score, scoreBreakdown, scored }: KeptScore) => ({
    score,
    score_breakdown: JSON.stringify(encodeBreakdown(scoreBreakdown)),
    score_grade: scored.grade,
    scored_at: DateTime.formatIso(scored.at),
    score_valid_until: scored.validUntil === null ? null : DateTime.formatIso(scored.validUntil),
    score_rules_version: scored.rulesVersion
  })

  const toRow = (tenantId: string, contact: ContactRecord): Row => {
    const { engagement, fields } = contact
    return {
      tenant_id: tenantId,
      id: contact.id,
      external_id: fields.externalId,
      type: fields.type,
      status: fields.status,
      name: fields.name,
      name_folded: fold(fields.name),
      email: fields.email,
      secondary_emails: JSON.stringify(fields.secondaryEmails),
      phone: fields.phone?.raw ?? null,
      phone_e164: fields.phone?.e164 ?? null,
      secondary_phones: JSON.stringify(fields.secondaryPhones),
      company: fields.company,
      title: fields.title,
      source: fields.source,
      address: JSON.stringify(fields.address),
      social: JSON.stringify(fields.social),
      tags: JSON.stringify(fields.tags),
      custom_fields: JSON.stringify(fields.customFields),
      owner_id: fields.ownerId,
      ...toScoreRow(contact),
      last_interaction: engagement.lastInteraction === null ? null : DateTime.formatIso(engagement.lastInteraction),
      total_interactions: engagement.totalInteractions,
      lifetime_value: String(BigDecimal.scale(engagement.lifetimeValue, scale).value),
      open_deals: contact.openDeals,
      won_deals: contact.wonDeals,
      version: contact.version,
      created_at: DateTime.formatIso(contact.createdAt),
      updated_at: DateTime.formatIso(contact.updatedAt),
      search_text: document(fields),
      facts: segmentFacts(contact)
    }
  }

  const isExact = (minor: bigint) => Number.isSafeInteger(Number(minor))
  const toDecimal = (minor: bigint) => BigDecimal.make(minor, scale)

  const toRecord = (row: typeof RecordRow.Type): ContactRecord => ({
    id: row.id,
    fields: {
      externalId: row.external_id,
      type: row.type,
      status: row.status,
      name: row.name,
      email: row.email,
      secondaryEmails: row.secondary_emails,
      phone: row.phone === null ? null : { raw: row.phone, e164: row.phone_e164 },
      secondaryPhones: row.secondary_phones,
      company: row.company,
      title: row.title,
      source: row.source,
      address: row.address,
      social: row.social,
      tags: row.tags,
      customFields: row.custom_fields,
      ownerId: row.owner_id
    },
    score: row.score,
    scoreBreakdown: row.score_breakdown,
    scored: {
      grade: row.score_grade,
      at: row.scored_at,
      validUntil: row.score_valid_until,
      rulesVersion: row.score_rules_version
    },
    engagement: {
      lastInteraction: row.last_interaction,
      totalInteractions: row.total_interactions,
      lifetimeValue: toDecimal(row.lifetime_value)
    },
    openDeals: row.open_deals,
    wonDeals: row.won_deals,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at
  })

  const toListRow = ({
    last_interaction,
    lifetime_value,
    sort_key,
    total_interactions,
    ...row
  }: typeof SortedRow.Type) => ({
    row: {
      ...row,
      engagement: {
        last_interaction,
        total_interactions,
        // Dividing whole numbers that are exact rounds to the nearest number, as reading the decimal does.
        lifetime_value: isExact(lifetime_value)
          ? Number(lifetime_value) / 10 ** scale
          : Number(BigDecimal.format(toDecimal(lifetime_value)))
      }
    } satisfies ContactRow,
    sortKey: sort_key
  })

  return {
    recordColumns,
    listColumns: Struct.keys(ListRow.fields),
    /** What an update writes: everything but what identifies the contact. */
    updatedColumns: [
      ...recordColumns.filter((column) => !fixedColumns.has(column)),
      "name_folded" as const,
      "search_text" as const,
      "facts" as const
    ],
    toRow,
    toScoreRow,
    toRecord,
    decodeRecords: (rows: Rows) => Effect.map(decodeRecordRows(rows), (found) => found.map(toRecord)),
    decodeList: (rows: Rows) => Effect.map(decodeListRows(rows), (found) => found.map(toListRow))
  }
}

/** Contacts as scoring sees them: of a row only the columns in which there is something that the rules look at. */
import * as Money from "@clientele/core/domain/Money"
import type { SegmentFacts } from "@clientele/core/domain/Segment"
import type { Scorable } from "@clientele/core/ports/ScoreStore"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { RecordRow } from "./contactRows.ts"
import { decodeRows, type Rows } from "./storage.ts"

const scored = Struct.pick(RecordRow.fields, [
  "id",
  "score",
  "score_grade",
  "scored_at",
  "score_valid_until",
  "score_rules_version"
])

const plain = Struct.pick(RecordRow.fields, [
  "type",
  "status",
  "source",
  "owner_id",
  "external_id",
  "name",
  "email",
  "phone",
  "company",
  "title",
  "tags",
  "created_at",
  "updated_at",
  "last_interaction",
  "total_interactions",
  "lifetime_value",
  "open_deals"
])

const nested = Struct.pick(RecordRow.fields, ["address", "social", "custom_fields"])

const ScoringRow = Schema.Struct({
  ...scored,
  ...Struct.map(plain, Schema.optionalKey),
  ...Struct.map(nested, Schema.optionalKey)
})

const scoredColumns = Struct.keys(scored)
const plainColumns = Struct.keys(plain)
const nestedColumns = Struct.keys(nested)

/** The columns in which the facts of these names are, and those that tell of the score. */
export const columnsFor = (names: ReadonlySet<string>): ReadonlyArray<string> => {
  const asked = [...names]
  return [
    ...scoredColumns,
    ...plainColumns.filter((column) => names.has(column) || (column === "tags" && names.has("tag"))),
    ...nestedColumns.filter((column) => asked.some((name) => name.startsWith(`${column}.`)))
  ]
}

/** The mapping for a tenant whose totals are in `currency`. */
export const scoringRows = (currency: Money.Currency) => {
  const scale = Money.exponent(currency)
  const toFact = (value: (typeof ScoringRow.Type)[(typeof plainColumns)[number]]): Schema.Json | undefined => {
    if (typeof value === "bigint") return Number(BigDecimal.format(BigDecimal.make(value, scale)))
    return DateTime.isDateTime(value) ? DateTime.formatIso(value) : value
  }
  const toFacts = (row: typeof ScoringRow.Type): SegmentFacts => {
    const facts = new Map<string, Schema.Json>()
    const add = (name: string, value: Schema.Json | undefined) => value !== undefined && facts.set(name, value)
    for (const column of plainColumns) add(column, toFact(row[column]))
    add("tag", row.tags)
    for (const column of nestedColumns) {
      for (const [key, value] of Object.entries(row[column] ?? {})) add(`${column}.${key}`, value)
    }
    return facts
  }
  const toScorable = (row: typeof ScoringRow.Type): Scorable => ({
    id: row.id,
    score: row.score,
    scored: {
      grade: row.score_grade,
      at: row.scored_at,
      validUntil: row.score_valid_until,
      rulesVersion: row.score_rules_version
    },
    fields: toFacts(row)
  })
  return { decodeScorables: (rows: Rows) => Effect.map(decodeScoringRows(rows), (found) => found.map(toScorable)) }
}

const decodeScoringRows = decodeRows(ScoringRow)

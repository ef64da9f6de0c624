/**
 * The history of a deal: one snapshot for each move to a stage, for each edit of what a snapshot shows, and for its
 * deletion. Append-only, in the order of the deal's versions; the first row is the deal's first stage.
 *
 * Visits to stages are told by the moves; what a deal was at a past moment by the last row of any kind before it.
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type { DealRecord } from "./DealRecord.ts"
import { UserId } from "./Ids.ts"
import * as Money from "./Money.ts"
import { maxContentLength } from "./Note.ts"
import * as Personal from "./Personal.ts"
import { Probability, StageKey } from "./Pipeline.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

export const DealHistoryKind = Schema.Literals(["move", "edit", "delete"])
export type DealHistoryKind = typeof DealHistoryKind.Type

/** What happened to a deal, and what it was then. `from` is null where the deal began, and the stage where it stayed. */
export const DealHistory = Schema.Struct({
  kind: DealHistoryKind,
  from: Schema.NullOr(StageKey),
  to: StageKey,
  at: Time.Timestamp,
  by: UserId,
  value: Money.Decimal,
  currency: Personal.notPersonal(Money.Currency),
  probability: Probability,
  expectedClose: Schema.NullOr(Time.CalendarDate),
  ownerId: Schema.NullOr(UserId),
  notes: Schema.NullOr(Personal.personal(Text.text(maxContentLength)))
}).pipe(Schema.encodeKeys({ expectedClose: "expected_close", ownerId: "owner_id" }))
export interface DealHistory extends Schema.Schema.Type<typeof DealHistory> {}

/** A row, and the version of the deal that it tells of: rows of one deal stand in the order of their versions. */
export interface VersionedHistory {
  readonly version: number
  readonly row: DealHistory
}

/** Who did it, when, and what they noted about it. */
export interface Occasion {
  readonly at: DateTime.Utc
  readonly by: UserId
  readonly notes: string | null
}

/** The row that a change leaves behind; none when it changed nothing that a snapshot shows. */
export const ofChange = (
  before: DealRecord | null,
  after: DealRecord,
  occasion: Occasion
): ReadonlyArray<VersionedHistory> => {
  if (before?.stage !== after.stage) return [rowOf("move", before?.stage ?? null, after, occasion)]
  return isSameSnapshot(before, after) ? [] : [rowOf("edit", before.stage, after, occasion)]
}

/** The row that a deletion leaves behind: what the deal was last, under a version that nobody saw. */
export const ofDeletion = (record: DealRecord, occasion: Occasion): VersionedHistory =>
  rowOf("delete", record.stage, { ...record, version: record.version + 1 }, occasion)

// internal

const rowOf = (
  kind: DealHistoryKind,
  from: string | null,
  { fields, probability, stage, version }: DealRecord,
  { at, by, notes }: Occasion
): VersionedHistory => ({
  version,
  row: {
    kind,
    from,
    to: stage,
    at,
    by,
    value: Money.toDecimal(fields.value),
    currency: fields.value.currency,
    probability,
    expectedClose: fields.expectedClose,
    ownerId: fields.ownerId,
    notes
  }
})

const isSameSnapshot = (before: DealRecord, after: DealRecord): boolean =>
  before.fields.value.minor === after.fields.value.minor &&
  before.fields.value.currency === after.fields.value.currency &&
  before.probability === after.probability &&
  before.fields.expectedClose === after.fields.expectedClose &&
  before.fields.ownerId === after.fields.ownerId

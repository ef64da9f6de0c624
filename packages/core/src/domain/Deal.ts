/**
 * Deals as callers see them: the list item, the detail view, and what may be given on creation, update and a change of
 * stage. Each has one schema, whose encoded side is the wire shape. What a store keeps, and what changing it means, is
 * `DealRecord`.
 */
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { Owner } from "./Contact.ts"
import { DealHistory } from "./DealHistory.ts"
import { DealProduct, DealProductInput, maxProducts } from "./DealProducts.ts"
import type { Issue } from "./Errors.ts"
import { ContactId, DealId, ExternalId, UserId } from "./Ids.ts"
import * as Money from "./Money.ts"
import { maxContentLength, Note } from "./Note.ts"
import * as Personal from "./Personal.ts"
import { Probability, StageKey } from "./Pipeline.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

export const DealName = Personal.personal(Text.filled(500))
const Company = Personal.personal(Schema.NullOr(Text.text(255)))
const LostReason = Schema.NullOr(Personal.personal(Text.text(1_000)))
const NoteText = Schema.NullOr(Personal.personal(Text.text(maxContentLength)))
const Currency = Personal.notPersonal(Money.Currency)

/** Whether a deal has the probability of its stage, or one that somebody gave it. */
export const ProbabilitySource = Schema.Literals(["stage", "manual"])
export type ProbabilitySource = typeof ProbabilitySource.Type

// -- Views ------------------------------------------------------------------------------------------------------------

export const listFields = {
  id: DealId,
  name: DealName,
  contactId: Schema.NullOr(ContactId),
  company: Company,
  value: Money.Decimal,
  currency: Currency,
  stage: StageKey,
  probability: Probability,
  expectedClose: Schema.NullOr(Time.CalendarDate),
  owner: Schema.NullOr(Owner),
  products: Schema.Array(DealProduct),
  createdAt: Time.Timestamp,
  updatedAt: Time.Timestamp
}

export const listKeys = {
  contactId: "contact_id",
  expectedClose: "expected_close",
  createdAt: "created_at",
  updatedAt: "updated_at"
} as const

/** A deal as lists, events and exports show it. */
export const Deal = Schema.Struct(listFields).pipe(Schema.encodeKeys(listKeys)).annotate({ identifier: "Deal" })
export interface Deal extends Schema.Schema.Type<typeof Deal> {}
export type DealEncoded = typeof Deal.Encoded

export const detailFields = {
  ...listFields,
  externalId: Schema.NullOr(ExternalId),
  version: Personal.notPersonal(Schema.Int),
  probabilitySource: ProbabilitySource,
  closedAt: Schema.NullOr(Time.Timestamp),
  lostReason: LostReason,
  notes: Schema.Array(Note),
  stageHistory: Schema.Array(DealHistory)
}

export const detailKeys = {
  ...listKeys,
  externalId: "external_id",
  probabilitySource: "probability_source",
  closedAt: "closed_at",
  lostReason: "lost_reason",
  stageHistory: "stage_history"
} as const

/** A deal as its own page shows it. Notes are the newest 50; the history is whole, oldest first. */
export const DealDetail = Schema.Struct(detailFields)
  .pipe(Schema.encodeKeys(detailKeys))
  .annotate({ identifier: "DealDetail" })
export interface DealDetail extends Schema.Schema.Type<typeof DealDetail> {}

// -- Inputs -----------------------------------------------------------------------------------------------------------

const settableFields = {
  externalId: Schema.optionalKey(Schema.NullOr(ExternalId)),
  contactId: Schema.optionalKey(Schema.NullOr(ContactId)),
  company: Schema.optionalKey(Company),
  value: Schema.optionalKey(Schema.NullOr(Money.Amount)),
  currency: Schema.optionalKey(Schema.NullOr(Currency)),
  probability: Schema.optionalKey(Schema.NullOr(Probability)),
  expectedClose: Schema.optionalKey(Schema.NullOr(Time.CalendarDate)),
  ownerId: Schema.optionalKey(Schema.NullOr(UserId)),
  products: Schema.optionalKey(Schema.NullOr(Schema.Array(DealProductInput).check(Schema.isMaxLength(maxProducts)))),
  lostReason: Schema.optionalKey(LostReason)
}

const settableKeys = {
  externalId: "external_id",
  contactId: "contact_id",
  expectedClose: "expected_close",
  ownerId: "owner_id",
  lostReason: "lost_reason"
} as const

/** A stage as callers name it; which there are is for the pipeline to say. */
const StageName = Personal.notPersonal(Schema.String.check(Schema.isMaxLength(100)))

/** What a new deal may be given. Only `name` is needed; `notes` becomes its first note. */
export const DealCreate = Schema.Struct({
  name: DealName,
  stage: Schema.optionalKey(StageName),
  ...settableFields,
  notes: Schema.optionalKey(NoteText)
})
  .pipe(Schema.encodeKeys(settableKeys))
  .annotate({ identifier: "DealCreate" })
export interface DealCreate extends Schema.Schema.Type<typeof DealCreate> {}

/** A change of stage. A probability is for stages that are open: the others have their own. */
export const StageChange = Schema.Struct({
  stage: StageName,
  notes: Schema.optionalKey(NoteText),
  lostReason: Schema.optionalKey(LostReason),
  probability: Schema.optionalKey(Schema.NullOr(Probability))
})
  .pipe(Schema.encodeKeys({ lostReason: "lost_reason" }))
  .annotate({ identifier: "StageChange" })
export interface StageChange extends Schema.Schema.Type<typeof StageChange> {}

const echoed = Schema.optionalKey(Personal.personal(Schema.Unknown))

const readOnlyFields = {
  id: echoed,
  stage: echoed,
  owner: echoed,
  version: echoed,
  probabilitySource: echoed,
  closedAt: echoed,
  createdAt: echoed,
  updatedAt: echoed,
  stageHistory: echoed
}

/**
 * Changes to a deal: fields present are replaced, fields absent stay, null clears or returns to the default. `notes` is
 * text to add as a note. Members that only reading shows, and the list of notes, may be sent back as they were read; a
 * different value is refused at its path.
 */
export const DealUpdate = Schema.Struct({
  name: Schema.optionalKey(DealName),
  ...settableFields,
  notes: Schema.optionalKey(
    Schema.Union([NoteText, Personal.personal(Schema.Array(Schema.Unknown).check(Schema.isMaxLength(1_000)))])
  ),
  ...readOnlyFields
})
  .pipe(
    Schema.encodeKeys({
      ...settableKeys,
      probabilitySource: "probability_source",
      closedAt: "closed_at",
      createdAt: "created_at",
      updatedAt: "updated_at",
      stageHistory: "stage_history"
    })
  )
  .annotate({ identifier: "DealUpdate" })
export interface DealUpdate extends Schema.Schema.Type<typeof DealUpdate> {}

/** The note that a change brings along; null when it brings none. */
export const noteOf = ({ notes }: { readonly notes?: unknown }): string | null =>
  typeof notes === "string" && Text.trimToNull(notes) !== null ? notes : null

/**
 * The read-only members of an update whose values are not the current ones. They may come as they were read, from the
 * wire or in process.
 */
export const readOnlyDifferences = (changes: DealUpdate, current: DealDetail): ReadonlyArray<Issue> => {
  const given = echoedNames.filter(
    (name) => Object.hasOwn(changes, name) && (name !== "notes" || Array.isArray(changes.notes))
  )
  if (given.length === 0) return []
  const encoded = encodeEchoed(current)
  return given
    .filter((name) => !Equal.equals(changes[name], current[name]) && !Equal.equals(changes[name], encoded[name]))
    .map((path) => ({
      path,
      message: path === "stage" ? stageHasItsOwn : "Expected the current value: this member cannot be set"
    }))
}

// internal

const stageHasItsOwn = "Expected the current stage: PATCH /deals/{deal_id}/stage changes it"

const echoedNames = [...Struct.keys(readOnlyFields), "notes"] as const

const encodeEchoed = Schema.encodeSync(Schema.Struct(Struct.pick(detailFields, echoedNames)))

/**
 * Scores as they are kept with contacts: when one is out of date, when others hear of a change, and what callers see.
 * What a score is made of is told in `Scoring`.
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { ContactCreate } from "./Contact.ts"
import type { ContactRecord } from "./ContactRecord.ts"
import { describing, type Enriched, partsOf } from "./Enrichment.ts"
import { ContactId, UserId } from "./Ids.ts"
import { Job } from "./Job.ts"
import * as Personal from "./Personal.ts"
import { type CompiledRules, evaluate } from "./ScoringCompile.ts"
import type { ScoredEvent } from "./ScoringEvents.ts"
import { factsFor } from "./ScoringFacts.ts"
import { changeFields, type Grade, ruleSetFields, ruleSetKeys, ScoredEventName } from "./ScoringRules.ts"
import { CategoryScore, factorFields, factorKeys, Score, scoreFields, scoreKeys } from "./ScoringScore.ts"
import * as Time from "./Time.ts"

/** Of which contacts events tell when new rules change scores: of all, of those with another grade, or of none. */
export const Notify = Schema.Literals(["all", "grade", "none"])
export type Notify = typeof Notify.Type

/** The rules that a tenant has before it sets its own. */
export const defaultVersion = 0

// -- Decisions --------------------------------------------------------------------------------------------------------

/** Whether a contact's score may be another one by now: it held until a time that has passed, or other rules gave it. */
export const isDue = (
  { scored }: Pick<ContactRecord, "scored">,
  { now, version }: { readonly now: DateTime.Utc; readonly version: number }
): boolean =>
  scored.rulesVersion !== version ||
  (scored.validUntil !== null && DateTime.isLessThanOrEqualTo(scored.validUntil, now))

/** What is known of a contact beside its record. */
export interface Known {
  readonly events: ReadonlyArray<ScoredEvent>
  readonly enriched: Enriched
}

/** The score of a contact by rules, with all that explains it. */
export const scoreOf = (
  record: ContactRecord,
  rules: CompiledRules,
  { enriched, events }: Known,
  now: DateTime.Utc
): Score => {
  const enrichment = partsOf(describing(enriched, record.fields))
  return evaluate(rules, factsFor(rules, record, { events, enrichment }), now)
}

/** What is kept of a score, with its contact. */
export type KeptScore = Pick<ContactRecord, "id" | "score" | "scoreBreakdown" | "scored">

/** What a score leaves to be kept of it. */
export const toKeep = (
  id: ContactId,
  { grade, scoreBreakdown, total, validUntil }: Score,
  { now, version }: { readonly now: DateTime.Utc; readonly version: number }
): KeptScore => ({
  id,
  score: total,
  scoreBreakdown,
  scored: { grade, at: now, validUntil, rulesVersion: version }
})

/** A contact with a score; the version, which counts changes that people make, stays. */
export const withScore = (
  record: ContactRecord,
  score: Score,
  moment: { readonly now: DateTime.Utc; readonly version: number }
): ContactRecord => ({ ...record, ...toKeep(record.id, score, moment) })

/** A contact whose score became another one, or was only worked out again. */
export interface ScoreChange {
  readonly before: Omit<KeptScore, "scoreBreakdown">
  readonly after: KeptScore
}

/** Whether others hear of it; `notify` is given when new rules are the cause. */
export const isTold = ({ after, before }: ScoreChange, notify: Notify = "all"): boolean => {
  switch (notify) {
    case "all":
      return before.score !== after.score
    case "grade":
      return before.scored.grade !== after.scored.grade
    case "none":
      return false
  }
}

// -- What callers see -------------------------------------------------------------------------------------------------

const { eventIds, ruleIndex, ...ownFactorFields } = factorFields

const ShownCategory = Schema.Struct({
  ...CategoryScore.fields,
  factors: Schema.Array(
    Schema.Struct({
      ...ownFactorFields,
      ruleIndex: Schema.optionalKey(ruleIndex),
      eventIds: Schema.optionalKey(eventIds)
    }).pipe(Schema.encodeKeys(factorKeys))
  )
})

/** The score of a stored contact; where each factor comes from only when that was asked for. */
export const ContactScore = Schema.Struct({
  contactId: ContactId,
  ...scoreFields,
  breakdown: Schema.Struct({ demographic: ShownCategory, behavioral: ShownCategory, fit: ShownCategory }),
  rulesVersion: Personal.notPersonal(Schema.Int),
  /** When the score was last worked out. */
  updatedAt: Time.Timestamp
})
  .pipe(
    Schema.encodeKeys({
      ...scoreKeys,
      contactId: "contact_id",
      rulesVersion: "rules_version",
      updatedAt: "updated_at"
    })
  )
  .annotate({ identifier: "ContactScore" })
export interface ContactScore extends Schema.Schema.Type<typeof ContactScore> {}

/** A score as callers see it that did not ask where its factors come from. */
export const withoutSources = (score: ContactScore): ContactScore => {
  const plain = ({ factors, ...category }: ContactScore["breakdown"]["fit"]) => ({
    ...category,
    factors: factors.map(({ factor, reason, score }) => ({ factor, score, reason }))
  })
  const { behavioral, demographic, fit } = score.breakdown
  return { ...score, breakdown: { demographic: plain(demographic), behavioral: plain(behavioral), fit: plain(fit) } }
}

/** The rules in force. Version 0 are those that every tenant begins with, which nobody has set. */
export const RulesInForce = Schema.Struct({
  ...ruleSetFields,
  version: Personal.notPersonal(Schema.Int),
  updatedAt: Schema.NullOr(Time.Timestamp),
  updatedBy: Schema.NullOr(UserId),
  /** The job that scores every contact by them; null when it was long ago, or there was none. */
  job: Schema.NullOr(Job)
})
  .pipe(Schema.encodeKeys({ ...ruleSetKeys, updatedAt: "updated_at", updatedBy: "updated_by" }))
  .annotate({ identifier: "ScoringRulesInForce" })
export interface RulesInForce extends Schema.Schema.Type<typeof RulesInForce> {}

/** New rules, and what else of the set is to change. What is absent stays as it is; `notify` is `grade` unless given. */
export const RulesRequest = Schema.Struct({ ...changeFields, notify: Schema.optionalKey(Notify) })
  .pipe(Schema.encodeKeys(ruleSetKeys))
  .annotate({ identifier: "ScoringRulesRequest" })
export interface RulesRequest extends Schema.Schema.Type<typeof RulesRequest> {}

// -- Preview ----------------------------------------------------------------------------------------------------------

/** The most contacts that one preview may name, or describe. */
export const maxPreviewed = 100

/** How many stored contacts a preview looks at that names none. */
export const previewSample = 1_000

/** A contact that is only thought of, and what it did. */
export const DescribedContact = Schema.Struct({
  contact: ContactCreate,
  events: Schema.optionalKey(
    Schema.Array(Schema.Struct({ event: ScoredEventName, timestamp: Schema.optionalKey(Time.Instant) })).check(
      Schema.isMaxLength(1_000)
    )
  )
})
export interface DescribedContact extends Schema.Schema.Type<typeof DescribedContact> {}

/**
 * Rules to try: on contacts that are named, that are described, or, if neither is given, on the newest that are stored.
 * Without `rules`, those in force.
 */
export const PreviewRequest = Schema.Struct({
  ...changeFields,
  rules: Schema.optionalKey(changeFields.rules),
  contactIds: Schema.optionalKey(Schema.Array(ContactId).check(Schema.isMaxLength(maxPreviewed))),
  contacts: Schema.optionalKey(Schema.Array(DescribedContact).check(Schema.isMaxLength(maxPreviewed)))
})
  .pipe(Schema.encodeKeys({ ...ruleSetKeys, contactIds: "contact_ids" }))
  .annotate({ identifier: "ScoringPreviewRequest" })
export interface PreviewRequest extends Schema.Schema.Type<typeof PreviewRequest> {}

/** How many contacts have each grade. */
export const GradeCounts = Personal.notPersonal(
  Schema.Struct({ A: Schema.Int, B: Schema.Int, C: Schema.Int, D: Schema.Int, F: Schema.Int })
)
export interface GradeCounts extends Schema.Schema.Type<typeof GradeCounts> {}

/** What rules would give: for every contact that was named or described, and in numbers for all that were looked at. */
export const Preview = Schema.Struct({
  contacts: Schema.Array(
    Schema.Struct({
      /** Null for one that was described. */
      contactId: Schema.NullOr(ContactId),
      /** By the rules in force. */
      before: Score,
      after: Score
    }).pipe(Schema.encodeKeys({ contactId: "contact_id" }))
  ),
  previewed: Personal.notPersonal(Schema.Int),
  grades: Schema.Struct({ before: GradeCounts, after: GradeCounts })
}).annotate({ identifier: "ScoringPreview" })
export interface Preview extends Schema.Schema.Type<typeof Preview> {}

/** Counts grades. */
export const countGrades = (scores: ReadonlyArray<Pick<Score, "grade">>): GradeCounts => {
  const count = (wanted: Grade) => scores.filter(({ grade }) => grade === wanted).length
  return { A: count("A"), B: count("B"), C: count("C"), D: count("D"), F: count("F") }
}

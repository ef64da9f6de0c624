/** Scores: what evaluating rules tells of a contact. */
import * as Schema from "effect/Schema"
import { ScoreBreakdown } from "./Contact.ts"
import * as Personal from "./Personal.ts"
import { Grade, type Grades } from "./ScoringRules.ts"
import * as Time from "./Time.ts"

const Points = Personal.notPersonal(Schema.Int)

export const factorFields = {
  factor: Personal.notPersonal(Schema.String),
  score: Points,
  reason: Personal.personal(Schema.String),
  ruleIndex: Points,
  eventIds: Schema.Array(Personal.notPersonal(Schema.String))
}

export const factorKeys = { ruleIndex: "rule_index", eventIds: "event_ids" } as const

/** What one rule gave, and why. The rule is told by its position; the events, newest first, by their ids. */
export const Factor = Schema.Struct(factorFields).pipe(Schema.encodeKeys(factorKeys))
export interface Factor extends Schema.Schema.Type<typeof Factor> {}

/** The points of a category: the sum of its factors, but never less than 0 or more than `max`; then it is `capped`. */
export const CategoryScore = Schema.Struct({
  score: Points,
  max: Points,
  capped: Personal.notPersonal(Schema.Boolean),
  factors: Schema.Array(Factor)
})
export interface CategoryScore extends Schema.Schema.Type<typeof CategoryScore> {}

export const scoreFields = {
  /** 0 to 100: the sum of the categories. */
  total: Points,
  grade: Grade,
  /** The grade that demographic and fit alone would have, of what they can have at most. */
  fitGrade: Grade,
  /** The grade that the behavioral points alone would have, of what they can be at most. */
  engagementGrade: Grade,
  breakdown: Schema.Struct({ demographic: CategoryScore, behavioral: CategoryScore, fit: CategoryScore }),
  /** The same points in another cut, which adds up to the total as well. */
  scoreBreakdown: ScoreBreakdown,
  recommendation: Personal.notPersonal(Schema.String),
  /** The first instant at which a number in this score is another one by itself; null when there is none. */
  validUntil: Schema.NullOr(Time.Timestamp)
}

export const scoreKeys = {
  total: "total_score",
  fitGrade: "fit_grade",
  engagementGrade: "engagement_grade",
  scoreBreakdown: "score_breakdown",
  validUntil: "valid_until"
} as const

/** A score with all that explains it. */
export const Score = Schema.Struct(scoreFields).pipe(Schema.encodeKeys(scoreKeys)).annotate({ identifier: "Score" })
export interface Score extends Schema.Schema.Type<typeof Score> {}

/** The grade of so many points out of a hundred, or out of another number that can be had at most. */
export const gradeOf = (grades: Grades, points: number, outOf = 100): Grade => {
  const percent = outOf === 0 ? 0 : (points * 100) / outOf
  if (percent >= grades.A.min) return "A"
  if (percent >= grades.B.min) return "B"
  if (percent >= grades.C.min) return "C"
  return percent >= grades.D.min ? "D" : "F"
}

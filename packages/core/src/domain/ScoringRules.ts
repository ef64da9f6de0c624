/**
 * Scoring rules: what a tenant gives points for, how many points each category may have, and which grade they come to.
 *
 * A rule gives points for a field, by the first of its conditions that holds, or for an event. Its category is
 * `demographic` (who the contact is), `behavioral` (what the contact did) or `fit` (what the contact wants and may spend).
 * Points have at most two decimals, so that sums of them are exact.
 */
import * as Schema from "effect/Schema"
import * as Condition from "./Condition.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

/** How many rules a set may have. */
export const maxRules = 200

/** How many conditions a rule may have. */
export const maxConditions = 50

/** The most points, and the fewest with a minus, that a rule may give at once. */
export const maxPoints = 1_000

/** The longest time, in days, that a rule may look back or take to halve. */
export const maxDays = 3_650

export const Category = Schema.Literals(["demographic", "behavioral", "fit"])
export type Category = typeof Category.Type

/** Grades, the best first. */
export const Grade = Schema.Literals(["A", "B", "C", "D", "F"])
export type Grade = typeof Grade.Type

// -- Rules ------------------------------------------------------------------------------------------------------------

const Points = Schema.Finite.check(
  Schema.isBetween({ minimum: -maxPoints, maximum: maxPoints }),
  Schema.makeFilter((points: number) =>
    Number(points.toFixed(2)) === points ? undefined : "Expected at most two decimals"
  )
)

/** Hundredths of points as whole points, rounded half away from zero; never a negative zero. */
export const toPoints = (hundredths: number): number =>
  (hundredths < 0 ? -Math.round(-hundredths / 100) : Math.round(hundredths / 100)) + 0

/** Text with `{value}` (of the field), `{count}` (of the events) and `{name}` (of the field or event, in words). */
const Reason = Text.filled(200)

const scoredFields = { ...Condition.fields, score: Points, reason: Schema.optionalKey(Reason) }

/** A condition and the points it gives. */
export const ScoredCondition = Schema.Struct(scoredFields)
  .check(Condition.hasFittingOperand)
  .annotate({ identifier: "ScoredCondition" })
export interface ScoredCondition extends Schema.Schema.Type<typeof ScoredCondition> {}

interface Labels {
  readonly category: Category
  /** What the factor is called; the field or event unless given. */
  readonly name?: string
  /** Why the points are given, for people. */
  readonly reason?: string
}

/** Gives the points of the first condition that holds of a field; conditions never add up. */
export interface FieldRule extends Labels {
  /** A field of the contact, else a custom field, else what enrichment found, whichever is the first with a value. */
  readonly field: string
  readonly conditions: ReadonlyArray<ScoredCondition>
}

/** Gives points for events of a name; `activity:call` and the like are the contact's activities. */
export interface EventRule extends Labels {
  readonly event: string
  readonly score: number
  /** Points for each event, the newest first; otherwise once, for the latest. */
  readonly perOccurrence?: boolean
  /** How many events count at most. */
  readonly maxCount?: number
  /** Older events count nothing. */
  readonly withinDays?: number
  /** In how many days an event comes to count half. */
  readonly halfLifeDays?: number
}

export type Rule = FieldRule | EventRule

/** Whether a rule is one of a field. */
export const isFieldRule = (rule: Rule): rule is FieldRule => "field" in rule

/** A rule as it is written: the same members, of which a schema makes sure that they are of one form. */
export interface WrittenRule
  extends Labels, Partial<Omit<FieldRule, keyof Labels>>, Partial<Omit<EventRule, keyof Labels>> {}

export const noSubject = "Expected a field or an event"
export const twoSubjects = "Expected either a field or an event, not both"

const isOneForm = Schema.makeFilter((rule: WrittenRule) => {
  if (rule.field === undefined && rule.event === undefined) return noSubject
  if (rule.field !== undefined && rule.event !== undefined) return twoSubjects
  const [own, others] = rule.field === undefined ? [eventMembers, fieldMembers] : [fieldMembers, eventMembers]
  return [
    ...own.filter(([name, isNeeded]) => isNeeded && rule[name] === undefined).map(([name]) => missing(name)),
    ...others.filter(([name]) => rule[name] !== undefined).map(([name]) => misplaced(name, rule))
  ]
})

const fieldMembers = [["conditions", true]] as const
const eventMembers = [
  ["score", true],
  ["perOccurrence", false],
  ["maxCount", false],
  ["withinDays", false],
  ["halfLifeDays", false]
] as const

const ruleKeys = {
  perOccurrence: "per_occurrence",
  maxCount: "max_count",
  withinDays: "within_days",
  halfLifeDays: "half_life_days"
} as const

const wireName = (name: string): string => new Map<string, string>(Object.entries(ruleKeys)).get(name) ?? name
const missing = (name: string) => ({ path: [wireName(name)], issue: "Missing key" })
const misplaced = (name: string, { field }: WrittenRule) => ({
  path: [wireName(name)],
  issue: `Expected nothing here: a rule of ${field === undefined ? "an event" : "a field"} has no ${wireName(name)}`
})

const isRule = (rule: WrittenRule): rule is Rule =>
  (rule.field !== undefined && rule.conditions !== undefined) || (rule.event !== undefined && rule.score !== undefined)

const fieldName = /^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62}){0,3}$/u

/** What rules call what happened: a tracked event by its name, activities by their type. */
export const ScoredEventName = Personal.notPersonal(
  Schema.String.check(
    Text.matches(/^(activity:)?[a-z][a-z0-9_]{0,62}$/u, {
      maxLength: 72,
      message: "Expected the name of an event, such as demo_request or activity:call"
    })
  )
)

/** A rule, in the contract's words on the encoded side. */
export const Rule = Schema.Struct({
  category: Category,
  name: Schema.optionalKey(Text.filled(100)),
  reason: Schema.optionalKey(Reason),
  field: Schema.optionalKey(
    Schema.String.check(
      Text.matches(fieldName, { maxLength: 255, message: "Expected the name of a field, such as company_size" })
    )
  ),
  conditions: Schema.optionalKey(
    Schema.Array(ScoredCondition).check(Schema.isMinLength(1), Schema.isMaxLength(maxConditions))
  ),
  event: Schema.optionalKey(ScoredEventName),
  score: Schema.optionalKey(Points),
  perOccurrence: Schema.optionalKey(Schema.Boolean),
  maxCount: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))),
  withinDays: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxDays }))),
  halfLifeDays: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0.01, maximum: maxDays })))
})
  .pipe(Schema.encodeKeys(ruleKeys))
  .check(isOneForm)
  .pipe(Schema.refine(isRule), Personal.notPersonal)
  .annotate({ identifier: "ScoringRule" })

// -- Rule sets --------------------------------------------------------------------------------------------------------

const Percent = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 }))

/** The most points that each category may have; together 100. */
export const CategoryMax = Personal.notPersonal(
  Schema.Struct({ demographic: Percent, behavioral: Percent, fit: Percent })
)
export interface CategoryMax extends Schema.Schema.Type<typeof CategoryMax> {}

/** From how many points on a contact has a grade, and what is recommended then. */
export const GradeSetting = Schema.Struct({ min: Percent, recommendation: Text.filled(500) })
export interface GradeSetting extends Schema.Schema.Type<typeof GradeSetting> {}

export const Grades = Personal.notPersonal(
  Schema.Struct({ A: GradeSetting, B: GradeSetting, C: GradeSetting, D: GradeSetting, F: GradeSetting })
)
export interface Grades extends Schema.Schema.Type<typeof Grades> {}

const Rules = Schema.Array(Rule).check(Schema.isMaxLength(maxRules))

export const ruleSetFields = { rules: Rules, categoryMax: CategoryMax, grades: Grades }
export const ruleSetKeys = { categoryMax: "category_max" } as const

/** Everything that scores of a tenant are made from. */
export const RuleSet = Schema.Struct(ruleSetFields)
  .pipe(Schema.encodeKeys(ruleSetKeys))
  .annotate({ identifier: "ScoringRuleSet" })
export interface RuleSet extends Schema.Schema.Type<typeof RuleSet> {}

const GradeChange = Schema.Struct({
  min: Schema.optionalKey(Percent),
  recommendation: Schema.optionalKey(GradeSetting.fields.recommendation)
})

export const changeFields = {
  rules: Rules,
  categoryMax: Schema.optionalKey(
    Personal.notPersonal(
      Schema.Struct({
        demographic: Schema.optionalKey(Percent),
        behavioral: Schema.optionalKey(Percent),
        fit: Schema.optionalKey(Percent)
      })
    )
  ),
  grades: Schema.optionalKey(
    Personal.notPersonal(
      Schema.Struct({
        A: Schema.optionalKey(GradeChange),
        B: Schema.optionalKey(GradeChange),
        C: Schema.optionalKey(GradeChange),
        D: Schema.optionalKey(GradeChange),
        F: Schema.optionalKey(GradeChange)
      })
    )
  )
}

/** What replaces a rule set: new rules, and what is to change of the rest. What is absent stays as it is. */
export const RuleSetChange = Schema.Struct(changeFields)
  .pipe(Schema.encodeKeys(ruleSetKeys))
  .annotate({ identifier: "ScoringRuleSetChange" })
export interface RuleSetChange extends Schema.Schema.Type<typeof RuleSetChange> {}

/** The rule set after a change, which is still to be validated. */
export const change = (current: RuleSet, { categoryMax, grades = {}, rules }: RuleSetChange): RuleSet => ({
  rules,
  categoryMax: { ...current.categoryMax, ...categoryMax },
  grades: {
    A: { ...current.grades.A, ...grades.A },
    B: { ...current.grades.B, ...grades.B },
    C: { ...current.grades.C, ...grades.C },
    D: { ...current.grades.D, ...grades.D },
    F: { ...current.grades.F, ...grades.F }
  }
})

/**
 * Segments: named predicates over contacts. A predicate is `all`, `any` or `not` of predicates, or a condition on one
 * field; what a condition means, down to null, case, numbers and dates, is told in `Condition`.
 *
 * `compile` is the meaning, in memory; a compiler to SQL follows the same tree and, at each condition, writes the tests of
 * `questionOf` for a column of the field's kind. There is no third truth value anywhere: `not` is the opposite of what is
 * below it, also where a field has no value. `all` of nothing holds of every contact, `any` of nothing of none.
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as Condition from "./Condition.ts"
import type { SegmentFacts } from "./SegmentFacts.ts"
import { applies, fieldKind, fittingIssues } from "./SegmentFields.ts"
import * as Text from "./Text.ts"

export { factsOf, fixedReaders, type SegmentFacts } from "./SegmentFacts.ts"
export { fieldKind, type FieldKind } from "./SegmentFields.ts"

/** How deep predicates may be nested: a condition alone is one level. */
export const maxDepth = 8

/** How many conditions one predicate may have; a group of nothing counts as one. */
export const maxConditions = 200

/** A condition on one field of a contact, by its wire name. */
export interface FieldCondition extends Condition.Condition {
  readonly field: string
}

export type Predicate =
  | { readonly all: ReadonlyArray<Predicate> }
  | { readonly any: ReadonlyArray<Predicate> }
  | { readonly not: Predicate }
  | FieldCondition

/** A predicate as it is written: the same members, of which a schema makes sure that they are of one form. */
export interface WrittenPredicate {
  readonly all?: ReadonlyArray<WrittenPredicate>
  readonly any?: ReadonlyArray<WrittenPredicate>
  readonly not?: WrittenPredicate
  readonly field?: string
  readonly operator?: Condition.Operator
  readonly value?: Condition.Operand
}

// -- Schemas ----------------------------------------------------------------------------------------------------------

const conditionForm = "all, any, not, or a condition of field, operator and value"

/** Makes sure that a predicate is of one form, and a condition one that its field can be asked. */
const isOneForm = Schema.makeFilter(
  (written: WrittenPredicate) => {
    const forms = (["all", "any", "not", "field"] as const).filter((form) => written[form] !== undefined)
    const [form] = forms
    const { field, operator, value } = written
    if (form === undefined) {
      return operator === undefined && value === undefined
        ? `Expected ${conditionForm}`
        : { path: ["field"], issue: "Missing key" }
    }
    if (forms.length > 1) return `Expected only one of ${conditionForm}, got ${forms.join(" and ")}`
    if (field === undefined) {
      return (["operator", "value"] as const)
        .filter((key) => written[key] !== undefined)
        .map((key) => ({ path: [key], issue: `Expected nothing beside ${form}` }))
    }
    if (operator === undefined) return { path: ["operator"], issue: "Missing key" }
    return fittingIssues(field, value === undefined ? { operator } : { operator, value })
  },
  undefined,
  true
)

const isPredicate = (written: WrittenPredicate): written is Predicate =>
  written.all !== undefined ||
  written.any !== undefined ||
  written.not !== undefined ||
  (written.field !== undefined && written.operator !== undefined)

/** Levels of a fixed number, not a schema of itself: however deep an input is, only so much of it is looked at. */
const above = (below: Schema.Codec<Predicate, WrittenPredicate>) => {
  const group = Schema.Array(below).check(Schema.isMaxLength(maxConditions))
  return Schema.Struct({
    all: Schema.optionalKey(group),
    any: Schema.optionalKey(group),
    not: Schema.optionalKey(below),
    field: Schema.optionalKey(Schema.String),
    operator: Schema.optionalKey(Condition.fields.operator),
    value: Condition.fields.value
  })
    .check(isOneForm)
    .pipe(Schema.refine(isPredicate))
}

const tooDeep: Schema.Codec<Predicate, WrittenPredicate> = Schema.Never.annotate({
  message: `Expected at most ${maxDepth} levels`
})

const nested = Array.from({ length: maxDepth - 1 }).reduce(
  (below: Schema.Codec<Predicate, WrittenPredicate>, _, index): Schema.Codec<Predicate, WrittenPredicate> =>
    above(below).annotate({ identifier: `PredicateOfDepth${index + 1}` }),
  tooDeep
)

/** Predicates of at most 8 levels and 200 conditions; what is wrong is told at its path, such as `any[2].value`. */
export const Predicate = above(nested)
  .check(
    Schema.makeFilter((predicate: Predicate) =>
      countConditions(predicate) > maxConditions ? `Expected at most ${maxConditions} conditions` : undefined
    )
  )
  .annotate({ identifier: "Predicate" })

/** The keys of saved segments: never those of built-in ones, which have a colon. */
export const SegmentKey = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9_-]{0,62}$/, {
    message: "Expected a key of a-z, 0-9, _ and -, beginning with a letter, at most 63 long"
  })
)

/** A segment that a tenant has saved under a key. */
export const SegmentDefinition = Schema.Struct({
  key: SegmentKey,
  name: Text.filled(200),
  predicate: Predicate
}).annotate({
  identifier: "Segment"
})
export interface SegmentDefinition extends Schema.Schema.Type<typeof SegmentDefinition> {}

// -- Meaning ----------------------------------------------------------------------------------------------------------

/** When, and in which zone, a segment is looked at: `now-30d` and days in conditions depend on it. */
export interface Moment {
  readonly now: DateTime.Utc
  /** UTC unless given. */
  readonly zone?: DateTime.TimeZone
}

/** What a condition asks of its field: the tests that the field's kind knows. */
export const questionOf = (condition: FieldCondition, moment: Moment): Condition.Question => {
  const kind = fieldKind(condition.field)
  const { negated, tests } = Condition.interpret(condition, moment)
  return { negated, tests: kind === undefined ? [] : tests.filter((test) => applies(kind, test)) }
}

/** Makes a predicate into a function of facts, for looking at many contacts at one moment. */
export const compile = (predicate: Predicate, moment: Moment): ((facts: SegmentFacts) => boolean) => {
  if ("all" in predicate) {
    const parts = predicate.all.map((part) => compile(part, moment))
    return (facts) => parts.every((holds) => holds(facts))
  }
  if ("any" in predicate) {
    const parts = predicate.any.map((part) => compile(part, moment))
    return (facts) => parts.some((holds) => holds(facts))
  }
  if ("not" in predicate) {
    const part = compile(predicate.not, moment)
    return (facts) => !part(facts)
  }
  const { field } = predicate
  const answer = Condition.ask(questionOf(predicate, moment), { exact: fieldKind(field) === "id" })
  return (facts) => answer(facts.get(field))
}

/**
 * Whether a contact belongs to a segment.
 *
 * @example
 * ```ts
 * import { type ContactRecord, Segment } from "@clientele/core"
 * import type { DateTime } from "effect"
 *
 * declare const contact: ContactRecord.ContactRecord
 * declare const now: DateTime.Utc
 * const bigAndSilent: Segment.Predicate = {
 *   all: [
 *     { field: "custom_fields.company_size", operator: "gte", value: 500 },
 *     { not: { field: "last_interaction", operator: "gte", value: "now-30d" } }
 *   ]
 * }
 * Segment.matches(bigAndSilent, Segment.factsOf(contact), now)
 * ```
 */
export const matches = (predicate: Predicate, facts: SegmentFacts, now: DateTime.Utc): boolean =>
  compile(predicate, { now })(facts)

// -- Names ------------------------------------------------------------------------------------------------------------

/** What the built-in segments depend on. */
export interface BuiltInSettings {
  /** The score from which on a contact has grade A. */
  readonly hotScore: number
  /** How long a contact is new. */
  readonly newDays: number
  /** How long without interaction puts a customer at risk. */
  readonly atRiskDays: number
  /** The lifetime value, in the base currency, from which on it is high. */
  readonly highValue: number
}

export const defaultSettings: BuiltInSettings = { hotScore: 80, newDays: 30, atRiskDays: 90, highValue: 10_000 }

export const BuiltIn = Schema.Literals([
  "is:hot",
  "is:new",
  "is:at_risk",
  "is:untouched",
  "is:high_value",
  "is:no_owner",
  "is:open_deals"
])
export type BuiltIn = typeof BuiltIn.Type

/**
 * The predicates of the built-in segments. At risk is a customer whose last interaction is too long ago, or who never
 * had one and has been there for as long. Untouched is a contact that never had one.
 */
export const builtIns = (settings: BuiltInSettings = defaultSettings): { readonly [name in BuiltIn]: Predicate } => {
  const longAgo = `now-${settings.atRiskDays}d`
  const untouched: Predicate = { field: "last_interaction", operator: "not_exists" }
  return {
    "is:hot": { field: "score", operator: "gte", value: settings.hotScore },
    "is:new": { field: "created_at", operator: "gte", value: `now-${settings.newDays}d` },
    "is:at_risk": {
      all: [
        { field: "type", operator: "eq", value: "customer" },
        {
          any: [
            { field: "last_interaction", operator: "lt", value: longAgo },
            { all: [untouched, { field: "created_at", operator: "lt", value: longAgo }] }
          ]
        }
      ]
    },
    "is:untouched": untouched,
    "is:high_value": { field: "lifetime_value", operator: "gte", value: settings.highValue },
    "is:no_owner": { field: "owner_id", operator: "not_exists" },
    "is:open_deals": { field: "open_deals", operator: "gte", value: 1 }
  }
}

/**
 * The predicate that a name stands for: a built-in segment's, else that of the saved segment with this key, else being
 * tagged with it. A name that is nothing of these has no contacts.
 */
export const named = (
  name: string,
  saved: SegmentDefinition | undefined,
  settings: BuiltInSettings = defaultSettings
): Predicate => {
  const builtIn = new Map<string, Predicate>(Object.entries(builtIns(settings))).get(name)
  return builtIn ?? saved?.predicate ?? { field: "tags", operator: "eq", value: name }
}

// internal

const countConditions = (predicate: Predicate): number => {
  if ("not" in predicate) return countConditions(predicate.not)
  const parts = "all" in predicate ? predicate.all : "any" in predicate ? predicate.any : []
  return parts.length === 0 ? 1 : parts.reduce((count, part) => count + countConditions(part), 0)
}

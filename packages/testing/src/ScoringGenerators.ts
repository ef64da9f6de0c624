/**
 * Rules, rule sets, timelines of events, and facts of contacts, each for fast-check and for Effect's Arbitrary.
 *
 * Rule sets are valid. Facts are made for a rule set: values on both sides of what its conditions compare with, events
 * just inside and outside of how far its rules look back, and beside them what no rule expects.
 *
 * @example
 * ```ts
 * import { Scoring } from "@clientele/core"
 * import { ScoringGenerators } from "@clientele/testing"
 * import * as fc from "fast-check"
 *
 * const { fastCheck } = ScoringGenerators.factsFor(Scoring.defaultRuleSet)
 * const compiled = Scoring.compile(Scoring.defaultRuleSet)
 * fc.assert(fc.property(fastCheck, (facts) => Scoring.total(compiled, facts, ScoringGenerators.noon) <= 100))
 * ```
 */
import { Condition, Scoring, Segment } from "@clientele/core"
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"
import { type Choices, drawn, type Drawn } from "./internal/choices.ts"

export type { Drawn } from "./internal/choices.ts"

/** Around when everything generated happens. */
export const noon: DateTime.Utc = DateTime.makeUnsafe("2026-06-01T12:00:00Z")

const day = 86_400_000

// -- Rules ------------------------------------------------------------------------------------------------------------

const fields = ["company_size", "industry", "type", "created_at", "owner_id", "constructor", "address.city"] as const
const names = ["demo_request", "website_visit", "email_opened", "activity:call"] as const
const categories = ["behavioral", "demographic", "fit"] as const
const texts = ["technology", "Straße", "vip", "500+", "51-200", "2026-05-02", "now-30d", "true"] as const
const moments = ["now-30d", "now+12h", "2026-05-02", "2026-06-01T12:00:00Z", "now-1d"] as const

const number = ({ chance, integer }: Choices): number => (chance(20) ? integer(-500, 500) / 4 : integer(0, 600))

const points = ({ chance, integer }: Choices): number => (chance(30) ? integer(-2_000, 2_000) / 100 : integer(-5, 15))

const scalar = (choices: Choices): Condition.Scalar => {
  const { chance, from } = choices
  return chance(40) ? from(texts) : chance(10) ? from([true, false]) : number(choices)
}

const ordered = (choices: Choices): Condition.Operand => (choices.chance(30) ? choices.from(moments) : number(choices))

const range = (choices: Choices): Condition.Operand => {
  const low = number(choices)
  return choices.chance(30) ? ["2026-05-02", choices.from(moments)] : [low, low + choices.integer(0, 200)]
}

const condition = (choices: Choices): Condition.Condition => {
  const operator = choices.from([
    ...(["gte", "gte", "gt", "lte", "lt", "eq", "neq", "in", "not_in", "between", "contains"] as const),
    ...(["not_contains", "starts_with", "ends_with", "exists", "not_exists"] as const)
  ])
  switch (operator) {
    case "eq":
    case "neq":
      return { operator, value: scalar(choices) }
    case "in":
    case "not_in":
      return { operator, value: [scalar(choices), ...choices.list(2, () => scalar(choices))] }
    case "between":
      return { operator, value: range(choices) }
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return { operator, value: ordered(choices) }
    case "exists":
    case "not_exists":
      return { operator }
    default:
      return { operator, value: choices.from(texts) }
  }
}

/** Leaves out conditions that cannot be reached or compare with what does not fit. */
const reachable = (rule: Scoring.FieldRule): Scoring.FieldRule => {
  const hidden = Scoring.unreachable(rule.conditions)
  return hidden.length === 0
    ? rule
    : reachable({ ...rule, conditions: rule.conditions.filter((_, index) => !hidden.includes(index)) })
}

const fieldRule = (choices: Choices): Scoring.FieldRule => {
  const scored = () => ({ ...condition(choices), score: points(choices) })
  const fitting = [scored(), ...choices.list(4, scored)].filter((it) => Condition.operandIssues(it).length === 0)
  const conditions = fitting.length === 0 ? [{ operator: "exists" as const, score: points(choices) }] : fitting
  return reachable({ category: choices.from(categories), field: choices.from(fields), conditions })
}

const eventRule = (choices: Choices): Scoring.EventRule => {
  const { chance, from, integer } = choices
  return {
    category: from(categories),
    event: from(names),
    score: points(choices),
    ...(chance(60) && { perOccurrence: true }),
    ...(chance(40) && { maxCount: integer(1, 4) }),
    ...(chance(40) && { withinDays: from([30, 1, 7, 29, 31, 90]) }),
    ...(chance(40) && { halfLifeDays: from([7, 0.5, 1, 30, 365]) })
  }
}

const drawRule = (choices: Choices): Scoring.Rule => (choices.chance(50) ? eventRule(choices) : fieldRule(choices))

const drawRuleSet = (choices: Choices): Scoring.RuleSet => {
  const demographic = choices.integer(0, 100)
  const behavioral = choices.integer(0, 100 - demographic)
  return {
    ...Scoring.defaultRuleSet,
    categoryMax: choices.chance(50)
      ? { demographic, behavioral, fit: 100 - demographic - behavioral }
      : Scoring.defaultRuleSet.categoryMax,
    rules: choices.list(8, () => drawRule(choices))
  }
}

/** A rule of a field or of an event. */
export const rule: Drawn<Scoring.Rule> = drawn(drawRule)

/** A rule set of up to eight rules. */
export const ruleSet: Drawn<Scoring.RuleSet> = drawn(drawRuleSet)

// -- Facts ------------------------------------------------------------------------------------------------------------

/** What no rule expects in a field. */
const odd: readonly [Schema.Json, ...ReadonlyArray<Schema.Json>] = [
  null,
  "",
  " \n",
  "NaN",
  "x".repeat(10_000),
  "9".repeat(400),
  "İß\u0301ς",
  "-0",
  [],
  ["", "vip"],
  [["nested"], { deep: [] }],
  { toString: "none", constructor: null },
  Number.MAX_VALUE,
  -5e-324,
  "9999-12-31T23:59:59.999Z",
  "0001-01-01"
]

/** Values about what a condition compares with: it, its neighbours, and lists of them. */
const near = (choices: Choices, operand: Schema.Json): Schema.Json => {
  const one = Array.isArray(operand) ? choices.from([operand[0] ?? null, operand.at(-1) ?? null]) : operand
  const around = typeof one === "number" ? choices.from([one, one + 1, one - 1, one + 0.25, `${one}+`]) : one
  const moved =
    Condition.isRelative(around) || choices.chance(10)
      ? DateTime.formatIso(moment(choices, 32))
      : typeof around === "string"
        ? choices.from([around, around.toUpperCase(), `${around} x`, `x ${around}`])
        : around
  return choices.chance(15) ? [moved, choices.from(texts)] : moved
}

const operandsOf = (rule: Scoring.FieldRule): ReadonlyArray<Schema.Json> =>
  rule.conditions.map(({ value }) => (value === undefined ? "any" : typeof value === "object" ? [...value] : value))

/** An instant within so many days of noon, often a whole number of days or a millisecond beside one. */
const moment = ({ chance, from, integer }: Choices, days: number): DateTime.Utc =>
  DateTime.makeUnsafe(
    DateTime.toEpochMillis(noon) -
      integer(0, days) * day +
      (chance(50) ? integer(-day, day) : from([0, 1, -1])) +
      (chance(10) ? integer(0, 5) * day : 0)
  )

const timeline = (choices: Choices, names: ReadonlyArray<string>, max: number): ReadonlyArray<Scoring.ScoredEvent> =>
  choices.list(max, () => ({
    id: `evt_${choices.integer(0, 1_000_000)}`,
    name: choices.from(["other", ...names]),
    at: moment(choices, choices.from([32, 2, 10, 95, 400]))
  }))

/** Events of a name, within about a year of noon, in any order; some are yet to come. */
export const eventsOf = (names: ReadonlyArray<string>): Drawn<ReadonlyArray<Scoring.ScoredEvent>> =>
  drawn((choices) => timeline(choices, names, 20))

/** Facts of a contact that tell the rules of a set apart. */
export const factsFor = ({ rules }: Scoring.RuleSet): Drawn<Scoring.Facts> =>
  drawn((choices) => {
    const given = rules.filter(Scoring.isFieldRule).flatMap((rule) => {
      const [first = "any", ...others] = operandsOf(rule)
      const value = () => (choices.chance(15) ? choices.from(odd) : near(choices, choices.from([first, ...others])))
      // A name that is no field of contacts is that of a custom field.
      const own = Segment.fieldKind(rule.field) === undefined ? `custom_fields.${rule.field}` : rule.field
      const under = choices.from([own, `custom_fields.${rule.field}`, `enrichment.${rule.field}`])
      return choices.chance(85) ? [[under, value()] as const] : []
    })
    const events = rules.flatMap((rule) => (Scoring.isFieldRule(rule) ? [] : [rule.event]))
    return {
      fields: new Map<string, Schema.Json>([["custom_fields.__proto__", "x"], ...given]),
      events: timeline(choices, events, 16)
    }
  })

/** An instant at which to look at facts, within two days of noon. */
export const instant: Drawn<DateTime.Utc> = drawn((choices) => moment(choices, 2))

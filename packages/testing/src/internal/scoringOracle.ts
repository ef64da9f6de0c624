/** Scores by the letter of the rules, one condition and one event at a time: slow, and without anything prepared. */
import { Condition, Scoring } from "@clientele/core"
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"

const millisPerDay = 86_400_000

/** The points of each rule, by its position. */
export const pointsByRule = (
  { rules }: Scoring.RuleSet,
  facts: Scoring.Facts,
  now: DateTime.Utc
): ReadonlyArray<number> =>
  rules.map((rule) => (Scoring.isFieldRule(rule) ? fieldPoints(rule, facts, now) : eventPoints(rule, facts, now)))

/** The total that the points of rules come to. */
export const totalOf = ({ categoryMax, rules }: Scoring.RuleSet, points: ReadonlyArray<number>): number =>
  Scoring.Category.literals.reduce((total, category) => {
    const sum = points.reduce((sum, score, index) => (rules[index]?.category === category ? sum + score : sum), 0)
    return total + Math.max(0, Math.min(sum, categoryMax[category]))
  }, 0)

// internal

const fieldPoints = ({ conditions, field }: Scoring.FieldRule, facts: Scoring.Facts, now: DateTime.Utc): number => {
  const places = ["", "custom_fields.", "enrichment."]
  const value = places
    .map((place) => facts.fields.get(`${place}${field}`))
    .find((value) => Condition.holds("exists", undefined, value))
  const first = conditions.find((condition) => holds(condition, field, value, now))
  return round(first?.score ?? 0)
}

// Ids compare as they are, everywhere.
const holds = (condition: Condition.Condition, field: string, value: Schema.Json | undefined, now: DateTime.Utc) =>
  Condition.ask(Condition.interpret(condition, { now }), { exact: field === "owner_id" })(value)

const eventPoints = (rule: Scoring.EventRule, { events }: Scoring.Facts, now: DateTime.Utc): number => {
  const ages = events
    .filter(({ name }) => name === rule.event)
    .map(({ at }) => DateTime.toEpochMillis(now) - DateTime.toEpochMillis(at))
    .filter((age) => age >= 0 && age <= (rule.withinDays ?? Infinity) * millisPerDay)
    .toSorted((a, b) => a - b)
    .slice(0, rule.perOccurrence === true ? rule.maxCount : 1)
  const weights = ages.map((age) => 0.5 ** (age / ((rule.halfLifeDays ?? Infinity) * millisPerDay)))
  return round((weights.reduce((sum, weight) => sum + weight, 0) * Math.round(rule.score * 100)) / 100)
}

const round = (points: number): number => Math.sign(points) * Math.round(Math.abs(points)) + 0

/**
 * What holds of every rule set, checked of one on many generated contacts. A violation throws, with the smallest facts
 * that were found to show it.
 *
 * @example
 * ```ts
 * import { Scoring } from "@clientele/core"
 * import { ScoringLaws } from "@clientele/testing"
 *
 * ScoringLaws.checkScoringLaws(Scoring.defaultRuleSet)
 * ```
 */
import { Scoring } from "@clientele/core"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { eventsOf, factsFor, instant } from "./ScoringGenerators.ts"

export interface LawOptions {
  /** How many contacts each law is checked on; 100 unless given. */
  readonly runs?: number
}

/** Every law there is, by name. */
export const laws: Readonly<Record<string, (rules: Scoring.RuleSet, runs: number) => void>> = {
  "the total is from 0 to 100, and the sum of either breakdown": (rules, runs) =>
    onContacts(rules, runs, ({ score }) => {
      const { behavioral, demographic, fit } = score.breakdown
      const parts = Object.values(score.scoreBreakdown)
      return (
        score.total >= 0 &&
        score.total <= 100 &&
        score.total === demographic.score + behavioral.score + fit.score &&
        score.total === parts.reduce((sum, part) => sum + part, 0) &&
        parts.every((part) => part >= 0 && Number.isInteger(part))
      )
    }),

  "a category is the sum of its factors within 0 and its maximum": (rules, runs) =>
    onContacts(rules, runs, ({ score }) =>
      Object.values(score.breakdown).every(({ capped, factors, max, score }) => {
        const sum = factors.reduce((sum, factor) => sum + factor.score, 0)
        return score === Math.max(0, Math.min(sum, max)) && capped === (sum !== score)
      })
    ),

  "closures and generated code give the score that the rules say, and its total": (rules, runs) => {
    const programs = [Scoring.compile(rules, { code: "closures" }), Scoring.compile(rules, { code: "generated" })]
    onContacts(rules, runs, ({ facts, now }) => {
      const expected = Scoring.interpret(rules, facts, now)
      return programs.every(
        (compiled) =>
          same(Scoring.evaluate(compiled, facts, now), expected) &&
          Scoring.total(compiled, facts, now) === expected.total
      )
    })
  },

  "the order of events is of no matter": (rules, runs) =>
    onContacts(rules, runs, ({ compiled, facts, now, score }) => {
      const turned = { ...facts, events: facts.events.toReversed() }
      return same(Scoring.evaluate(compiled, turned, now), score)
    }),

  "another event of a rule that gives points never lowers the total, of one that takes them never raises it": (
    rules,
    runs
  ) => {
    const compiled = Scoring.compile(rules)
    const names = [...compiled.events]
    const property = fc.property(
      factsFor(rules).fastCheck,
      eventsOf(names).fastCheck,
      instant.fastCheck,
      (facts, more, now) =>
        more.every((event) => {
          const given = signOf(rules, event.name)
          const before = Scoring.total(compiled, facts, now)
          const after = Scoring.total(compiled, { ...facts, events: [...facts.events, event] }, now)
          return given === undefined || Math.sign(after - before) * given >= 0
        })
    )
    fc.assert(property, { numRuns: runs })
  },

  "more of a field never lowers a ladder of thresholds whose points rise": (rules, runs) => {
    const ladders = rules.rules.flatMap((rule) => (Scoring.isFieldRule(rule) && isLadder(rule) ? [rule] : []))
    for (const rule of ladders) {
      const compiled = Scoring.compile({ ...rules, rules: [rule] })
      const bounds = rule.conditions.flatMap(({ value }) => (typeof value === "number" ? [value] : []))
      const number = fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(...bounds.flatMap((n) => [n - 1, n, n + 1, n / 2]))
      )
      const property = fc.property(number, number, instant.fastCheck, (a, b, now) => {
        const points = (value: number) =>
          pointsOf(Scoring.evaluate(compiled, { fields: new Map([[nameOf(rule), value]]), events: [] }, now), 0)
        return points(Math.min(a, b)) <= points(Math.max(a, b))
      })
      fc.assert(property, { numRuns: runs })
    }
  },

  "points for events in the past never rise by themselves": (rules, runs) =>
    onContacts(rules, runs, ({ compiled, facts, now }) => {
      const past = { fields: facts.fields, events: facts.events.filter(({ at }) => !DateTime.isGreaterThan(at, now)) }
      const scores = [0, 1, 3_600_000, 86_400_000, 40 * 86_400_000].map((later) =>
        Scoring.evaluate(compiled, past, after(now, later))
      )
      return rules.rules.every(
        (rule, index) =>
          Scoring.isFieldRule(rule) ||
          scores.every((score, step) => {
            const [earlier, points] = [scores[Math.max(0, step - 1)] ?? score, pointsOf(score, index)]
            return Math.abs(points) <= Math.abs(pointsOf(earlier, index))
          })
      )
    }),

  "every number stays as it is until `validUntil`, and one of them is another then": (rules, runs) =>
    onContacts(rules, runs, ({ compiled, facts, now, score }) => {
      const { validUntil } = score
      const numbersAt = (at: DateTime.Utc) => numbersOf(Scoring.evaluate(compiled, facts, at))
      const numbers = numbersOf(score)
      const moments = criticalMoments(facts, now).filter(
        (at) => validUntil === null || DateTime.isLessThan(at, validUntil)
      )
      return (
        moments.every((at) => same(numbersAt(at), numbers)) &&
        (validUntil === null ||
          (same(numbersAt(after(validUntil, -1)), numbers) && !same(numbersAt(validUntil), numbers)))
      )
    }),

  "a rule set that was validated is as it was": (rules) => {
    const validated = Scoring.validate(rules)
    if (Result.isFailure(validated)) throw validated.failure
  }
}

/** Checks every law of a rule set. */
export const checkScoringLaws = (rules: Scoring.RuleSet, { runs = 100 }: LawOptions = {}): void => {
  for (const check of Object.values(laws)) check(rules, runs)
}

// internal

interface Case {
  readonly compiled: Scoring.CompiledRules
  readonly facts: Scoring.Facts
  readonly now: DateTime.Utc
  readonly score: Scoring.Score
}

const onContacts = (rules: Scoring.RuleSet, runs: number, holds: (example: Case) => boolean): void => {
  const compiled = Scoring.compile(rules)
  const property = fc.property(factsFor(rules).fastCheck, instant.fastCheck, (facts, now) =>
    holds({ compiled, facts, now, score: Scoring.evaluate(compiled, facts, now) })
  )
  fc.assert(property, { numRuns: runs })
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const after = (now: DateTime.Utc, millis: number): DateTime.Utc => DateTime.add(now, { milliseconds: millis })

const factorsOf = ({ breakdown: { behavioral, demographic, fit } }: Scoring.Score): ReadonlyArray<Scoring.Factor> => [
  ...demographic.factors,
  ...behavioral.factors,
  ...fit.factors
]

const pointsOf = (score: Scoring.Score, rule: number): number =>
  factorsOf(score).find(({ ruleIndex }) => ruleIndex === rule)?.score ?? 0

/** Every number that a score shows. */
const numbersOf = (score: Scoring.Score): unknown => [
  score.total,
  score.scoreBreakdown,
  ...Object.values(score.breakdown).map(({ score }) => score),
  factorsOf(score).map(({ ruleIndex, score }) => [ruleIndex, score])
]

const day = 86_400_000

/** Instants about which something may happen: events begin, pass 30 days, get too old; and some in between. */
const criticalMoments = ({ events }: Scoring.Facts, now: DateTime.Utc): ReadonlyArray<DateTime.Utc> => {
  const days = [0, 1, 7, 29, 30, 31, 90]
  const ofEvents = events.flatMap(({ at }) => days.flatMap((n) => [n * day, n * day + 1].map((age) => after(at, age))))
  const regular = [1, 2, 1_000, 3_600_000, 12 * 3_600_000, day, 5 * day, 400 * day].map((later) => after(now, later))
  return [...ofEvents, ...regular].filter((at) => DateTime.isGreaterThan(at, now))
}

/** 1 when every rule of an event gives points for it, -1 when every one takes some; undefined when it depends. */
const signOf = ({ rules }: Scoring.RuleSet, name: string): 1 | -1 | undefined => {
  const scores = rules.flatMap((rule) => (!Scoring.isFieldRule(rule) && rule.event === name ? [rule.score] : []))
  if (scores.every((score) => score >= 0)) return 1
  return scores.every((score) => score <= 0) ? -1 : undefined
}

const isLadder = ({ conditions }: Scoring.FieldRule): boolean =>
  conditions.every(
    ({ operator, score, value }, index) =>
      (operator === "gte" || operator === "gt") &&
      typeof value === "number" &&
      score >= (conditions[index + 1]?.score ?? 0)
  )

const nameOf = ({ field }: Scoring.FieldRule): string => (field.includes(".") ? field : `custom_fields.${field}`)

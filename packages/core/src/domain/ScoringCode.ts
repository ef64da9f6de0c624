/**
 * Rules as code of their own, made with `new Function`: the evaluation that closures do, written out rule by rule, so that
 * what is known of a rule is in the code, and hardly anything is allocated but the score.
 *
 * Code is made of the words of these modules and of numbers. All else, text above all, is given to it as constants, so
 * that no rule can put anything into it. Where making code out of text is forbidden, as content security policies may,
 * there is none; closures do the same.
 */
import { readNumber } from "./ConditionNumbers.ts"
import { comparable, hasValue, readInstant } from "./ConditionTests.ts"
import { countLines, factorLines, recentLines, untilLines } from "./ScoringCodeEvents.ts"
import { type Constant, fieldFunction, fieldLines, fieldPointLines } from "./ScoringCodeFields.ts"
import { ageOfChange, idsBetween, nextChange, sumOf } from "./ScoringEvents.ts"
import { remember } from "./ScoringFields.ts"
import type { Part, Parts, Program } from "./ScoringParts.ts"
import { Category, type RuleSet, toPoints } from "./ScoringRules.ts"
import { categoryScore, clamp, summarizing } from "./ScoringSummary.ts"

/** The program of a rule set; undefined where no code can be made out of text. */
export const generatedOf = (ruleSet: RuleSet, parts: Parts): Program | undefined => {
  const { constants, source } = sourceOf(ruleSet, parts)
  try {
    // Nothing of the rules is in the text but numbers.
    const program: Program = new Function("constants", source)(constants)
    return program
  } catch {
    return undefined
  }
}

/** The code of a rule set, and the constants that it is to be given. */
export const sourceOf = (
  ruleSet: RuleSet,
  parts: Parts
): { readonly source: string; readonly constants: ReadonlyArray<unknown> } => {
  const constants: Array<unknown> = []
  const constant = (value: unknown): string => `c${constants.push(value) - 1}`
  const help = Object.entries({ ...helpers, summarize: summarizing(ruleSet, parts) }).map(
    ([name, helper]) => `const ${name} = ${constant(helper)}`
  )
  const all = Category.literals.flatMap((category) => parts[category])
  const body = [
    ...help,
    ...all.flatMap((part) => (part.kind === "field" ? fieldFunction(part, constant) : [])),
    ...evaluateLines(ruleSet, parts, constant),
    ...totalLines(ruleSet, parts, constant),
    "return { evaluate, total }"
  ]
  const names = constants.map((_, index) => `c${index}`).join(", ")
  return { constants, source: ['"use strict"', `const [${names}] = constants`, ...body].join("\n") }
}

// internal

/** What a value is as a number. A comparison with undefined never holds. */
const numberIn = (value: unknown): number | undefined => {
  const number = typeof value === "string" ? readNumber(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : undefined
}

const helpers = {
  ageOfChange,
  categoryScore,
  clamp,
  comparable,
  hasValue,
  idsBetween,
  nextChange,
  numberIn,
  readInstant,
  remember,
  sumOf,
  toPoints
}

const evaluateLines = ({ categoryMax }: RuleSet, parts: Parts, constant: Constant): ReadonlyArray<string> => {
  const categories = Category.literals
  return [
    "const evaluate = (fields, timelines, instant) => {",
    "const now = instant.epochMilliseconds",
    "let factor",
    "let until = Infinity",
    "let recent = 0",
    "let recentUntil = Infinity",
    "let recentLost = 0",
    ...categories.flatMap((category) => [
      `const ${category} = []`,
      `let ${category}Sum = 0`,
      ...parts[category].flatMap((part) => partLines(part, category, constant))
    ]),
    "return summarize({",
    ...categories.map(
      (category) => `${category}: categoryScore(${category}, ${category}Sum, ${categoryMax[category]}),`
    ),
    "}, { until, recent, recentUntil, recentLost }, timelines, instant)",
    "}"
  ]
}

const partLines = (part: Part, category: Category, constant: Constant): ReadonlyArray<string> =>
  part.kind === "field"
    ? fieldLines(part, category, constant)
    : [
        ...countLines(part, constant),
        ...factorLines(part, category, constant),
        ...(category === "behavioral" ? recentLines(part, constant) : []),
        ...untilLines(part, constant)
      ]

const totalLines = ({ categoryMax }: RuleSet, parts: Parts, constant: Constant): ReadonlyArray<string> => [
  "const total = (fields, timelines, now) => {",
  "let factor",
  "let total = 0",
  "let sum = 0",
  ...Category.literals.flatMap((category) => [
    "sum = 0",
    ...parts[category].flatMap((part) =>
      part.kind === "field" ? fieldPointLines(part) : [...countLines(part, constant), `sum += points${part.ruleIndex}`]
    ),
    `total += clamp(sum, ${categoryMax[category]})`
  ]),
  "return total",
  "}"
]

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
import { eventFunctions } from "./ScoringCodeEvents.ts"
import { type Constant, fieldFunctions, numeral } from "./ScoringCodeFields.ts"
import { ageOfChange, idsBetween, nextChange, sumOf } from "./ScoringEvents.ts"
import { remember } from "./ScoringFields.ts"
import type { Part, Parts, Program } from "./ScoringParts.ts"
import { Category, type RuleSet, toPoints } from "./ScoringRules.ts"
import { categoryScore, clamp, loses, standingAtFirst, summarizing } from "./ScoringSummary.ts"

/** The program of a rule set; undefined where no code can be made out of text. */
export const generatedOf = (ruleSet: RuleSet, parts: Parts): Program | undefined => {
  if (!isAllowed()) return undefined
  const { constants, source } = sourceOf(ruleSet, parts)
  const program: Program = new Function("constants", source)(constants)
  return program
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
  const body = [
    ...help,
    ...Category.literals.flatMap((category) =>
      parts[category].flatMap((part) => partFunctions(part, category, constant))
    ),
    ...evaluateFunction(ruleSet, parts),
    ...totalFunction(ruleSet, parts),
    "return { evaluate, total }"
  ]
  const names = constants.map((_, index) => `c${index}`).join(", ")
  return { constants, source: ['"use strict"', `const [${names}] = constants`, ...body].join("\n") }
}

// internal

let allowed: boolean | undefined

/** Whether code may be made out of text: asked once, because policies report each attempt. */
const isAllowed = (): boolean => (allowed ??= canMakeCode())

const canMakeCode = (): boolean => {
  try {
    return new Function("return true")() === true
  } catch {
    return false
  }
}

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
  loses,
  nextChange,
  numberIn,
  readInstant,
  remember,
  standingAtFirst,
  sumOf,
  toPoints
}

const partFunctions = (part: Part, category: Category, constant: Constant): ReadonlyArray<string> =>
  part.kind === "field" ? fieldFunctions(part, constant) : eventFunctions(part, category === "behavioral", constant)

const evaluateFunction = ({ categoryMax }: RuleSet, parts: Parts): ReadonlyArray<string> => [
  "const evaluate = (fields, timelines, instant) => {",
  "const now = instant.epochMilliseconds",
  "const standing = standingAtFirst()",
  "let factor = null",
  ...Category.literals.flatMap((category) => [
    `const ${category} = []`,
    `let ${category}Sum = 0`,
    ...parts[category].flatMap(({ kind, ruleIndex }) => [
      `factor = ${kind}${ruleIndex}(${kind === "field" ? "fields" : "timelines"}, now, standing)`,
      "if (factor !== null) {",
      `${category}.push(factor)`,
      `${category}Sum += factor.score`,
      "}"
    ])
  ]),
  "return summarize({",
  ...Category.literals.map(
    (category) => `${category}: categoryScore(${category}, ${category}Sum, ${numeral(categoryMax[category])}),`
  ),
  "}, standing, timelines, instant)",
  "}"
]

const totalFunction = ({ categoryMax }: RuleSet, parts: Parts): ReadonlyArray<string> => [
  "const total = (fields, timelines, now) => {",
  "let total = 0",
  "let sum = 0",
  "let factor = null",
  ...Category.literals.flatMap((category) => [
    "sum = 0",
    ...parts[category].flatMap(({ kind, ruleIndex }) =>
      kind === "event"
        ? [`sum += points${ruleIndex}(timelines, now)`]
        : [`factor = field${ruleIndex}(fields, now)`, "if (factor !== null) sum += factor.score"]
    ),
    `total += clamp(sum, ${numeral(categoryMax[category])})`
  ]),
  "return total",
  "}"
]

/**
 * Rules of fields as code: a function for each, which looks the field up and chooses the first condition that holds.
 *
 * Conditions ask one plain value, of which `text`, `number` and `instant` are readings: the forms in which tests compare
 * it, made once for all conditions of a rule. Lists and objects are asked as closures ask them, and so are conditions that
 * move with the time.
 */
import type { Question, Span, Test } from "./ConditionTests.ts"
import type { Answer, Remembered } from "./ScoringFields.ts"
import type { FieldPart } from "./ScoringParts.ts"

/** Takes a constant that code is to be given; answers what the code calls it. */
export type Constant = (value: unknown) => string

/** A number as code; whatever else got past the types is NaN. */
export const numeral = (value: number): string => String(Number(value))

/** The functions of a rule; `field…` leads from the fields of a contact to a factor, or null. */
export const fieldFunctions = (part: FieldPart, constant: Constant): ReadonlyArray<string> => {
  const { answers, choose, names, nextChange, remembers, ruleIndex } = part
  if (nextChange !== undefined) {
    return [
      `const field${ruleIndex} = (fields, now, standing) => {`,
      `if (standing !== undefined) standing.until = Math.min(standing.until, ${constant(nextChange)}(fields, now))`,
      `return ${constant(part.factorAt)}(fields, now)`,
      "}"
    ]
  }
  const remembered: Remembered = new Map()
  const known = constant(remembered)
  return [
    `const choose${ruleIndex} = (value) => {`,
    `if (typeof value === "object") return ${constant(choose)}(value, 0)`,
    ...choice(answers, constant),
    ...(remembers ? [`remember(${known}, value, factor)`] : []),
    "return factor",
    "}",
    `const field${ruleIndex} = (fields) => {`,
    "let value",
    "let factor",
    ...names.flatMap((name) => [
      `value = fields.get(${constant(name)})`,
      "if (value !== undefined && value !== null) {",
      ...(remembers
        ? [
            `factor = typeof value === "string" ? ${known}.get(value) : undefined`,
            "if (factor !== undefined) return factor"
          ]
        : []),
      `if (hasValue(value)) return choose${ruleIndex}(value)`,
      "}"
    ]),
    `return ${constant(choose(undefined, 0))}`,
    "}"
  ]
}

// internal

/** The statements that choose the first of some answers; `value` is asked, `factor` is what comes of it. */
const choice = (answers: ReadonlyArray<Answer>, constant: Constant): ReadonlyArray<string> => {
  const kinds = new Set(answers.flatMap(({ exact, question }) => question.tests.map((test) => readingOf(test, exact))))
  return [
    ...[...kinds].map((kind) => readings[kind]),
    "let factor = null",
    ...answers.map(({ exact, factorOf, question }, index) => {
      const prefix = index === 0 ? "" : "else "
      return `${prefix}if (${asked(question, exact, constant)}) factor = ${constant(factorOf)}(value)`
    })
  ]
}

type Reading = "given" | "instant" | "number" | "present" | "text"

const readings: Readonly<Record<Reading, string>> = {
  present: "",
  given: 'const given = typeof value === "string" ? value : undefined',
  text: "const text = comparable(String(value))",
  number: "const number = numberIn(value)",
  instant: 'const instant = typeof value === "string" ? readInstant(value) : undefined'
}

/** Which form of the value a test needs. */
const readingOf = ({ kind }: Test, exact: boolean): Reading =>
  exact && (kind === "text" || kind === "present") ? "given" : kind

const asked = ({ negated, tests }: Question, exact: boolean, constant: Constant): string => {
  const any = tests.length === 0 ? "false" : tests.map((test) => tested(test, exact, constant)).join(" || ")
  return negated ? `!(${any})` : any
}

const tested = (test: Test, exact: boolean, constant: Constant): string => {
  switch (test.kind) {
    case "present":
      return exact ? "given !== undefined" : "true"
    case "text":
      return exact
        ? `given !== undefined && ${textual("given", test, test.given, constant)}`
        : textual("text", test, test.text, constant)
    case "number":
      return numeric(test)
    case "instant":
      return `instant !== undefined && (instant.isDay ? ${spanned(test.day)} : ${spanned(test)})`
  }
}

type TextTest = Extract<Test, { kind: "text" }>

const textual = (own: string, { match }: TextTest, text: string, constant: Constant): string => {
  const other = constant(text)
  switch (match) {
    case "equals":
      return `${own} === ${other}`
    case "contains":
      return `${own}.includes(${other})`
    case "starts":
      return `${own}.startsWith(${other})`
    case "ends":
      return `${own}.endsWith(${other})`
  }
}

/** A comparison with undefined, which is no number, never holds. */
const numeric = ({ gt, gte, lt, lte }: Extract<Test, { kind: "number" }>): string =>
  all([
    ["number", ">", gt],
    ["number", ">=", gte],
    ["number", "<", lt],
    ["number", "<=", lte]
  ])

const spanned = ({ from, until }: Span): string =>
  all([
    ["instant.at", ">=", from],
    ["instant.at", "<", until]
  ])

type Comparison = readonly [own: string, operator: string, bound: number | undefined]

const all = (comparisons: ReadonlyArray<Comparison>): string => {
  const bounded = comparisons.flatMap(([own, operator, bound]) =>
    bound === undefined ? [] : [`${own} ${operator} ${numeral(bound)}`]
  )
  return bounded.length === 0 ? "true" : bounded.join(" && ")
}

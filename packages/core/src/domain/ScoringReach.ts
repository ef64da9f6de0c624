/**
 * Which conditions of a rule can never be the first that holds. What is told here is certain: a condition is unreachable
 * only if an earlier one holds of every value of which it holds, be it text, a number, a list or nothing at all. So
 * `contains "vice president"` behind `contains "president"` is reachable: a list may have the one as an item and not the
 * other.
 *
 * Conditions are compared by the tests that `Condition.interpret` gives them. A test asks of a single item of a value, so
 * what covers it item by item covers it in lists as well. Distances from now are straight lines over time: one that
 * covers another at both ends of time covers it always.
 */
import * as DateTime from "effect/DateTime"
import * as Condition from "./Condition.ts"

/** The positions of the conditions that can never be the first that holds. */
export const unreachable = (conditions: ReadonlyArray<Condition.Condition>): ReadonlyArray<number> => {
  const questions = conditions.map(atBothEnds)
  return questions.flatMap((question, index) => (isShadowed(question, questions.slice(0, index)) ? [index] : []))
}

// internal

const dawn = DateTime.makeUnsafe("1000-01-01T00:00:00Z")
const dusk = DateTime.makeUnsafe("9000-01-01T00:00:00Z")

/** A test as it is at either end of time. They differ in instants alone. */
interface LastingTest {
  readonly early: Condition.Test
  readonly late: Condition.Test
}

interface LastingQuestion {
  readonly negated: boolean
  readonly tests: ReadonlyArray<LastingTest>
}

const atBothEnds = (condition: Condition.Condition): LastingQuestion => {
  const { negated, tests } = Condition.interpret(condition, { now: dawn })
  const late = Condition.interpret(condition, { now: dusk }).tests
  return { negated, tests: tests.map((test, index) => ({ early: test, late: late[index] ?? test })) }
}

const isShadowed = ({ negated, tests }: LastingQuestion, earlier: ReadonlyArray<LastingQuestion>): boolean => {
  const asked = earlier.filter((question) => !question.negated).flatMap((question) => question.tests)
  // An earlier negation leaves the values that it denies: those are either asked for before, or denied here as well.
  const left = negated ? [...asked, ...tests] : asked
  return (
    (!negated && tests.every((test) => isCovered(test, asked))) ||
    earlier.some((question) => question.negated && question.tests.every((test) => isCovered(test, left)))
  )
}

/** Whether, of every item of which the test holds, one of the others does. */
const isCovered = ({ early, late }: LastingTest, others: ReadonlyArray<LastingTest>): boolean =>
  others.some((other) => covers(other.early, early) && covers(other.late, late)) ||
  (early.kind === "number" &&
    coversInterval(
      intervalOf(early),
      others.flatMap((other) => (other.early.kind === "number" ? [intervalOf(other.early)] : []))
    ))

const covers = (other: Condition.Test, test: Condition.Test): boolean => {
  if (other.kind === "present") return true
  switch (test.kind) {
    case "present":
      return false
    case "text":
      return other.kind === "text" ? coversText(other, test) : readsAsCovered(other, test)
    case "number":
      return other.kind === "number" && coversInterval(intervalOf(test), [intervalOf(other)])
    case "instant":
      return other.kind === "instant" && coversSpan(other, test) && coversSpan(other.day, test.day)
  }
}

type TextTest = Extract<Condition.Test, { kind: "text" }>
type NumberTest = Extract<Condition.Test, { kind: "number" }>

/** Of an item of a list `contains` asks whether it equals, so it covers no text but its own. */
const coversText = (other: TextTest, { match, text }: TextTest): boolean => {
  switch (other.match) {
    case "equals":
      return match === "equals" && other.text === text
    case "contains":
      return (match === "equals" || match === "contains") && other.text === text
    case "starts":
      return match !== "contains" && match !== "ends" && text.startsWith(other.text)
    case "ends":
      return match !== "contains" && match !== "starts" && text.endsWith(other.text)
  }
}

// Whatever equals text of these characters is that text, and reads as the same number. Elsewhere case can matter.
const plainNumber = /^[+-]?[\d.,]+$/

/** Whether text that is asked for as a whole is a number or a time of which the other test holds. */
const readsAsCovered = (other: Condition.Test, { match, text }: TextTest): boolean =>
  match === "equals" &&
  other.kind === (plainNumber.test(text) ? "number" : "instant") &&
  Condition.ask({ negated: false, tests: [other] })(text)

/**
 * A stretch of numbers from one cut in their line to another. A cut is just before a number, or just after it when
 * `after` is 1.
 */
interface Interval {
  readonly from: Cut
  readonly to: Cut
}
interface Cut {
  readonly at: number
  readonly after: 0 | 1
}

const isBefore = (a: Cut, b: Cut): boolean => a.at < b.at || (a.at === b.at && a.after < b.after)

const intervalOf = ({ gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity }: NumberTest): Interval => ({
  from: gt >= gte ? { at: gt, after: gt === -Infinity ? 0 : 1 } : { at: gte, after: 0 },
  to: lt <= lte ? { at: lt, after: lt === Infinity ? 1 : 0 } : { at: lte, after: 1 }
})

const coversInterval = ({ from, to }: Interval, others: ReadonlyArray<Interval>): boolean => {
  if (!isBefore(from, to)) return true
  const reached = others
    .filter((other) => !isBefore(from, other.from) && isBefore(from, other.to))
    .reduce<Cut | undefined>(
      (furthest, other) => (furthest === undefined || isBefore(furthest, other.to) ? other.to : furthest),
      undefined
    )
  return reached !== undefined && coversInterval({ from: reached, to }, others)
}

const coversSpan = (other: Condition.Span, span: Condition.Span): boolean =>
  (other.from ?? -Infinity) <= (span.from ?? -Infinity) && (other.until ?? Infinity) >= (span.until ?? Infinity)

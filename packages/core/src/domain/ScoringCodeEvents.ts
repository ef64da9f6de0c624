/**
 * Rules of events as code. What a rule counts stands in variables named by its position: the run of its timeline from
 * `start…` to `end…`, its sum in hundredths of points, and its points.
 */
import { type Constant, numeral } from "./ScoringCodeFields.ts"
import { type EventPart, recently } from "./ScoringParts.ts"

/** Counts the events of a rule. */
export const countLines = (part: EventPart, constant: Constant): ReadonlyArray<string> => {
  const { counting, ruleIndex: n, slot } = part
  const { halfLife, hundredths, limit, within } = counting
  const more = [
    `end${n} < timeline${n}.length`,
    ...(limit < Infinity ? [`end${n} - start${n} < ${numeral(limit)}`] : []),
    ...(within < Infinity ? [`now - ${timeAt(n, `end${n}`)} <= ${numeral(within)}`] : [])
  ]
  return [
    `const timeline${n} = timelines[${numeral(slot)}]`,
    `let start${n} = 0`,
    `let end${n} = 0`,
    `let sum${n} = 0`,
    `let points${n} = 0`,
    `if (timeline${n} !== undefined) {`,
    `while (start${n} < timeline${n}.length && ${timeAt(n, `start${n}`)} > now) start${n}++`,
    `end${n} = start${n}`,
    `while (${more.join(" && ")}) end${n}++`,
    halfLife < Infinity
      ? `sum${n} = sumOf(timeline${n}, start${n}, end${n}, ${constant(counting)}, now)`
      : `sum${n} = (end${n} - start${n}) * ${numeral(hundredths)}`,
    `points${n} = toPoints(sum${n})`,
    "}"
  ]
}

/** Adds the factor of a rule that gave points to those of its category. */
export const factorLines = (
  { factor, reason, ruleIndex: n }: EventPart,
  category: string,
  constant: Constant
): ReadonlyArray<string> => [
  `if (points${n} !== 0) {`,
  `${category}.push({`,
  `factor: ${constant(factor)},`,
  `score: points${n},`,
  `reason: ${constant(reason)}(end${n} - start${n}),`,
  `ruleIndex: ${numeral(n)},`,
  `eventIds: idsBetween(timeline${n}, start${n}, end${n})`,
  "})",
  `${category}Sum += points${n}`,
  "}"
]

/** Adds what a behavioral rule gave for the last 30 days, until when that stays, and what is lost then. */
export const recentLines = ({ counting, ruleIndex: n }: EventPart, constant: Constant): ReadonlyArray<string> => {
  const decays = counting.halfLife < Infinity
  return [
    `if (end${n} > start${n}) {`,
    `let recentEnd = end${n}`,
    `while (recentEnd > start${n} && now - ${timeAt(n, "recentEnd - 1")} > ${numeral(recently)}) recentEnd--`,
    `const isAll = recentEnd === end${n}`,
    `recent += isAll ? points${n} : toPoints(sumOf(timeline${n}, start${n}, recentEnd, ${constant(counting)}, now))`,
    // Of some that decay, or are yet to come, the points may change at any time; all together give what the rule gives.
    `const passes = !isAll && (start${n} > 0 || ${decays ? `recentEnd > start${n}` : "false"}) ? now`,
    `: recentEnd > start${n} ? ${timeAt(n, "recentEnd - 1")} + ${numeral(recently + 1)} : Infinity`,
    `const lost = isAll && start${n} === 0 && end${n} === 1 ? points${n} : NaN`,
    "if (passes < recentUntil) {",
    "recentUntil = passes",
    "recentLost = lost",
    "} else if (passes === recentUntil) recentLost += lost",
    "}"
  ]
}

/** Finds out until when the rule gives what it gives, if that is sooner than what is known of others. */
export const untilLines = (part: EventPart, constant: Constant): ReadonlyArray<string> => {
  const { counting, ruleIndex: n } = part
  const { halfLife, within } = counting
  const counted = `{ start: start${n}, end: end${n}, sum: sum${n}, points: points${n} }`
  const search = `until = nextChange(timeline${n}, ${constant(counting)}, now, ${counted}, until)`
  // Of nothing that counts, and nothing yet to come, nothing changes.
  if (halfLife === Infinity && within === Infinity) return [`if (start${n} > 0) ${search}`]
  const expiry = `${timeAt(n, `end${n} - 1`)} + ${numeral(within + 1)}`
  if (halfLife === Infinity) return [`if (start${n} > 0 || (end${n} > 0 && ${expiry} < until)) ${search}`]
  const decayed = `${timeAt(n, "0")} + ageOfChange(${constant(counting)}, points${n})`
  return [
    `if (start${n} > 0 || end${n} > 1) ${search}`,
    `else if (points${n} !== 0) until = Math.min(until, ${within < Infinity ? `${expiry}, ` : ""}${decayed})`
  ]
}

// internal

const timeAt = (n: number, index: string): string => `timeline${n}[${index}].at.epochMilliseconds`

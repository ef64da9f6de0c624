/**
 * Rules of events as code: two functions for each, `event…` for its factor and `points…` for its points alone. A rule
 * counts a run of its timeline, from `start` to `end`; `sum` is what that gives in hundredths of points.
 */
import { type Constant, numeral } from "./ScoringCodeFields.ts"
import { type EventPart, recently } from "./ScoringParts.ts"

/** The functions of a rule. That of its factor tells the standing until when the points stay and what of them is recent. */
export const eventFunctions = (part: EventPart, isBehavioral: boolean, constant: Constant): ReadonlyArray<string> => {
  const { counting, factor, reason, ruleIndex, slot } = part
  const rule: RuleCode = { counting, name: constant(counting) }
  return [
    `const points${ruleIndex} = (timelines, now) => {`,
    `const timeline = timelines[${numeral(slot)}]`,
    "if (timeline === undefined) return 0",
    ...countLines(rule),
    "return points",
    "}",
    `const event${ruleIndex} = (timelines, now, standing) => {`,
    `const timeline = timelines[${numeral(slot)}]`,
    "if (timeline === undefined) return null",
    ...countLines(rule),
    ...(isBehavioral ? recentLines(rule) : []),
    ...untilLines(rule),
    "if (points === 0) return null",
    "return {",
    `factor: ${constant(factor)},`,
    "score: points,",
    `reason: ${constant(reason)}(end - start),`,
    `ruleIndex: ${numeral(ruleIndex)},`,
    "eventIds: idsBetween(timeline, start, end)",
    "}",
    "}"
  ]
}

// internal

interface RuleCode {
  readonly counting: EventPart["counting"]
  /** What the code calls the counting. */
  readonly name: string
}

const timeAt = (index: string): string => `timeline[${index}].at.epochMilliseconds`

const countLines = ({ counting, name }: RuleCode): ReadonlyArray<string> => {
  const { halfLife, hundredths, limit, within } = counting
  const more = [
    "end < timeline.length",
    ...(limit < Infinity ? [`end - start < ${numeral(limit)}`] : []),
    ...(within < Infinity ? [`now - ${timeAt("end")} <= ${numeral(within)}`] : [])
  ]
  return [
    "let start = 0",
    `while (start < timeline.length && ${timeAt("start")} > now) start++`,
    "let end = start",
    `while (${more.join(" && ")}) end++`,
    halfLife < Infinity
      ? `const sum = sumOf(timeline, start, end, ${name}, now)`
      : `const sum = (end - start) * ${numeral(hundredths)}`,
    "const points = toPoints(sum)"
  ]
}

/** Of some that decay, or are yet to come, the points may change at any time; all together give what the rule gives. */
const recentLines = ({ counting: { halfLife }, name }: RuleCode): ReadonlyArray<string> => [
  "if (end > start) {",
  "let recentEnd = end",
  `while (recentEnd > start && now - ${timeAt("recentEnd - 1")} > ${numeral(recently)}) recentEnd--`,
  "const isAll = recentEnd === end",
  `standing.recent += isAll ? points : toPoints(sumOf(timeline, start, recentEnd, ${name}, now))`,
  `if (!isAll && (start > 0${halfLife < Infinity ? " || recentEnd > start" : ""})) loses(standing, now, NaN)`,
  "else if (recentEnd > start) {",
  `loses(standing, ${timeAt("recentEnd - 1")} + ${numeral(recently + 1)}, isAll && start === 0 && end === 1 ? points : NaN)`,
  "}",
  "}"
]

const untilLines = ({ counting: { halfLife, within }, name }: RuleCode): ReadonlyArray<string> => {
  const search = `standing.until = nextChange(timeline, ${name}, now, { start, end, sum, points }, standing.until)`
  // Of nothing that gets old or decays, only what is yet to come changes anything.
  if (halfLife === Infinity && within === Infinity) return [`if (start > 0) ${search}`]
  const expiry = `${timeAt("end - 1")} + ${numeral(within + 1)}`
  if (halfLife === Infinity) return [`if (start > 0 || (end > 0 && ${expiry} < standing.until)) ${search}`]
  const decayed = `${timeAt("0")} + ageOfChange(${name}, points)`
  const first = within < Infinity ? `Math.min(${expiry}, ${decayed})` : decayed
  return [
    `if (start > 0 || end > 1) ${search}`,
    `else if (points !== 0) standing.until = Math.min(standing.until, ${first})`
  ]
}

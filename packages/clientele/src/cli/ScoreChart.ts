/** The score of a contact for a terminal. */
import type { ContactScore } from "@clientele/core/domain/LeadScore"
import { bar, cut, justified, lines, width } from "./Text.ts"

/** The score by category; with `explain` each factor with its points and reason, too. */
export const draw = (score: ContactScore, name: string, explain: boolean): string =>
  lines([
    justified(cut(name, width - 20), `${score.total} of 100, ${score.grade}`),
    "─".repeat(width),
    ...categories.flatMap((category) => {
      const { capped, factors, max, score: points } = score.breakdown[category]
      const title = `${category.padEnd(14)}${bar(points, max, barWidth).padEnd(barWidth)}`
      return [
        `${title}${`${points} of ${max}`.padStart(width - title.length)}`,
        ...(explain
          ? factors.map((factor) => `  ${signed(factor.score).padStart(4)}  ${cut(factor.reason, width - 8)}`)
          : []),
        ...(explain && capped ? ["        more than that does not count"] : [])
      ]
    }),
    "",
    score.recommendation
  ])

// internal

const categories = ["demographic", "behavioral", "fit"] as const

const barWidth = 50

const signed = (points: number): string => (points > 0 ? `+${points}` : String(points))

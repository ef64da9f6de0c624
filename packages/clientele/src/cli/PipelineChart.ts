/** The report on a pipeline as a picture for a terminal. */
import type { PipelineAnalytics } from "@clientele/core/domain/PipelineAnalytics"
import * as BigDecimal from "effect/BigDecimal"
import { amount, bar, cut, justified, lines, width } from "./Text.ts"

/**
 * A funnel of the stages and the forecast, 80 characters wide. Bars compare amounts; of the funnel with the largest
 * stage, of the forecast with the largest period.
 */
export const draw = (report: PipelineAnalytics): string =>
  lines([
    justified("Pipeline", `amounts in ${report.currency}`),
    rule,
    ...bars(report.byStage.map(({ count, stage, value }) => ({ name: stage, count: deals(count), value }))),
    rule,
    total("Open", report.pipeline.open, `weighted ${amount(report.pipeline.open.weighted)}`),
    total("Lost", report.lost, report.winRate === null ? "" : `${percent(report.winRate)} of closed deals won`),
    ...(report.velocity.avgDaysToClose === null
      ? []
      : [`Won deals took ${report.velocity.avgDaysToClose} days on average`]),
    "",
    "Forecast",
    rule,
    ...bars([
      { name: "this month", count: "", value: report.forecast.thisMonth },
      { name: "next month", count: "", value: report.forecast.nextMonth },
      { name: "this quarter", count: "", value: report.forecast.thisQuarter }
    ]),
    rule,
    total("Slipped", report.forecast.slipped, "expected before today"),
    total("Undated", report.forecast.unscheduled, "expected on no date"),
    ...report.unconverted.map((sum) => total("Beside", sum, `${sum.currency}, for which there is no rate`))
  ])

// internal

const rule = "─".repeat(width)

const deals = (count: number) => `${amount(count)} ${count === 1 ? "deal " : "deals"}`

const nameWidth = 16
const barWidth = 24
const countWidth = 13
const valueWidth = width - nameWidth - barWidth - countWidth - 2

interface Bar {
  readonly name: string
  readonly count: string
  readonly value: BigDecimal.BigDecimal
}

const bars = (rows: ReadonlyArray<Bar>): ReadonlyArray<string> => {
  const largest = Math.max(...rows.map(({ value }) => BigDecimal.toNumberUnsafe(value)))
  return rows.map(({ count, name, value }) => {
    const drawn = bar(BigDecimal.toNumberUnsafe(value), largest, barWidth)
    return `${cut(name, nameWidth).padEnd(nameWidth)} ${drawn.padEnd(barWidth)} ${count.padStart(countWidth)}${amount(value).padStart(valueWidth)}`
  })
}

interface Total {
  readonly count: number
  readonly value: BigDecimal.BigDecimal
}

const total = (name: string, { count, value }: Total, detail: string): string =>
  `${name.padEnd(8)}${deals(count).padStart(12)}${amount(value).padStart(20)}   ${detail}`

const percent = (part: number) => `${(part * 100).toFixed(1)} %`

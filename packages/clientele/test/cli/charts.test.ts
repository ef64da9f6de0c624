import { LeadScore, PipelineAnalytics } from "@clientele/core"
import { PipelineGenerators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { expect } from "vitest"
import * as PipelineChart from "../../src/cli/PipelineChart.ts"
import * as ScoreChart from "../../src/cli/ScoreChart.ts"

const readReport = Schema.decodeUnknownSync(PipelineAnalytics.PipelineAnalytics)
const readScore = Schema.decodeUnknownSync(LeadScore.ContactScore)

const report = {
  pipeline: {
    total_value: 1_250_000,
    weighted_value: 640_000.5,
    deal_count: 45,
    avg_deal_size: 27_777.78,
    open: { count: 40, value: 1_000_000, weighted: 390_000.5 }
  },
  by_stage: [
    { stage: "lead", count: 20, value: 500_000 },
    { stage: "qualified", count: 12, value: 300_000 },
    { stage: "proposal", count: 7, value: 199_999.5 },
    { stage: "negotiation", count: 1, value: 0.5 },
    { stage: "closed_won", count: 5, value: 250_000 }
  ],
  lost: { count: 3, value: 75_000 },
  win_rate: 0.625,
  velocity: { avg_days_to_close: 41.2, avg_days_in_stage: { lead: 7.5, qualified: null } },
  forecast: {
    this_month: 120_000,
    next_month: 45_000,
    this_quarter: 210_000,
    slipped: { count: 2, value: 30_000, weighted: 12_000 },
    unscheduled: { count: 1, value: 5_000, weighted: 500 }
  },
  currency: "USD",
  converted_all: false,
  unconverted: [{ currency: "CHF", count: 2, value: 1_234.5 }]
}

const score = {
  contact_id: "contact_1",
  total_score: 67,
  grade: "B",
  fit_grade: "A",
  engagement_grade: "C",
  breakdown: {
    demographic: { score: 25, max: 30, capped: false, factors: [{ factor: "title", score: 25, reason: "VP Sales" }] },
    behavioral: {
      score: 12,
      max: 40,
      capped: false,
      factors: [
        { factor: "website_visit", score: 15, reason: "3 website visits" },
        { factor: "unsubscribed", score: -3, reason: "unsubscribed" }
      ]
    },
    fit: { score: 30, max: 30, capped: true, factors: [{ factor: "size", score: 45, reason: "500+ employees" }] }
  },
  score_breakdown: { recent_activity: 12, engagement: 0, profile_completeness: 25, fit_score: 30 },
  recommendation: "Worth a call this week.",
  valid_until: null,
  rules_version: 1,
  updated_at: "2026-01-24T12:00:00.000Z"
}

describe("the picture of a pipeline", () => {
  it("is a funnel, totals and a forecast", () => {
    expect(PipelineChart.draw(readReport(report))).toMatchInlineSnapshot(`
      "Pipeline                                                          amounts in USD
      ────────────────────────────────────────────────────────────────────────────────
      lead             ████████████████████████      20 deals                  500,000
      qualified        ██████████████                12 deals                  300,000
      proposal         ██████████                     7 deals                199,999.5
      negotiation      █                              1 deal                       0.5
      closed_won       ████████████                   5 deals                  250,000
      ────────────────────────────────────────────────────────────────────────────────
      Open        40 deals           1,000,000   weighted 390,000.5
      Lost         3 deals              75,000   62.5 % of closed deals won
      Won deals took 41.2 days on average

      Forecast
      ────────────────────────────────────────────────────────────────────────────────
      this month       ██████████████                                          120,000
      next month       █████                                                    45,000
      this quarter     ████████████████████████                                210,000
      ────────────────────────────────────────────────────────────────────────────────
      Slipped      2 deals              30,000   expected before today
      Undated      1 deal                5,000   expected on no date
      Beside       2 deals             1,234.5   CHF, for which there is no rate"
    `)
  })
})

describe("every picture of a pipeline", () => {
  it("fits into 80 columns", () => {
    const law = fc.property(PipelineGenerators.reportCase.fastCheck, ({ investigation }) => {
      for (const line of PipelineChart.draw(PipelineAnalytics.analyse(investigation)).split("\n")) {
        assert.isAtMost(line.length, 80, line)
      }
    })
    fc.assert(law, { numRuns: 50 })
  })
})

describe("the picture of a score", () => {
  it("is its categories", () => {
    expect(ScoreChart.draw(readScore(score), "Jane Doe", false)).toMatchInlineSnapshot(`
      "Jane Doe                                                            67 of 100, B
      ────────────────────────────────────────────────────────────────────────────────
      demographic   ██████████████████████████████████████████                25 of 30
      behavioral    ███████████████                                           12 of 40
      fit           ██████████████████████████████████████████████████        30 of 30

      Worth a call this week."
    `)
  })

  it("has each factor with its reason when it explains", () => {
    expect(ScoreChart.draw(readScore(score), "Jane Doe", true)).toMatchInlineSnapshot(`
      "Jane Doe                                                            67 of 100, B
      ────────────────────────────────────────────────────────────────────────────────
      demographic   ██████████████████████████████████████████                25 of 30
         +25  VP Sales
      behavioral    ███████████████                                           12 of 40
         +15  3 website visits
          -3  unsubscribed
      fit           ██████████████████████████████████████████████████        30 of 30
         +45  500+ employees
              more than that does not count

      Worth a call this week."
    `)
  })
})

/** Scoring rules for companies that sell to developers: what this package publishes. */
import type { Scoring } from "@clientele/core"

export const developerRules: Scoring.RuleSetChange = {
  categoryMax: { demographic: 20, behavioral: 50, fit: 30 },
  rules: [
    {
      category: "demographic",
      name: "team_size",
      field: "engineers",
      reason: "{value} engineers",
      conditions: [
        { operator: "gte", value: 200, score: 20 },
        { operator: "gte", value: 50, score: 12 },
        { operator: "gte", value: 5, score: 5 }
      ]
    },
    { category: "behavioral", event: "api_key_created", score: 20, reason: "Created an API key" },
    { category: "behavioral", event: "first_deploy", score: 20, reason: "Deployed" },
    { category: "behavioral", event: "docs_visit", score: 0.5, perOccurrence: true, maxCount: 40, halfLifeDays: 14 },
    { category: "behavioral", event: "api_key_revoked", score: -15, withinDays: 60, reason: "Revoked an API key" },
    {
      category: "fit",
      field: "stack",
      conditions: [
        { operator: "in", value: ["typescript", "node", "effect"], score: 30, reason: "Builds with {value}" }
      ]
    }
  ]
}

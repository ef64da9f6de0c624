/**
 * The rules that a tenant has before it sets its own. They ask of fields and events that most imports and integrations
 * bring along, and give a contact about which little is known few points rather than wrong ones.
 */
import type { RuleSet } from "./ScoringRules.ts"

export const defaultRuleSet: RuleSet = {
  categoryMax: { demographic: 30, behavioral: 40, fit: 30 },
  grades: {
    A: { min: 80, recommendation: "Sales ready - schedule call" },
    B: { min: 60, recommendation: "Warm - reach out this week" },
    C: { min: 40, recommendation: "Interested - keep nurturing" },
    D: { min: 20, recommendation: "Early - add to a nurture campaign" },
    F: { min: 0, recommendation: "Cold - no action needed" }
  },
  rules: [
    {
      category: "demographic",
      field: "company_size",
      conditions: [
        { operator: "gte", value: 500, score: 10 },
        { operator: "gte", value: 100, score: 7 },
        { operator: "gte", value: 50, score: 5 },
        { operator: "gte", value: 10, score: 2 }
      ]
    },
    {
      category: "demographic",
      field: "industry",
      conditions: [
        { operator: "in", value: ["technology", "software", "saas", "information technology"], score: 8 },
        { operator: "in", value: ["finance", "financial services", "insurance", "healthcare"], score: 6 },
        { operator: "exists", score: 3 }
      ]
    },
    {
      category: "demographic",
      field: "title",
      conditions: [
        { operator: "in", value: ["ceo", "cto", "cfo", "coo", "cio", "cmo"], score: 8, reason: "Executive level" },
        { operator: "contains", value: "chief", score: 8, reason: "Executive level" },
        { operator: "contains", value: "founder", score: 8, reason: "Founder" },
        { operator: "contains", value: "vice president", score: 8, reason: "Vice president level" },
        { operator: "starts_with", value: "vp", score: 8, reason: "Vice president level" },
        { operator: "contains", value: "director", score: 7, reason: "Director level" },
        { operator: "contains", value: "head of", score: 7, reason: "Head of a department" },
        { operator: "contains", value: "manager", score: 5, reason: "Manager level" }
      ]
    },
    { category: "demographic", field: "phone", conditions: [{ operator: "exists", score: 2 }] },
    { category: "demographic", field: "email", conditions: [{ operator: "exists", score: 2 }] },
    { category: "behavioral", event: "demo_request", score: 15, reason: "Requested demo" },
    { category: "behavioral", event: "trial_started", score: 12, reason: "Started a trial" },
    {
      category: "behavioral",
      event: "content_download",
      score: 4,
      perOccurrence: true,
      maxCount: 2,
      withinDays: 90
    },
    {
      category: "behavioral",
      event: "website_visit",
      score: 1,
      perOccurrence: true,
      maxCount: 10,
      withinDays: 30
    },
    {
      category: "behavioral",
      event: "email_clicked",
      score: 2,
      perOccurrence: true,
      maxCount: 4,
      halfLifeDays: 30
    },
    {
      category: "behavioral",
      event: "email_opened",
      score: 1,
      perOccurrence: true,
      maxCount: 6,
      halfLifeDays: 30
    },
    { category: "behavioral", event: "activity:meeting", score: 8, halfLifeDays: 60 },
    { category: "behavioral", event: "activity:demo", score: 10, halfLifeDays: 60 },
    { category: "behavioral", event: "activity:call", score: 4, halfLifeDays: 30 },
    { category: "behavioral", event: "unsubscribed", score: -10, withinDays: 365 },
    {
      category: "fit",
      field: "budget",
      conditions: [
        { operator: "gte", value: 100_000, score: 10, reason: "Enterprise budget" },
        { operator: "gte", value: 25_000, score: 7 },
        { operator: "gte", value: 5_000, score: 4 },
        { operator: "exists", score: 2 }
      ]
    },
    {
      category: "fit",
      field: "need",
      conditions: [
        { operator: "in", value: ["none", "no", "low"], score: 0 },
        { operator: "exists", score: 8, reason: "Active pain points" }
      ]
    },
    {
      category: "fit",
      field: "timeline",
      conditions: [
        { operator: "in", value: ["none", "no", "unknown"], score: 0 },
        { operator: "exists", score: 7, reason: "{value} decision" }
      ]
    },
    { category: "fit", field: "type", conditions: [{ operator: "eq", value: "customer", score: 5 }] },
    {
      category: "fit",
      field: "source",
      conditions: [{ operator: "in", value: ["referral", "partner"], score: 5, reason: "Came by {value}" }]
    }
  ]
}

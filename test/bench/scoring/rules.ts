/** Twenty rules of every sort, and the code that someone would write by hand for them. */
import type { Scoring } from "@clientele/core"
import type { PlainContact } from "./contacts.ts"

const day = 86_400_000

export const rules: ReadonlyArray<Scoring.Rule> = [
  {
    category: "demographic",
    field: "company_size",
    conditions: [
      { operator: "gte", value: 500, score: 10 },
      { operator: "gte", value: 100, score: 7 },
      { operator: "gte", value: 50, score: 5 }
    ]
  },
  {
    category: "demographic",
    field: "industry",
    conditions: [
      { operator: "in", value: ["technology", "software"], score: 8 },
      { operator: "eq", value: "finance", score: 6 }
    ]
  },
  {
    category: "demographic",
    field: "title",
    conditions: [
      { operator: "in", value: ["ceo", "cto", "cfo"], score: 8 },
      { operator: "starts_with", value: "vp", score: 7 },
      { operator: "contains", value: "director", score: 7 },
      { operator: "contains", value: "head of", score: 6 }
    ]
  },
  { category: "demographic", field: "phone", conditions: [{ operator: "exists", score: 2 }] },
  { category: "demographic", field: "email", conditions: [{ operator: "not_exists", score: -5 }] },
  { category: "demographic", field: "email", conditions: [{ operator: "ends_with", value: ".edu", score: -3 }] },
  {
    category: "demographic",
    field: "address.country",
    conditions: [{ operator: "in", value: ["us", "de"], score: 3 }]
  },
  {
    category: "fit",
    field: "budget",
    conditions: [
      { operator: "gte", value: 100_000, score: 10 },
      { operator: "gte", value: 25_000, score: 7 },
      { operator: "gte", value: 5_000, score: 4 }
    ]
  },
  {
    category: "fit",
    field: "timeline",
    conditions: [
      { operator: "eq", value: "none", score: 0 },
      { operator: "exists", score: 7 }
    ]
  },
  { category: "fit", field: "need", conditions: [{ operator: "not_in", value: ["none", "unknown"], score: 4 }] },
  { category: "fit", field: "type", conditions: [{ operator: "eq", value: "customer", score: 5 }] },
  { category: "fit", field: "source", conditions: [{ operator: "in", value: ["referral", "partner"], score: 5 }] },
  { category: "behavioral", event: "demo_request", score: 15 },
  { category: "behavioral", event: "website_visit", score: 2, perOccurrence: true, maxCount: 10, withinDays: 30 },
  { category: "behavioral", event: "email_opened", score: 3, perOccurrence: true, maxCount: 5 },
  { category: "behavioral", event: "content_download", score: 8, withinDays: 45 },
  { category: "behavioral", event: "activity:call", score: 10, halfLifeDays: 30 },
  { category: "behavioral", event: "page_shared", score: 4, perOccurrence: true, halfLifeDays: 14 },
  { category: "behavioral", event: "unsubscribed", score: -10, withinDays: 365 },
  { category: "behavioral", event: "bounced", score: -5 }
]

/** The total, by a function that knows the rules. */
export const handWritten = (contact: PlainContact, now: number): number => {
  let demographic = 0
  const size = typeof contact.companySize === "string" ? Number.parseFloat(contact.companySize) : contact.companySize
  if (size !== null) demographic += size >= 500 ? 10 : size >= 100 ? 7 : size >= 50 ? 5 : 0
  const industry = contact.industry?.toLowerCase()
  demographic += industry === "technology" || industry === "software" ? 8 : industry === "finance" ? 6 : 0
  const title = contact.title?.toLowerCase()
  if (title !== undefined) {
    if (title === "ceo" || title === "cto" || title === "cfo") demographic += 8
    else if (title.startsWith("vp") || title.includes("director")) demographic += 7
    else if (title.includes("head of")) demographic += 6
  }
  if (contact.phone !== null) demographic += 2
  if (contact.email === null) demographic -= 5
  else if (contact.email.toLowerCase().endsWith(".edu")) demographic -= 3
  const country = contact.country?.toLowerCase()
  if (country === "us" || country === "de") demographic += 3

  let fit = 0
  const budget = contact.budget === null ? 0 : amount(contact.budget)
  fit += budget >= 100_000 ? 10 : budget >= 25_000 ? 7 : budget >= 5_000 ? 4 : 0
  if (contact.timeline !== null && contact.timeline.toLowerCase() !== "none") fit += 7
  const need = contact.need?.toLowerCase()
  if (need !== "none" && need !== "unknown") fit += 4
  if (contact.customer) fit += 5
  const source = contact.source?.toLowerCase()
  if (source === "referral" || source === "partner") fit += 5

  const behavioral = clamp(behavior(contact.events, now), 40)
  return clamp(demographic, 30) + behavioral + clamp(fit, 30)
}

// internal

const clamp = (points: number, max: number): number => (points < 0 ? 0 : points > max ? max : points)

const amount = (text: string): number => {
  const start = text.startsWith("$") ? 1 : 0
  const number = Number.parseFloat(text.slice(start).replace(",", ""))
  return /^[\d.,]+k/i.test(text.slice(start)) ? number * 1_000 : number
}

const behavior = (events: PlainContact["events"], now: number): number => {
  let [demo, download, unsubscribed, bounced] = [false, false, false, false]
  let [visits, opens, call, shared] = [0, 0, -Infinity, 0]
  for (const { at, name } of events) {
    const age = now - at
    if (age < 0) continue
    switch (name) {
      case "demo_request":
        demo = true
        break
      case "website_visit":
        if (age <= 30 * day && visits < 10) visits++
        break
      case "email_opened":
        if (opens < 5) opens++
        break
      case "content_download":
        if (age <= 45 * day) download = true
        break
      case "activity:call":
        if (at > call) call = at
        break
      case "page_shared":
        shared += 0.5 ** (age / (14 * day))
        break
      case "unsubscribed":
        if (age <= 365 * day) unsubscribed = true
        break
      case "bounced":
        bounced = true
    }
  }
  let points = (demo ? 15 : 0) + visits * 2 + opens * 3 + (download ? 8 : 0)
  if (call > -Infinity) points += Math.round(10 * 0.5 ** ((now - call) / (30 * day)))
  return points + Math.round(4 * shared) - (unsubscribed ? 10 : 0) - (bounced ? 5 : 0)
}

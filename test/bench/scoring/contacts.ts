/** Contacts to score, the same on every run: as facts, and as the plain object that someone would write code for. */
import type { Scoring } from "@clientele/core"
import { DateTime } from "effect"

export const now = DateTime.makeUnsafe("2026-06-01T12:00:00Z")
const at = DateTime.toEpochMillis(now)
const day = 86_400_000

/** What a hand-written function would be given. */
export interface PlainContact {
  readonly companySize: string | number | null
  readonly industry: string | null
  readonly title: string | null
  readonly phone: string | null
  readonly email: string | null
  readonly source: string | null
  readonly budget: string | null
  readonly timeline: string | null
  readonly need: string | null
  readonly customer: boolean
  readonly country: string | null
  readonly events: ReadonlyArray<{ readonly name: string; readonly at: number }>
}

export interface Sample {
  readonly plain: PlainContact
  readonly facts: Scoring.Facts
}

const sizes = ["1-10", "11-50", "51-200", "201-500", "500+", 850, 12, null]
const industries = ["Technology", "Software", "Finance", "Healthcare", "Retail", "Education", null]
const titles = ["CTO", "VP Sales", "Director of Marketing", "Head of Product", "Account Manager", "Engineer", null]
const sources = ["referral", "website", "partner", "trade fair"]
const budgets = ["$50k-$100k", "$250K", "10,000", "unknown", null]
const timelines = ["Q1", "Q3", "none", null]
const needs = ["Reporting", "none", null]
const countries = ["US", "DE", "FR", "BR"]
const names = ["demo_request", "website_visit", "email_opened", "content_download", "activity:call", "page_shared"]

/** A generator of numbers that is the same everywhere (mulberry32). */
const numbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const next = numbers(42)

const pick = <A>(items: ReadonlyArray<A>): A | undefined => items[Math.floor(next() * items.length)]

const sample = (_: unknown, index: number): Sample => {
  const events = Array.from({ length: Math.floor(next() * 9) }, (_, event) => ({
    id: `evt_${index}_${event}`,
    name: pick(names) ?? "",
    at: at - Math.floor(next() * 60 * day)
  }))
  const plain: PlainContact = {
    companySize: pick(sizes) ?? null,
    industry: pick(industries) ?? null,
    title: pick(titles) ?? null,
    phone: next() < 0.5 ? `+1 202 555 ${1_000 + index}` : null,
    email: next() < 0.9 ? `person${index}@example.com` : null,
    source: pick(sources) ?? null,
    budget: pick(budgets) ?? null,
    timeline: pick(timelines) ?? null,
    need: pick(needs) ?? null,
    customer: next() < 0.1,
    country: pick(countries) ?? null,
    events
  }
  return {
    plain,
    facts: {
      fields: new Map([
        ["type", plain.customer ? "customer" : "lead"],
        ["name", `Person ${index}`],
        ["email", plain.email],
        ["phone", plain.phone],
        ["title", plain.title],
        ["source", plain.source],
        ["address.country", plain.country],
        ["custom_fields.company_size", plain.companySize],
        ["custom_fields.industry", plain.industry],
        ["custom_fields.budget", plain.budget],
        ["custom_fields.timeline", plain.timeline],
        ["custom_fields.need", plain.need]
      ]),
      events: events.map((event) => ({ ...event, at: DateTime.makeUnsafe(event.at) }))
    }
  }
}

export const samples: ReadonlyArray<Sample> = Array.from({ length: 500 }, sample)

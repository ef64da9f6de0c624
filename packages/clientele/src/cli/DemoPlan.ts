/**
 * What happened in a made-up sales team within a year: people, what they did, and deals with their histories. The same
 * moment gives the same story, so that whoever shows it knows what is there.
 */
import type { ActivityCreate } from "@clientele/core/domain/Activity"
import type { ContactCreate } from "@clientele/core/domain/Contact"
import type { DealCreate, StageChange } from "@clientele/core/domain/Deal"
import { UserId } from "@clientele/core/domain/Ids"
import type { TaskCreate } from "@clientele/core/domain/Task"

/** Something that happens, in milliseconds since 1970; people and deals are told by their place in the story. */
export type Step = { readonly at: number } & (
  | { readonly kind: "contact"; readonly person: number; readonly input: ContactCreate }
  | { readonly kind: "event"; readonly person: number; readonly event: string; readonly details: string }
  | { readonly kind: "activity"; readonly person: number; readonly input: Omit<ActivityCreate, "contactId"> }
  | { readonly kind: "task"; readonly person: number; readonly input: Omit<TaskCreate, "contactId"> }
  | {
      readonly kind: "deal"
      readonly person: number
      readonly deal: number
      readonly input: Omit<DealCreate, "contactId">
    }
  | { readonly kind: "stage"; readonly deal: number; readonly change: StageChange }
)

/** The stages that deals go through, in order, and the two in which they end. */
export interface Stages {
  readonly open: ReadonlyArray<string>
  readonly won: string
  readonly lost: string
}

/** The sellers. */
export const team: readonly [Seller, ...ReadonlyArray<Seller>] = [
  { id: UserId.make("user_mia"), name: "Mia Berger" },
  { id: UserId.make("user_tom"), name: "Tom Okafor" },
  { id: UserId.make("user_lea"), name: "Lea Santos" }
]

interface Seller {
  readonly id: UserId
  readonly name: string
}

/** The story up to a moment, oldest first. */
export const plan = (now: number, stages: Stages): ReadonlyArray<Step> => {
  const random = chances(20_260_124)
  const steps: Array<Step> = []
  let deals = 0
  for (let person = 0; person < people; person++) {
    const company = random.pick(companies)
    const from = now - random.between(3, 360) * day - random.between(0, 9) * hour
    const later = () => random.between(from + hour, now)
    steps.push({ at: from, kind: "contact", person, input: contactOf(person, company, random) })
    const interest = random.between(0, 9)
    for (let count = 0; count < interest; count++) {
      const [event, details] = random.pick(events)
      steps.push({ at: later(), kind: "event", person, event, details })
    }
    for (let count = random.between(0, 3); count > 0; count--) {
      steps.push({ at: later(), kind: "activity", person, input: random.pick(activities) })
    }
    if (random.isOneIn(6)) steps.push({ at: later(), kind: "task", person, input: taskOf(now, random) })
    if (interest >= 4) steps.push(...dealOf(person, deals++, company, from, now, stages, random))
  }
  return [...steps, ...doubles(now)].filter(({ at }) => at < now).toSorted((a, b) => a.at - b.at)
}

// internal

const hour = 3_600_000
const day = 24 * hour
const people = 140

interface Chances {
  /** A whole number, both ends included. */
  readonly between: (least: number, most: number) => number
  readonly pick: <A>(items: readonly [A, ...ReadonlyArray<A>]) => A
  readonly isOneIn: (count: number) => boolean
}

/** Numbers that look random and are the same each time: mulberry32. */
const chances = (seed: number): Chances => {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    between,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    isOneIn: (count) => between(1, count) === 1
  }
}

const contactOf = (person: number, company: Company, random: Chances): ContactCreate => {
  // No two alike: who is there twice is there on purpose.
  const first = firstNames[person % firstNames.length] ?? firstNames[0]
  const last = lastNames[(person * 3 + Math.floor(person / firstNames.length)) % lastNames.length] ?? lastNames[0]
  return {
    name: `${first} ${last}`,
    email: `${first}.${last}.${person}@${company.domain}`.toLowerCase(),
    company: company.name,
    title: random.pick(titles),
    source: random.pick(sources),
    tags: random.isOneIn(4) ? ["newsletter"] : [],
    ownerId: random.pick(team).id,
    address: { city: company.city },
    customFields: { company_size: company.size, industry: company.industry }
  }
}

const taskOf = (now: number, random: Chances): Omit<TaskCreate, "contactId"> => ({
  title: random.pick(["Send the proposal", "Call back", "Prepare the demo", "Ask for a reference"]),
  priority: random.pick(["low", "medium", "high"]),
  dueDate: new Date(now + random.between(-5, 20) * day).toISOString().slice(0, 10),
  assignedTo: random.pick(team).id
})

/** A deal that moves on every few days, until it is won or lost or the story ends. */
const dealOf = (
  person: number,
  deal: number,
  company: Company,
  from: number,
  now: number,
  { lost, open, won }: Stages,
  random: Chances
): ReadonlyArray<Step> => {
  let at = from + random.between(1, 14) * day
  const expected = new Date(Math.max(at + random.between(30, 90) * day, now + random.between(-10, 80) * day))
  const input = {
    name: `${random.pick(products)} for ${company.name}`,
    value: random.between(4, 160) * 500,
    expectedClose: expected.toISOString().slice(0, 10),
    ownerId: random.pick(team).id
  }
  const steps: Array<Step> = [{ at, kind: "deal", person, deal, input }]
  for (const stage of open.slice(1)) {
    at += random.between(4, 25) * day
    if (random.isOneIn(6)) {
      const lostReason = random.pick(["price", "no decision", "competitor"])
      return [...steps, { at, kind: "stage", deal, change: { stage: lost, lostReason } }]
    }
    steps.push({ at, kind: "stage", deal, change: { stage } })
  }
  at += random.between(4, 25) * day
  return random.isOneIn(3) ? steps : [...steps, { at, kind: "stage", deal, change: { stage: won, notes: "Signed" } }]
}

/** People who were entered twice. */
const doubles = (now: number): ReadonlyArray<Step> => [
  {
    at: now - 40 * day,
    kind: "contact",
    person: people,
    input: { name: "Nora Lindqvist", email: "nora@fjord.example", phone: "+46 8 123 456 78", company: "Fjord Energy" }
  },
  {
    at: now - 9 * day,
    kind: "contact",
    person: people + 1,
    input: { name: "Lindqvist, Nora", email: "n.lindqvist@fjord.example", phone: "+46 8 12345678" }
  }
]

interface Company {
  readonly name: string
  readonly domain: string
  readonly city: string
  readonly size: number
  readonly industry: string
}

const companies: readonly [Company, ...ReadonlyArray<Company>] = [
  { name: "Northwind Labs", domain: "northwind.example", city: "Hamburg", size: 620, industry: "software" },
  { name: "Alder & Finch", domain: "alderfinch.example", city: "Leeds", size: 45, industry: "consulting" },
  { name: "Terra Foods", domain: "terrafoods.example", city: "Lyon", size: 1_400, industry: "food" },
  { name: "Quanta Optics", domain: "quantaoptics.example", city: "Jena", size: 210, industry: "manufacturing" },
  { name: "Blue Harbor", domain: "blueharbor.example", city: "Porto", size: 80, industry: "logistics" },
  { name: "Fjord Energy", domain: "fjord.example", city: "Bergen", size: 3_100, industry: "energy" },
  { name: "Mosaic Clinics", domain: "mosaic.example", city: "Vienna", size: 350, industry: "health" },
  { name: "Copperleaf", domain: "copperleaf.example", city: "Toronto", size: 25, industry: "retail" }
]

const firstNames = [
  "Ada",
  "Bruno",
  "Chiara",
  "David",
  "Elif",
  "Felix",
  "Grace",
  "Hugo",
  "Ines",
  "Jonas",
  "Kira",
  "Luca",
  "Maya",
  "Noah",
  "Olga",
  "Paul",
  "Rosa",
  "Sven",
  "Tara",
  "Yusuf"
] as const
const lastNames = [
  "Adler",
  "Bianchi",
  "Costa",
  "Dubois",
  "Eriksen",
  "Fischer",
  "Garcia",
  "Hansen",
  "Ivanova",
  "Jansen",
  "Kowalski",
  "Lopez",
  "Moreau",
  "Novak",
  "Petrov",
  "Rossi",
  "Silva",
  "Tanaka",
  "Weber",
  "Young"
] as const
const titles = [
  "Head of Sales",
  "VP Operations",
  "CTO",
  "Buyer",
  "Marketing Manager",
  "Founder",
  "Office Manager"
] as const
const sources = ["website", "referral", "fair", "cold_call", "partner"] as const
const products = ["Starter plan", "Team plan", "Enterprise license", "Onboarding"] as const
const events: readonly [readonly [string, string], ...ReadonlyArray<readonly [string, string]>] = [
  ["website_visit", "Pricing page"],
  ["website_visit", "Customer stories"],
  ["email_opened", "Monthly newsletter"],
  ["content_download", "Buyer's guide"],
  ["demo_request", "Product demo"]
]
const activities: readonly [Omit<ActivityCreate, "contactId">, ...ReadonlyArray<Omit<ActivityCreate, "contactId">>] = [
  { type: "call", subject: "Discovery call", durationMinutes: 25 },
  { type: "email", subject: "Answers to open questions" },
  { type: "meeting", subject: "Workshop with the team", durationMinutes: 60 },
  { type: "demo", subject: "Product demo", durationMinutes: 45 }
]

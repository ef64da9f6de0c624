/**
 * The same rules for rule engines. They are spared what they cannot do: numbers are read out of text, text is in lower
 * case, events are counted and decayed before the clock starts, and nobody asks them for maxima, factors or reasons.
 */
import { type Scoring } from "@clientele/core"
import { ZenEngine } from "@gorules/zen-engine"
import { LogicEngine } from "json-logic-engine"
import { Engine } from "json-rules-engine"
import type { PlainContact } from "./contacts.ts"

/** What the engines are given. */
export interface Prepared {
  readonly size: number
  readonly industry: string
  readonly title: string
  readonly phone: boolean
  readonly email: string
  readonly country: string
  readonly budget: number
  readonly timeline: string
  readonly need: string
  readonly type: string
  readonly source: string
  readonly events: number
  readonly demo: number
  readonly visits: number
  readonly opens: number
  readonly download: number
  readonly call: number
  readonly shared: number
}

const lower = (text: string | null): string => text?.toLowerCase() ?? ""

/** What the engines are given of a contact; what events gave comes from the score. */
export const prepare = (
  contact: PlainContact,
  score: Scoring.Score,
  readNumber: (text: string) => number
): Prepared => {
  const given = (factor: string) => score.breakdown.behavioral.factors.find((it) => it.factor === factor)?.score ?? 0
  return {
    size: typeof contact.companySize === "number" ? contact.companySize : readNumber(contact.companySize ?? ""),
    industry: lower(contact.industry),
    title: lower(contact.title),
    phone: contact.phone !== null,
    email: lower(contact.email),
    country: lower(contact.country),
    budget: readNumber(contact.budget ?? ""),
    timeline: lower(contact.timeline),
    need: lower(contact.need),
    type: contact.customer ? "customer" : "lead",
    source: lower(contact.source),
    events: contact.events.length,
    demo: given("demo_request"),
    visits: given("website_visit"),
    opens: given("email_opened"),
    download: given("content_download"),
    call: given("activity:call"),
    shared: given("page_shared")
  }
}

// -- json-rules-engine ------------------------------------------------------------------------------------------------

type Condition = readonly [fact: keyof Prepared, operator: string, value: unknown]

/** Rungs of a ladder exclude each other, because every rule of this engine is looked at. */
const rungs: ReadonlyArray<readonly [score: number | keyof Prepared, ...conditions: ReadonlyArray<Condition>]> = [
  [10, ["size", "greaterThanInclusive", 500]],
  [7, ["size", "greaterThanInclusive", 100], ["size", "lessThan", 500]],
  [5, ["size", "greaterThanInclusive", 50], ["size", "lessThan", 100]],
  [8, ["industry", "in", ["technology", "software"]]],
  [6, ["industry", "equal", "finance"]],
  [8, ["title", "in", ["ceo", "cto", "cfo"]]],
  [7, ["title", "startsWith", "vp"]],
  [7, ["title", "has", "director"]],
  [6, ["title", "has", "head of"]],
  [2, ["phone", "equal", true]],
  [-5, ["email", "equal", ""]],
  [-3, ["email", "endsWith", ".edu"]],
  [3, ["country", "in", ["us", "de"]]],
  [10, ["budget", "greaterThanInclusive", 100_000]],
  [7, ["budget", "greaterThanInclusive", 25_000], ["budget", "lessThan", 100_000]],
  [4, ["budget", "greaterThanInclusive", 5_000], ["budget", "lessThan", 25_000]],
  [7, ["timeline", "notIn", ["none", ""]]],
  [4, ["need", "notIn", ["none", "unknown"]]],
  [5, ["type", "equal", "customer"]],
  [5, ["source", "in", ["referral", "partner"]]],
  ...(["demo", "visits", "opens", "download", "call", "shared"] as const).map(
    (fact) => [fact, [fact, "greaterThan", 0]] as const
  )
]

export const jsonRulesEngine = (): ((contact: Prepared) => Promise<number>) => {
  const engine = new Engine()
  engine.addOperator<string, string>("startsWith", (fact, value) => fact.startsWith(value))
  engine.addOperator<string, string>("endsWith", (fact, value) => fact.endsWith(value))
  engine.addOperator<string, string>("has", (fact, value) => fact.includes(value))
  for (const [score, ...conditions] of rungs) {
    engine.addRule({
      conditions: { all: conditions.map(([fact, operator, value]) => ({ fact, operator, value })) },
      event: { type: "score", params: { score } }
    })
  }
  return async (contact) => {
    const { events } = await engine.run({ ...contact })
    return events.reduce((sum, { params }) => {
      const score: unknown = params?.["score"]
      return (
        sum + (typeof score === "number" ? score : Number(Object.entries(contact).find(([key]) => key === score)?.[1]))
      )
    }, 0)
  }
}

// -- json-logic-engine ------------------------------------------------------------------------------------------------

const at = (name: keyof Prepared) => ({ var: name })

const logic = {
  "+": [
    { if: [{ ">=": [at("size"), 500] }, 10, { ">=": [at("size"), 100] }, 7, { ">=": [at("size"), 50] }, 5, 0] },
    { if: [{ in: [at("industry"), ["technology", "software"]] }, 8, { "==": [at("industry"), "finance"] }, 6, 0] },
    {
      if: [
        { in: [at("title"), ["ceo", "cto", "cfo"]] },
        8,
        { "==": [{ substr: [at("title"), 0, 2] }, "vp"] },
        7,
        { in: ["director", at("title")] },
        7,
        { in: ["head of", at("title")] },
        6,
        0
      ]
    },
    { if: [at("phone"), 2, 0] },
    { if: [{ "==": [at("email"), ""] }, -5, 0] },
    { if: [{ "==": [{ substr: [at("email"), -4] }, ".edu"] }, -3, 0] },
    { if: [{ in: [at("country"), ["us", "de"]] }, 3, 0] },
    {
      if: [
        { ">=": [at("budget"), 100_000] },
        10,
        { ">=": [at("budget"), 25_000] },
        7,
        { ">=": [at("budget"), 5_000] },
        4,
        0
      ]
    },
    { if: [{ in: [at("timeline"), ["none", ""]] }, 0, 7] },
    { if: [{ in: [at("need"), ["none", "unknown"]] }, 0, 4] },
    { if: [{ "==": [at("type"), "customer"] }, 5, 0] },
    { if: [{ in: [at("source"), ["referral", "partner"]] }, 5, 0] },
    at("demo"),
    at("visits"),
    at("opens"),
    at("download"),
    at("call"),
    at("shared")
  ]
}

export const jsonLogicEngine = (): ((contact: Prepared) => number) => {
  const run = new LogicEngine().build(logic)
  return (contact) => Number(run(contact))
}

// -- zen-engine -------------------------------------------------------------------------------------------------------

const expressions = [
  "size >= 500 ? 10 : size >= 100 ? 7 : size >= 50 ? 5 : 0",
  "industry in ['technology', 'software'] ? 8 : industry == 'finance' ? 6 : 0",
  "title in ['ceo', 'cto', 'cfo'] ? 8 : startsWith(title, 'vp') ? 7 : contains(title, 'director') ? 7 : contains(title, 'head of') ? 6 : 0",
  "phone ? 2 : 0",
  "email == '' ? -5 : 0",
  "endsWith(email, '.edu') ? -3 : 0",
  "country in ['us', 'de'] ? 3 : 0",
  "budget >= 100000 ? 10 : budget >= 25000 ? 7 : budget >= 5000 ? 4 : 0",
  "timeline in ['none', ''] ? 0 : 7",
  "need in ['none', 'unknown'] ? 0 : 4",
  "type == 'customer' ? 5 : 0",
  "source in ['referral', 'partner'] ? 5 : 0",
  "demo + visits + opens + download + call + shared"
]

const decision = {
  contentType: "application/vnd.gorules.decision",
  nodes: [
    { id: "in", type: "inputNode", name: "in", position: { x: 0, y: 0 } },
    {
      id: "score",
      type: "expressionNode",
      name: "score",
      position: { x: 100, y: 0 },
      content: {
        expressions: [
          { id: "total", key: "total", value: expressions.map((expression) => `(${expression})`).join(" + ") }
        ]
      }
    },
    { id: "out", type: "outputNode", name: "out", position: { x: 200, y: 0 } }
  ],
  edges: [
    { id: "a", type: "edge", sourceId: "in", targetId: "score" },
    { id: "b", type: "edge", sourceId: "score", targetId: "out" }
  ]
}

export const zenEngine = (): ((contact: Prepared) => Promise<number>) => {
  const compiled = new ZenEngine().createDecision(decision)
  return async (contact) => {
    const { result }: { result: unknown } = await compiled.evaluate(contact)
    return typeof result === "object" && result !== null && "total" in result ? Number(result.total) : Number.NaN
  }
}

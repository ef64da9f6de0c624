/** `scoring`: twenty rules over contacts in memory, against code written for them by hand and against rule engines. */
import { Condition, Scoring } from "@clientele/core"
import { DateTime, Effect } from "effect"
import { type Benchmark, type Comparison, runs } from "./measuring.ts"
import { now, samples } from "./scoring/contacts.ts"
import { jsonLogicEngine, jsonRulesEngine, prepare, zenEngine } from "./scoring/peers.ts"
import { handWritten, rules } from "./scoring/rules.ts"

const measure = async (): Promise<ReadonlyArray<Comparison>> => {
  const compiled = Scoring.compile({ ...Scoring.defaultRuleSet, rules }, { code: "generated" })
  const closures = Scoring.compile({ ...Scoring.defaultRuleSet, rules }, { code: "closures" })
  const at = DateTime.toEpochMillis(now)
  // Of the scores only numbers are kept: V8 would learn from more that scores live long, and make later ones accordingly.
  const prepared = samples.map(({ facts, plain }) => {
    const score = Scoring.evaluate(compiled, facts, now)
    const contact = prepare(plain, score, (text) => Condition.readNumber(text) ?? -1)
    return { contact, plain, facts, expected: score.total, sum: sumOf(score) }
  })
  const engines = {
    "json-rules-engine": jsonRulesEngine(),
    "json-logic-engine, compiled": jsonLogicEngine(),
    "zen-engine": zenEngine()
  }
  for (const { contact, expected, facts, plain, sum } of prepared) {
    agree("total", Scoring.total(compiled, facts, now), expected)
    agree("closures", Scoring.total(closures, facts, now), expected)
    agree("the hand-written function", handWritten(plain, at), expected)
    for (const [name, run] of Object.entries(engines)) agree(name, await run(contact), sum)
  }

  const everything: Worker = {
    name: "everything",
    round: () => repeat(prepared, ({ facts }) => Scoring.evaluate(compiled, facts, now))
  }
  const total: Worker = {
    name: "total",
    round: () => repeat(prepared, ({ facts }) => Scoring.total(compiled, facts, now))
  }
  const everythingByClosures: Worker = {
    name: "everything, by closures",
    round: () => repeat(prepared, ({ facts }) => Scoring.evaluate(closures, facts, now))
  }
  const totalByClosures: Worker = {
    name: "total, by closures",
    round: () => repeat(prepared, ({ facts }) => Scoring.total(closures, facts, now))
  }
  const byHand: Worker = { name: "by hand", round: () => repeat(prepared, ({ plain }) => handWritten(plain, at)) }
  // Engines apart, because what they leave to be collected would be paid for by whoever comes next.
  const ours = [everything, total, everythingByClosures, totalByClosures]
  const scores = await inTurns([...ours, byHand])
  const comparisons = ours.map(({ name }) => compare(scores, name, "by hand"))
  for (const [name, run] of Object.entries(engines)) {
    const engine: Worker = {
      name,
      round: async () => {
        for (const { contact } of prepared) await run(contact)
      }
    }
    const speeds = await inTurns([everything, total, engine])
    comparisons.push(compare(speeds, "everything", name), compare(speeds, "total", name))
  }
  return comparisons
}

export const scoring: Benchmark = {
  about:
    `Twenty rules (twelve of fields, eight of events, two of them decaying) over ${samples.length} contacts in memory, on ` +
    "one thread. Everything is the whole score: factors, reasons, both breakdowns, grades, and until when it holds; the " +
    "total is that alone. Rules are generated code unless closures are named. By hand is a function that knows the rules and gives the total. The engines give the sum of " +
    "points alone, and are spared reading numbers out of text, letter case, and counting and decaying events.",
  run: Effect.promise(measure)
}

// internal

interface Worker {
  readonly name: string
  readonly round: () => Promise<void> | void
}

type Speeds = ReadonlyMap<string, ReadonlyArray<number>>

/** Contacts per second of each; in turns, so that what else the machine does falls on all alike. */
const inTurns = async (workers: ReadonlyArray<Worker>): Promise<Speeds> => {
  const speeds = new Map(workers.map(({ name }): [string, Array<number>] => [name, []]))
  // One more run than counts, to warm up.
  for (let run = 0; run <= runs; run++) {
    for (const { name, round } of workers) {
      const speed = await speedOf(round)
      if (run > 0) speeds.get(name)?.push(speed)
    }
  }
  return speeds
}

const compare = (speeds: Speeds, ours: string, reference: string): Comparison => ({
  what: `${ours}; reference: ${reference}`,
  unit: "contacts/s",
  ours: speeds.get(ours) ?? [],
  reference: speeds.get(reference) ?? [],
  also: {}
})

const repeat = <A>(items: ReadonlyArray<A>, work: (item: A) => unknown): void => {
  let last: unknown
  for (const item of items) last = work(item)
  // Work whose result nobody looks at need not be done.
  if (last === undefined) throw new Error("nothing was measured")
}

const sumOf = ({ breakdown }: Scoring.Score): number =>
  Object.values(breakdown)
    .flatMap(({ factors }) => factors)
    .reduce((sum, { score }) => sum + score, 0)

const agree = (name: string, given: number, expected: number): void => {
  if (given !== expected) throw new Error(`${name} gives ${given} instead of ${expected}`)
}

const atLeast = 400

const speedOf = async (round: Worker["round"]): Promise<number> => {
  const start = performance.now()
  let rounds = 0
  while (performance.now() - start < atLeast) {
    await round()
    rounds++
  }
  return (rounds * samples.length * 1_000) / (performance.now() - start)
}

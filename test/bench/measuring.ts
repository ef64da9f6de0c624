/** What a benchmark is, and how its figures are put into words. */
import { Effect, type Scope } from "effect"
import { availableParallelism, cpus, totalmem, type } from "node:os"

/** One comparison: the same work by the product and by the reference, measured in turns. */
export interface Comparison {
  readonly what: string
  readonly unit: string
  readonly ours: ReadonlyArray<number>
  readonly reference: ReadonlyArray<number>
  /** Further figures by name, each a list with one entry per run. */
  readonly also: { readonly [name: string]: ReadonlyArray<number | undefined> }
}

export interface Benchmark {
  /** What is measured, what the reference is, and what the reference leaves out. */
  readonly about: string
  readonly run: Effect.Effect<ReadonlyArray<Comparison>, never, Scope.Scope>
}

export const runs = 5

/** How long an effect takes, in milliseconds. */
export const timed = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(work, () => performance.now() - start)
  })

const median = (figures: ReadonlyArray<number>): number => {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export const machine = (): string =>
  `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
  `${type()}, Node ${process.versions.node}`

/** A table of the medians. */
export const toMarkdown = (name: string, { about }: Benchmark, comparisons: ReadonlyArray<Comparison>): string => {
  const rows = comparisons.map((comparison) => {
    const { ours, reference, unit, what } = comparison
    const also = Object.entries(comparison.also).flatMap(([name, figures]) => {
      const known = figures.filter((figure) => figure !== undefined)
      return known.length === 0 ? [] : [`${name} ${whole(median(known))}`]
    })
    const ratio = (median(ours) / median(reference)).toFixed(2)
    return `| ${[what, `${whole(median(ours))} ${unit}`, `${whole(median(reference))} ${unit}`, ratio, also.join(", ")].join(" | ")} |`
  })
  return [
    `## ${name}`,
    "",
    about,
    "",
    "| what | Clientele | reference | ratio | also |",
    "| --- | ---: | ---: | ---: | --- |",
    ...rows,
    "",
    `Medians of ${runs} runs on ${machine()}.`,
    ""
  ].join("\n")
}

// internal

const whole = (figure: number): string =>
  figure >= 100 ? Math.round(figure).toLocaleString("en") : figure.toPrecision(3)

/**
 * `pnpm bench` runs every benchmark, `pnpm bench NAME…` some. The tables are printed and written to `.cache/bench`, as
 * Markdown and, with the figure of every run, as JSON. A benchmark measures; it never judges.
 */
import { Effect, Record } from "effect"
import { mkdir, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { dealMoves } from "./deal-moves.ts"
import { duplicates } from "./duplicates.ts"
import { get } from "./get.ts"
import { httpCreate } from "./http-create.ts"
import { httpList } from "./http-list.ts"
import { importing } from "./import.ts"
import { lists } from "./lists.ts"
import { merging } from "./merge.ts"
import { type Benchmark, machine, toMarkdown } from "./measuring.ts"
import { rescoring } from "./rescore.ts"
import { pipeline } from "./pipeline.ts"
import { scoring } from "./scoring.ts"
import { start } from "./start.ts"
import { webhooks } from "./webhooks.ts"

const benchmarks: Readonly<Record<string, Benchmark>> = {
  "deal-moves": dealMoves,
  duplicates,
  get,
  import: importing,
  "http-list": httpList,
  "http-create": httpCreate,
  lists,
  merge: merging,
  rescore: rescoring,
  pipeline,
  scoring,
  start,
  webhooks
}

const folder = fileURLToPath(new URL("../../.cache/bench", import.meta.url))
const names = process.argv.slice(2)
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0) {
  console.error(`No benchmark is called ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}`)
  process.exit(1)
}

await mkdir(folder, { recursive: true })
const chosen = Record.filter(benchmarks, (_, name) => names.length === 0 || names.includes(name))
for (const [name, benchmark] of Object.entries(chosen)) {
  const comparisons = await Effect.runPromise(Effect.scoped(benchmark.run))
  const table = toMarkdown(name, benchmark, comparisons)
  await writeFile(`${folder}/${name}.md`, table)
  await writeFile(`${folder}/${name}.json`, JSON.stringify({ name, machine: machine(), comparisons }, undefined, 2))
  console.log(table)
}

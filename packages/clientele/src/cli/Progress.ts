/**
 * How far a long command is, on standard error: on a terminal a bar that is drawn over itself, else a line of JSON for
 * every tenth of the way, for programs.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Stdio } from "effect/Stdio"
import * as Stream from "effect/Stream"
import { amount, bar } from "./Text.ts"

/** Shows that so much of all is done. */
export type Progress = (done: number, total: number) => Effect.Effect<void>

export const progress: Effect.Effect<Progress, never, Stdio> = Effect.gen(function* () {
  const stdio = yield* Stdio
  const isTerminal = yield* stdio.stderrIsTerminal
  const step = isTerminal ? 1 : 10
  let shown = -1
  return (done, total) =>
    Effect.suspend(() => {
      const percent = percentOf(done, total)
      const reached = Math.floor(percent / step)
      if (reached === shown) return Effect.void
      shown = reached
      return isTerminal ? draw(stdio, percent, done, total) : Console.error(JSON.stringify({ done, total }))
    })
})

/** A line of the bar. */
export const line = (percent: number, done: number, total: number): string =>
  `${bar(percent, 100, barLength).padEnd(barLength, "░")} ${String(percent).padStart(3)} % ${amount(done)}/${amount(total)}`

// internal

const barLength = 40

/** What is created meanwhile may come in addition. */
const percentOf = (done: number, total: number): number => (done >= total ? 100 : Math.floor((done / total) * 100))

// A terminal that is gone is nothing to fail for.
const draw = (stdio: Stdio, percent: number, done: number, total: number) =>
  Stream.run(
    Stream.succeed(`\r${line(percent, done, total)}${percent === 100 ? "\n" : ""}`),
    stdio.stderr({ endOnDone: false })
  ).pipe(Effect.ignore)

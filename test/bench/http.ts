/** Rates of one request against the server and against a reference server, in turns. */
import { Effect, Schema } from "effect"
import { type Comparison, runs } from "./measuring.ts"
import { runToEnd, type Server } from "./processes.ts"

/** What a process of `load.ts` tells. */
export const Loaded = Schema.Struct({
  answered: Schema.Int,
  rate: Schema.Finite,
  p50: Schema.Finite,
  p99: Schema.Finite
})

export interface Request {
  readonly method: "GET" | "POST"
  /** Below the API's base. */
  readonly path: string
  readonly body?: string
  readonly expectedStatus: number
}

export const connections = 32

export const compareRates = Effect.fnUntraced(function* (
  what: string,
  request: Request,
  ours: Server,
  reference: Server
) {
  const rates = { ours: new Array<number>(), reference: new Array<number>() }
  const cpu = { ours: new Array<number | undefined>(), reference: new Array<number | undefined>() }
  const p99 = { ours: new Array<number>(), reference: new Array<number>() }
  for (let turn = 1; turn <= runs; turn++) {
    for (const [side, server] of [
      ["ours", ours],
      ["reference", reference]
    ] as const) {
      const { port, pathname } = new URL(server.origin)
      const before = server.cpuSeconds()
      const loaded = yield* runToEnd(
        new URL("./load.ts", import.meta.url),
        {
          body: "",
          ...request,
          port: Number(port),
          path: `${pathname === "/" ? "" : pathname}${request.path}`,
          headers: server.headers,
          connections,
          warmUpSeconds: turn === 1 ? 4 : 1,
          seconds: 4
        },
        Loaded
      )
      const after = server.cpuSeconds()
      cpu[side].push(
        before === undefined || after === undefined ? undefined : ((after - before) * 1000) / loaded.answered
      )
      rates[side].push(loaded.rate)
      p99[side].push(loaded.p99)
    }
  }
  return {
    what,
    unit: "requests/s",
    ours: rates.ours,
    reference: rates.reference,
    also: {
      "CPU ms/request": cpu.ours,
      "reference CPU ms/request": cpu.reference,
      "p99 ms": p99.ours,
      "reference p99 ms": p99.reference
    }
  } satisfies Comparison
})

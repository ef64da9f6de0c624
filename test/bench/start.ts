/** How long it takes from the start of the process to the first answer, as published and from the sources. */
import { Effect, type Scope } from "effect"
import { join } from "node:path"
import { publish } from "../support/packed.ts"
import { type Benchmark, type Comparison, runs, timed } from "./measuring.ts"
import { clientele, referenceServer, type Server, temporaryFolder } from "./processes.ts"

export const start: Benchmark = {
  about:
    "From the start of the process to the first answer: of a server on a file that is there, to a list of contacts; of the " +
    "reference, a bare `node:http` server, to anything. It leaves out all but Node. Either has been started once before.",
  run: Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const { application } = yield* Effect.acquireRelease(Effect.promise(publish), ({ remove }) =>
      Effect.promise(remove)
    )
    const url = `sqlite:${join(folder, "crm.db")}`
    const published = join(application, "node_modules/clientele/dist/bin.js")
    return [
      yield* compare("as published", clientele(url, { NODE_COMPILE_CACHE: join(folder, "cache") }, published)),
      yield* compare("from the sources", clientele(url))
    ]
  })
}

// internal

const bare = referenceServer(new URL("./reference/bare.ts", import.meta.url))

const compare = Effect.fnUntraced(function* (
  what: string,
  server: Effect.Effect<Server, never, Scope.Scope>
): Effect.fn.Return<Comparison> {
  const [ours, reference, processor] = [new Array<number>(), new Array<number>(), new Array<number | undefined>()]
  for (let run = -1; run < runs; run++) {
    const { cpuSeconds, elapsed } = yield* firstAnswer(server, "/contacts")
    const limit = yield* firstAnswer(bare, "/")
    if (run < 0) continue
    ours.push(elapsed)
    reference.push(limit.elapsed)
    processor.push(cpuSeconds === undefined ? undefined : cpuSeconds * 1_000)
  }
  return { what, unit: "ms", ours, reference, also: { "ms of processor time": processor } }
})

/** Starts, asks once, and ends the process. */
const firstAnswer = (server: Effect.Effect<Server, never, Scope.Scope>, path: string) =>
  Effect.gen(function* () {
    let cpuSeconds: number | undefined
    const elapsed = yield* timed(
      Effect.gen(function* () {
        const { cpuSeconds: read, headers, origin } = yield* server
        const { ok } = yield* Effect.promise(() => fetch(`${origin}${path}`, { headers }))
        if (!ok) return yield* Effect.die("the first answer is no success")
        cpuSeconds = read()
      })
    )
    return { elapsed, cpuSeconds }
  }).pipe(Effect.scoped)

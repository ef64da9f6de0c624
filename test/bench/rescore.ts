/**
 * `rescore`: every stored contact is scored again because the rules are others, by the job of a running server, on both
 * databases. `BENCH_CONTACTS` is how many there are, a million unless given.
 */
import { Crm, Scoring, TenantId, TimeOrderedIds } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as postgresLayer } from "@clientele/sql-pg"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { Effect, Fiber, Layer, Redacted, Schema } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { createDatabase } from "../support/create-database.ts"
import { insertContacts, mixed } from "../support/contacts.ts"
import { Loaded } from "./http.ts"
import { type Benchmark, type Comparison, runs } from "./measuring.ts"
import { clientele, mebibytes, postgres, runToEnd, type Server, temporaryFolder } from "./processes.ts"
import { rescorePostgres, rescoreSqlite } from "./reference/rescore.ts"

const contacts = Number(process.env["BENCH_CONTACTS"] ?? 1_000_000)
const callers = 4

export const rescoring: Benchmark = {
  about:
    `New rules are set, and a job scores ${contacts.toLocaleString("en")} contacts by them in the server; the time is from ` +
    "the request until the job is completed. The reference writes the six columns of a score by id, with values that are " +
    "ready, in transactions of as many contacts and with the same durability. It leaves out: reading contacts and what " +
    `they did, scoring them, the events, and the job. The lists are of 20 contacts, asked for by ${callers} callers without ` +
    "a pause while another such job is under way.",
  run: Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const file = `${folder}/rescore.db`
    const database = yield* Effect.orDie(createDatabase(yield* postgres, "rescore"))
    return [
      yield* measure("SQLite", `sqlite:${file}`, sqliteLayer({ filename: file }), rescoreSqlite(file)),
      yield* measure("Postgres", database, postgresLayer({ url: Redacted.make(database) }), rescorePostgres(database))
    ]
  })
}

// internal

const measure = Effect.fnUntraced(function* <E>(
  what: string,
  databaseUrl: string,
  storage: Layer.Layer<Crm.Storage | SqlClient, E>,
  reference: Effect.Effect<number>
) {
  const layer = Layer.mergeAll(storage, TimeOrderedIds.layer, PhoneNumbers.layer())
  yield* insertContacts(TenantId.make("demo"), contacts, mixed).pipe(Effect.provide(layer), Effect.orDie)
  const [ours, references]: [Array<number>, Array<number>] = [[], []]
  const [memory, cpu]: [Array<number | undefined>, Array<number | undefined>] = [[], []]
  for (let run = 1; run <= runs; run++) {
    const measured = Effect.gen(function* () {
      const server = yield* clientele(databaseUrl)
      const started = performance.now()
      const before = server.cpuSeconds() ?? Number.NaN
      yield* finished(server, yield* setRules(server, run))
      ours.push((contacts * 1000) / (performance.now() - started))
      cpu.push((((server.cpuSeconds() ?? Number.NaN) - before) * 1e6) / contacts)
      memory.push(mebibytes(server.peakMemory()))
    })
    yield* Effect.scoped(measured)
    references.push(yield* reference)
  }
  const { p50, p99 } = yield* Effect.scoped(listsMeanwhile(databaseUrl))
  return {
    what,
    unit: "contacts/s",
    ours,
    reference: references,
    also: { "peak resident MiB": memory, "CPU µs/contact": cpu, "list p50 ms": [p50], "list p99 ms": [p99] }
  } satisfies Comparison
})

/** How long lists take while a job is under way that lasts longer than they are measured. */
const listsMeanwhile = Effect.fnUntraced(function* (databaseUrl: string) {
  const server = yield* clientele(databaseUrl)
  const { pathname, port } = new URL(server.origin)
  const job = yield* setRules(server, runs + 1)
  const load = yield* Effect.forkChild(
    runToEnd(
      new URL("./load.ts", import.meta.url),
      {
        method: "GET",
        path: `${pathname}/contacts?limit=20`,
        body: "",
        expectedStatus: 200,
        port: Number(port),
        headers: server.headers,
        connections: callers,
        warmUpSeconds: 1,
        seconds: 4
      },
      Loaded
    )
  )
  const loaded = yield* Fiber.join(load)
  if (yield* isFinished(server, job)) return { p50: undefined, p99: undefined }
  yield* finished(server, job)
  return loaded
})

const InForce = Schema.Struct({ job: Schema.Struct({ id: Schema.String }) })
const Job = Schema.Struct({ status: Schema.String })

const ask = <A>(server: Server, path: string, answer: Schema.ConstraintCodec<A, unknown>, request?: RequestInit) =>
  Effect.promise(async () => {
    const response = await fetch(`${server.origin}${path}`, {
      ...request,
      headers: { ...server.headers, "content-type": "application/json" }
    })
    return Schema.decodeUnknownSync(Schema.fromJsonString(answer))(await response.text())
  })

/** The default rules, with other points every time; answers the job that scores by them. */
const setRules = (server: Server, run: number): Effect.Effect<string> => {
  const rules = [
    ...Scoring.defaultRuleSet.rules,
    {
      category: "fit",
      field: "status",
      conditions: [{ operator: "eq", value: "active", score: 1 + (run % 5) }]
    } as const
  ]
  const body = JSON.stringify({ rules: Schema.encodeSync(Schema.Array(Scoring.Rule))(rules) })
  return Effect.map(ask(server, "/scoring/rules", InForce, { method: "PUT", body }), ({ job }) => job.id)
}

const isFinished = (server: Server, job: string): Effect.Effect<boolean> =>
  Effect.map(ask(server, `/jobs/${job}`, Job), ({ status }) => {
    if (status !== "completed" && status !== "running" && status !== "queued") throw new Error(`the job is ${status}`)
    return status === "completed"
  })

const finished = (server: Server, job: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (!(yield* isFinished(server, job))) yield* Effect.sleep("50 millis")
  })

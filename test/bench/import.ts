/** `import`: a CSV file of 100,000 rows, or BENCH_ROWS, over HTTP into the server, on each database. */
import { Effect, Schema } from "effect"
import type { Scope } from "effect"
import { openAsBlob } from "node:fs"
import { createDatabase } from "../support/create-database.ts"
import { mapping, writeCsv } from "./contacts.ts"
import { type Benchmark, type Comparison, runs } from "./measuring.ts"
import { clientele, mebibytes, postgres, runToEnd, type Server, temporaryFolder } from "./processes.ts"

const rows = Number(process.env["BENCH_ROWS"] ?? 100_000)

const Report = Schema.Struct({ rows: Schema.Int, imported: Schema.Int })
const Timed = Schema.Struct({ seconds: Schema.Finite, cpuSeconds: Schema.Finite, rows: Schema.Int })

/** Sends the file as a form, and sees to it that every row was imported; the seconds until the report came. */
export const importFile = (server: Server, csv: string, expected: number): Effect.Effect<number> =>
  Effect.promise(async () => {
    const started = performance.now()
    const form = new FormData()
    form.set("mapping", JSON.stringify(mapping))
    form.set("file", await openAsBlob(csv, { type: "text/csv" }), "contacts.csv")
    const response = await fetch(`${server.origin}/contacts/import`, {
      method: "POST",
      body: form,
      headers: server.headers
    })
    const text = await response.text()
    const report = Schema.decodeUnknownSync(Schema.fromJsonString(Report))(text)
    if (report.imported !== expected) throw new Error(`not every row was imported: ${text}`)
    return (performance.now() - started) / 1000
  })

const run = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const csv = `${folder}/contacts.csv`
  yield* Effect.promise(() => writeCsv(csv, rows))
  const onSqlite = yield* compare("SQLite", new URL("./reference/import-sqlite.ts", import.meta.url), csv, {
    make: (name) => Effect.succeed(`${folder}/${name}.db`),
    url: (database) => `sqlite:${database}`
  })
  const cluster = yield* postgres
  const onPostgres = yield* compare("Postgres", new URL("./reference/import-pg.ts", import.meta.url), csv, {
    make: (name) => Effect.orDie(createDatabase(cluster, name)),
    url: (database) => database
  })
  return [onSqlite, onPostgres]
})

export const importing: Benchmark = {
  about:
    `A CSV file of ${rows.toLocaleString("en")} rows is uploaded to an empty database, and every row becomes a contact. ` +
    "The reference reads the same file from disk and inserts the same columns into the same tables, indexes and search " +
    "table, by hand-written statements with the same durability. It leaves out: HTTP, " +
    "every check of a value, E.164, the look-up of duplicates, putting the rows aside, the history, the scores, and the events.",
  run
}

// internal

interface Databases {
  readonly make: (name: string) => Effect.Effect<string, never, Scope.Scope>
  readonly url: (database: string) => string
}

const compare = Effect.fnUntraced(function* (what: string, reference: URL, csv: string, databases: Databases) {
  const ours: Array<number> = []
  const referenced: Array<number> = []
  const memory: Array<number | undefined> = []
  const cpu: Array<number | undefined> = []
  const referenceCpu: Array<number> = []
  for (let turn = 1; turn <= runs; turn++) {
    yield* Effect.scoped(
      Effect.gen(function* () {
        const server = yield* clientele(databases.url(yield* databases.make(`ours-${turn}`)))
        const before = server.cpuSeconds()
        ours.push(rows / (yield* importFile(server, csv, rows)))
        const after = server.cpuSeconds()
        cpu.push(before === undefined || after === undefined ? undefined : after - before)
        memory.push(mebibytes(server.peakMemory()))
      })
    )
    yield* Effect.scoped(
      Effect.gen(function* () {
        const database = yield* databases.make(`reference-${turn}`)
        const timed = yield* runToEnd(reference, { csv, database, batch: referenceBatch }, Timed)
        if (timed.rows !== rows) return yield* Effect.die(`the reference inserted ${timed.rows} rows`)
        referenced.push(rows / timed.seconds)
        referenceCpu.push(timed.cpuSeconds)
      })
    )
  }
  return {
    what,
    unit: "rows/s",
    ours,
    reference: referenced,
    also: { "peak resident MiB": memory, "CPU s": cpu, "reference CPU s": referenceCpu }
  } satisfies Comparison
})

/** Rows in a transaction, as in ours; with ten or forty times as many it is not faster. */
const referenceBatch = 500

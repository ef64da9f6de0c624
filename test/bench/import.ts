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
  return [...onSqlite, ...onPostgres]
})

export const importing: Benchmark = {
  about:
    `A CSV file of ${rows.toLocaleString("en")} rows is uploaded to an empty database, and every row becomes a contact. ` +
    "The reference reads the same file from disk and inserts the same rows into the same tables, indexes and search " +
    "table, by hand-written statements with the same durability: contacts, addresses, notes, tags, keys of duplicates, " +
    "history, and events. It leaves out: HTTP, every check of a value, E.164, the look-up of duplicates, putting the rows " +
    "aside, the scores and the kept totals. Contacts alone leaves out the tags, the keys, the history and the events, too.",
  run
}

// internal

interface Databases {
  readonly make: (name: string) => Effect.Effect<string, never, Scope.Scope>
  readonly url: (database: string) => string
}

const compare = Effect.fnUntraced(function* (what: string, reference: URL, csv: string, databases: Databases) {
  const ours: Array<number> = []
  const memory: Array<number | undefined> = []
  const cpu: Array<number | undefined> = []
  const bare = { rate: Array<number>(), cpu: Array<number>() }
  const full = { rate: Array<number>(), cpu: Array<number>() }
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
    for (const [name, figures] of Object.entries({ bare, full })) {
      const database = yield* databases.make(`${name}-${turn}`)
      const timed = yield* runToEnd(reference, { all: figures === full, csv, database, batch: referenceBatch }, Timed)
      if (timed.rows !== rows) return yield* Effect.die(`the reference inserted ${timed.rows} rows`)
      figures.rate.push(rows / timed.seconds)
      figures.cpu.push(timed.cpuSeconds)
    }
  }
  const comparison = (what: string, { cpu: referenceCpu, rate }: typeof bare): Comparison => ({
    what,
    unit: "rows/s",
    ours,
    reference: rate,
    also: { "peak resident MiB": memory, "CPU s": cpu, "reference CPU s": referenceCpu }
  })
  return [comparison(what, full), comparison(`${what}, against contacts alone`, bare)]
})

/** Rows in a transaction, as in ours; with ten or forty times as many it is not faster. */
const referenceBatch = 500

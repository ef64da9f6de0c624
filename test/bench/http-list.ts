/** `http-list`: the first page of a filtered list, with its exact total, out of 100,000 contacts on SQLite. */
import { Effect } from "effect"
import { writeCsv } from "./contacts.ts"
import { compareRates, connections } from "./http.ts"
import { importFile } from "./import.ts"
import type { Benchmark } from "./measuring.ts"
import { clientele, referenceServer, temporaryFolder } from "./processes.ts"

const rows = 100_000

export const httpList: Benchmark = {
  about:
    `Lists of 20 out of ${rows.toLocaleString("en")} contacts on SQLite, over ${connections} kept-alive connections. The ` +
    "reference is bare node:http with hand-written node:sqlite statements on the same file: the same filter, order, exact " +
    "total and JSON. It leaves out: the token, the checks of the query, owners' names, the request id, and one snapshot " +
    "for page and total.",
  run: Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const csv = `${folder}/contacts.csv`
    const database = `${folder}/contacts.db`
    yield* Effect.promise(() => writeCsv(csv, rows))
    const ours = yield* clientele(`sqlite:${database}`)
    yield* importFile(ours, csv, rows)
    const reference = yield* referenceServer(new URL("./reference/http.ts", import.meta.url), database)
    const list = (what: string, query: string) =>
      compareRates(what, { method: "GET", path: `/contacts?${query}&limit=20`, expectedStatus: 200 }, ours, reference)
    return [
      yield* list("status=active, 80,000 matching", "status=active"),
      yield* list("source=partner, 1,000 matching", "source=partner")
    ]
  })
}

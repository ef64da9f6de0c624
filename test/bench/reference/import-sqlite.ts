/** Reads a CSV file and inserts it, a batch in each transaction; prints the seconds from the first byte to the last commit. */
import { contactOf, fieldsOf, records } from "./rows.ts"
import { makeInsert, migrate, open } from "./sqlite.ts"

const { batch, csv, database }: { readonly batch: number; readonly csv: string; readonly database: string } =
  JSON.parse(process.argv[2] ?? "")

const sqlite = open(database)
migrate(sqlite)
const insert = makeInsert(sqlite)

const started = performance.now()

const idle = process.cpuUsage()
const now = new Date().toISOString()
for await (const found of records(csv)) {
  for (let from = 0; from < found.length; from += batch) {
    sqlite.exec("BEGIN IMMEDIATE")
    for (const cells of found.slice(from, from + batch)) insert(contactOf(fieldsOf(cells), now), now)
    sqlite.exec("COMMIT")
  }
}
const seconds = (performance.now() - started) / 1000
const used = process.cpuUsage(idle)
const [counted] = sqlite.prepare("SELECT count(*) AS rows FROM crm_contacts").all()
sqlite.close()
console.log(JSON.stringify({ seconds, cpuSeconds: (used.user + used.system) / 1e6, rows: counted?.["rows"] }))

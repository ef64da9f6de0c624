/**
 * Reads a CSV file and inserts it, a batch in each transaction, with all rows that ours writes or the contacts alone; prints
 * the seconds from the first byte to the last commit.
 */
import { contactOf, fieldsOf, type ImportArgument, records } from "./rows.ts"
import { makeInsert, makeInsertBeside, migrate, open } from "./sqlite.ts"

const { all, batch, csv, database }: ImportArgument = JSON.parse(process.argv[2] ?? "")

const sqlite = open(database)
migrate(sqlite)
const insert = makeInsert(sqlite)
const insertBeside = makeInsertBeside(sqlite)

const started = performance.now()

const idle = process.cpuUsage()
const now = new Date().toISOString()
for await (const found of records(csv)) {
  for (let from = 0; from < found.length; from += batch) {
    sqlite.exec("BEGIN IMMEDIATE")
    const contacts = found.slice(from, from + batch).map((cells) => contactOf(fieldsOf(cells), now))
    for (const contact of contacts) insert(contact, now)
    if (all) insertBeside(contacts, now)
    sqlite.exec("COMMIT")
  }
}
const seconds = (performance.now() - started) / 1000
const used = process.cpuUsage(idle)
const [counted] = sqlite.prepare("SELECT count(*) AS rows FROM crm_contacts").all()
sqlite.close()
console.log(JSON.stringify({ seconds, cpuSeconds: (used.user + used.system) / 1e6, rows: counted?.["rows"] }))

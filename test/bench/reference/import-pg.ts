/** The same on Postgres, each table of a batch as arrays through UNNEST; COPY, which is faster, the driver does not have. */
import { Migrations, type Table } from "@clientele/sql"
import { PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Redacted, Result } from "effect"
import {
  type Contact,
  contactColumns,
  contactOf,
  fieldsOf,
  type ImportArgument,
  names,
  records,
  rowsBeside,
  tablesBeside,
  tenant
} from "./rows.ts"

const { all, batch, csv, database }: ImportArgument = JSON.parse(process.argv[2] ?? "")

const casts = { text: "", integer: "::int", bigint: "::bigint", timestamp: "::timestamptz", json: "::jsonb" }

const insertInto = (table: Table): string => {
  const columns = Object.keys(table.columns)
  const arrays = columns.map((_, index) => `$${index + 1}::text[]`).join(", ")
  const values = Object.entries(table.columns).map(([column, kind]) => `${column}${casts[kind]}`)
  return `INSERT INTO ${table.name} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM unnest(${arrays}) AS given (${columns.join(", ")})`
}

const texts = (values: ReadonlyArray<string | number | null>) =>
  Result.getOrThrow(
    PgTypes.array(
      values.map((value) => (value === null ? null : String(value))),
      PgTypes.OID.text
    )
  )

const program = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  for (const { statements } of Migrations.all)
    for (const statement of statements.pg(names)) yield* sql.unsafe(statement)
  const [contacts, emails, notes] = [names.contacts, names.contactEmails, names.notes].map(insertInto)

  const beside = tablesBeside.map((table) => ({ statement: insertInto(table), columns: Object.keys(table.columns) }))
  const insertBeside = (contacts: ReadonlyArray<Contact>, now: string) => {
    const given = rowsBeside(contacts, now)
    return Effect.forEach(beside, ({ columns, statement }, table) => {
      const rows = given[table] ?? []
      const arrays = columns.map((_, column) => texts(rows.map((row) => row[column] ?? null)))
      return rows.length === 0 ? Effect.void : Effect.asVoid(sql.unsafe(statement, arrays))
    })
  }

  const insert = (rows: ReadonlyArray<Contact>, now: string) => {
    const keyed = rows.filter(({ key }) => key !== undefined)
    const noted = rows.filter(({ note }) => note !== undefined)
    const every = (value: string, of: ReadonlyArray<unknown>) => texts(of.map(() => value))
    return sql.withTransaction(
      Effect.gen(function* () {
        yield* sql.unsafe(
          contacts ?? "",
          contactColumns.map((_, index) => texts(rows.map(({ values }) => values[index] ?? null)))
        )
        yield* sql.unsafe(emails ?? "", [
          every(tenant, keyed),
          texts(keyed.map(({ key = null }) => key)),
          texts(keyed.map(({ id }) => id))
        ])
        if (all) yield* insertBeside(rows, now)
        if (noted.length === 0) return
        yield* sql.unsafe(notes ?? "", [
          every(tenant, noted),
          texts(noted.map(({ id }) => `note_${id}`)),
          texts(noted.map(({ id }) => id)),
          texts(noted.map(() => null)),
          texts(noted.map(({ note = null }) => note)),
          every("user_demo", noted),
          every(now, noted)
        ])
      })
    )
  }

  const started = performance.now()

  const idle = process.cpuUsage()
  const now = new Date().toISOString()
  const found = records(csv)
  for (;;) {
    const { done, value } = yield* Effect.promise(() => found.next())
    if (done === true) break
    for (let from = 0; from < value.length; from += batch) {
      yield* insert(
        value.slice(from, from + batch).map((cells) => contactOf(fieldsOf(cells), now)),
        now
      )
    }
  }
  const seconds = (performance.now() - started) / 1000
  const used = process.cpuUsage(idle)
  const [counted] = yield* sql`SELECT count(*)::int AS rows FROM crm_contacts`
  console.log(JSON.stringify({ seconds, cpuSeconds: (used.user + used.system) / 1e6, rows: counted?.["rows"] }))
})

await Effect.runPromise(Effect.provide(program, PgClient.layer({ url: Redacted.make(database), maxConnections: 1 })))

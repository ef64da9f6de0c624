/** Contacts in the library's own tables by hand-written statements, over bare node:sqlite. */
import { Migrations } from "@clientele/sql"
import { DatabaseSync } from "node:sqlite"
import { type Contact, contactColumns, names, rowsBeside, tablesBeside, tenant } from "./rows.ts"

/** Settings as the library's: write-ahead log, commits that wait for the disk, deleted content overwritten. */
export const open = (filename: string, synchronous: "full" | "normal" = "full"): DatabaseSync => {
  const database = new DatabaseSync(filename)
  database.exec(
    `PRAGMA journal_mode = wal; PRAGMA synchronous = ${synchronous}; PRAGMA secure_delete = ON; PRAGMA cache_size = -16384`
  )
  return database
}

/** The same tables, indexes and search table. */
export const migrate = (database: DatabaseSync): void => {
  for (const { statements } of Migrations.all) {
    for (const statement of statements.sqlite(names)) database.exec(statement)
  }
}

export const makeInsert = (database: DatabaseSync) => {
  const contact = database.prepare(
    `INSERT INTO ${names.contacts.name} (${contactColumns.join(", ")}) VALUES (${contactColumns.map(() => "?").join(", ")})`
  )
  const address = database.prepare(`INSERT INTO ${names.contactEmails.name} VALUES (?, ?, ?)`)
  const note = database.prepare(`INSERT INTO ${names.notes.name} VALUES (?, ?, ?, NULL, ?, ?, ?)`)
  const search = database.prepare(`INSERT INTO ${names.contactSearch} (rowid, tenant, text) VALUES (?, ?, ?)`)
  const textAt = contactColumns.indexOf("search_text")
  return (added: Contact, now: string): void => {
    const { lastInsertRowid } = contact.run(...added.values)
    if (added.key !== undefined) address.run(tenant, added.key, added.id)
    if (added.note !== undefined) note.run(tenant, `note_${added.id}`, added.id, added.note, "user_demo", now)
    search.run(lastInsertRowid, `|${tenant}|`, added.values[textAt] ?? "")
  }
}

/** Writes what stands beside contacts in other tables. */
export const makeInsertBeside = (database: DatabaseSync) => {
  const statements = tablesBeside.map(({ columns, name }) => {
    const all = Object.keys(columns)
    return database.prepare(`INSERT INTO ${name} (${all.join(", ")}) VALUES (${all.map(() => "?").join(", ")})`)
  })
  return (contacts: ReadonlyArray<Contact>, now: string): void =>
    rowsBeside(contacts, now).forEach((rows, table) => rows.forEach((row) => statements[table]?.run(...row)))
}

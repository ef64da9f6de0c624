/** A SQLite file whose write-ahead log ends anywhere, as it does when the power goes. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { actor, opened, sqliteFile } from "../embedding/databases.ts"

const cuts = 200

/** The contacts of a file in the order in which they came, each with what else its commit wrote, and what is broken in it. */
const inspect = (file: string) => {
  const database = new DatabaseSync(file)
  try {
    const broken = database.prepare("PRAGMA integrity_check").all()
    const contacts = database
      .prepare(
        `SELECT id, (SELECT count(*) FROM crm_outbox WHERE contact_id = contact.id) AS events,
          (SELECT count(*) FROM crm_contact_history WHERE contact_id = contact.id) AS changes,
          (SELECT count(*) FROM crm_contact_emails WHERE contact_id = contact.id) AS addresses,
          (SELECT count(*) FROM crm_contact_search WHERE rowid = contact.row_key) AS found
        FROM crm_contacts AS contact ORDER BY row_key`
      )
      .all()
    return { broken, contacts }
  } finally {
    database.close()
  }
}

describe("a write-ahead log", () => {
  it.live(`that is torn at ${cuts} points leaves the commits before the tear, each as a whole`, () =>
    Effect.gen(function* () {
      const file = yield* sqliteFile
      // The tables go into the file itself as the database is closed, and only what comes after them into the log.
      yield* Effect.scoped(opened({ database: `sqlite:${file}` }))
      const crm = yield* opened({ database: `sqlite:${file}` })
      const acknowledged: Array<string> = []
      for (let n = 0; n < 20; n++) {
        const { id } = yield* Effect.promise(() =>
          crm.as(actor).contacts.create({ name: `Person ${n}`, email: `person${n}@example.com` })
        )
        acknowledged.push(id)
      }
      const log = readFileSync(`${file}-wal`)
      const torn = join(mkdtempSync(join(dirname(file), "torn-")), "crm.db")
      const kept = new Set<number>()
      for (let cut = 0; cut <= cuts; cut++) {
        // Also in the middle of a page and of what stands before it.
        const end = Math.floor((log.length * cut) / cuts)
        copyFileSync(file, torn)
        writeFileSync(`${torn}-wal`, log.subarray(0, end))
        rmSync(`${torn}-shm`, { force: true })
        const { broken, contacts } = inspect(torn)
        assert.deepStrictEqual(
          broken.map(({ integrity_check }) => integrity_check),
          ["ok"],
          `cut at ${end}`
        )
        const whole = acknowledged.slice(0, contacts.length)
        assert.deepStrictEqual(
          contacts.map((row) => ({ ...row })),
          whole.map((id) => ({ id, events: 1, changes: 1, addresses: 1, found: 1 })),
          `cut at ${end}`
        )
        kept.add(contacts.length)
      }
      assert.deepStrictEqual(
        [...kept].toSorted((a, b) => a - b),
        Array.from({ length: 21 }, (_, n) => n)
      )
    })
  )
})

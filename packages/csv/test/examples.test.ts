import { assert, describe, it } from "@effect/vitest"
import { CsvReader } from "@clientele/csv"
import { Effect, Stream } from "effect"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const directory = fileURLToPath(new URL("../../../examples/data/", import.meta.url))
const file = readFileSync(join(directory, "contacts.csv"))

describe("examples/data/contacts.csv", () => {
  it("is what its generator makes", () => {
    const temporary = mkdtempSync(join(tmpdir(), "contacts-"))
    try {
      const made = join(temporary, "contacts.csv")
      execFileSync(process.execPath, [join(directory, "generate.ts"), made])
      assert.isTrue(file.equals(readFileSync(made)), "run node examples/data/generate.ts")
    } finally {
      rmSync(temporary, { recursive: true })
    }
  })

  it.effect("holds what its README says", () =>
    Effect.gen(function* () {
      const bytes = Stream.succeed(new Uint8Array(file))
      const { delimiter, encoding, header, ragged } = yield* CsvReader.scan(bytes)
      assert.deepStrictEqual({ delimiter, encoding, ragged }, { delimiter: ",", encoding: "utf-8", ragged: 0 })
      const rows = yield* Stream.runCollect(CsvReader.rows(bytes))
      const column = (name: string) => rows.map(({ cells }) => cells[header.indexOf(name)] ?? assert.fail(name))
      const emails = column("Email Address").filter((email) => email !== "")
      assert.strictEqual(rows.length, 1_200)
      assert.strictEqual(emails.length, 1_140)
      assert.strictEqual(new Set(emails).size, 1_140)
      assert.strictEqual(new Set(emails.map((email) => email.toLowerCase())).size, 1_128)
      for (const email of emails) {
        assert.match(email, /^[a-z0-9.]+@([a-z]+\.)?(example\.(com|net|org)|[a-z-]+\.example)$/i)
      }
      assert.strictEqual(column("Phone").filter((phone) => phone !== "").length, 658)
      assert.strictEqual(column("Company").filter((company) => /[",]/.test(company)).length, 91)
      assert.strictEqual(column("Notes").filter((notes) => /[\r\n]/.test(notes)).length, 36)
      assert.strictEqual(column("Notes").filter((notes) => notes.includes('"')).length, 30)
      assert.deepStrictEqual(new Set(column("Status")), new Set(["active", "inactive"]))
      assert.deepStrictEqual(
        new Set(column("Source")),
        new Set(["website", "referral", "event", "newsletter", "cold_call"])
      )
      assert.isTrue(column("Full Name").every((name) => name !== ""))
    })
  )
})

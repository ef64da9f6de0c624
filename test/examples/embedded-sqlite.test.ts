/** The example runs as it is, on a file of its own, and again on what it left. */
import { execFile } from "node:child_process"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it, onTestFinished } from "vitest"

const main = fileURLToPath(new URL("../../examples/embedded-sqlite/src/main.ts", import.meta.url))

const run = promisify(execFile)

describe("examples/embedded-sqlite", () => {
  it("creates, imports and lists, and knows what it did the second time", async () => {
    const cwd = await mkdtemp(join(tmpdir(), "embedded-sqlite-"))
    onTestFinished(() => rm(cwd, { recursive: true }))

    const first = await run(process.execPath, [main], { cwd })
    const [jane, rows, list] = first.stdout.split("\n")
    assert.match(jane ?? "", /^Jane Doe is contact_\w{26}$/)
    // 12 rows repeat the e-mail of an earlier one.
    assert.strictEqual(rows, "1200 rows: 1188 imported, 12 skipped")
    assert.match(list ?? "", /^164 active contacts came by referral, the latest: .+, .+, .+$/)
    assert.strictEqual(first.stderr, "")

    const second = await run(process.execPath, [main], { cwd })
    // The 60 rows without an e-mail are recognised by equal ones.
    assert.deepStrictEqual(second.stdout.split("\n").slice(0, 2), [jane, "1200 rows: 0 imported, 1200 skipped"])

    assert.deepStrictEqual(await readdir(cwd), ["crm.db"])
  })
})

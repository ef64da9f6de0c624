/** The example checks its rules as they are, and would find a rule that breaks a promise. */
import { execFile } from "node:child_process"
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it, onTestFinished } from "vitest"

const example = fileURLToPath(new URL("../../examples/scoring-properties", import.meta.url))

const run = promisify(execFile)

describe("examples/scoring-properties", () => {
  it("finds that its rules keep every law and promise", async () => {
    const { stderr, stdout } = await run(process.execPath, [join(example, "src/check.ts")])
    assert.deepStrictEqual(stdout.split("\n"), [
      "6 rules are valid; found in them: 0",
      "9 laws hold",
      "2 promises of our own hold",
      ""
    ])
    assert.strictEqual(stderr, "")
  })

  it("fails when a rule breaks a promise", async () => {
    const folder = await mkdtemp(join(tmpdir(), "scoring-properties-"))
    onTestFinished(() => rm(folder, { recursive: true }))
    await cp(join(example, "src"), join(folder, "src"), { recursive: true })
    await cp(join(example, "package.json"), join(folder, "package.json"))
    await symlink(join(example, "node_modules"), join(folder, "node_modules"), "junction")
    const rules = await readFile(join(folder, "src/rules.ts"), "utf8")
    await writeFile(
      join(folder, "src/rules.ts"),
      rules.replace('"first_deploy", score: 20', '"first_deploy", score: 2')
    )
    const failure: unknown = await run(process.execPath, [join(folder, "src/check.ts")]).catch(
      (error: unknown) => error
    )
    assert.match(String(failure), /Property failed/)
  })
})

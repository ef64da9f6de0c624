/** The programs of docs/formulas.md print what stands under them. */
import { execFile } from "node:child_process"
import { readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "vitest"
import { fences } from "../../scripts/site/markdown.ts"
import { workFolder } from "../http/process.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const run = promisify(execFile)

describe("docs/formulas.md", () => {
  it("has programs that print what stands under them", async () => {
    const blocks = fences(readFileSync(join(root, "docs/formulas.md"), "utf8"))
    const programs = blocks.filter(({ language }) => language === "ts")
    const outputs = blocks.filter(({ language }) => language === "text").map(({ code }) => code)
    assert.lengthOf(outputs, programs.length)
    const folder = workFolder()
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction")
    // One process for all of them: they take less time than starting it.
    const main = programs.map(({ code }, index) => {
      writeFileSync(join(folder, `${index}.mts`), code)
      return `await import("./${index}.mts")\nconsole.log()\n`
    })
    writeFileSync(join(folder, "main.mts"), main.join(""))
    const { stderr, stdout } = await run(process.execPath, ["--no-warnings", "main.mts"], { cwd: folder })
    assert.strictEqual(stderr, "")
    assert.strictEqual(stdout, `${outputs.join("\n")}\n`)
  })
})

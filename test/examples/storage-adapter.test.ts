/** The guide to storage adapters shows the example that passes the suites, and its program of a host runs. */
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { workFolder } from "../http/process.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const example = join(root, "examples/storage-adapter-libsql")

const guide = readFileSync(join(root, "docs/guides/storage-adapters.md"), "utf8")

const blocks = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].flatMap(([, text = ""]) => [text])
const programs = blocks.filter((block) => block.includes('from "clientele"'))

/** What a module says, however it is indented, without its imports and exports: a block is a module of its own. */
const saidIn = (text: string): string =>
  text
    .replace(/^import .*$/gm, "")
    .replace(/^export /gm, "")
    .replace(/\s+/g, " ")
    .trim()

describe("docs/guides/storage-adapters.md", () => {
  it("shows pieces of the example", () => {
    const files = readdirSync(example, { recursive: true, encoding: "utf8" })
      .filter((file) => /^(src|test)\/.*\.ts$/.test(file))
      .map((file) => saidIn(readFileSync(join(example, file), "utf8")))
    const pieces = blocks.filter((block) => !programs.includes(block))
    assert.isNotEmpty(pieces)
    for (const block of pieces) {
      assert.isTrue(
        files.some((file) => file.includes(saidIn(block))),
        block
      )
    }
  })

  it("has a program that runs", async () => {
    assert.lengthOf(programs, 1)
    const folder = workFolder()
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction")
    writeFileSync(join(folder, "program.mts"), programs.join(""))
    const run = promisify(execFile)
    const { stderr, stdout } = await run(process.execPath, ["--no-warnings", "program.mts"], { cwd: folder })
    assert.deepStrictEqual([stdout.trim(), stderr], ["Mike Ross Seat 55", ""])
  })
})

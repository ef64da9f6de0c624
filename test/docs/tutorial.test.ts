/** docs/tutorial.md does what it says: its programs print what stands under them, and its lines for `curl` go on from there. */
import { execFile, spawnSync } from "node:child_process"
import { readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it, vi } from "vitest"
import { fences } from "../../scripts/site/markdown.ts"
import { serve, workFolder } from "../http/process.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const run = promisify(execFile)

const blocks = fences(readFileSync(join(root, "docs/tutorial.md"), "utf8"))
const codes = (language: string) => blocks.filter((block) => block.language === language).map(({ code }) => code)
const shell = codes("sh")
const isProgram = (code: string) => code.startsWith("npx -y pnpm@12 exec node ")
const isStart = (code: string) => code.endsWith(" npx -y pnpm@12 start\n")

describe("docs/tutorial.md", () => {
  // Without curl there is nothing to paste into.
  it.skipIf(spawnSync("curl", ["--version"]).status !== 0)(
    "works from its beginning to its end",
    async () => {
      const folder = workFolder()
      symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction")
      // What the first program has read need not be compiled for the others.
      const environment = { PATH: process.env["PATH"] ?? "", NODE_COMPILE_CACHE: join(folder, "compiled") }

      const runs = shell.filter(isProgram)
      const printed: Array<string> = []
      for (const [index, line] of runs.entries()) {
        const file = line.trim().split(" ").at(-1) ?? ""
        writeFileSync(join(folder, file), codes("ts")[index] ?? "")
        const { stderr, stdout } = await run(process.execPath, ["--no-warnings", file], {
          cwd: folder,
          env: environment
        })
        assert.strictEqual(stderr, "", file)
        printed.push(stdout)
      }
      assert.deepStrictEqual(printed, codes("text"))

      const [start = ""] = shell.filter(isStart)
      const database = /CLIENTELE_DATABASE_URL=(\S+)/.exec(start)?.[1] ?? ""
      const server = serve(folder, { ...environment, CLIENTELE_DATABASE_URL: database })
      const origin = await server.origin()
      const token = await vi.waitFor(() => {
        const printed = /^export TOKEN=(.+)$/m.exec(server.output())?.[1]
        return printed ?? assert.fail("it has not printed the token")
      })
      const session = shell.filter((code) => !isProgram(code) && !isStart(code)).join("")
      const script = session
        .replace("http://127.0.0.1:3000", origin)
        .replaceAll(/^curl (.*)$/gm, "curl --silent --show-error --fail-with-body $1; echo")
      const { stdout } = await run("bash", ["-euc", script], { env: { ...environment, TOKEN: token } })
      const [, before = "", , after = "", , jane = "", report = ""] = stdout.trimEnd().split("\n")
      assert.include(JSON.parse(before), { total_score: 52, grade: "C" })
      assert.include(JSON.parse(after), { total_score: 60, grade: "B" })
      assert.include(JSON.parse(jane), { name: "Jane Doe", type: "customer" })
      assert.deepInclude(JSON.parse(report).pipeline, { deal_count: 2, total_value: 14_500.5 })
    },
    60_000
  )
})

/** A generator of types and a linter, neither of them ours, take the OpenAPI document as it is. */
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it, onTestFinished } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const run = promisify(execFile)

/** What callers of others rely on. */
const use = `import type { paths } from "./crm.ts"

type Contacts = paths["/api/v1/crm/contacts"]
type Created = Contacts["post"]["responses"][201]["content"]["application/json"]

export const input: Contacts["post"]["requestBody"]["content"]["application/json"] = { name: "Jane", email: null }
export const query: NonNullable<Contacts["get"]["parameters"]["query"]> = { status: "active", limit: "20" }
export const email = (contact: Created): string | null => contact.email
export const code = (problem: Contacts["get"]["responses"][401]["content"]["application/problem+json"]): "unauthorized" =>
  problem.code
// @ts-expect-error a name is needed
export const wrong: typeof input = {}
`

describe("examples/generated-types", () => {
  it("finds no error in the document, and makes types that a strict compiler takes", async () => {
    const cwd = await mkdtemp(join(tmpdir(), "generated-types-"))
    onTestFinished(() => rm(cwd, { recursive: true }))
    const { stdout } = await run(process.execPath, [join(root, "examples/generated-types/src/main.ts")], { cwd })
    assert.strictEqual(stdout, "")
    await writeFile(join(cwd, "use.ts"), use)
    const options = [
      "--ignoreConfig",
      "--strict",
      "--noEmit",
      "--exactOptionalPropertyTypes",
      "--noUncheckedIndexedAccess"
    ]
    const checked = await run(
      join(root, "node_modules/.bin/tsc"),
      [...options, "--allowImportingTsExtensions", "use.ts"],
      { cwd }
    )
    assert.strictEqual(checked.stdout, "")
  })
})

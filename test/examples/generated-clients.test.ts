/** Two generators of clients and a linter, none of them ours, take the OpenAPI document; what they make calls the server. */
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it, onTestFinished } from "vitest"
import { sqlite, useServer } from "../http/server.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const example = (name: string) => join(root, "examples/generated-clients/src", name)
const run = promisify(execFile)

/** A caller of both: one makes a contact, the other finds it. */
const use = `import { contactsCreate } from "./hey-api/index.ts"
import { client } from "./hey-api/client.gen.ts"
import { contactsList } from "./orval/crm.ts"

declare global {
  var crmOrigin: string
}
declare const process: { readonly argv: ReadonlyArray<string> }

const [, , origin = "", token = ""] = process.argv
globalThis.crmOrigin = origin
client.setConfig({ baseUrl: origin, auth: token })

const made = await contactsCreate({ body: { name: "Jane Doe", email: "jane@example.com" } })
if (made.error !== undefined) throw new Error(made.error.code)
const version: number = made.data.version
// @ts-expect-error a name is needed
const wrong = () => contactsCreate({ body: {} })

const page = await contactsList({ search: "jane", limit: "5" }, { headers: { authorization: \`Bearer \${token}\` } })
if (page.status !== 200) throw new Error(page.data.code)
console.log(version, page.data.data.map(({ email }) => email).join(), typeof wrong)
`

describe("examples/generated-clients", () => {
  const server = useServer(sqlite)

  it("makes clients that a strict compiler takes, and that call the server", { timeout: 60_000 }, async () => {
    const cwd = await mkdtemp(join(tmpdir(), "generated-clients-"))
    onTestFinished(() => rm(cwd, { recursive: true }))
    await run(process.execPath, [example("main.ts")], { cwd })
    await writeFile(join(cwd, "use.ts"), use)
    // Without exactOptionalPropertyTypes, for which what the first generator adds of its own was not written.
    const options =
      "--ignoreConfig --strict --noEmit --noUncheckedIndexedAccess --verbatimModuleSyntax --allowImportingTsExtensions " +
      "--target es2022 --module esnext --moduleResolution bundler --lib es2022,dom,dom.iterable"
    const { base, token = "" } = await server.tenant()
    const [checked, used] = await Promise.all([
      run(join(root, "node_modules/.bin/tsc"), [...options.split(" "), "use.ts"], { cwd }),
      run(process.execPath, ["use.ts", new URL(base).origin, token], { cwd })
    ])
    assert.strictEqual(checked.stdout, "")
    assert.strictEqual(used.stdout, "1 jane@example.com function\n")
  })

  it("has nothing in its document that OWASP's rules call an error", { timeout: 60_000 }, async () => {
    const { stdout } = await run(process.execPath, [example("lint.ts")])
    assert.strictEqual(stdout, "")
  })
})

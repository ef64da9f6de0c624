/** The packages as others install them: what they declare is all that they need, and their types are what they do. */
import { checkPackage } from "@arethetypeswrong/core"
import { execFile } from "node:child_process"
import { cp, mkdtemp, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { phrase, tokenFor } from "../http/server.ts"
import { publish, type Published } from "../support/packed.ts"
import { startProgram } from "../support/start-program.ts"

const run = promisify(execFile)
const root = fileURLToPath(new URL("../..", import.meta.url))

let published: Published
beforeAll(async () => {
  published = await publish()
}, 240_000)
afterAll(() => published.remove())

/** Runs a tool of the workspace in the application's folder; what it printed when it failed. */
const outcomeOf = (command: string, args: ReadonlyArray<string>, cwd = published.application) =>
  run(command, args, { cwd }).then(
    ({ stdout }) => stdout,
    (error: unknown) =>
      `failed: ${error instanceof Error && "stdout" in error ? `${error.stdout}${error.message}` : error}`
  )

describe("published packages", () => {
  it("hold what their manifests say, and nothing that publint or their resolution finds wrong", async () => {
    for (const { folder, name, tarball } of published.packages) {
      const { messages, pkg } = await publint({ pkgDir: folder })
      assert.deepStrictEqual(
        messages.flatMap((message) => (message.type === "suggestion" ? [] : [formatMessage(message, pkg) ?? ""])),
        [],
        name
      )
      const checked = await checkPackage(tarball)
      const wrong =
        checked.types === false ? ["no types"] : checked.problems.filter((problem) => !isOfCommonJs(problem))
      assert.deepStrictEqual(wrong, [], name)
      assert.isFalse(
        tarball.listFiles().some((file) => file.endsWith(".tsbuildinfo") || file.includes("/test/")),
        name
      )
    }
  }, 60_000)

  it("type-check and run in an application, with types and without", async () => {
    const { application } = published
    await cp(join(root, "examples/embedded-sqlite/src/main.ts"), join(application, "src/main.ts"))
    for (const file of ["src/readme.ts", "src/readme.js"]) {
      await cp(join(root, "docs/snippets/readme.ts"), join(application, file))
    }
    await cp(join(root, "examples/express/src/main.ts"), join(application, "src/express.ts"))
    await cp(join(root, "examples/data/contacts.csv"), join(application, "../data/contacts.csv"))
    const names = published.packages.map(({ name }) => name)
    const all = names.map((name, index) => `import * as package${index} from "${name}"`)
    const uses = names.map((_, index) => `console.log(Object.keys(package${index}).length > 0)`)
    await writeFile(join(application, "src/all.ts"), [...all, ...uses, ""].join("\n"))
    await writeFile(
      join(application, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          module: "NodeNext",
          target: "ES2023",
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          skipLibCheck: false,
          types: ["node"]
        },
        include: ["src"]
      })
    )
    assert.strictEqual(await outcomeOf(join(root, "node_modules/.bin/tsc"), ["-p", "."]), "")

    const [first = "", second] = (await outcomeOf(process.execPath, ["src/main.ts"])).split("\n")
    assert.match(first, /^Jane Doe is contact_\w{26}$/)
    assert.strictEqual(second, "1200 rows: 1188 imported, 12 skipped")

    for (const file of ["src/readme.ts", "src/readme.js"]) {
      assert.strictEqual(
        await outcomeOf(process.execPath, [join(application, file)], await mkdtemp(join(application, "work-"))),
        "Jane Doe is a customer worth 12500.5\n"
      )
    }

    const folder = await mkdtemp(join(application, "work-"))
    const call = await startProgram(join(application, "src/express.ts"), folder, { CRM_SECRET: phrase })
    assert.strictEqual(await (await call("/")).text(), "The host's own page")
    const headers = { authorization: `Bearer ${await tokenFor({ tenant_id: "acme" })}` }
    assert.strictEqual((await call("/api/v1/crm/contacts")).status, 401)
    assert.strictEqual((await call("/api/v1/crm/contacts", { headers })).status, 200)

    await writeFile(
      join(application, "src/score.js"),
      `import { Scoring } from "@clientele/core"
      import { DateTime } from "effect"
      const rules = Scoring.compile(Scoring.defaultRuleSet)
      const facts = { fields: new Map([["custom_fields.company_size", "500+"]]), events: [] }
      console.log(Scoring.evaluate(rules, facts, DateTime.makeUnsafe(0)).total)`
    )
    assert.strictEqual(await outcomeOf(process.execPath, ["src/score.js"]), "10\n")
  }, 120_000)

  it("have a program in a few files that does what its sources do", async () => {
    const folder = await mkdtemp(join(published.application, "program-"))
    const program = join(published.application, "node_modules/clientele/dist/bin.js")
    const clientele = (...args: ReadonlyArray<string>) => outcomeOf(process.execPath, [program, ...args], folder)
    assert.match(await clientele("migrate"), /^Migrated: contacts, /)
    assert.match(await clientele("demo"), /^142 contacts, /)
    // Exports read on a thread, whose file is one of the few.
    assert.lengthOf((await clientele("export", "--format", "ndjson")).trimEnd().split("\n"), 142)
  }, 60_000)
})

// internal

/** Packages are modules alone: how they would look to require() of an older Node is no matter. */
const isOfCommonJs = (problem: { readonly kind: string; readonly resolutionKind?: string }): boolean =>
  problem.resolutionKind === "node10" || problem.resolutionKind === "node16-cjs" || problem.kind === "CJSResolvesToESM"

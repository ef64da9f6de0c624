/**
 * What the documents show beside TypeScript is what it says it is. TypeScript itself is compiled by `check:types`; the
 * lines of the quick start, the tutorial, the guides and the command line are run by their own tests.
 */
import { Distribution } from "@clientele/sql-pg"
import { clientele } from "clientele/cli/Cli"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { fences } from "../../scripts/site/markdown.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), "utf8")
const texts = ["*.md", "docs/**/*.md", "packages/*/README.md", "examples/*/README.md"]
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .map(read)

const codes = (...languages: ReadonlyArray<string>) =>
  texts.flatMap((text) => fences(text).flatMap(({ code, language }) => (languages.includes(language) ? [code] : [])))

const property = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined

describe("blocks of the documents", () => {
  it("say their language by the name that is looked for", () => {
    const languages = new Set(texts.flatMap((text) => fences(text).map(({ language }) => language)))
    for (const unseen of ["", "typescript", "javascript", "shell"]) assert.isFalse(languages.has(unseen), unseen)
  })

  it("in JSON are JSON", () => {
    for (const code of codes("json")) assert.doesNotThrow(() => JSON.parse(code))
  })

  it("in SQL are what the library says, in docs/scaling.md", () => {
    const blocks = fences(read("docs/scaling.md")).filter(({ language }) => language === "sql")
    const statements = blocks.flatMap(({ code }) => code.trimEnd().split("\n"))
    assert.isNotEmpty(statements)
    assert.includeMembers([...Distribution.script()], statements)
  })

  it("name scripts of this workspace, and of its packages", () => {
    const scripts = Object.keys(Object(property(JSON.parse(read("package.json")), "scripts")))
    const examples = globSync("examples/*/package.json", { cwd: root }).map((file) => JSON.parse(read(file)))
    const lines = codes("sh", "bash").flatMap((code) =>
      [...code.matchAll(/npx -y pnpm@12 (.*)/g)].map(([, line]) => line)
    )
    assert.isNotEmpty(lines)
    for (const line of lines) {
      const [first = "", second = "", third = ""] = (line ?? "").split(/\s+/)
      if (first === "--filter") {
        const example = examples.find((manifest) => property(manifest, "name") === second)
        assert.isString(property(property(example, "scripts"), third), line)
      } else assert.include(["exec", "install", ...scripts], first, line)
    }
  })

  it("name commands that there are", () => {
    const commands = clientele.subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))
    const named = codes("sh", "text").flatMap((code) =>
      [...code.matchAll(/^clientele (\w+)/gm)].map(([, name]) => name)
    )
    assert.isNotEmpty(named)
    assert.includeMembers(
      commands,
      named.filter((name) => name !== undefined)
    )
  })
})

/**
 * Writes every TypeScript block of the documents, and every example in the packages' comments, to `.cache/fences` as a
 * module of its own, which `check:types` then compiles with the tests. Each stands at the line that it has in its file,
 * so that what the compiler says can be found.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { fences } from "./site/markdown.ts"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const target = join(root, ".cache/fences")

const documents = ["*.md", "docs/**/*.md", "packages/*/README.md", "examples/*/README.md"]
const sources = ["packages/*/src/**/*.ts"]

/** A source with all but its comments blanked out, and the stars of these, so that fences in them begin their lines. */
const comments = (source: string): string => {
  let open = false
  return source
    .split("\n")
    .map((line) => {
      const text = open || /^\s*\/\*\*/.test(line) ? line.replace(/^\s*(\/\*\*|\*\/|\* ?)/, "") : ""
      if (/^\s*\/\*\*/.test(line)) open = true
      if (line.includes("*/")) open = false
      return text
    })
    .join("\n")
}

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
for (const file of [...documents, ...sources].flatMap((pattern) => globSync(pattern, { cwd: root }))) {
  const text = readFileSync(join(root, file), "utf8")
  const found = fences(file.endsWith(".md") ? text : comments(text))
  for (const { code, language, line } of found.filter(({ language }) => /^[cm]?[jt]sx?$/.test(language))) {
    const name = `${file.replaceAll(/[/\\]/g, "-").replace(/\.\w+$/, "")}-${line}.${language}`
    writeFileSync(join(target, name), "\n".repeat(line - 1) + code)
  }
}

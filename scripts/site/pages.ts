/**
 * The pages of the site, out of what the repository has anyway: guides and articles as they are, the READMEs, the
 * examples as code, and the references that are made from the sources. Links between files of the repository become
 * links between pages; a file that is no page keeps its name alone.
 */
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs"
import { basename, join, posix } from "node:path"
import * as HttpReference from "./http-reference.ts"
import * as LibraryReference from "./library-reference.ts"
import { relink } from "./markdown.ts"

export interface Page {
  /** Where it lies in the site, such as `guides/deals.md`. */
  readonly path: string
  readonly markdown: string
}

/** Every page, in no particular order. */
export const pages = (root: string): ReadonlyArray<Page> => {
  const library = LibraryReference.read(root)
  const pageAt = (path: string): string | undefined => {
    const [top = "", name = ""] = path.split("/")
    if (/^(README|CONTRIBUTING|SECURITY)\.md$/.test(path) || /^docs\/.*\.(md|svg)$/.test(path)) return pageOf(path)
    return top === "examples" && name !== "" ? `examples/${name}.md` : library.pageOf(path)
  }
  return [
    ...files(root).map((file) => ({ path: pageOf(file), markdown: linked(file, read(root, file), pageAt) })),
    ...[...examples(root), ...library.pages].map(({ markdown, path, source }) => ({
      path,
      markdown: linked(source, markdown, pageAt)
    })),
    ...HttpReference.pages()
  ]
}

/** Pictures beside the pages. */
export const pictures = (root: string): ReadonlyArray<string> =>
  globSync("docs/**/*.svg", { cwd: root }).map((file) => file.replaceAll("\\", "/"))

// internal

/** The Markdown files that are pages as they stand. */
const files = (root: string): ReadonlyArray<string> => [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "examples/data/README.md",
  ...globSync("docs/**/*.md", { cwd: root }).map((file) => file.replaceAll("\\", "/"))
]

const read = (root: string, file: string): string => readFileSync(join(root, file), "utf8")

const pageOf = (file: string): string => {
  if (file === "examples/data/README.md") return "examples/data.md"
  return file.startsWith("docs/") ? file.slice("docs/".length) : file.toLowerCase()
}

/** The text with its links to files of the repository turned into links between pages. */
const linked = (file: string, markdown: string, pageAt: (path: string) => string | undefined): string =>
  relink(markdown, (href) => {
    if (/^([a-z]+:|#|\/)/.test(href)) return href
    const [path = "", fragment] = href.split("#")
    const page = pageAt(posix.normalize(posix.join(posix.dirname(file), decodeURIComponent(path))).replace(/\/$/, ""))
    return page === undefined ? undefined : `/${page}${fragment === undefined ? "" : `#${fragment}`}`
  })

/** One page for each example that is a program: what it says of itself, and all of its sources. */
const examples = (root: string): ReadonlyArray<LibraryReference.ReferencePage> =>
  readdirSync(join(root, "examples"))
    .filter((name) => name !== "data")
    .map((name) => {
      const sources = globSync(`examples/${name}/src/**/*.{ts,tsx}`, { cwd: root }).sort()
      const blocks = sources.map((file) => {
        const path = file.replaceAll("\\", "/")
        return `## ${path.slice(`examples/${name}/`.length)}\n\n\`\`\`${basename(path).split(".").at(-1)}\n${read(root, path)}\`\`\`\n`
      })
      const readme = `examples/${name}/README.md`
      const head = existsSync(join(root, readme)) ? read(root, readme) : `# examples/${name}\n`
      return { path: `examples/${name}.md`, markdown: `${head}\n${blocks.join("\n")}`, source: readme }
    })

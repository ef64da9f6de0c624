/**
 * The reference of the packages, read from the syntax tree of their sources: every module that an entry point leads to,
 * every export with its comment and its declaration. Bodies of functions are left out; nothing is worked out by a type
 * checker, so a type shows as its author wrote it.
 */
import { globSync, readdirSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { type Comment, type Node, parseSync, type Program, Visitor } from "oxc-parser"

export interface ReferencePage {
  readonly path: string
  readonly markdown: string
  /** The file that relative links are meant from. */
  readonly source: string
}

/** One page for each package and for each of its public modules. */
export const pages = (root: string): ReadonlyArray<ReferencePage> =>
  readdirSync(join(root, "packages")).flatMap((name) => {
    const modules = modulesOf(root, name)
    const readme = `packages/${name}/README.md`
    const rows = modules.map(
      ({ file, header }) => `| [\`${nameOf(file)}\`](${linkTo(file)}) | ${firstSentence(header)} |`
    )
    const table = ["## Modules", "", "| module | |", "| --- | --- |", ...rows].join("\n")
    const index = `${readFileSync(join(root, readme), "utf8").trimEnd()}\n\n${table}\n`
    return [
      { path: `reference/${name}/index.md`, markdown: index, source: readme },
      ...modules.map((module) => ({ path: pathOf(module.file), markdown: render(module), source: module.file }))
    ]
  })

/** The page of a package, or of one of its sources. */
export const pageAt = (path: string): string | undefined => {
  const [, name = "", folder, ...rest] = path.split("/")
  if (folder === undefined || rest.length === 0) return `reference/${name}/index.md`
  return folder === "src" && path.endsWith(".ts") && rest.at(-1) !== "index.ts" ? pathOf(path) : undefined
}

// internal

interface Export {
  readonly name: string
  readonly documentation: string
  readonly signature: string
}

interface Module {
  /** `packages/core/src/domain/Money.ts` */
  readonly file: string
  readonly package: string
  /** How its package's barrel gives it away. */
  readonly barrel: "namespace" | "members" | "none"
  readonly header: string
  readonly exports: ReadonlyArray<Export>
}

/** The modules that the barrel names, and those that none of these re-exports. */
const modulesOf = (root: string, name: string): ReadonlyArray<Module> => {
  const folder = `packages/${name}/src`
  const manifest: { readonly name: string } = JSON.parse(
    readFileSync(join(root, `packages/${name}/package.json`), "utf8")
  )
  const barrel = reexports(parse(root, `${folder}/index.ts`))
  const named = new Map(
    barrel.map((entry) => [entry.file, entry.namespace === undefined ? "members" : "namespace"] as const)
  )
  const files = globSync(`${folder}/**/*.ts`, { cwd: root }).map((file) => file.replaceAll("\\", "/"))
  const open = files.filter((file) => !/\/(internal|migrations)\/|\/(index|bin)\.ts$/.test(file)).sort()
  const passedOn = new Set(open.flatMap((file) => reexports(parse(root, file)).map((entry) => entry.file)))
  return open
    .filter((file) => named.has(file) || !passedOn.has(file))
    .map((file) => ({
      file,
      package: manifest.name,
      barrel: named.get(file) ?? ("none" as const),
      header: headerOf(parse(root, file)),
      exports: exportsOf(root, file)
    }))
    .filter(({ exports }) => exports.length > 0)
}

interface Parsed {
  readonly file: string
  readonly source: string
  readonly body: Program["body"]
  readonly comments: ReadonlyArray<Comment>
  readonly cuts: ReadonlyArray<Cut>
}

const cache = new Map<string, Parsed>()

const parse = (root: string, file: string): Parsed => {
  const known = cache.get(file)
  if (known !== undefined) return known
  const source = readFileSync(join(root, file), "utf8")
  const { comments, errors, program } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`)
  const parsed = { file, source, body: program.body, comments, cuts: cutsOf(program) }
  cache.set(file, parsed)
  return parsed
}

interface Reexport {
  readonly file: string
  readonly namespace: string | undefined
  /** Those passed on, by the names they have there; all of them when there is no list. */
  readonly names: ReadonlySet<string> | undefined
}

const reexports = ({ body, file }: Parsed): ReadonlyArray<Reexport> =>
  body.flatMap((node): ReadonlyArray<Reexport> => {
    if (node.type !== "ExportAllDeclaration" && node.type !== "ExportNamedDeclaration") return []
    const from = node.source?.value
    if (from === undefined || !from.startsWith(".")) return []
    const target = posix.join(posix.dirname(file), from)
    if (node.type === "ExportNamedDeclaration") {
      const names = new Set(node.specifiers.map(({ local }) => nameOfExport(local)))
      return [{ file: target, namespace: undefined, names }]
    }
    return [
      { file: target, namespace: node.exported === null ? undefined : nameOfExport(node.exported), names: undefined }
    ]
  })

const nameOfExport = (node: { readonly name?: string; readonly value?: string }): string =>
  node.name ?? node.value ?? ""

/** What a module exports: its own declarations in order, then what it passes on. */
const exportsOf = (root: string, file: string): ReadonlyArray<Export> => {
  const parsed = parse(root, file)
  const own = parsed.body.flatMap((node): ReadonlyArray<Export> => {
    if (node.type !== "ExportNamedDeclaration" || node.declaration === null) return []
    const documentation = documentationOf(parsed, node)
    if (documentation.includes("@internal")) return []
    return declarations(parsed, node.declaration).map(({ name, signature }) => ({ name, documentation, signature }))
  })
  const passed = reexports(parsed).flatMap(({ file: target, names }) =>
    exportsOf(root, target).filter(({ name }) => names === undefined || names.has(name))
  )
  return joined([...own, ...passed])
}

/** A schema and the type of the same name are one entry. */
const joined = (exports: ReadonlyArray<Export>): ReadonlyArray<Export> => {
  const byName = new Map<string, Export>()
  for (const entry of exports) {
    const earlier = byName.get(entry.name)
    byName.set(
      entry.name,
      earlier === undefined
        ? entry
        : {
            name: entry.name,
            documentation: [earlier.documentation, entry.documentation].filter((text) => text !== "").join("\n\n"),
            signature: `${earlier.signature}\n\n${entry.signature}`
          }
    )
  }
  return [...byName.values()]
}

/** The names and the text of a declaration, without bodies. */
const declarations = (
  parsed: Parsed,
  node: Node
): ReadonlyArray<{ readonly name: string; readonly signature: string }> => {
  if (node.type === "VariableDeclaration") {
    return node.declarations.flatMap((declarator) => {
      if (declarator.id.type !== "Identifier") return []
      const { id, init } = declarator
      // An annotation says all; without one, what the value is made of does.
      const text = id.typeAnnotation ? sourceOf(parsed, id) : withoutBodies(parsed, declarator)
      const signature = id.typeAnnotation || init === null ? text : text.replace(/\s*=>\s*\{ … \}$/, "")
      return [{ name: id.name, signature: shortened(`${node.kind} ${signature}`) }]
    })
  }
  if (!("id" in node) || node.id === null || typeof node.id !== "object" || !("name" in node.id)) return []
  const name = String(node.id.name)
  return [{ name, signature: shortened(withoutBodies(parsed, node).replace(/\s*\{ … \}$/, "")) }]
}

const sourceOf = ({ source }: Parsed, { end, start }: { readonly start: number; readonly end: number }): string =>
  source.slice(start, end)

/** The source of a node without what nobody needs to read to call it. */
const withoutBodies = ({ cuts, source }: Parsed, node: Node): string => {
  let at = node.start
  let text = ""
  for (const cut of cuts) {
    if (cut.start < at || cut.end > node.end) continue
    text += source.slice(at, cut.start) + cut.text
    at = cut.end
  }
  return text + source.slice(at, node.end)
}

interface Cut {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The bodies of functions, and the values of members of classes, in order. */
const cutsOf = (program: Program): ReadonlyArray<Cut> => {
  const cuts: Array<Cut> = []
  const cut = (text: string, start: number, end: number) => void cuts.push({ start, end, text })
  new Visitor({
    BlockStatement: ({ end, start }) => cut("{ … }", start, end),
    PropertyDefinition: ({ key, typeAnnotation, value }) => {
      if (value === null) return
      if (typeAnnotation) cut("", typeAnnotation.end, value.end)
      else cut(" = …", key.end, value.end)
    }
  }).visit(program)
  return cuts.sort((a, b) => a.start - b.start)
}

const longest = 60

const shortened = (signature: string): string => {
  const lines = signature.split("\n")
  return lines.length <= longest ? signature : [...lines.slice(0, longest), "// …"].join("\n")
}

/** The comment that ends where the node begins. */
const documentationOf = ({ comments, source }: Parsed, node: Node): string => {
  const comment = comments.findLast(({ end }) => end <= node.start)
  if (comment?.type !== "Block" || !comment.value.startsWith("*")) return ""
  if (comment.start === 0 || source.slice(comment.end, node.start).trim() !== "") return ""
  return textOf(comment)
}

const headerOf = ({ comments }: Parsed): string => {
  const [first] = comments
  return first !== undefined && first.start === 0 && first.type === "Block" ? textOf(first) : ""
}

const textOf = ({ value }: Comment): string =>
  value
    .replace(/^\*/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .replaceAll(/\{@link ([^}]+)\}/g, "`$1`")
    .replaceAll(/^@param (\S+)(?: -)? /gm, "- `$1`: ")
    .replaceAll(/^@returns? /gm, "Returns ")
    .replaceAll(/^@example *$/gm, "")
    .trim()

const nameOf = (file: string): string => posix.basename(file, ".ts")

const pathOf = (file: string): string =>
  file.replace(/^packages\/([^/]+)\/src\//, "reference/$1/").replace(/\.ts$/, ".md")

const linkTo = (file: string): string => `/${pathOf(file)}`

const firstSentence = (text: string): string =>
  text
    .split("\n\n", 1)
    .join("")
    .replaceAll("\n", " ")
    .replace(/^(.+?)[.:](\s.*)?$/s, "$1")
    .replaceAll("|", "\\|")

const render = (module: Module): string => {
  const name = nameOf(module.file)
  const path = module.file.replace(/^packages\/[^/]+\/src\//, "").replace(/\.ts$/, "")
  const names = module.exports.map((entry) => entry.name)
  const first = names.includes(name) ? name : names[0]
  const how = {
    namespace: `import { ${name} } from "${module.package}"`,
    members: `import { ${first}${module.exports.length > 1 ? ", …" : ""} } from "${module.package}"`,
    none: `import * as ${name} from "${module.package}/${path}"`
  }
  const entries = module.exports.map(
    ({ documentation, name: title, signature }) =>
      `## ${title}\n\n${documentation === "" ? "" : `${documentation}\n\n`}\`\`\`ts signature\n${signature}\n\`\`\`\n`
  )
  return `# ${name}\n\n\`${how[module.barrel]}\`\n\n${module.header}\n\n${entries.join("\n")}`
}

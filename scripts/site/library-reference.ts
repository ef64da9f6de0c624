/**
 * The reference of the packages, read from the syntax tree of their sources: every module that an entry point leads to,
 * every export with its comment and its declaration. Bodies of functions are left out; nothing is worked out by a type
 * checker, so a type shows as its author wrote it.
 */
import { globSync, readdirSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { type Comment, type Node, parseSync, type Program, type VariableDeclarator, Visitor } from "oxc-parser"

export interface ReferencePage {
  readonly path: string
  readonly markdown: string
  /** The file that relative links are meant from. */
  readonly source: string
}

export interface Reference {
  /** One page for each package and for each of its public modules. */
  readonly pages: ReadonlyArray<ReferencePage>
  /** The page of a package, or the one on which a source of it is shown. */
  readonly pageOf: (path: string) => string | undefined
}

export const read = (root: string): Reference => {
  const packages = readdirSync(join(root, "packages")).map((name) => ({ name, modules: modulesOf(root, name) }))
  const modules = packages.flatMap(({ modules }) => modules)
  const shown = new Map([
    ...packages.flatMap(({ name }) => [
      [`packages/${name}`, indexOf(name)] as const,
      [`packages/${name}/README.md`, indexOf(name)] as const
    ]),
    ...modules.flatMap(({ file }) => passedOn(root, file).map((other) => [other, pathOf(file)] as const)),
    ...modules.map(({ file }) => [file, pathOf(file)] as const)
  ])
  return {
    pages: packages.flatMap(({ modules, name }) => [
      { path: indexOf(name), markdown: renderIndex(root, name, modules), source: `packages/${name}/README.md` },
      ...modules.map((module) => ({ path: pathOf(module.file), markdown: render(module), source: module.file }))
    ]),
    pageOf: (path) => shown.get(path)
  }
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
  const barrel = reexports(parse(root, `${folder}/index.ts`))
  const named = new Map(
    barrel.map((entry) => [entry.file, entry.namespace === undefined ? "members" : "namespace"] as const)
  )
  const files = globSync(`${folder}/**/*.ts`, { cwd: root }).map((file) => file.replaceAll("\\", "/"))
  const open = files.filter((file) => !/\/(internal|migrations)\/|\/(index|bin)\.ts$/.test(file)).sort()
  const hidden = new Set(open.flatMap((file) => passedOn(root, file)))
  return open
    .filter((file) => named.has(file) || !hidden.has(file))
    .map((file) => ({
      file,
      package: name === "clientele" ? name : `@clientele/${name}`,
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
  const path = join(root, file)
  const known = cache.get(path)
  if (known !== undefined) return known
  const source = readFileSync(path, "utf8")
  const { comments, errors, program } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`)
  const parsed = { file, source, body: program.body, comments, cuts: cutsOf(program) }
  cache.set(path, parsed)
  return parsed
}

interface Reexport {
  readonly file: string
  readonly namespace: string | undefined
  /** Those passed on, by the names they have there; all of them when there is no list. */
  readonly names: ReadonlySet<string> | undefined
}

/** Both kinds: `export … from`, and an import whose name is in a list of exports. */
const reexports = ({ body, file }: Parsed): ReadonlyArray<Reexport> => {
  const targetOf = (specifier: string): string => posix.join(posix.dirname(file), specifier)
  const imported = new Map(
    body.flatMap((node) =>
      node.type === "ImportDeclaration" && node.source.value.startsWith(".")
        ? node.specifiers.map(({ local, type }) => [local.name, { from: node.source.value, type }] as const)
        : []
    )
  )
  return body.flatMap((node): ReadonlyArray<Reexport> => {
    if (node.type === "ExportAllDeclaration" && node.source.value.startsWith(".")) {
      const namespace = node.exported === null ? undefined : nameOfExport(node.exported)
      return [{ file: targetOf(node.source.value), namespace, names: undefined }]
    }
    if (node.type !== "ExportNamedDeclaration") return []
    return node.specifiers.flatMap(({ local }): ReadonlyArray<Reexport> => {
      const name = nameOfExport(local)
      const from = node.source?.value ?? imported.get(name)?.from
      if (from === undefined || !from.startsWith(".")) return []
      const isNamespace = node.source === null && imported.get(name)?.type === "ImportNamespaceSpecifier"
      return [
        isNamespace
          ? { file: targetOf(from), namespace: name, names: undefined }
          : { file: targetOf(from), namespace: undefined, names: new Set([name]) }
      ]
    })
  })
}

/** The files that a module passes on to whoever imports it, over however many others. */
const passedOn = (root: string, file: string): ReadonlyArray<string> =>
  reexports(parse(root, file)).flatMap(({ file: other }) => [other, ...passedOn(root, other)])

const nameOfExport = (node: { readonly name?: string; readonly value?: string }): string =>
  node.name ?? node.value ?? ""

/** What a module exports: its own declarations in order, then what it passes on. */
const exportsOf = (root: string, file: string): ReadonlyArray<Export> => {
  const parsed = parse(root, file)
  const passed = reexports(parsed).flatMap(({ file: target, names, namespace }) =>
    namespace === undefined ? exportsOf(root, target).filter(({ name }) => names === undefined || names.has(name)) : []
  )
  return joined([...ownExports(parsed), ...passed])
}

const ownExports = (parsed: Parsed): ReadonlyArray<Export> =>
  parsed.body.flatMap((node): ReadonlyArray<Export> => {
    if (node.type !== "ExportNamedDeclaration" || node.declaration === null) return []
    const documentation = documentationOf(parsed, node)
    if (documentation.includes("@internal")) return []
    return declarations(parsed, node.declaration).map(({ name, signature }) => ({ name, documentation, signature }))
  })

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
    return node.declarations.flatMap((declarator) =>
      declarator.id.type === "Identifier"
        ? [{ name: declarator.id.name, signature: shortened(`${node.kind} ${variableText(parsed, declarator)}`) }]
        : []
    )
  }
  if (!("id" in node) || node.id === null || typeof node.id !== "object" || !("name" in node.id)) return []
  const name = String(node.id.name)
  return [{ name, signature: shortened(withoutBodies(parsed, node).replace(/\s*\{ … \}$/, "")) }]
}

/** As far as the annotation of the variable, or of what the function returns, if there is one: that says all. */
const variableText = (parsed: Parsed, declarator: VariableDeclarator): string => {
  const { id, init } = declarator
  const annotation =
    "typeAnnotation" in id && id.typeAnnotation
      ? id.typeAnnotation
      : init?.type === "ArrowFunctionExpression"
        ? init.returnType
        : null
  return annotation ? parsed.source.slice(declarator.start, annotation.end) : withoutBodies(parsed, declarator)
}

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

/** Longer ones are data. */
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

const indexOf = (name: string): string => `reference/${name}/index.md`

const firstSentence = (text: string): string =>
  text
    .split("\n\n", 1)
    .join("")
    .replaceAll("\n", " ")
    .replace(/^(.+?)[.:](\s.*)?$/s, "$1")
    .replaceAll("|", "\\|")

const renderIndex = (root: string, name: string, modules: ReadonlyArray<Module>): string => {
  const readme = readFileSync(join(root, `packages/${name}/README.md`), "utf8").trimEnd()
  const own = renderExports(ownExports(parse(root, `packages/${name}/src/index.ts`)))
  const rows = modules.map(
    ({ file, header }) => `| [\`${nameOf(file)}\`](/${pathOf(file)}) | ${firstSentence(header)} |`
  )
  return [readme, ...own, `## Modules\n\n| module | |\n| --- | --- |\n${rows.join("\n")}\n`].join("\n\n")
}

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
  return [`# ${name}`, `\`${how[module.barrel]}\``, module.header, ...renderExports(module.exports), ""].join("\n\n")
}

const renderExports = (exports: ReadonlyArray<Export>): ReadonlyArray<string> =>
  exports.flatMap(({ documentation, name, signature }) => [
    `## ${name}`,
    ...(documentation === "" ? [] : [documentation]),
    `\`\`\`ts signature\n${signature}\n\`\`\``
  ])

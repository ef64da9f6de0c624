/**
 * The import rules of the workspace, checked on the syntax tree of every source file.
 *
 * - `packages/<name>/src` imports only what {@link packages} lists for it; by name, never by a path into another package.
 * - Inside `core`, `domain` knows only itself, `ports` know `domain`, `services` know both; its Effect modules are the
 *   stable ones, read from the `@stability` tag at the head of each module's source; it has no clock, no randomness,
 *   no console and no Node.
 * - Package tests may reach into their own package; `test`, `examples` and `docs` use public entry points alone.
 *
 * A file that cannot be parsed is itself a violation: a rule that was not checked did not hold.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, posix, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { parseSync, Visitor } from "oxc-parser"
import type { Expression, MemberExpression } from "oxc-parser"

export interface Violation {
  /** Relative to the root, with `/` on every platform. */
  readonly file: string
  readonly line: number
  readonly message: string
}

export interface Options {
  /** The workspace to check. */
  readonly root: string
  /** The `effect` package whose stability tags count. Defaults to the workspace's own. */
  readonly effect?: string
}

interface Rule {
  /** Packages of this workspace, by name. `name/folder/` allows that folder's modules and the barrel. */
  readonly workspace: ReadonlyArray<string>
  /** Packages from the registry. An entry that ends in `:` is a scheme. */
  readonly external: ReadonlyArray<string>
}

/**
 * What the sources of each package may import. `effect` stands for the package and all of its modules; `core` is
 * narrowed to the stable ones below.
 */
export const packages: Readonly<Record<string, Rule | "everything">> = {
  core: { workspace: [], external: ["effect"] },
  sql: { workspace: ["@clientele/core"], external: ["effect"] },
  "sql-pg": { workspace: ["@clientele/core", "@clientele/sql"], external: ["effect", "@effect/sql-pg", "node:"] },
  "sql-sqlite-node": { workspace: ["@clientele/core", "@clientele/sql"], external: ["effect", "node:"] },
  // The actor is what the surface's authorization provides.
  api: { workspace: ["@clientele/core/domain/", "@clientele/core/ports/CurrentActor"], external: ["effect"] },
  http: {
    workspace: ["@clientele/api", "@clientele/core", "@clientele/csv"],
    external: ["effect", "@effect/platform-node", "jose", "node:"]
  },
  webhooks: { workspace: ["@clientele/core"], external: ["effect", "node:"] },
  enrichment: { workspace: ["@clientele/core"], external: ["effect", "libphonenumber-js", "node:", "tldts"] },
  csv: { workspace: [], external: ["effect"] },
  testing: { workspace: ["@clientele/core"], external: ["effect", "@effect/vitest", "vitest", "fast-check"] },
  clientele: "everything"
}

/** Which folders of `core/src` each folder may import. Files beside the folders (the barrel) see all of them. */
export const coreLayers: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: ["domain"],
  ports: ["ports", "domain"],
  services: ["services", "ports", "domain"]
}

/** Members of globals through which time, chance or output would enter the domain unseen. */
const impure: ReadonlyMap<string, { readonly members: ReadonlySet<string> | "all"; readonly instead: string }> =
  new Map([
    ["Date", { members: new Set(["now"]), instead: "take `now` as an argument or use effect's Clock" }],
    ["Math", { members: new Set(["random"]), instead: "use effect's Random" }],
    ["performance", { members: "all", instead: "use effect's Clock" }],
    ["crypto", { members: "all", instead: "use the IdGenerator port or effect's Random" }],
    ["console", { members: "all", instead: "use effect's logging" }]
  ])

interface Import {
  readonly specifier: string
  /** Names taken from the module; `undefined` when it is taken whole (`import * as`, `export *`, `import()`). */
  readonly names: ReadonlyArray<string> | undefined
  readonly offset: number
}

interface Scan {
  readonly imports: ReadonlyArray<Import>
  /** `import(expression)` whose target no reader of the source can know. */
  readonly computedImports: ReadonlyArray<number>
  readonly impurities: ReadonlyArray<{ readonly offset: number; readonly message: string }>
  readonly references: ReadonlyArray<number>
  readonly errors: ReadonlyArray<string>
  readonly lineOf: (offset: number) => number
}

/** The workspace's violations, by file and line. */
export const checkImports = (options: Options): ReadonlyArray<Violation> => {
  const root = resolve(options.root)
  const stability = effectStability(options.effect ?? join(root, "node_modules/effect"))
  const violations: Array<Violation> = []
  for (const path of sourceFiles(root)) {
    const file = relative(root, path).split(sep).join("/")
    const scan = scanSource(file, readFileSync(path, "utf8"))
    for (const message of scan.errors) violations.push({ file, line: 1, message: `cannot be parsed: ${message}` })
    const report = (offset: number, message: string | undefined) => {
      if (message !== undefined) violations.push({ file, line: scan.lineOf(offset), message })
    }
    const zone = zoneOf(file)
    for (const found of scan.imports) report(found.offset, refuse(zone, file, found, stability))
    if (zone.kind === "source" && packages[zone.name] !== "everything") {
      for (const offset of scan.computedImports) report(offset, "import() of a computed name cannot be checked")
    }
    if (zone.kind === "source" && zone.name === "core") {
      for (const { message, offset } of scan.impurities) report(offset, message)
      for (const offset of scan.references)
        report(offset, "a /// <reference> would bring in globals that core must not see")
    }
  }
  return violations.toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
}

export const formatViolation = (violation: Violation): string =>
  `${violation.file}:${violation.line}: ${violation.message}`

// internal

type Zone =
  | { readonly kind: "source" | "test" | "other"; readonly name: string; readonly directory: string }
  | { readonly kind: "consumer"; readonly directory: string }
  | { readonly kind: "tooling" }

/** `examples/<name>` is a package of its own; `docs` and `test` are one consumer each. */
const zoneOf = (file: string): Zone => {
  const [top, name, folder] = file.split("/")
  if (top === "packages" && name !== undefined) {
    const kind = folder === "src" ? "source" : folder === "test" ? "test" : "other"
    return { kind, name, directory: `packages/${name}` }
  }
  if (top === "examples" && name !== undefined) return { kind: "consumer", directory: `examples/${name}` }
  if (top === "test" || top === "docs") return { kind: "consumer", directory: top }
  return { kind: "tooling" }
}

const within = (directory: string, path: string): boolean => path === directory || path.startsWith(`${directory}/`)

/** Why the import is refused, or `undefined`. */
const refuse = (zone: Zone, file: string, found: Import, stability: EffectStability): string | undefined => {
  const { specifier } = found
  if (isRelative(specifier)) return refuseRelative(zone, file, specifier)
  if (specifier.startsWith("/") || specifier.startsWith("file:")) return `"${specifier}" is an absolute path`
  if (specifier.startsWith("#")) return `"${specifier}" is a private alias, invisible to whoever reads the imports`
  const name = packageName(specifier)
  const subpath = specifier.slice(name.length + 1)
  if (isWorkspaceName(name) && subpath.split("/").includes("internal")) {
    return `"${specifier}" is internal to ${name}`
  }
  if (zone.kind !== "source") return undefined
  const rule = packages[zone.name]
  if (rule === undefined) return `packages/${zone.name} has no import rule yet: add one to scripts/check-imports.ts`
  if (isWorkspaceName(name)) {
    if (name === (zone.name === "clientele" ? "clientele" : `@clientele/${zone.name}`)) {
      return `"${specifier}" is this package itself: import it by a relative path`
    }
    if (rule === "everything") return undefined
    const allowed = rule.workspace.some((entry) =>
      entry.endsWith("/")
        ? (specifier === name && entry.startsWith(`${name}/`)) || specifier.startsWith(entry)
        : entry === name || entry === specifier
    )
    return allowed ? undefined : `packages/${zone.name} must not import "${specifier}"`
  }
  if (rule === "everything") return undefined
  const allowed = rule.external.some((entry) => (entry.endsWith(":") ? specifier.startsWith(entry) : entry === name))
  if (!allowed) return `packages/${zone.name} must not import "${specifier}"`
  return zone.name === "core" ? refuseUnstable(found, subpath, stability) : undefined
}

const refuseRelative = (zone: Zone, file: string, specifier: string): string | undefined => {
  const target = posix.normalize(posix.join(posix.dirname(file), specifier))
  if (zone.kind === "tooling") return undefined
  // A package's own manifest is published with it, whatever else is.
  if (zone.kind === "source" && target === `${zone.directory}/package.json`) return undefined
  if (zone.kind === "consumer") {
    if (within(zone.directory, target) || (zone.directory === "test" && within("scripts", target))) return undefined
    return `"${specifier}" leaves ${zone.directory}: use a package's public entry point`
  }
  if (zone.kind === "source" ? !within(`${zone.directory}/src`, target) : !within(zone.directory, target)) {
    return within(zone.directory, target)
      ? `"${specifier}" leaves ${zone.directory}/src, which is all that is published`
      : `"${specifier}" leaves ${zone.directory}: import packages by name`
  }
  return zone.kind === "source" && zone.name === "core" ? refuseLayer(file, specifier, target) : undefined
}

const refuseLayer = (file: string, specifier: string, target: string): string | undefined => {
  const [, , , from] = file.split("/")
  const [, , , to] = target.split("/")
  const allowed = from === undefined ? undefined : coreLayers[from]
  if (allowed === undefined || (to !== undefined && allowed.includes(to))) return undefined
  return `core/${from} must not import "${specifier}": only ${allowed.map((layer) => `core/${layer}`).join(", ")}`
}

const refuseUnstable = (found: Import, subpath: string, stability: EffectStability): string | undefined => {
  if (subpath !== "") {
    if (stability.stable.has(subpath)) return undefined
    return `"${found.specifier}" is not a stable module of effect`
  }
  if (found.names === undefined) return `the whole of "effect" holds unstable modules: import the ones you need by name`
  const unstable = found.names.filter((name) => stability.unstable.has(name))
  if (unstable.length === 0) return undefined
  return `${unstable.join(", ")} of "effect" ${unstable.length === 1 ? "is" : "are"} tagged unstable`
}

interface EffectStability {
  /** Modules that core may use, by their path. */
  readonly stable: ReadonlySet<string>
  /** Modules that core may not use. */
  readonly unstable: ReadonlySet<string>
}

/**
 * Reads the tag in each module's first comment. A module without a tag counts as unstable: silence is no promise.
 */
const effectStability = (directory: string): EffectStability => {
  const stable = new Set<string>()
  const unstable = new Set<string>()
  for (const entry of readdirSync(join(directory, "src"), { recursive: true, encoding: "utf8" })) {
    const path = entry.replaceAll("\\", "/")
    if (!path.endsWith(".ts") || path.endsWith("index.ts") || path.includes("internal/")) continue
    const source = readFileSync(join(directory, "src", entry), "utf8")
    const header = source.slice(0, source.indexOf("*/"))
    const target = /@stability\s+stable\b/.test(header) ? stable : unstable
    target.add(path.slice(0, -".ts".length))
  }
  if (stable.size === 0) throw new Error(`no module under ${directory}/src is tagged stable: has the tag changed?`)
  return { stable, unstable }
}

const skipped = new Set(["node_modules", "dist", "coverage"])

/** Every TypeScript and JavaScript source in the folders that the rules speak of. */
const sourceFiles = (root: string): ReadonlyArray<string> => {
  const files: Array<string> = []
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (skipped.has(entry.name) || entry.name.startsWith(".")) continue
      const path = join(directory, entry.name)
      if (entry.isDirectory()) walk(path)
      else if (/\.[cm]?[jt]sx?$/.test(entry.name)) files.push(path)
    }
  }
  for (const top of ["packages", "examples", "test", "docs", "scripts"]) {
    if (existsSync(join(root, top))) walk(join(root, top))
  }
  return files
}

const isRelative = (specifier: string): boolean => /^\.\.?(\/|$)/.test(specifier)

const isWorkspaceName = (name: string): boolean => name === "clientele" || name.startsWith("@clientele/")

const packageName = (specifier: string): string => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")

const scanSource = (file: string, source: string): Scan => {
  const parsed = parseSync(file, source, { sourceType: "module" })
  const imports: Array<Import> = []
  const computedImports: Array<number> = []
  const impurities: Array<{ offset: number; message: string }> = []
  const dynamic = (specifier: string | undefined, offset: number) => {
    if (specifier === undefined) computedImports.push(offset)
    else imports.push({ specifier, names: undefined, offset })
  }
  const touch = (object: string, member: string, offset: number) => {
    const entry = impure.get(object)
    if (entry !== undefined && (entry.members === "all" || entry.members.has(member))) {
      impurities.push({ offset, message: `${object}.${member} in core: ${entry.instead}` })
    }
  }
  const datum = (callee: Expression, offset: number) => {
    if (globalName(callee) === "Date") {
      impurities.push({ offset, message: "Date in core: use effect's DateTime, and take `now` as an argument" })
    }
  }
  new Visitor({
    ImportDeclaration: (node) => {
      const named = node.specifiers.map((specifier) =>
        specifier.type === "ImportSpecifier" ? moduleExportName(specifier.imported) : undefined
      )
      imports.push({ specifier: node.source.value, names: allDefined(named), offset: node.start })
    },
    ExportNamedDeclaration: (node) => {
      if (node.source === null) return
      const names = node.specifiers.map((specifier) => moduleExportName(specifier.local))
      imports.push({ specifier: node.source.value, names, offset: node.start })
    },
    ExportAllDeclaration: (node) => {
      imports.push({ specifier: node.source.value, names: undefined, offset: node.start })
    },
    ImportExpression: (node) => dynamic(literal(node.source), node.start),
    TSImportType: (node) => dynamic(node.source.value, node.start),
    TSExternalModuleReference: (node) => dynamic(node.expression.value, node.start),
    CallExpression: (node) => {
      if (globalName(node.callee) === "require") dynamic(literal(node.arguments[0]), node.start)
      datum(node.callee, node.start)
    },
    NewExpression: (node) => datum(node.callee, node.start),
    MemberExpression: (node) => {
      const object = globalName(node.object)
      const member = memberName(node)
      if (object !== undefined && member !== undefined) touch(object, member, node.start)
    }
  }).visit(parsed.program)
  return {
    imports,
    computedImports,
    impurities,
    references: parsed.comments
      .filter((comment) => comment.type === "Line" && /^\/\s*<reference\b/.test(comment.value))
      .map((comment) => comment.start),
    errors: parsed.errors.map((error) => error.message),
    lineOf: (offset) => source.slice(0, offset).split("\n").length
  }
}

const allDefined = (names: ReadonlyArray<string | undefined>): ReadonlyArray<string> | undefined => {
  const defined = names.filter((name) => name !== undefined)
  return defined.length === names.length ? defined : undefined
}

const moduleExportName = (node: { readonly type: string; readonly name?: string; readonly value?: string }): string =>
  node.name ?? node.value ?? ""

const literal = (node: { readonly type: string } | undefined): string | undefined => {
  if (node === undefined) return undefined
  if ("value" in node && typeof node.value === "string") return node.value
  return undefined
}

/** `X` for `X` and for `globalThis.X`. Shadowing is not looked at: a local named `Date` deserves the question. */
const globalName = (node: Expression | { readonly type: string }): string | undefined => {
  if (isIdentifier(node)) return node.name
  if (!isMember(node) || !isIdentifier(node.object) || node.object.name !== "globalThis") return undefined
  return memberName(node)
}

const isIdentifier = (node: {
  readonly type: string
}): node is { readonly type: "Identifier"; readonly name: string } => node.type === "Identifier"

const isMember = (node: { readonly type: string }): node is MemberExpression => node.type === "MemberExpression"

const memberName = (node: MemberExpression): string | undefined => {
  if (!node.computed) return "name" in node.property ? node.property.name : undefined
  return literal(node.property)
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const violations = checkImports({ root: join(dirname(fileURLToPath(import.meta.url)), "..") })
  for (const violation of violations) process.stdout.write(`${formatViolation(violation)}\n`)
  if (violations.length > 0) process.exitCode = 1
}

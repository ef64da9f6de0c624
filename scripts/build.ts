/**
 * Builds every package into its `dist`, from nothing: JavaScript by tsup, declarations by `tsc -b`, and the program in a few
 * files. Fails when what a package will publish as its exports or commands is not there, or is a source: Node runs no
 * TypeScript in node_modules.
 */
import { execFile } from "node:child_process"
import { existsSync, globSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { bundleProgram } from "./program.ts"

const run = promisify(execFile)
const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const packages = readdirSync(join(root, "packages"))
  .map((name) => join(root, "packages", name))
  .filter((directory) => existsSync(join(directory, "package.json")))

const tool = (name: string) => join(root, "node_modules/.bin", process.platform === "win32" ? `${name}.cmd` : name)

const execute = async (command: string, args: ReadonlyArray<string>, cwd: string) => {
  try {
    await run(tool(command), args, { cwd, shell: process.platform === "win32" })
  } catch (error) {
    const output =
      error instanceof Error && "stdout" in error && "stderr" in error ? `${error.stdout}${error.stderr}` : error
    process.stderr.write(`${command} failed in ${cwd}:\n${String(output)}\n`)
    process.exit(1)
  }
}

/** The files that a published package.json names: every string below `exports` and `bin`. */
const published = (directory: string): ReadonlyArray<string> => {
  const manifest: unknown = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))
  const config = property(manifest, "publishConfig")
  return [property(config, "exports"), property(config, "bin") ?? property(manifest, "bin")].flatMap(strings)
}

const property = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined

const strings = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : []
}

for (const directory of packages) rmSync(join(directory, "dist"), { recursive: true, force: true })
await Promise.all(packages.map((directory) => execute("tsup", ["--config", join(root, "tsup.config.ts")], directory)))
await execute("tsc", ["-b"], root)
await bundleProgram(join(root, "packages"))

const faults = packages.flatMap((directory) =>
  published(directory).flatMap((path) => {
    if (!path.startsWith("./dist/")) return [`${join(directory, path)}: published, but not out of dist`]
    return [path, path.replace(/\.js$/, ".d.ts")]
      .filter((file) => globSync(file, { cwd: directory }).length === 0)
      .map((file) => `${join(directory, file)}: published, but not built`)
  })
)
for (const fault of faults) process.stderr.write(`${fault}\n`)
if (faults.length > 0) process.exitCode = 1

/**
 * What is published: every package built, packed, and put where an application finds what it has installed. A package
 * finds there what its own manifest declares and nothing else, at the versions of this workspace; so nothing is fetched.
 */
import { createPackageFromTarballData, type Package } from "@arethetypeswrong/core"
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const run = promisify(execFile)
const root = fileURLToPath(new URL("../..", import.meta.url))

export interface Packed {
  readonly name: string
  readonly tarball: Package
  /** Where its files are. */
  readonly folder: string
}

export interface Published {
  readonly packages: ReadonlyArray<Packed>
  /** The folder of an application that has installed all of them, `effect`, what runs it on Node, and Express. */
  readonly application: string
  readonly remove: () => Promise<void>
}

export const publish = async (): Promise<Published> => {
  const folder = await mkdtemp(join(tmpdir(), "clientele-published-"))
  const tarballs = join(folder, "tarballs")
  await run(process.execPath, [join(root, "scripts/build.ts")], { cwd: root })
  await run("npx", ["-y", "pnpm@12", "-r", "--filter", "./packages/*", "pack", "--pack-destination", tarballs], {
    cwd: root
  })
  const manifests = await workspaceManifests()
  const packages: Array<Packed> = []
  for (const file of await readdir(tarballs)) {
    const tarball = createPackageFromTarballData(new Uint8Array(await readFile(join(tarballs, file))))
    const place = join(placeOf(folder, tarball.packageName), "node_modules", tarball.packageName)
    await unpack(tarball, place)
    packages.push({ name: tarball.packageName, tarball, folder: place })
  }
  for (const { folder: place, name, tarball } of packages) {
    const source = manifests.get(name) ?? ""
    for (const dependency of dependenciesOf(tarball)) {
      const ours = packages.find((other) => other.name === dependency)?.folder
      await link(
        ours ?? join(source, "node_modules", dependency),
        join(placeOf(folder, name), "node_modules", dependency)
      )
    }
    await link(place, join(folder, "application/node_modules", name))
  }
  const others = {
    ".": ["effect", "@effect/platform-node", "@types/node"],
    "examples/express": ["express", "@types/express"]
  }
  for (const [from, dependencies] of Object.entries(others)) {
    for (const dependency of dependencies) {
      await link(join(root, from, "node_modules", dependency), join(folder, "application/node_modules", dependency))
    }
  }
  const application = join(folder, "application")
  await writeFile(join(application, "package.json"), JSON.stringify({ type: "module", private: true }))
  return { packages, application, remove: () => rm(folder, { recursive: true }) }
}

// internal

const placeOf = (folder: string, name: string) => join(folder, "installed", name.replace("/", "+"))

/** The folders of the workspace's packages, by name. */
const workspaceManifests = async (): Promise<ReadonlyMap<string, string>> => {
  const folders = (await readdir(join(root, "packages"))).map((name) => join(root, "packages", name))
  const named = folders.map(async (folder) => {
    const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
    return [String(property(manifest, "name")), folder] as const
  })
  return new Map(await Promise.all(named))
}

const unpack = async (tarball: Package, place: string) => {
  const inside = `/node_modules/${tarball.packageName}/`
  for (const file of tarball.listFiles()) {
    const target = join(place, file.slice(file.indexOf(inside) + inside.length))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, tarball.readFile(file))
  }
}

const dependenciesOf = (tarball: Package): ReadonlyArray<string> => {
  const manifest: unknown = JSON.parse(tarball.readFile(`/node_modules/${tarball.packageName}/package.json`))
  return ["dependencies", "peerDependencies"].flatMap((kind) => Object.keys(property(manifest, kind) ?? {}))
}

const property = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined

const link = async (target: string, place: string) => {
  await mkdir(dirname(place), { recursive: true })
  await symlink(await realpath(target), place, "dir")
}

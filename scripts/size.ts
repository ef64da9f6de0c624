/**
 * What importing costs: `pnpm run size` prints the size of bundles for browsers, minified and compressed, and of what is
 * published. Fails on nothing; a test holds the goal for scoring.
 */
import { build, type Metafile } from "esbuild"
import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { gzipSync } from "node:zlib"

export interface Bundle {
  /** In thousands of bytes, minified and compressed. */
  readonly kilobytes: number
  readonly metafile: Metafile
}

/** What is bundled for a browser, by its name in the report. */
export const entries = {
  "all of `effect/Schema`": 'export * as Schema from "effect/Schema"',
  "scoring of `@clientele/core`": 'export * as Scoring from "@clientele/core/domain/Scoring"',
  "the typed client": 'export { createClient } from "@clientele/api/CrmClient"',
  "all of `@clientele/core`": 'export * from "@clientele/core"'
} as const

/** Bundles as a page would, with all that the source needs. */
export const bundle = async (contents: string): Promise<Bundle> => {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    format: "esm",
    platform: "browser",
    minify: true,
    metafile: true,
    write: false,
    logLevel: "silent"
  })
  return { metafile, kilobytes: gzipSync(outputFiles[0]?.contents ?? "").length / 1_000 }
}

// internal

const root = fileURLToPath(new URL("..", import.meta.url))
const run = promisify(execFile)

const printBundles = async () => {
  console.log("| bundle | kB, minified and compressed |\n| --- | ---: |")
  for (const [name, contents] of Object.entries(entries)) {
    console.log(`| ${name} | ${(await bundle(contents)).kilobytes.toFixed(1)} |`)
  }
}

const printTarballs = async () => {
  const folder = mkdtempSync(join(tmpdir(), "clientele-size-"))
  try {
    await run(process.execPath, [join(root, "scripts/build.ts")], { cwd: root })
    await run("npx", ["-y", "pnpm@12", "-r", "--filter", "./packages/*", "pack", "--pack-destination", folder], {
      cwd: root
    })
    console.log("\n| published | kB |\n| --- | ---: |")
    for (const file of readdirSync(folder).toSorted()) {
      console.log(`| \`${file}\` | ${(statSync(join(folder, file)).size / 1_000).toFixed(1)} |`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await printBundles()
  await printTarballs()
}

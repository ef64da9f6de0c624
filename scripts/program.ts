/**
 * The command line in a few files. A start reads and links every module it needs, which for a thousand of them takes longer
 * than all the rest; so what is published runs from a bundle, and `bin.js` says which. Libraries are not bundled: whoever
 * imports them has one Effect, and a bundler of their own.
 */
import { build } from "esbuild"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Writes `dist/program` of the command line's package, and has its `bin.js` run that. */
export const bundleProgram = async (packages: string): Promise<void> => {
  const clientele = join(packages, "clientele")
  const main = readFileSync(join(clientele, "src/bin.ts"), "utf8")
  await build({
    entryPoints: {
      main: join(clientele, "src/bin.ts"),
      // Started by its address beside the module that starts it.
      longReaderWorker: join(packages, "sql-sqlite-node/src/internal/longReaderWorker.ts")
    },
    outdir: join(clientele, "dist/program"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.19",
    minifySyntax: true,
    minifyWhitespace: true,
    // Names are kept, which errors and services go by.
    minifyIdentifiers: false,
    // A page of the API that is not served.
    external: ["*/httpApiSwagger.js"],
    // Some of what is bundled asks for Node's modules in the way of CommonJS.
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);'
    },
    logLevel: "error"
  })
  const [firstLine = ""] = main.split("\n", 1)
  writeFileSync(join(clientele, "dist/bin.js"), [firstLine, ...cached, ""].join("\n"))
  rmSync(join(clientele, "dist/bin.js.map"), { force: true })
}

// internal

/** What was compiled once is not compiled again, where Node may keep it. */
const cached = [
  'import { enableCompileCache } from "node:module"',
  "enableCompileCache()",
  'await import("./program/main.js")'
]

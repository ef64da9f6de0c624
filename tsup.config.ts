/**
 * The JavaScript of one package, run in its folder by scripts/build.ts. One file for each module, as in the sources:
 * `import.meta.url` keeps its meaning, stack traces name modules, and an application's bundler drops what is not used.
 * Declarations come from `tsc -b`: the native compiler has no API that tsup could ask for them.
 */
import { globSync } from "node:fs"
import { defineConfig } from "tsup"

const modules = globSync("src/**/*.ts").map((file) => file.replaceAll("\\", "/"))

export default defineConfig({
  entry: Object.fromEntries(modules.map((file) => [file.slice("src/".length, -".ts".length), file])),
  format: "esm",
  target: "node22.19",
  platform: "node",
  outDir: "dist",
  outExtension: () => ({ js: ".js" }),
  sourcemap: true,
  dts: false,
  clean: false,
  splitting: false,
  silent: true,
  // Sources say node:sqlite, which has no name without the prefix.
  removeNodeProtocol: false,
  esbuildPlugins: [
    {
      name: "one-file-per-module",
      setup: (build) => {
        build.onResolve({ filter: /^/ }, ({ kind, path }) =>
          kind === "entry-point" ? undefined : { path: path.replace(/^(\.\.?\/.*)\.ts$/, "$1.js"), external: true }
        )
      }
    }
  ]
})

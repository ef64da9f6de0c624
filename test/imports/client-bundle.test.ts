/** The typed client in a browser's bundle: whole without Node, and without a line of the server. */
import { build } from "esbuild"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"

const bundled = await build({
  stdin: {
    contents: 'export { createClient } from "@clientele/api/CrmClient"',
    resolveDir: fileURLToPath(new URL(".", import.meta.url))
  },
  bundle: true,
  format: "esm",
  platform: "browser",
  minify: true,
  metafile: true,
  write: false,
  logLevel: "silent"
})

describe("the bundle of the client", () => {
  const sources = Object.keys(bundled.metafile.inputs)

  it("has nothing of Node's in it", () => {
    assert.isEmpty(bundled.errors)
    assert.isEmpty(Object.values(bundled.metafile.outputs).flatMap(({ imports }) => imports))
  })

  it("has the contract and the domain's values, and nothing else of the workspace", () => {
    const packages = new Set(sources.flatMap((source) => /(?:^|\/)packages\/([\w-]+)\//.exec(source)?.[1] ?? []))
    assert.sameMembers([...packages], ["api", "core"])
    assert.isEmpty(sources.filter((source) => /effect\/(dist|src)\/(sql|cli)\//.test(source)))
  })

  it("is of a size that a page can carry", () => {
    const kilobytes = gzipSync(bundled.outputFiles[0]?.contents ?? "").length / 1_000
    assert.isBelow(kilobytes, 150)
  })
})

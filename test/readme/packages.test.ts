/** The packages' READMEs show code that the compiler has seen: each block is a file of docs/snippets/packages. */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

describe("packages/*/README.md", () => {
  it.for(readdirSync(`${root}/packages`))("%s names the package and shows its snippet", (name) => {
    const readme = readFileSync(`${root}/packages/${name}/README.md`, "utf8")
    const manifest = readFileSync(`${root}/packages/${name}/package.json`, "utf8")
    const title = /^# (.+)\n/.exec(readme)?.[1]
    assert.include(manifest, `"name": "${title}"`)
    const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code)
    assert.deepStrictEqual(blocks, [readFileSync(`${root}/docs/snippets/packages/${name}.ts`, "utf8")])
  })
})

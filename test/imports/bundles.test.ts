/** What a browser's bundle has in it: the typed client whole, without Node and the server; and the size of what is imported. */
import { assert, describe, it } from "vitest"
import { bundle, entries } from "../../scripts/size.ts"

const client = await bundle(entries["the typed client"])

describe("the bundle of the client", () => {
  const sources = Object.keys(client.metafile.inputs)

  it("has nothing of Node's in it", () => {
    assert.isEmpty(Object.values(client.metafile.outputs).flatMap(({ imports }) => imports))
  })

  it("has the contract and the domain's values, and nothing else of the workspace", () => {
    const packages = new Set(sources.flatMap((source) => /(?:^|\/)packages\/([\w-]+)\//.exec(source)?.[1] ?? []))
    assert.sameMembers([...packages], ["api", "core"])
    assert.isEmpty(sources.filter((source) => /effect\/(dist|src)\/(sql|cli)\//.test(source)))
  })

  it("is of a size that a page can carry", () => {
    assert.isBelow(client.kilobytes, 150)
  })
})

describe("the bundle of scoring", () => {
  it("adds at most 25 kB to Effect's schemas", async () => {
    const [schemas, scoring] = [
      await bundle(entries["all of `effect/Schema`"]),
      await bundle(entries["scoring of `@clientele/core`"])
    ]
    assert.isAtMost(scoring.kilobytes, schemas.kilobytes + 25)
  })
})

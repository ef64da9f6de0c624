/** The conformance suite cannot leave anything out in silence. */
import { layer } from "@clientele/sql-sqlite-node"
import * as Conformance from "@clientele/testing/Conformance"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it, onTestFinished } from "vitest"

const Report = Schema.fromJsonString(
  Schema.Struct({
    testResults: Schema.Array(
      Schema.Struct({
        assertionResults: Schema.Array(Schema.Struct({ fullName: Schema.String, status: Schema.String }))
      })
    )
  })
)

/** What became of each test of the chapters in ./registry, by its name. */
const outcomes = () => {
  const folder = mkdtempSync(join(tmpdir(), "clientele-registry-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")))
  const root = fileURLToPath(new URL("./registry", import.meta.url))
  const file = join(folder, "report.json")
  spawnSync(process.execPath, [vitest, "run", "--root", root, "--reporter=json", `--outputFile=${file}`])
  const { testResults } = Schema.decodeUnknownSync(Report)(readFileSync(file, "utf8"))
  return new Map(
    testResults.flatMap(({ assertionResults }) => assertionResults.map(({ fullName, status }) => [fullName, status]))
  )
}

describe("chapters", () => {
  it("that lack a capability are skipped under what they lack, and that run none of their tests fail", () => {
    const last = "runs every chapter that the adapter has the capabilities for"
    assert.deepStrictEqual(Object.fromEntries(outcomes()), {
      "whole runs a": "passed",
      "whole lacks (needs secondClient, sqlClient) a": "skipped",
      [`whole ${last}`]: "passed",
      "with an empty chapter runs a": "passed",
      [`with an empty chapter ${last}`]: "failed",
      "with nothing that can be run lacks (needs secondClient, sqlClient) a": "skipped",
      [`with nothing that can be run ${last}`]: "failed",
      [`with nothing ${last}`]: "failed"
    })
  })

  it("are all in the suite", async () => {
    const folder = new URL("../../packages/testing/src/conformance/", import.meta.url)
    const files = readdirSync(folder).filter((file) => file.endsWith("Chapter.ts"))
    assert.isNotEmpty(files)
    const inSuite = new Set<unknown>(Conformance.chapters)
    for (const file of files) {
      const module: object = await import(`@clientele/testing/conformance/${file.replace(".ts", "")}`)
      const chapters = Object.values(module).filter(Predicate.hasProperty("needs"))
      assert.isNotEmpty(chapters, file)
      for (const chapter of chapters) assert.isTrue(inSuite.has(chapter), file)
    }
  })

  it("have titles of their own", () => {
    const titles = Conformance.chapters.map(({ title }) => title)
    assert.strictEqual(new Set(titles).size, titles.length)
  })
})

describe("a capability", () => {
  it("that is misspelt does not compile", () => {
    const misspelt = () =>
      Conformance.suite("SQLite", layer({ filename: ":memory:" }), {
        events: () => Effect.succeed([]),
        // @ts-expect-error: it is `sqlClient`
        sqlclient: true
      })
    assert.isFunction(misspelt)
  })
})

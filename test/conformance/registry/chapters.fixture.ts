/** Chapters that can be run and chapters that cannot: ../registry.test.ts looks at what becomes of them. */
import type { Chapter, Claims, Services, Test } from "@clientele/testing/conformance/Harness"
import { register } from "@clientele/testing/conformance/Registry"
import { describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** These chapters ask for no services. */
const test: Test = (name, body) => {
  it.effect(name, () => Effect.provideContext(body(), Context.makeUnsafe<Services>(new Map())))
}

const claims: Claims = { concurrentReaders: true, concurrentWriters: false, secondClient: false, sqlClient: false }

const runs: Chapter = { title: "runs", needs: ["concurrentReaders"], tests: (test) => test("a", () => Effect.void) }
const lacks: Chapter = { ...runs, title: "lacks", needs: ["secondClient", "concurrentReaders", "sqlClient"] }
const empty: Chapter = { title: "empty", needs: [], tests: () => undefined }

describe("whole", () => {
  register([runs, lacks], claims, test)
})
describe("with an empty chapter", () => {
  register([runs, empty], claims, test)
})
describe("with nothing that can be run", () => {
  register([lacks], claims, test)
})
describe("with nothing", () => {
  register([], claims, test)
})

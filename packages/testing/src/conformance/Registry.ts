/**
 * Chapters as tests. A chapter whose capabilities are not all claimed shows up as skipped, under what it lacks; and a last
 * test fails when a chapter that should run has none, or when none should run.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Chapter, Claims, Test } from "./Harness.ts"

export const register = (chapters: ReadonlyArray<Chapter>, claims: Claims, test: Test): void => {
  const missingOf = ({ needs }: Chapter) => needs.filter((capability) => !claims[capability])
  const registered = new Map<string, number>()

  for (const chapter of chapters) {
    const { tests, title } = chapter
    const missing = missingOf(chapter)
    const reason = missing.length === 0 ? "" : ` (needs ${missing.join(", ")})`
    describe.skipIf(missing.length > 0)(`${title}${reason}`, () => {
      tests((name, body) => {
        registered.set(title, (registered.get(title) ?? 0) + 1)
        test(name, body)
      })
    })
  }

  test("runs every chapter that the adapter has the capabilities for", () =>
    Effect.sync(() => {
      const expected = chapters.filter((chapter) => missingOf(chapter).length === 0)
      assert.isNotEmpty(expected)
      for (const { title } of expected) assert.isAbove(registered.get(title) ?? 0, 0, title)
    }))
}

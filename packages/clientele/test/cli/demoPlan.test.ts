import { assert, describe, it } from "@effect/vitest"
import { plan } from "../../src/cli/DemoPlan.ts"

const stages = { open: ["lead", "qualified", "proposal"], won: "won", lost: "lost" }
const now = Date.UTC(2026, 0, 24, 12)

describe("the story of the demonstration", () => {
  const story = plan(now, stages)

  it("is the same each time, in order, and of the year that has passed", () => {
    assert.deepStrictEqual(plan(now, stages), story)
    const times = story.map(({ at }) => at)
    assert.deepStrictEqual(
      times,
      times.toSorted((a, b) => a - b)
    )
    assert.isTrue(times.every((at) => at < now && at > now - 366 * 24 * 3_600_000))
  })

  it("knows people and deals before anything happens to them", () => {
    const people = new Set<number>()
    const deals = new Set<number>()
    for (const step of story) {
      if (step.kind === "contact") people.add(step.person)
      else if (step.kind === "stage") assert.isTrue(deals.has(step.deal))
      else assert.isTrue(people.has(step.person))
      if (step.kind === "deal") deals.add(step.deal)
    }
    assert.isAbove(deals.size, 50)
  })

  it("has deals that were won, were lost and are open", () => {
    const ends = story.flatMap((step) => (step.kind === "stage" ? [step.change.stage] : []))
    for (const stage of ["won", "lost", "proposal"]) assert.include(ends, stage)
  })
})

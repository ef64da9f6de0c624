/** How the work grows with the contacts: counted in comparisons, which do not depend on the machine. */
import { assert, describe, it } from "@effect/vitest"
import * as Duplicates from "@clientele/core/domain/Duplicates"
import { people } from "@clientele/testing/PeopleData"

describe("duplicate suggestions", () => {
  it("take work in proportion to the contacts, nearly", async ({ annotate }) => {
    const comparisons = (count: number): number => {
      const profiles = people({ seed: 41, contacts: count }).contacts.map(({ fields }) => ({
        keys: Duplicates.blockingKeys(fields)
      }))
      let pairs = 0
      for (const _ of Duplicates.candidatePairs(profiles)) pairs++
      return pairs
    }
    const [fewer, more] = [comparisons(10_000), comparisons(40_000)]
    await annotate(`comparisons: ${fewer} among 10,000, ${more} among 40,000: ${(more / fewer).toFixed(2)} times`)
    assert.isBelow(more / fewer, 6)
  }, 60_000)
})

/** How good suggestions out of a database are, where what is common is told by a sample. */
import { Crm, CurrentActor, TimeOrderedIds } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as sqlite } from "@clientele/sql-sqlite-node"
import { people } from "@clientele/testing/PeopleData"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { actorOf, fill, judge, walk } from "../support/duplicates.ts"

const crm = Crm.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(sqlite({ filename: ":memory:" }), TimeOrderedIds.layer, PhoneNumbers.layer()))
)

describe("duplicate suggestions out of a database of 10,000 labelled people", () => {
  it.live(
    "are right and complete",
    ({ annotate }) =>
      Effect.gen(function* () {
        const labelled = people({ seed: 20_261, contacts: 10_000 })
        yield* fill(labelled)
        const begun = performance.now()
        const groups = yield* walk()
        const milliseconds = performance.now() - begun
        const { certain, f1 } = judge(groups, labelled)
        yield* Effect.promise(() =>
          annotate(`F1 ${f1.toFixed(4)}, certain ${certain.toFixed(4)}, all pages in ${milliseconds.toFixed(0)} ms`)
        )
        assert.isAtLeast(certain, 0.97)
        assert.isAtLeast(f1, 0.95)
      }).pipe(Effect.provideService(CurrentActor, actorOf(10_000)), Effect.provide(crm)),
    60_000
  )
})

import { assert, describe, it } from "@effect/vitest"
import { IdGenerator, TimeOrderedIds } from "@clientele/core"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { MaxOpsBeforeYield } from "effect/Scheduler"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"

const draw = Effect.fnUntraced(function* (counts: ReadonlyArray<number>, times?: ReadonlyArray<number>) {
  const { bodies } = yield* IdGenerator
  const drawn: Array<string> = []
  for (const [index, count] of counts.entries()) {
    const time = times?.[index]
    if (time !== undefined) yield* TestClock.setTime(time)
    drawn.push(...(yield* bodies(count)))
  }
  return drawn
})

const assertAscending = (bodies: ReadonlyArray<string>) => {
  for (const [index, body] of bodies.slice(1).entries()) assert.isBelow(compare(bodies[index] ?? "", body), 0)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

describe("TimeOrderedIds", () => {
  const now = Date.UTC(2026, 0, 24, 15)

  it.effect("are 26 characters of lower case, all different and in the order they were made", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const drawn = yield* draw(Array.from({ length: 100 }, () => 100))
      assert.lengthOf(drawn, 10_000)
      assert.lengthOf(new Set(drawn), 10_000)
      for (const body of drawn) assert.match(body, /^[0-9a-v]{26}$/)
      assertAscending(drawn)
    }).pipe(Effect.provide(TimeOrderedIds.layer))
  )

  it.effect("ascend whatever the clock does: goes on, stands still, steps back", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: now - 1_000, max: now + 1_000 })), {
            maxLength: 20
          }),
          (steps) =>
            draw(
              steps.map(([count]) => count),
              steps.map(([, time]) => time)
            ).pipe(
              Effect.map(assertAscending),
              Effect.provide([TimeOrderedIds.layer, TestClock.layer()]),
              Effect.runPromise
            )
        ),
        { numRuns: 50 }
      )
    )
  )

  it.effect("of a later time sort after those of an earlier one, also from another process", () =>
    Effect.gen(function* () {
      const [early = ""] = yield* Effect.provide(draw([1], [now]), TimeOrderedIds.layer)
      const [late = ""] = yield* Effect.provide(draw([1], [now + 1]), TimeOrderedIds.layer)
      assert.isBelow(compare(early, late), 0)
    })
  )

  it.effect("of one time differ between processes", () =>
    Effect.gen(function* () {
      const one = yield* Effect.provide(draw([1], [now]), TimeOrderedIds.layer)
      const other = yield* Effect.provide(draw([1], [now]), TimeOrderedIds.layer)
      assert.notDeepEqual(one, other)
    })
  )

  it.effect("are the same under the same clock and the same seed", () =>
    Effect.gen(function* () {
      const seeded = draw([3, 2], [now, now + 5]).pipe(Effect.provide(TimeOrderedIds.layer), Random.withSeed("seed"))
      assert.deepStrictEqual(yield* seeded, yield* seeded)
    })
  )

  it.effect("are never given twice to callers at the same time", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { bodies } = yield* IdGenerator
      const drawn: Array<string> = []
      const caller = Effect.map(bodies(1), (body) => drawn.push(...body))
      yield* Effect.all(
        Array.from({ length: 200 }, () => caller),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(new Set(drawn), 200)
      assertAscending(drawn)
    }).pipe(Effect.provide(TimeOrderedIds.layer), Effect.provideService(MaxOpsBeforeYield, 3))
  )

  it.effect("come as many as are asked for", () =>
    Effect.gen(function* () {
      const { bodies } = yield* IdGenerator
      assert.deepStrictEqual(yield* bodies(0), [])
      assert.lengthOf(yield* bodies(7), 7)
    }).pipe(Effect.provide(TimeOrderedIds.layer))
  )
})

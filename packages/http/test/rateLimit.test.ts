import { RateLimit } from "@clientele/http"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"

const isAllowed = <A>(take: Effect.Effect<A, RateLimit.TooMany>) =>
  Effect.match(take, { onFailure: () => false, onSuccess: () => true })

describe("a rate limit", () => {
  it.effect("allows so many at once, then one at a time, and says when", () =>
    Effect.gen(function* () {
      const take = RateLimit.make({ requests: 60, per: Duration.minutes(1) })
      for (let n = 0; n < 60; n++) yield* take("a")
      assert.deepStrictEqual(yield* Effect.flip(take("a")), { retryAfter: Duration.seconds(1) })
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(yield* Effect.flip(take("a")), { retryAfter: Duration.millis(1) })
      yield* TestClock.adjust("1 millis")
      yield* take("a")
      yield* Effect.flip(take("a"))
      yield* TestClock.adjust("1 hour")
      for (let n = 0; n < 60; n++) yield* take("a")
      yield* Effect.flip(take("a"))
    })
  )

  it.effect("is of each token alone", () =>
    Effect.gen(function* () {
      const take = RateLimit.make({ requests: 1, per: Duration.days(1) })
      yield* take("a")
      yield* take("b")
      yield* Effect.flip(take("a"))
    })
  )

  it.effect.prop(
    "is kept to in every stretch of time, and whoever waits as told is let in",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })),
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 700 }))).check(Schema.isMaxLength(60))
    ],
    ([requests, pauses]) =>
      Effect.gen(function* () {
        const take = RateLimit.make({ requests, per: Duration.seconds(1) })
        const allowed: Array<number> = []
        let now = 0
        for (const pause of pauses) {
          yield* TestClock.adjust(pause)
          now += pause
          if (yield* isAllowed(take("a"))) allowed.push(now)
        }
        for (const [index, from] of allowed.entries()) {
          for (const [later, until] of allowed.slice(index).entries()) {
            assert.isAtMost(later + 1, requests + ((until - from) * requests) / 1_000 + 1e-6)
          }
        }
        const wait = yield* Effect.match(take("a"), {
          onFailure: ({ retryAfter }) => retryAfter,
          onSuccess: () => Duration.zero
        })
        yield* TestClock.adjust(Math.ceil(Duration.toMillis(wait)))
        if (Duration.toMillis(wait) > 0) assert.isTrue(yield* isAllowed(take("a")))
      })
  )
})

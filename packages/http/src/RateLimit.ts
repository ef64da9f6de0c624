/**
 * How many requests a token may make: a bucket that holds so many, and fills up again evenly. It is kept in the memory of
 * the process, so several processes allow as much each.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export interface RateLimit {
  /** How many requests may come at once. */
  readonly requests: number
  /** How long it takes until as many may come again. */
  readonly per: Duration.Duration
}

/** A request more than a limit allows, and how long it takes until the next one may come. */
export interface TooMany {
  readonly retryAfter: Duration.Duration
}

/**
 * Counts requests by their token; fails for those that are too many.
 *
 * @example
 * ```ts
 * import { RateLimit } from "@clientele/http"
 * import { Duration, Effect } from "effect"
 *
 * const take = RateLimit.make({ requests: 2, per: Duration.minutes(1) })
 * const program = Effect.gen(function* () {
 *   yield* take("token")
 *   yield* take("token")
 *   const { retryAfter } = yield* Effect.flip(take("token"))
 *   return Math.round(Duration.toSeconds(retryAfter)) // 30
 * })
 * ```
 */
export const make = ({ per, requests }: RateLimit): ((token: string) => Effect.Effect<void, TooMany>) => {
  // A request takes `cost`, a millisecond brings back `requests`: so all numbers are whole, and nothing is ever rounded.
  const cost = Duration.toMillis(per)
  const size = cost * requests
  const buckets = new Map<string, Bucket>()
  const missingIn = ({ at, missing }: Bucket, now: number) => Math.max(0, missing - (now - at) * requests)

  /** A full bucket is as one that nobody has taken from. When none is full, all are forgotten: memory has an end. */
  const forget = (now: number) => {
    for (const [token, bucket] of buckets) if (missingIn(bucket, now) === 0) buckets.delete(token)
    if (buckets.size >= maxBuckets) buckets.clear()
  }

  return (token) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const bucket = buckets.get(token)
      const missing = cost + (bucket === undefined ? 0 : missingIn(bucket, now))
      if (missing > size) return Effect.fail({ retryAfter: Duration.millis(Math.ceil((missing - size) / requests)) })
      if (buckets.size >= maxBuckets) forget(now)
      buckets.set(token, { at: now, missing })
      return Effect.void
    })
}

// internal

/** How much was missing at a time. */
interface Bucket {
  readonly at: number
  readonly missing: number
}

const maxBuckets = 100_000

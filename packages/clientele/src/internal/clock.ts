/** Effect's clock by somebody else's time. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** It is what `now` says; waiting takes the time that it takes. */
export const clockOf = (now: () => Date): Clock.Clock => {
  const live = Clock.Clock.defaultValue()
  const millis = () => now().getTime()
  const nanos = () => BigInt(millis()) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => live.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: live.monotonicTimeNanos,
    sleep: (duration) => live.sleep(duration)
  }
}

/**
 * The default `IdGenerator`: 48 bits of milliseconds and 80 random bits, the layout of a ULID, in 26 digits of base 32
 * (0-9, a-v). Bodies made by one process sort in the order they were made, also within a millisecond and when the clock
 * steps back. Deterministic under a test clock and a seeded `Random`.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import { IdGenerator } from "../ports/IdGenerator.ts"

const randomBits = 80n
const digits = 26

export const layer: Layer.Layer<IdGenerator> = Layer.sync(IdGenerator, () => {
  let last = 0n

  const bodies = Effect.fnUntraced(function* (count: number) {
    const start = (BigInt(yield* Clock.currentTimeMillis) << randomBits) | (yield* drawBits)
    // A new millisecond begins at a random place; within one, and behind a clock that stepped back, ids count upwards.
    // From here on nothing yields, so that calls at the same time cannot draw the same start.
    if (start >> randomBits > last >> randomBits) last = start
    return Array.from({ length: count }, () => (++last).toString(32).padStart(digits, "0"))
  })

  return IdGenerator.of({ bodies })
})

// internal

// One bit fewer than there is room for, so that counting upwards does not run into the next millisecond.
const drawBits = Effect.gen(function* () {
  let bits = 0n
  for (let part = 0; part < 3; part++) {
    bits = (bits << 32n) | BigInt(yield* Random.nextIntBetween(0, 0x1_0000_0000, { halfOpen: true }))
  }
  return bits & ((1n << (randomBits - 1n)) - 1n)
})

/**
 * Values drawn from a list of numbers, so that one description of them serves both fast-check and Effect's Arbitrary.
 * Smaller numbers and shorter lists draw simpler values: both libraries shrink a value by shrinking its numbers.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"

/** Chooses among what there is; the simplest first, which is also what is left when the numbers are used up. */
export interface Choices {
  readonly integer: (min: number, max: number) => number
  readonly from: <A>(items: readonly [A, ...ReadonlyArray<A>]) => A
  readonly chance: (percent: number) => boolean
  readonly list: <A>(max: number, item: () => A) => ReadonlyArray<A>
}

/** A value that either library can draw. */
export interface Drawn<A> {
  readonly fastCheck: fc.Arbitrary<A>
  readonly arbitrary: Arbitrary.Arbitrary<A>
}

const most = 2 ** 31 - 1
const fewest = 40
const length = 600

export const drawn = <A>(draw: (choices: Choices) => A): Drawn<A> => ({
  fastCheck: fc
    .array(fc.integer({ min: 0, max: most }), { minLength: fewest, maxLength: length, size: "max" })
    .map((numbers) => draw(choicesOf(numbers))),
  arbitrary: Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: most }))), {
    minLength: fewest,
    maxLength: length
  }).pipe(Arbitrary.map((numbers) => draw(choicesOf(numbers))))
})

// internal

const choicesOf = (numbers: ReadonlyArray<number>): Choices => {
  let position = 0
  const next = () => numbers[position++] ?? 0
  const integer = (min: number, max: number) => min + (next() % (max - min + 1))
  return {
    integer,
    from: (items) => items[integer(0, items.length - 1)] ?? items[0],
    chance: (percent) => integer(0, 99) >= 100 - percent,
    list: (max, item) => Array.from({ length: integer(0, max) }, item)
  }
}

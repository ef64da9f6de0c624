import { assert, describe, it } from "@effect/vitest"
import { damerauLevenshtein, jaroWinkler } from "@clientele/core/domain/Similarity"
import { Generators } from "@clientele/testing"
import oracle from "damerau-levenshtein"
import * as fc from "fast-check"

// Few letters, so that words often have some in common.
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."abcd"), maxLength: 14 }),
  Generators.word,
  fc.string({ maxLength: 100 })
)

const pair = fc.tuple(word, word)

/** The definition, spelled out: equal units within half the longer length, each used once, the nearest to the left first. */
const plainJaroWinkler = (a: string, b: string): number => {
  if (a === b) return 1
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1)
  const partners = new Map<number, number>()
  for (let i = 0; i < a.length; i++) {
    const used = new Set(partners.values())
    const found = Array.from(b, (_, j) => j)
      .concat(b.length)
      .filter((j) => j < b.length)
      .find((j) => Math.abs(i - j) <= reach && !used.has(j) && a[i] === b[j])
    if (found !== undefined) partners.set(i, found)
  }
  const m = partners.size
  if (m === 0) return 0
  const ofA = [...partners.keys()].map((i) => a[i])
  const ofB = [...partners.values()].sort((x, y) => x - y).map((j) => b[j])
  const t = ofA.filter((unit, index) => unit !== ofB[index]).length / 2
  const jaro = (m / a.length + m / b.length + (m - t) / m) / 3
  let prefix = 0
  while (prefix < Math.min(4, a.length, b.length) && a[prefix] === b[prefix]) prefix++
  return jaro + prefix * 0.1 * (1 - jaro)
}

describe("jaroWinkler", () => {
  // W. E. Winkler, "Overview of Record Linkage and Current Research Directions", U.S. Census Bureau, 2006, table 6.
  const published: ReadonlyArray<readonly [string, string, number]> = [
    ["SHACKLEFORD", "SHACKELFORD", 0.982],
    ["DUNNINGHAM", "CUNNIGHAM", 0.896],
    ["NICHLESON", "NICHULSON", 0.956],
    ["JONES", "JOHNSON", 0.832],
    ["MASSEY", "MASSIE", 0.933],
    ["ABROMS", "ABRAMS", 0.922],
    ["JERALDINE", "GERALDINE", 0.926],
    ["MARHTA", "MARTHA", 0.961],
    ["MICHELLE", "MICHAEL", 0.921],
    ["JULIES", "JULIUS", 0.933],
    ["TANYA", "TONYA", 0.88],
    ["DWAYNE", "DUANE", 0.84],
    ["SEAN", "SUSAN", 0.805],
    ["JON", "JOHN", 0.933],
    ["JON", "JAN", 0.8]
  ]
  it.each(published)("is as published for %s and %s", (a, b, expected) => {
    assert.approximately(jaroWinkler(a, b), expected, 0.0006)
  })

  it("is what the definition says", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(..."abcd"), { maxLength: 14 }),
        fc.array(fc.constantFrom(..."abcd"), { maxLength: 14 }),
        (x, y) => {
          const [a, b] = [x.join(""), y.join("")]
          assert.approximately(jaroWinkler(a, b), plainJaroWinkler(a, b), 1e-12)
        }
      ),
      { numRuns: 1_000 }
    )
  })

  it("is symmetric, from 0 to 1, and 1 for equal texts alone", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const similarity = jaroWinkler(a, b)
        assert.approximately(similarity, jaroWinkler(b, a), 1e-12)
        assert.isTrue(similarity >= 0 && similarity <= 1)
        assert.strictEqual(similarity === 1, a === b)
        assert.strictEqual(jaroWinkler(a, a), 1)
      }),
      { numRuns: 500 }
    )
  })
})

describe("damerauLevenshtein", () => {
  it("agrees with another implementation", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        assert.strictEqual(damerauLevenshtein(a, b), oracle(a, b).steps)
      }),
      { numRuns: 1_000 }
    )
  })

  it("is symmetric, nothing for equal texts alone, and bounded by the lengths", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const distance = damerauLevenshtein(a, b)
        assert.strictEqual(distance, damerauLevenshtein(b, a))
        assert.strictEqual(distance === 0, a === b)
        assert.isAtLeast(distance, Math.abs(a.length - b.length))
        assert.isAtMost(distance, Math.max(a.length, b.length))
      }),
      { numRuns: 500 }
    )
  })

  it("is exact up to a limit and above it beyond", () => {
    fc.assert(
      fc.property(pair, fc.nat({ max: 6 }), ([a, b], limit) => {
        const [distance, limited] = [damerauLevenshtein(a, b), damerauLevenshtein(a, b, limit)]
        if (distance <= limit) assert.strictEqual(limited, distance)
        else assert.isAbove(limited, limit)
      }),
      { numRuns: 500 }
    )
  })

  it("counts an exchange of neighbours as one edit, and edits no part twice", () => {
    assert.strictEqual(damerauLevenshtein("smith", "simth"), 1)
    assert.strictEqual(damerauLevenshtein("ca", "abc"), 3)
  })
})

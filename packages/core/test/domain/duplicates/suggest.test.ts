import { assert, describe, it } from "@effect/vitest"
import { contactId } from "@clientele/core"
import * as Duplicates from "@clientele/core/domain/Duplicates"
import { people } from "@clientele/testing/PeopleData"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { pairOf } from "./support.ts"

const anyPairs = fc
  .uniqueArray(
    fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })).filter(([a, b]) => a < b),
    { selector: ([a, b]) => a * 10 + b, maxLength: 30 }
  )
  .chain((edges) =>
    fc
      .array(fc.constantFrom(0.05, 0.3, 0.5, 0.9, 0.95, 0.999), { minLength: edges.length, maxLength: edges.length })
      .map((probabilities) => edges.map(([a, b], index) => pairOf(String(a), String(b), probabilities[index] ?? 0)))
  )

describe("Duplicates.group", () => {
  it("puts only pairs that are at least possible into a group, and all of them", () => {
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        for (const { contacts, pairs: inside } of Duplicates.group(pairs)) {
          assert.strictEqual(inside.length, (contacts.length * (contacts.length - 1)) / 2)
          for (const pair of inside) {
            assert.notStrictEqual(pair.band, "none")
            assert.includeMembers([...contacts], [pair.a, pair.b])
          }
        }
      }),
      { numRuns: 500 }
    )
  })

  it("puts a contact into one group at most, and leaves no two groups that could be one", () => {
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        const groups = Duplicates.group(pairs)
        const members = groups.flatMap(({ contacts }) => contacts)
        assert.strictEqual(new Set(members).size, members.length)
        const possible = new Set(pairs.filter(({ band }) => band !== "none").map(({ a, b }) => `${a} ${b}`))
        const all = [
          ...groups.map(({ contacts }) => contacts),
          ...pairs.flatMap(({ a, b }) => [[a], [b]]).filter(([id]) => id !== undefined && !members.includes(id))
        ]
        for (const left of all) {
          for (const right of all) {
            if (left[0] === right[0]) continue
            assert.isFalse(left.every((a) => right.every((b) => possible.has([a, b].sort().join(" ")))))
          }
        }
      }),
      { numRuns: 300 }
    )
  })

  it("does not depend on the order of the pairs, and shows the likeliest first", () => {
    fc.assert(
      fc.property(
        anyPairs.chain((pairs) =>
          fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length }))
        ),
        ([pairs, shuffled]) => {
          const groups = Duplicates.group(pairs)
          assert.deepStrictEqual(Duplicates.group(shuffled), groups)
          const best = groups.map(({ pairs }) => pairs[0]?.probability ?? 0)
          assert.deepStrictEqual(
            best,
            best.toSorted((a, b) => b - a)
          )
          for (const { contacts } of groups) assert.deepStrictEqual(contacts, contacts.toSorted())
        }
      ),
      { numRuns: 300 }
    )
  })

  it("cuts a chain at its weakest link", () => {
    const chain = [pairOf("1", "2", 0.9), pairOf("2", "3", 0.995), pairOf("3", "4", 0.6)]
    const ids = Duplicates.group(chain).map(({ contacts }) => contacts)
    assert.deepStrictEqual(ids, [[contactId("2"), contactId("3")]])
  })

  it("lets weak pairs join nothing when stronger ones are asked for", () => {
    const triangle = [pairOf("1", "2", 0.995), pairOf("2", "3", 0.4), pairOf("1", "3", 0.4), pairOf("5", "6", 0.4)]
    assert.deepStrictEqual(
      Duplicates.group(triangle).map(({ contacts }) => contacts.length),
      [3, 2]
    )
    assert.deepStrictEqual(
      Duplicates.group(triangle, "likely").map(({ contacts }) => contacts.length),
      [2]
    )
  })

  it("survives a round over the wire", () => {
    const groups = Duplicates.group([pairOf("1", "2", 0.995)])
    const codec = Schema.Array(Duplicates.DuplicateGroup)
    const wire = JSON.parse(JSON.stringify(Schema.encodeSync(codec)(groups)))
    assert.deepStrictEqual(Schema.decodeUnknownSync(codec)(wire), groups)
  })
})

describe("Duplicates.candidatePairs", () => {
  const keyed = fc.array(fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 4 }), {
    maxLength: 14
  })
  const named = (keys: ReadonlyArray<ReadonlyArray<string>>) => keys.map((keys, index) => ({ index, keys }))
  const shared = (a: ReadonlyArray<string>, b: ReadonlyArray<string>) => a.filter((key) => b.includes(key)).toSorted()

  it("are those that share a key, as long as no block is too large", () => {
    fc.assert(
      fc.property(keyed, (keys) => {
        const profiles = named(keys)
        const expected = profiles.flatMap((a) =>
          profiles
            .filter((b) => a.index < b.index && shared(a.keys, b.keys).length > 0)
            .map((b) => `${a.index} ${b.index}`)
        )
        const found = Array.from(Duplicates.candidatePairs(profiles), ([a, b]) => `${a.index} ${b.index}`)
        assert.deepStrictEqual(found.toSorted(), expected.toSorted())
      }),
      { numRuns: 300 }
    )
  })

  it("are, in blocks that are too large, those that share up to three keys, until the blocks are small enough", () => {
    const limit = 3
    fc.assert(
      fc.property(keyed, (keys) => {
        const profiles = named(keys)
        const size = (together: ReadonlyArray<string>) =>
          profiles.filter(({ keys }) => together.every((key) => keys.includes(key))).length
        const isSmall = (together: ReadonlyArray<string>): boolean => {
          const sets = together.flatMap((x, i) => [
            [x],
            ...together.slice(i + 1).flatMap((y, j) => [[x, y], ...together.slice(i + j + 2).map((z) => [x, y, z])])
          ])
          return sets.some((set) => size(set) <= limit)
        }
        const expected = profiles.flatMap((a) =>
          profiles
            .filter((b) => a.index < b.index && isSmall(shared(a.keys, b.keys)))
            .map((b) => `${a.index} ${b.index}`)
        )
        const found = Array.from(Duplicates.candidatePairs(profiles, limit), ([a, b]) => `${a.index} ${b.index}`)
        assert.deepStrictEqual(found.toSorted(), expected.toSorted())
      }),
      { numRuns: 300 }
    )
  })
})

describe("Duplicates.suggest", () => {
  const profiles = people({ seed: 5, contacts: 600 }).contacts.map(({ id, fields }) => Duplicates.profile(id, fields))
  const groups = Duplicates.suggest(profiles)

  it("does not depend on the order of the contacts", () => {
    assert.isAbove(groups.length, 50)
    fc.assert(
      fc.property(fc.shuffledSubarray(profiles, { minLength: profiles.length }), (shuffled) => {
        assert.deepStrictEqual(Duplicates.suggest(shuffled), groups)
      }),
      { numRuns: 5 }
    )
  })

  it("shows pairs as `pair` compares them", () => {
    const byId = new Map(profiles.map((profile) => [profile.id, profile]))
    const frequencies = Duplicates.tally(profiles)
    for (const shown of groups.flatMap(({ pairs }) => pairs)) {
      const [a, b] = [byId.get(shown.a), byId.get(shown.b)]
      assert.isTrue(a !== undefined && b !== undefined)
      if (a !== undefined && b !== undefined) assert.deepStrictEqual(Duplicates.pair(b, a, frequencies), shown)
    }
  })

  it("finds nothing among none and one", () => {
    assert.deepStrictEqual(Duplicates.suggest([]), [])
    assert.deepStrictEqual(Duplicates.suggest(profiles.slice(0, 1)), [])
  })
})

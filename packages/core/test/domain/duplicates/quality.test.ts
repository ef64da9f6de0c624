/**
 * How good the suggestions are, on labelled people. Pairs are counted, not contacts: a pair is found
 * when it stands in a group as certain or likely, and right when both contacts are one person; what is missed is any pair
 * of one person that is not found. The seeds were used for nothing else: the weights were chosen on others.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duplicates from "@clientele/core/domain/Duplicates"
import { people } from "@clientele/testing/PeopleData"

const measure = (seed: number, count: number) => {
  const { contacts, truth } = people({ seed, contacts: count })
  const begun = performance.now()
  const groups = Duplicates.suggest(contacts.map(({ id, fields }) => Duplicates.profile(id, fields)))
  const milliseconds = performance.now() - begun
  const right = new Set(truth.map(([a, b]) => `${a} ${b}`))
  const bands = { certain: { right: 0, all: 0 }, likely: { right: 0, all: 0 }, possible: { right: 0, all: 0 } }
  for (const { a, b, band } of groups.flatMap(({ pairs }) => pairs)) {
    if (band === "none") continue
    bands[band].all++
    if (right.has(`${a} ${b}`)) bands[band].right++
  }
  const found = bands.certain.right + bands.likely.right
  const precision = found / (bands.certain.all + bands.likely.all)
  const recall = found / truth.length
  const f1 = (2 * precision * recall) / (precision + recall)
  return { certain: bands.certain.right / bands.certain.all, precision, recall, f1, pairs: truth.length, milliseconds }
}

describe("duplicate suggestions among 10,000 labelled people", () => {
  it.for([20_261, 90_210])("are right and complete (seed %d)", async (seed, { annotate }) => {
    const { certain, precision, recall, f1, pairs, milliseconds } = measure(seed, 10_000)
    const [inBand, ...overall] = [certain, precision, recall, f1].map((value) => value.toFixed(4))
    await annotate(
      `seed ${seed}: ${pairs} pairs, precision when certain ${inBand}, precision, recall, F1 ${overall.join(" ")}, ` +
        `${milliseconds.toFixed(0)} ms`
    )
    assert.isAtLeast(certain, 0.97)
    assert.isAtLeast(f1, 0.95)
  })
})

describe("PeopleData", () => {
  it("makes the same people of the same seed, as many as asked for, each address once", () => {
    const first = people({ seed: 9, contacts: 500 })
    assert.deepStrictEqual(people({ seed: 9, contacts: 500 }), first)
    assert.notDeepEqual(people({ seed: 10, contacts: 500 }), first)
    assert.strictEqual(first.contacts.length, 500)
    const emails = first.contacts.flatMap(({ fields }) => fields.email ?? [])
    assert.strictEqual(new Set(emails).size, emails.length)
    const person = new Map(first.contacts.map((contact) => [contact.id, contact.person]))
    for (const [a, b] of first.truth) {
      assert.isBelow(a.localeCompare(b), 0)
      assert.strictEqual(person.get(a), person.get(b))
    }
  })
})

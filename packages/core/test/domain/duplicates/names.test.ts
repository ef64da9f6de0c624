import { assert, describe, it } from "@effect/vitest"
import * as Names from "@clientele/core/domain/Names"
import { Generators } from "@clientele/testing"
import * as fc from "fast-check"

describe("Names.parse", () => {
  const readings: ReadonlyArray<readonly [string, string | null, string | null, string, number | null]> = [
    ["Jane Doe", "jane", "doe", "jane doe", null],
    ["Doe, Jane", "jane", "doe", "jane doe", null],
    ["Prof. Dr. Änne van der Berg", "anne", "berg", "anne berg", null],
    ["van der Berg, Änne", "anne", "berg", "anne berg", null],
    ["John Smith, PhD", "john", "smith", "john smith", null],
    ["John Smith Jr.", "john", "smith", "john smith", 2],
    ["Smith, John, Sr.", "john", "smith", "john smith", 1],
    ["Sr. Pablo Ruiz", "pablo", "ruiz", "pablo ruiz", null],
    ["Seán O’Casey", "sean", "ocasey", "sean ocasey", null],
    ["Jean-Luc Picard", "jean", "picard", "jean luc picard", null],
    ["Madonna", null, "madonna", "madonna", null],
    ["李 小龙", "小龙", "李", "李 小龙", null],
    ["김 민준", "민준", "김", "김 민준", null],
    ["Dr.", null, "dr", "dr", null]
  ]
  it.each(readings)("reads %s", (name, given, surname, words, generation) => {
    assert.deepStrictEqual(Names.parse(name), { words: words.split(" "), given, surname, generation })
  })

  it("reads any name, and the same in capitals", () => {
    fc.assert(
      fc.property(Generators.name, (name) => {
        const parsed = Names.parse(name)
        assert.deepStrictEqual(Names.parse(name.toUpperCase()), parsed)
        assert.isAtMost(parsed.words.length, 5)
        for (const part of [parsed.given, parsed.surname]) if (part !== null) assert.include(parsed.words, part)
      }),
      { numRuns: 500 }
    )
  })
})

describe("Names.isPlaceholder", () => {
  it.each(["?", "n/a", "N.A.", "unknown", "Unbekannt", "-", "...", "xx", "Test Test", "test 1", "null", " ", "aaa"])(
    "knows %s",
    (text) => assert.isTrue(Names.isPlaceholder(text))
  )
  it.each(["Li Na", "Jo", "Anna Test-Meyer", "Nan Goldin", "3M", "12345", "Q"])("takes %s for a value", (text) =>
    assert.isFalse(Names.isPlaceholder(text))
  )
})

describe("Names.isSameGivenName", () => {
  it.each([
    ["bob", "robert"],
    ["bob", "rob"],
    ["peggy", "margaret"],
    ["uschi", "ursula"],
    ["pepe", "jose"],
    ["jose", "joseph"],
    ["beppe", "giuseppe"],
    ["xaver", "xaver"]
  ])("takes %s and %s for one name", (a, b) => {
    assert.isTrue(Names.isSameGivenName(a, b))
    assert.isTrue(Names.isSameGivenName(b, a))
  })
  it.each([
    ["bob", "bill"],
    ["anna", "maria"],
    ["jan", "jana"],
    ["constructor", "bob"]
  ])("takes %s and %s for two", (a, b) => assert.isFalse(Names.isSameGivenName(a, b)))
})

describe("Names.phonetic", () => {
  // The first three are examples of the literature on the Cologne rules.
  it.each([
    ["muller", "657"],
    ["breschnew", "17863"],
    ["wikipedia", "3412"],
    ["meyer", "67"],
    ["maier", "67"],
    ["philipp", "351"],
    ["filip", "351"],
    ["xaver", "4837"],
    ["christina", "47826"],
    ["kristina", "47826"],
    ["anna", "06"],
    ["李", "李"]
  ])("of %s is %s", (word, key) => assert.strictEqual(Names.phonetic(word), key))

  it("is short, and has no vowel but the first", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz"), minLength: 1 }), (word) => {
        const key = Names.phonetic(word)
        assert.match(key, /^\d?[1-8]*$/)
        assert.isAtMost(key.length, word.length * 2)
      })
    )
  })
})

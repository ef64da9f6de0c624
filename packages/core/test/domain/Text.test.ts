import { assert, describe, it } from "@effect/vitest"
import { Text } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { issuesIn } from "../support.ts"

const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), Generators.text(200))

describe("Text.fold", () => {
  it("changes nothing that is folded already", () => {
    fc.assert(
      fc.property(anyText, (text) => assert.strictEqual(Text.fold(Text.fold(text)), Text.fold(text))),
      {
        numRuns: 1_000
      }
    )
  })

  it("ignores case and composition in every script", () => {
    fc.assert(
      fc.property(Generators.name, (name) => {
        const folded = Text.fold(name)
        assert.strictEqual(Text.fold(name.toLowerCase()), folded)
        assert.strictEqual(Text.fold(name.toUpperCase()), folded)
        assert.strictEqual(Text.fold(name.normalize("NFD")), folded)
        assert.strictEqual(Text.fold(name.normalize("NFC")), folded)
      }),
      { numRuns: 500 }
    )
  })

  it("ignores accents", () => {
    const accent = fc.constantFrom("\u0300", "\u0301", "\u0302", "\u0303", "\u0308", "\u030c", "\u0323", "\u0327")
    const letters = fc.string({ unit: fc.constantFrom(..."aeiouncsz"), minLength: 1 })
    fc.assert(
      fc.property(letters, accent, (plain, mark) => {
        const accented = [...plain].map((letter) => letter + mark).join("")
        assert.strictEqual(Text.fold(accented), plain)
        assert.strictEqual(Text.fold(accented.normalize("NFC").toUpperCase()), plain)
      })
    )
  })

  it("leaves one space between words and none around them", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.notMatch(Text.fold(text), /^\s|\s$|\s\s|[^\S ]/)
      })
    )
    assert.strictEqual(Text.fold("\u3000山田\u00a0\t\n太郎 "), "山田 太郎")
  })

  it("finds any part of a word in the folded word", () => {
    fc.assert(
      fc.property(Generators.word, fc.nat(), fc.nat(), (word, from, to) => {
        const letters = [...word.normalize("NFC")]
        const part = letters.slice(from % letters.length, 1 + (to % letters.length)).join("")
        assert.include(Text.fold(word), Text.fold(part))
        assert.include(Text.fold(word), Text.fold(part.toUpperCase()))
      }),
      { numRuns: 500 }
    )
  })

  const same: ReadonlyArray<readonly [string, string]> = [
    ["  Søren  MÜLLER-Großmann ", "soren muller-grossmann"],
    ["STRAẞE", "strasse"],
    ["Łukasz Żółć", "lukasz zolc"],
    ["Nguyễn Thị Đào", "nguyen thi dao"],
    ["İbrahim Işık", "ibrahim isik"],
    ["Þórunn Ægisdóttir", "thorunn aegisdottir"],
    ["ΟΔΥΣΣΕΥΣ", "οδυσσευσ"],
    ["Οδυσσεύς", "οδυσσευσ"],
    ["Фёдор Цой", "федор цои"],
    ["Seán O’Casey", "sean o'casey"],
    ["Kaʻaʻawa", "ka'a'awa"],
    ["ﬁne １２３ｆｕｌｌ", "fine 123full"],
    ["ǅemal", "dzemal"]
  ]
  it.each(same)("folds %j to %j", (text, folded) => {
    assert.strictEqual(Text.fold(text), folded)
  })
})

describe("Text.caseless", () => {
  it("changes nothing that it has changed already, and ignores composition", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const key = Text.caseless(text)
        assert.strictEqual(Text.caseless(key), key)
        assert.strictEqual(Text.caseless(text.normalize("NFD")), key)
      }),
      { numRuns: 500 }
    )
    assert.strictEqual(Text.caseless("J\u030c"), Text.caseless("\u01f0"))
  })

  it("keeps accents apart", () => {
    assert.notStrictEqual(Text.caseless("resume"), Text.caseless("résumé"))
  })
})

describe("Text.text", () => {
  const issues = issuesIn(Text.text(1_000))

  it("accepts any text but U+0000 and lone surrogates", () => {
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
    const law = (text: string) => {
      const survives = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text)) === text
      assert.strictEqual(issues(text).length === 0, survives && !text.includes("\0"))
    }
    fc.assert(fc.property(fc.string({ unit, maxLength: 10 }), law), { numRuns: 500 })
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom("\0", "a", "😀", "\ud83d", "\ude00", "\uffff") }), law))
    fc.assert(fc.property(Generators.text(1_000), (text) => assert.deepStrictEqual(issues(text), [])))
  })

  it("counts UTF-16 units", () => {
    assert.deepStrictEqual(issues("a".repeat(1_000)), [])
    assert.strictEqual(issues("a".repeat(1_001)).length, 1)
    assert.strictEqual(issues("😀".repeat(501)).length, 1)
  })
})

describe("Text.filled", () => {
  it("is text that is not blank", () => {
    const issues = issuesIn(Text.filled(10))
    for (const blank of ["", " ", "\t\n", "\u00a0\u3000"]) assert.strictEqual(issues(blank).length, 1)
    for (const filled of ["a", " a ", "0", "%"]) assert.deepStrictEqual(issues(filled), [])
    fc.assert(fc.property(Generators.filledText(10), (text) => assert.deepStrictEqual(issues(text), [])))
  })

  it("is refused at the place where it stands", () => {
    const issues = issuesIn(Schema.Struct({ name: Text.filled(10) }))
    assert.deepStrictEqual(issues({ name: "a\0" }), [
      { path: "name", message: "Expected text without U+0000 and lone surrogates" }
    ])
  })
})

describe("Text.trimToNull", () => {
  it("trims, and takes blank for nothing", () => {
    assert.strictEqual(Text.trimToNull(" a b "), "a b")
    for (const nothing of [null, undefined, "", " \t"]) assert.isNull(Text.trimToNull(nothing))
  })
})

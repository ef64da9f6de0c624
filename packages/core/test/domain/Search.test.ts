import { assert, describe, it } from "@effect/vitest"
import { Search, Text } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as fc from "fast-check"
import { create, record } from "../support.ts"

const finds = (fields: Parameters<typeof Search.document>[0], search: string): boolean =>
  Search.matches(Search.document(fields), Search.needles(search))

const jane = create({
  name: "Jané O’Brien-Smith",
  email: "j.brown+crm@Example.com",
  secondaryEmails: ["jane@firm.example"],
  phone: "+1 (555) 010-0199",
  secondaryPhones: ["089/12 34 56"],
  company: '100%_Natural "Foods" & Söhne'
}).fields

/** Any part of a text, from one letter to the whole. */
const partOf = (text: string, from: number, to: number): string => {
  const letters = [...text]
  const [start = 0, end = 0] = [from % letters.length, to % letters.length].sort((a, b) => a - b)
  return letters.slice(start, end + 1).join("")
}

describe("Search", () => {
  it("finds a contact by any part of three letters and more of its name, e-mail addresses and company", () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.nat(), fc.nat(), ({ fields }, which, from, to) => {
        const texts = [fields.name, fields.email ?? "", ...fields.secondaryEmails, fields.company ?? ""]
        const words = texts.flatMap((text) => Text.fold(text).split(" ")).filter((word) => word !== "")
        const word = words[which % words.length] ?? ""
        const part = partOf(word, from, to)
        assert.isTrue([...part].length < 3 || finds(fields, part), part)
      }),
      { numRuns: 500 }
    )
  })

  it("finds a contact by each whole text, and by all of them at once", () => {
    fc.assert(
      fc.property(record, ({ fields }) => {
        const texts = [fields.name, fields.email ?? "", ...fields.secondaryEmails, fields.company ?? ""]
        for (const text of [...texts, texts.join(" ")]) {
          assert.isTrue(finds(fields, text), text)
          assert.isTrue(finds(fields, text.normalize("NFD")), text)
        }
        assert.isTrue(finds(fields, fields.name.toUpperCase()))
      })
    )
  })

  it("needs every word", () => {
    fc.assert(
      fc.property(record, Generators.name, Generators.name, ({ fields }, one, other) => {
        const both = finds(fields, `${one} qq ${other}`)
        assert.strictEqual(both, finds(fields, one) && finds(fields, "qq") && finds(fields, other))
      })
    )
  })

  it("finds words of one and two letters only where a word begins", () => {
    for (const search of ["j", "JA", "o'", "10"]) assert.isTrue(finds(jane, search), search)
    for (const search of ["an", "né", "ow", "ex", "m"]) assert.isFalse(finds(jane, search), search)
    fc.assert(
      fc.property(record, Generators.word, ({ fields }, word) => {
        const short = [...Text.fold(word)].slice(0, 2).join("")
        const texts = [fields.name, fields.email ?? "", ...fields.secondaryEmails, fields.company ?? ""]
        const words = texts.flatMap((text) => Text.fold(text).split(" "))
        assert.strictEqual(
          finds(fields, short),
          words.some((word) => word.startsWith(short))
        )
      })
    )
  })

  it("does not join words", () => {
    assert.isFalse(finds(create({ name: "Jo Annette" }).fields, "joan"))
    assert.isFalse(finds(create({ name: "Ann", email: "bob@x.com" }).fields, "annbob"))
  })

  it("folds accents, case and apostrophes", () => {
    for (const search of ["jane", "JANÉ", "o'brien", "O’BRIEN", "sohne", "SÖHNE", "söhne"]) {
      assert.isTrue(finds(jane, search), search)
    }
    const sophia = create({ name: "Οδυσσέας Παπαδόπουλος" }).fields
    for (const search of ["ΟΔΥΣ", "οδυσσεας", "ΠΑΠΑΔΟΠΟΥΛΟΣ", "πουλος"]) assert.isTrue(finds(sophia, search), search)
  })

  it("takes %, _, quotes and backslashes for plain characters", () => {
    for (const search of ["100%", "%_n", '"foods"', "100%_natural"]) assert.isTrue(finds(jane, search), search)
    for (const search of ["%", "_", "1_0", "j%e", "'foods'", "\\", "jan_", 'fo"ods']) {
      assert.isFalse(finds(jane, search), search)
    }
  })

  const spellings = [
    "+1 (555) 010-0199",
    "15550100199",
    "5550100199",
    "555 010 0199",
    "555.010.0199",
    "555-010-0199",
    "(555)010-0199",
    "010 0199",
    "100199",
    "＋１ ５５５ ０１０ ０１９９",
    "555–010–0199",
    "089/123456",
    "089 12 34 56",
    "08912"
  ]
  it.each(spellings)("finds a phone number by %s", (search) => {
    assert.isTrue(finds(jane, search))
    assert.isTrue(finds(jane, `brien ${search.replaceAll(" ", "")}`))
  })

  it("finds a number in any punctuation among other words", () => {
    for (const search of ["jane 555-010-0199", "(555)010-0199 smith"]) assert.isTrue(finds(jane, search), search)
    assert.isFalse(finds(jane, "jane 555-010-0198"))
    assert.isFalse(finds(jane, "joan 555-010-0199"))
  })

  it("finds every phone by its digits, however typed, raw or understood", () => {
    const separator = fc.constantFrom("", " ", "-", ".", "/", " (", ") ", "–")
    fc.assert(
      fc.property(
        fc.stringMatching(/^\+[1-9]\d{7,13}$/),
        fc.array(separator, { minLength: 16, maxLength: 16 }),
        (phone, gaps) => {
          const spelled = Array.from(phone.slice(1), (digit, index) => digit + (gaps[index] ?? "")).join("")
          const { fields } = create({ name: "Jane", phone })
          assert.isTrue(finds(fields, spelled), spelled)
          assert.isTrue(finds(create({ name: "Jane", phone: spelled }).fields, phone.slice(3)), spelled)
        }
      )
    )
    assert.isTrue(finds(create({ name: "Jane", phone: "０３-１２３４-５６７８" }).fields, "03 1234 5678"))
  })

  it("finds numbers that are not phones as well", () => {
    const { fields } = create({ name: "Studio 54", email: "j-2026.01-99@x.com", company: "Route 66 12345-678" })
    for (const search of ["54", "2026.01", "2026.01-99", "66 12345", "12345-678", "-678", "j-2026"]) {
      assert.isTrue(finds(fields, search), search)
    }
    assert.isFalse(finds(fields, "2026.02"))
  })

  it("finds everything when nothing is asked", () => {
    for (const search of ["", "  ", "\t"]) assert.deepStrictEqual(Search.needles(search), [])
    assert.isTrue(finds(jane, ""))
  })

  it("asks for each word once", () => {
    assert.deepStrictEqual(Search.needles("Anna ANNA  ánna an"), ["anna", "  an"])
  })
})

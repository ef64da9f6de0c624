import { assert, describe, it } from "@effect/vitest"
import { Email } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as fc from "fast-check"
import { issuesIn } from "../support.ts"

const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."aJ\u030cİß@.-é ") }))

describe("Email.key", () => {
  it("is its own key", () => {
    const law = (text: string) => {
      const key = Email.key(text)
      assert.strictEqual(key === undefined ? undefined : Email.key(key), key)
    }
    fc.assert(fc.property(Generators.email, law))
    fc.assert(
      fc.property(
        fc.tuple(anyText, Generators.email).map(([text, email]) => text + email),
        law
      )
    )
    fc.assert(fc.property(anyText, law), { numRuns: 500 })
    // A capital that has no composed form, of a small letter that has one.
    law("J\u030c@example.com")
  })

  it("ignores case, composition and white space around", () => {
    fc.assert(
      fc.property(Generators.email, (email) => {
        const key = Email.key(email)
        assert.strictEqual(Email.key(email.toLowerCase()), key)
        assert.strictEqual(Email.key(email.normalize("NFD")), key)
        assert.strictEqual(Email.key(`\t ${email}\r\n`), key)
      })
    )
    assert.strictEqual(Email.key(" Jane.Doe@Example.COM "), "jane.doe@example.com")
    assert.strictEqual(Email.key("JANE@EXAMPLE.COM"), Email.key("jane@example.com"))
  })

  it("has one @, a local part, and a domain in ASCII that has a dot", () => {
    fc.assert(
      fc.property(Generators.email, (email) => {
        assert.match(Email.key(email) ?? "", /^[^@\s]+@[\x21-\x7e]+\.[\x21-\x7e]+$/)
      })
    )
  })

  it("brings international domains to ASCII", () => {
    assert.strictEqual(Email.key("jane@münchen.example"), "jane@xn--mnchen-3ya.example")
    assert.strictEqual(Email.key("jane@MU\u0308NCHEN.example"), "jane@xn--mnchen-3ya.example")
    assert.strictEqual(Email.key("用户@例え.テスト"), "用户@xn--r8jz45g.xn--zckzah")
    assert.strictEqual(Email.key("jane@example。com"), "jane@example.com")
  })

  it("keeps what only the owner of a domain can judge", () => {
    assert.notStrictEqual(Email.key("jane.doe@gmail.com"), Email.key("janedoe@gmail.com"))
    assert.notStrictEqual(Email.key("jane+crm@gmail.com"), Email.key("jane@gmail.com"))
    assert.notStrictEqual(Email.key("josé@example.com"), Email.key("jose@example.com"))
  })

  it("takes 64 bytes of local part and 254 in all, and no more", () => {
    const domain = (bytes: number) => `${"d".repeat(bytes - 4)}.com`
    assert.isDefined(Email.key(`${"a".repeat(64)}@${domain(189)}`))
    assert.isUndefined(Email.key(`${"a".repeat(65)}@example.com`))
    assert.isUndefined(Email.key(`${"a".repeat(64)}@${domain(190)}`))
    assert.isDefined(Email.key(`${"é".repeat(32)}@example.com`))
    assert.isUndefined(Email.key(`${"é".repeat(32)}a@example.com`))
    assert.isUndefined(Email.key(`${"😀".repeat(16)}a@example.com`))
    // The ASCII form counts, not the one that was typed.
    const labels = Array.from({ length: 12 }, () => "例".repeat(15)).join(".")
    assert.isUndefined(Email.key(`${"a".repeat(12)}@${labels}`))
  })

  const refused: ReadonlyArray<readonly [string, string]> = [
    ["nothing", ""],
    ["white space", "  "],
    ["a word", "jane"],
    ["no local part", "@example.com"],
    ["no domain", "jane@"],
    ["a domain without a dot", "jane@localhost"],
    ["an empty label", "jane@example..com"],
    ["a dot at the beginning of the domain", "jane@.example.com"],
    ["a dot at its end", "jane@example.com."],
    ["two @", "jane@doe@example.com"],
    ["a space within", "jane doe@example.com"],
    ["two addresses", "jane@example.com, john@example.com"],
    ["a line break within", "jane\n@example.com"],
    ["U+0000", "jane\0@example.com"],
    ["a lone surrogate", "jane\ud800@example.com"],
    ["a domain that IDNA forbids", "jane@exa\u2100mple.com"],
    ["a domain that is a URL", "jane@münchen.example/path"]
  ]
  it.each(refused)("refuses %s", (_, address) => {
    assert.isUndefined(Email.key(address))
  })
})

describe("Email", () => {
  const issues = issuesIn(Email.Email)

  it("accepts exactly the texts that have a key", () => {
    const law = (text: string) => assert.strictEqual(issues(text).length === 0, Email.key(text) !== undefined)
    fc.assert(fc.property(Generators.email, law))
    fc.assert(fc.property(anyText, law))
  })

  it("says what it expects", () => {
    assert.deepStrictEqual(issues("jane"), [{ path: "", message: "Expected an e-mail address" }])
  })
})

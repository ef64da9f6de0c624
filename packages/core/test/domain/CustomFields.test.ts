import { assert, describe, it } from "@effect/vitest"
import { CustomFields } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { issuesIn, overTheWire, pathsIn } from "../support.ts"

const paths = pathsIn(CustomFields.CustomFields)

describe("CustomFields", () => {
  it("keeps every key and value over the wire, names of Object.prototype included", () => {
    const decode = Schema.decodeUnknownSync(CustomFields.CustomFields)
    const encode = Schema.encodeSync(CustomFields.CustomFields)
    fc.assert(
      fc.property(Generators.customFields, (fields) => {
        assert.deepStrictEqual(decode(overTheWire(encode(fields))), fields)
      })
    )
    for (const key of ["constructor", "to_string", "valueof", "proto"]) {
      assert.deepStrictEqual(Object.entries(decode({ [key]: "x" })), [[key, "x"]])
    }
  })

  it("has a key exactly when it is a letter and up to 62 letters, digits and underscores, in lower case ASCII", () => {
    const unit = fc.constantFrom(..."aZ0_-. é$", "ı", "\n")
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit }), Generators.customFieldKey), (key) => {
        assert.deepStrictEqual(paths({ [key]: 1 }), /^[a-z][a-z0-9_]{0,62}$/.test(key) ? [] : [key])
      })
    )
    assert.deepStrictEqual(paths({ [`k${"0".repeat(62)}`]: 1 }), [])
    assert.deepStrictEqual(paths({ [`k${"0".repeat(63)}`]: 1 }), [`k${"0".repeat(63)}`])
  })

  it("refuses __proto__ at its path instead of losing it", () => {
    assert.deepStrictEqual(paths(JSON.parse(`{"__proto__": {"admin": true}}`)), ["__proto__"])
    assert.deepStrictEqual(paths(JSON.parse(`{"__proto__": "x"}`)), ["__proto__"])
    const kept = CustomFields.patch({ a: 1 }, JSON.parse(`{"__proto__": {"admin": true}}`))
    assert.strictEqual(Object.getPrototypeOf(kept), Object.prototype)
    assert.isFalse("admin" in kept)
  })

  it("refuses every malformed key at once", () => {
    assert.deepStrictEqual(paths({ Size: 1, "a-b": 1, ok: 1, toString: "x" }), ["Size", "a-b", "toString"])
  })

  it("holds text, numbers, booleans and lists of text, and nothing else", () => {
    for (const value of ["", "x", 0, -1.5, true, [], ["a", ""]]) assert.deepStrictEqual(paths({ k: value }), [])
    for (const value of [null, {}, Number.NaN, Infinity, "a\0", "x".repeat(10_001)]) {
      assert.deepStrictEqual(paths({ k: value }), ["k"])
    }
    for (const value of [[1], [["a"]], ["\ud800"]]) assert.deepStrictEqual(paths({ k: value }), ["k[0]"])
  })

  it("holds at most 100", () => {
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]))
    assert.deepStrictEqual(issuesIn(CustomFields.CustomFields)(fields(100)), [])
    assert.deepStrictEqual(issuesIn(CustomFields.CustomFields)(fields(101)), [
      { path: "", message: "Expected at most 100 keys" }
    ])
  })
})

describe("CustomFields.patch", () => {
  it("replaces and clears key by key", () => {
    fc.assert(
      fc.property(Generators.customFields, Generators.customFieldsPatch, (fields, changes) => {
        const patched = CustomFields.patch(fields, changes)
        for (const key of new Set([...Object.keys(fields), ...Object.keys(changes)])) {
          const expected = Object.hasOwn(changes, key) ? (changes[key] ?? undefined) : fields[key]
          assert.deepStrictEqual(Object.hasOwn(patched, key) ? patched[key] : undefined, expected)
        }
        assert.deepStrictEqual(CustomFields.patch(patched, changes), patched)
      })
    )
  })

  it("does nothing with the fields themselves, and clears everything by null", () => {
    fc.assert(
      fc.property(Generators.customFields, (fields) => {
        assert.deepStrictEqual(CustomFields.patch(fields, fields), fields)
        assert.deepStrictEqual(CustomFields.patch(fields, undefined), fields)
        assert.deepStrictEqual(CustomFields.patch(fields, null), {})
      })
    )
  })
})

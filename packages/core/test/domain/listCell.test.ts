import { assert, describe, it } from "@effect/vitest"
import { ListCell } from "@clientele/core"
import * as fc from "fast-check"

const item = fc.oneof(fc.string(), fc.constantFrom("", " ", "a;b", "a,b", "[", '["a"]', " a", "a ::: b", '"', "\n"))

describe("ListCell", () => {
  it("what is written reads back as it was, by any of the separators", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), (items) => {
        assert.deepStrictEqual(ListCell.read(ListCell.write(items)), items)
        assert.deepStrictEqual(ListCell.read(ListCell.write(items), /[;,]|:::/), items)
        assert.notStrictEqual(ListCell.write(items).trim(), "")
      })
    )
  })

  it("is written as people write it where that is enough", () => {
    assert.strictEqual(ListCell.write(["vip", "new customer"]), "vip;new customer")
    assert.strictEqual(ListCell.write(["a;b", "c"]), '["a;b","c"]')
    assert.strictEqual(ListCell.write([]), "[]")
  })

  it("is read as people write it", () => {
    assert.deepStrictEqual(ListCell.read(" a; b;; "), ["a", "b"])
    assert.deepStrictEqual(ListCell.read("a, b;c ::: d", /[;,]|:::/), ["a", "b", "c", "d"])
    assert.deepStrictEqual(ListCell.read("[a; b]"), ["[a", "b]"])
    assert.deepStrictEqual(ListCell.read("  "), [])
  })
})

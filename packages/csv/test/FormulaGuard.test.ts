import { assert, describe, it } from "@effect/vitest"
import { FormulaGuard } from "@clientele/csv"
import { Arbitrary, Effect, Schema } from "effect"

const piece = Schema.Literals(["'", "=", "+", "-", "@", "\t", "\r", "\n", "1", "123456", ".", "x"])
const cell = Arbitrary.map(Arbitrary.array(Arbitrary.schema(piece), { maxLength: 6 }), (pieces) => pieces.join(""))

describe("FormulaGuard", () => {
  it("guards what a spreadsheet could evaluate", () => {
    const formulas = ["=1+1", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "=", "-", "-5\n", "--5", "-.5", "+12345"]
    for (const value of formulas) {
      assert.strictEqual(FormulaGuard.guard(value), `'${value}`)
    }
  })

  it("leaves plain numbers, phone numbers and other text alone", () => {
    const numbers = ["5", "-5", "-12.50", "+442079460018", "+123456", "+123456789012345"]
    for (const value of [...numbers, "", "a=b", " =1", "'tis", "O'Brien", "'"]) {
      assert.strictEqual(FormulaGuard.guard(value), value)
      assert.strictEqual(FormulaGuard.unguard(value), value)
    }
  })

  it("guards once more what already looks guarded", () => {
    assert.strictEqual(FormulaGuard.guard("'=1"), "''=1")
    assert.strictEqual(FormulaGuard.guard("''=1"), "'''=1")
    assert.strictEqual(FormulaGuard.guard("'-5"), "''-5")
    assert.strictEqual(FormulaGuard.guard("+1234567890123456"), "'+1234567890123456")
  })

  it.effect.prop(
    "unguard undoes guard",
    [cell],
    ([cell]) =>
      Effect.sync(() => {
        const guarded = FormulaGuard.guard(cell)
        assert.strictEqual(FormulaGuard.unguard(guarded), cell)
        if (/^[=+\-@\t\r]/.test(guarded)) assert.match(guarded, /^(-?\d+(\.\d+)?|\+\d{6,15})$/)
      }),
    { arbitrary: { runs: 1000 } }
  )

  it.effect.prop("unguard undoes guard for any text", [Schema.String], ([cell]) =>
    Effect.sync(() => assert.strictEqual(FormulaGuard.unguard(FormulaGuard.guard(cell)), cell))
  )
})

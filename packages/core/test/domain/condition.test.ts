import { assert, describe, it } from "@effect/vitest"
import * as Condition from "@clientele/core/domain/Condition"
import * as Time from "@clientele/core/domain/Time"
import { Generators } from "@clientele/testing"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { issuesIn, pathsIn } from "../support.ts"

const { holds, readInstant, readNumber } = Condition

const operators = Condition.Operator.literals
const operator = fc.constantFrom(...operators)

const times = fc.constantFrom(
  "2026-01-24",
  "2026-01-24T15:00:00Z",
  "2026-01-25T00:00:00+02:00",
  "now-30d",
  "2026-02-30"
)
const amounts = fc.constantFrom("500+", "51-200", "$50M", "1.2k", "abc", "-5", "", " ")

/** Any JSON, often of the kinds that conditions tell apart. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  times,
  amounts,
  Generators.customFieldValue,
  fc.array(fc.oneof(times, amounts, fc.double()), { maxLength: 3 })
)

const now = DateTime.makeUnsafe("2026-02-24T12:00:00Z")
const berlin = DateTime.zoneMakeNamedUnsafe("Europe/Berlin")

const negations: ReadonlyArray<readonly [Condition.Operator, Condition.Operator]> = [
  ["eq", "neq"],
  ["in", "not_in"],
  ["contains", "not_contains"],
  ["exists", "not_exists"]
]

describe("Condition.holds", () => {
  it("answers every operator, operand and value there can be", () => {
    fc.assert(
      fc.property(operator, anything, anything, (operator, operand, value) => {
        assert.isBoolean(holds(operator, operand, value))
        assert.isBoolean(holds(operator, operand, value, { now, zone: berlin }))
      }),
      { numRuns: 500 }
    )
  })

  it("gives negations the opposite answer, also where there is no value", () => {
    fc.assert(
      fc.property(fc.constantFrom(...negations), anything, anything, ([plain, negated], operand, value) => {
        assert.strictEqual(holds(negated, operand, value), !holds(plain, operand, value))
      })
    )
    for (const nothing of [undefined, null, "", " \n", [], [null], ["", " "]]) {
      for (const operator of operators) {
        const operand = operator === "between" ? [0, 1] : operator.endsWith("in") ? ["x"] : "x"
        const expected = negations.some(([, negated]) => negated === operator)
        assert.strictEqual(holds(operator, operand, nothing), expected, `${operator} ${JSON.stringify(nothing)}`)
      }
    }
  })

  it("knows no value that an operand of the wrong form equals, precedes or contains", () => {
    fc.assert(
      fc.property(anything, (value) => {
        assert.isFalse(holds("eq", null, value))
        assert.isFalse(holds("eq", {}, value))
        assert.isFalse(holds("in", "x", value))
        assert.isFalse(holds("gte", "abc", value))
        assert.isFalse(holds("between", [1], value))
        assert.isFalse(holds("between", [1, "2026-01-24"], value))
        assert.isFalse(holds("contains", "", value))
      })
    )
  })

  it("orders numbers, whether they are numbers or written in text", () => {
    const written = fc.constantFrom(
      (n: number) => n,
      String,
      (n: number) => ` ${n}+ `,
      (n: number) => [n]
    )
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), written, (a, b, c, write) => {
        const value = write(a)
        assert.strictEqual(holds("gt", b, value), a > b)
        assert.strictEqual(holds("gte", b, value), a >= b)
        assert.strictEqual(holds("lt", b, value), a < b)
        assert.strictEqual(holds("lte", b, value), a <= b)
        assert.strictEqual(holds("gte", String(b), value), a >= b)
        assert.strictEqual(holds("between", [b, c], value), a >= b && a <= c)
        assert.strictEqual(holds("eq", b, value), a === b)
        assert.isTrue(holds("in", ["x", a], value))
      })
    )
  })

  it("matches no number where none can be read", () => {
    for (const value of ["unknown", "about 500", true, null, {}, "2026-01-24", ["x"]]) {
      assert.isFalse(holds("lt", 5, value) || holds("gte", 5, value) || holds("between", [-1e9, 1e9], value))
      assert.isTrue(holds("neq", 5, value))
    }
  })

  it("compares text without regard to case, and with regard to all else", () => {
    fc.assert(
      fc.property(Generators.filledText(60), Generators.filledText(60), (a, b) => {
        for (const spelling of [a, a.normalize("NFD"), a.normalize("NFC"), a.normalize("NFC").toLowerCase()]) {
          assert.isTrue(holds("eq", a, spelling))
          assert.isTrue(holds("contains", a, ` ${spelling} `) || /^\p{M}/u.test(a))
          assert.isTrue(holds("in", [b, a], spelling))
        }
        assert.isTrue(holds("starts_with", a, `${a} ${b}`))
        assert.isTrue(holds("ends_with", b, `${a} ${b}`))
      })
    )
    assert.isTrue(holds("eq", "STRASSE ÄÖÜ", "strasse äöü"))
    assert.isTrue(holds("starts_with", "ΟΔΟΣ", "ΟΔΟΣΑ"))
    assert.isFalse(holds("eq", "jose", "José"))
    assert.isFalse(holds("eq", "jane", " jane"))
    assert.isFalse(holds("eq", "51-250", "51-200"))
    assert.isTrue(holds("eq", "25", 25))
    assert.isTrue(holds("eq", true, "TRUE"))
    assert.isTrue(holds("eq", "false", false))
  })

  it("looks for a part of text, and for a whole item of a list", () => {
    assert.isTrue(holds("contains", "vip", "non-VIP"))
    assert.isTrue(holds("contains", "VIP", ["partner", "vip"]))
    assert.isFalse(holds("contains", "vip", ["non-vip"]))
    assert.isTrue(holds("starts_with", "non", ["vip", "Non-vip"]))
    assert.isTrue(holds("ends_with", "vip", ["non-vip", "x"]))
    assert.isTrue(holds("eq", "vip", ["x", "VIP"]))
    assert.isTrue(holds("not_in", ["a", "b"], ["c"]))
    assert.isFalse(holds("not_in", ["a", "b"], ["c", "b"]))
    assert.isTrue(holds("gte", 500, ["10", "500+"]))
    assert.isTrue(holds("exists", undefined, ["", "x"]))
    assert.isTrue(holds("exists", undefined, { any: "thing" }))
    assert.isTrue(holds("exists", undefined, false))
  })

  it("compares times as instants, and dates as whole days", () => {
    const noon = "2026-01-24T12:00:00Z"
    for (const same of [noon, "2026-01-24T13:00:00.000+01:00", "2026-01-24 12:00", " 2026-01-24T12:00Z "]) {
      assert.isTrue(holds("eq", noon, same), same)
      assert.isTrue(holds("gte", noon, same) && holds("lte", noon, same), same)
      assert.isFalse(holds("gt", noon, same) || holds("lt", noon, same), same)
      assert.isTrue(holds("eq", "2026-01-24", same) && holds("lte", "2026-01-24", same), same)
      assert.isTrue(holds("between", ["2026-01-23", "2026-01-24"], same), same)
      assert.isFalse(holds("gt", "2026-01-24", same) || holds("lt", "2026-01-24", same), same)
    }
    assert.isTrue(holds("lte", "2026-01-24", "2026-01-24T23:59:59.999Z"))
    assert.isFalse(holds("lte", "2026-01-24", "2026-01-25T00:00:00Z"))
    assert.isTrue(holds("gt", "2026-01-24", "2026-01-25T00:00:00Z"))
    assert.isFalse(holds("gte", "2026-01-24", "yesterday") || holds("lt", "2026-01-24", 5))
  })

  it("begins days where the zone does, but not those of values that are dates themselves", () => {
    const inBerlin = (operator: Condition.Operator, operand: unknown, value: unknown) =>
      holds(operator, operand, value, { zone: berlin })
    assert.isTrue(inBerlin("eq", "2026-01-24", "2026-01-23T23:00:00Z"))
    assert.isFalse(inBerlin("eq", "2026-01-24", "2026-01-24T23:00:00Z"))
    // The day on which clocks are put forward has 23 hours.
    assert.isTrue(inBerlin("eq", "2026-03-29", "2026-03-29T21:59:59Z"))
    assert.isTrue(inBerlin("gt", "2026-03-29", "2026-03-29T22:00:00Z"))
    for (const zone of ["America/Los_Angeles", "Pacific/Kiritimati"].map(DateTime.zoneMakeNamedUnsafe)) {
      const day = { zone }
      assert.isTrue(holds("eq", "2026-01-24", "2026-01-24", day) && holds("lt", "2026-01-24", "2026-01-23", day))
      const january = (value: string) => holds("between", ["2026-01-01", "2026-01-31"], value, day)
      assert.deepStrictEqual(["2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"].map(january), [
        false,
        true,
        true,
        false
      ])
      assert.isTrue(holds("gt", "2026-01-24", "2026-01-25", day) && holds("neq", "2026-01-24", "2026-01-25", day))
    }
  })

  it("counts from now, where there is one", () => {
    const at = { now }
    assert.isTrue(holds("lt", "now-30d", "2026-01-25T11:59:59.999Z", at))
    assert.isFalse(holds("lt", "now-30d", "2026-01-25T12:00:00Z", at))
    assert.isTrue(holds("between", ["now-1h", "now+2d"], "2026-02-26T12:00:00Z", at))
    assert.isFalse(holds("gte", "now-30d", "2026-02-24T12:00:00Z"))
    assert.isTrue(Condition.isRelative("now-30d") && Condition.isRelative("now+12h"))
    assert.isFalse(["now", "now-d", "now-3w", "2026-01-24", 5, null].some(Condition.isRelative))
  })

  it("puts every pair of instants in one order", () => {
    const instant = fc
      .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
      .map((at) => at.toISOString())
    fc.assert(
      fc.property(instant, instant, fc.constantFrom(undefined, berlin), (a, b, zone) => {
        const context = zone === undefined ? {} : { zone }
        for (const operand of [b, b.slice(0, 10)]) {
          const [less, same, more] = (["lt", "eq", "gt"] as const).map((operator) =>
            holds(operator, operand, a, context)
          )
          assert.strictEqual([less, same, more].filter(Boolean).length, 1)
          assert.strictEqual(holds("lte", operand, a, context), less || same)
          assert.strictEqual(holds("gte", operand, a, context), more || same)
          assert.strictEqual(holds("between", [operand, operand], a, context), same)
        }
      })
    )
  })
})

describe("Condition.readNumber", () => {
  it("reads what people write", () => {
    const cases: ReadonlyArray<readonly [string, number | undefined]> = [
      ["500+", 500],
      ["51-200", 51],
      ["$50M", 50_000_000],
      ["1.2k", 1200],
      ["1,200", 1200],
      ["1.1k", 1100],
      ["500+ employees", 500],
      ["51 – 200 employees", 51],
      ["$50M-$100M", 50_000_000],
      ["$10-50M", 10_000_000],
      ["500-1M", 500],
      ["2 bn", 2e9],
      ["3.5 Million USD", 3_500_000],
      ["4 mio €", 4_000_000],
      ["10 Mitarbeiter", 10],
      [" <10 ", 10],
      ["≥ 1.000.000", 1_000_000],
      ["1.200,50 €", 1200.5],
      ["12,5", 12.5],
      ["0,125", 0.125],
      ["1.200", 1.2],
      ["1,00,000", 100_000],
      ["10 000", 10_000],
      ["1’234.5", 1234.5],
      ["USD 5k", 5000],
      ["US$ 5", 5],
      ["£1,234,567.89", 1_234_567.89],
      ["-5", -5],
      ["−5%", -5],
      ["$-5", -5],
      ["+7", 7],
      [".5", 0.5],
      ["１２３", 123],
      ["1e3", 1000],
      ["5th", 5],
      ["0", 0],
      ["", undefined],
      ["abc", undefined],
      ["about 500", undefined],
      ["$", undefined],
      ["k", undefined],
      ["NaN", undefined],
      ["Infinity", undefined],
      ["9".repeat(400), undefined],
      ["2026-01-24", undefined],
      ["٣", undefined]
    ]
    for (const [text, expected] of cases) assert.strictEqual(readNumber(text), expected, text)
  })

  it("reads back every number that JSON writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        assert.strictEqual(readNumber(JSON.stringify(number)), number + 0 === 0 ? 0 : number)
      })
    )
  })

  it("reads any text, long ones in little time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const number = readNumber(text)
        assert.isTrue(number === undefined || Number.isFinite(number))
      })
    )
    for (const piece of ["1,", "1.", "1 ", "1-", "9", "1,111", "1.111", " ", "<", "1k-"])
      readNumber(piece.repeat(50_000))
  })
})

describe("Condition.readInstant", () => {
  it("reads ISO 8601 and tells dates apart", () => {
    assert.deepStrictEqual(readInstant("2026-01-24"), { at: Date.UTC(2026, 0, 24), isDay: true })
    assert.deepStrictEqual(readInstant("2026-01-24T01:00+01:00"), { at: Date.UTC(2026, 0, 24), isDay: false })
    for (const text of ["2026-02-30", "2026", "24.01.2026", "5", "", "2026-01-24x"]) {
      assert.isUndefined(readInstant(text), text)
    }
  })

  it("reads what `Time.Instant` reads, in whatever form, and nothing else", () => {
    const decode = Schema.decodeUnknownOption(Time.Instant)
    const digits = (least: number, most: number, length: number) =>
      fc.integer({ min: least, max: most }).map((number) => String(number).padStart(length, "0"))
    const year = fc.oneof(digits(1900, 2100, 4), fc.constantFrom("0000", "0001", "0099", "9999"))
    const date = fc.tuple(year, digits(0, 13, 2), digits(0, 32, 2)).map((parts) => parts.join("-"))
    const time = fc.tuple(digits(0, 25, 2), digits(0, 60, 2), digits(0, 60, 2)).map((parts) => parts.join(":"))
    const written = fc
      .tuple(
        date,
        fc.constantFrom("T", "T", "T", " ", "t", ""),
        fc.oneof(time, fc.constant("")),
        fc.constantFrom("", ".000", ".5", ".123456"),
        fc.constantFrom("Z", "Z", "", "z", "+", "+02:00", "ZZ")
      )
      .map((parts) => parts.join(""))
    const common = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((it) => it.toISOString())
    fc.assert(
      fc.property(fc.oneof(date, written, common), (text) => {
        const expected = Option.getOrUndefined(decode(text.trim()))
        assert.strictEqual(readInstant(text)?.at, expected && DateTime.toEpochMillis(expected), text)
      }),
      { numRuns: 2_000 }
    )
  })
})

describe("Condition.hasFittingOperand", () => {
  const Rule = Schema.Struct({ ...Condition.fields, score: Schema.Finite }).check(Condition.hasFittingOperand)
  const paths = pathsIn(Rule)
  const given = (operator: string, value?: unknown) =>
    paths({ operator, score: 1, ...(value === undefined ? {} : { value }) })

  it("accepts operands that fit", () => {
    const fitting: ReadonlyArray<readonly [string, unknown?]> = [
      ["eq", "x"],
      ["eq", 5],
      ["neq", false],
      ["gt", 5],
      ["gte", "500+"],
      ["lt", "2026-01-24"],
      ["lte", "now-30d"],
      ["between", [1, 1]],
      ["between", ["2026-01-24", "2026-01-24"]],
      ["between", ["2026-01-24", "now-30d"]],
      ["between", ["now-2d", "now-1d"]],
      ["in", ["x", 5, true]],
      ["not_in", ["x"]],
      ["contains", " "],
      ["not_contains", "x"],
      ["starts_with", "x"],
      ["ends_with", "x"],
      ["exists"],
      ["not_exists"]
    ]
    for (const [operator, value] of fitting) assert.deepStrictEqual(given(operator, value), [], operator)
  })

  it("refuses the others at their paths", () => {
    const refused: ReadonlyArray<readonly [string, unknown, string]> = [
      ["eq", undefined, "value"],
      ["eq", null, "value"],
      ["eq", " ", "value"],
      ["eq", ["x"], "value"],
      ["neq", {}, "value"],
      ["gt", "abc", "value"],
      ["gt", true, "value"],
      ["lte", "2026-02-30", "value"],
      ["between", [2, 1], "value"],
      ["between", [1], "value"],
      ["between", [1, "2026-01-24"], "value"],
      ["between", ["now-1d", "now-2d"], "value"],
      ["between", 5, "value"],
      ["in", [], "value"],
      ["in", "x", "value"],
      ["in", ["x", " "], "value[1]"],
      ["in", ["x", null], "value[1]"],
      ["contains", "", "value"],
      ["starts_with", 5, "value"],
      ["exists", true, "value"],
      ["eq", "x".repeat(1001), "value"],
      ["in", Array.from({ length: 501 }, () => "x"), "value"],
      ["like", "x", "operator"]
    ]
    for (const [operator, value, path] of refused) {
      assert.deepStrictEqual([...new Set(given(operator, value))], [path], `${operator} ${JSON.stringify(value)}`)
    }
  })

  it("says what it expects", () => {
    const [issue] = issuesIn(Rule)({ operator: "gte", value: "abc", score: 1 })
    assert.strictEqual(issue?.message, "Expected a number or a time, such as 500 or 2026-01-24")
  })

  it("accepts only what is a test of something", () => {
    fc.assert(
      fc.property(operator, anything, (operator, value) => {
        if (given(operator, value).length > 0) return
        assert.isAbove(Condition.interpret({ operator, value }, { now }).tests.length, 0)
      }),
      { numRuns: 500 }
    )
  })
})

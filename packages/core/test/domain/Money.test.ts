import { assert, describe, it } from "@effect/vitest"
import { Money } from "@clientele/core"
import * as BigDecimal from "effect/BigDecimal"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"

const usd = Money.Currency.make("USD")
const jpy = Money.Currency.make("JPY")
const kwd = Money.Currency.make("KWD")

const currency = fc.constantFrom("USD", "JPY", "KWD", "CLF", "EUR").map((code) => Money.Currency.make(code))
const minor = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n })

const read = (amount: BigDecimal.BigDecimal | number | string, currency: Money.Currency): bigint =>
  Result.getOrThrow(Money.fromDecimal(amount, currency)).minor

const isRefused = (amount: number | string, currency = usd): boolean =>
  Result.isFailure(Money.fromDecimal(amount, currency))

describe("Money.fromDecimal", () => {
  it("reads back what toDecimal gives, as a decimal and as text", () => {
    fc.assert(
      fc.property(currency, minor, (currency, minor) => {
        const decimal = Money.toDecimal({ currency, minor })
        assert.strictEqual(read(decimal, currency), minor)
        // Plain notation, without the exponent that `BigDecimal.format` gives round numbers.
        const text = minor.toString().replace(/^(-?)(\d+)$/, (_, sign: string, digits: string) => {
          const places = Money.exponent(currency)
          const padded = digits.padStart(places + 1, "0")
          return places === 0 ? sign + padded : `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`
        })
        assert.strictEqual(read(text, currency), minor)
      })
    )
  })

  it("reads JSON numbers of up to 15 digits exactly", () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }), (cents) => {
        assert.strictEqual(read(cents / 100, usd), BigInt(cents))
      })
    )
  })

  it("adds without binary arithmetic", () => {
    const sum = Result.getOrThrow(
      Money.sum(
        [0.1, 0.2].map((n) => ({ currency: usd, minor: read(n, usd) })),
        usd
      )
    )
    assert.strictEqual(sum.minor, read("0.30", usd))
    assert.strictEqual(Number(BigDecimal.format(Money.toDecimal(sum))), 0.3)
  })

  it("knows how many decimals a currency has", () => {
    assert.strictEqual(read(1234, jpy), 1234n)
    assert.strictEqual(read(12.34, usd), 1234n)
    assert.strictEqual(read(1.234, kwd), 1234n)
    assert.strictEqual(read("0.1234", Money.Currency.make("CLF")), 1234n)
    assert.strictEqual(Money.exponent(Money.Currency.make("XYZ")), 2)
  })

  it("refuses more decimals than the currency has, and never rounds", () => {
    assert.isTrue(isRefused(0.5, jpy))
    assert.isTrue(isRefused("0.105"))
    assert.isTrue(isRefused(1e-7))
    assert.isTrue(isRefused("1.2345", kwd))
    // Zeros are no decimals.
    assert.strictEqual(read("0.1000", usd), 10n)
    assert.strictEqual(read("5.0", jpy), 5n)
  })

  const notAmounts = [
    "",
    " ",
    " 5 ",
    "5 ",
    "+5",
    "5.",
    ".5",
    ".",
    "-",
    "--5",
    "1e5",
    "1E400000000",
    "Infinity",
    "-Infinity",
    "NaN",
    "0x10",
    "0b1",
    "1_000",
    "1,000",
    "1,5",
    "1.2.3",
    "$5",
    "5 USD",
    "٥",
    "５",
    "null",
    "true"
  ]
  it.each(notAmounts)("refuses the text %j", (text) => {
    assert.isTrue(isRefused(text))
  })

  it("refuses numbers that are none", () => {
    for (const number of [Number.NaN, Infinity, -Infinity]) assert.isTrue(isRefused(number))
  })

  it("takes numbers that JavaScript writes with an exponent", () => {
    assert.strictEqual(read(1e21, jpy), 10n ** 21n)
    assert.strictEqual(read(-0, usd), 0n)
  })
})

describe("Money.sum", () => {
  it("is exact, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(minor), (minors) => {
        const amounts = minors.map((minor) => ({ currency: usd, minor }))
        const expected = minors.reduce((a, b) => a + b, 0n)
        assert.strictEqual(Result.getOrThrow(Money.sum(amounts, usd)).minor, expected)
        assert.strictEqual(Result.getOrThrow(Money.sum(amounts.toReversed(), usd)).minor, expected)
      })
    )
    assert.deepStrictEqual(Money.sum([], jpy), Result.succeed(Money.zero(jpy)))
  })

  it("refuses another currency, with zero too", () => {
    assert.isTrue(Result.isFailure(Money.sum([Money.zero(usd), Money.zero(jpy)], usd)))
  })
})

describe("Money.Decimal", () => {
  const decode = Schema.decodeUnknownSync(Money.Decimal)
  const encode = Schema.encodeSync(Money.Decimal)
  const fifteenDigits = fc.tuple(
    fc.bigInt({ min: -999_999_999_999_999n, max: 999_999_999_999_999n }),
    fc.integer({ min: -20, max: 20 })
  )

  it("carries decimals of 15 digits through a JSON number unchanged", () => {
    fc.assert(
      fc.property(fifteenDigits, ([value, scale]) => {
        const decimal = BigDecimal.make(value, scale)
        assert.isTrue(BigDecimal.equals(decode(JSON.parse(JSON.stringify(encode(decimal)))), decimal))
      }),
      { numRuns: 500 }
    )
  })

  it("carries every finite number through a decimal unchanged", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        assert.strictEqual(encode(decode(number)), number + 0)
      })
    )
  })

  it("refuses what is no number", () => {
    for (const input of [Number.NaN, Infinity, "5", "", null, true]) assert.throws(() => decode(input))
  })
})

describe("Money.Currency", () => {
  it("is three capital letters", () => {
    for (const code of ["usd", "US", "USDX", "U1D", "", " USD"]) assert.throws(() => Money.Currency.make(code))
  })
})

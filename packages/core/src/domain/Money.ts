/**
 * Exact money. Amounts are integers of a currency's minor unit (cents, yen, fils); a JSON number exists only at the
 * edge, where it is read by its shortest decimal spelling, never by binary arithmetic. More decimals than the currency
 * has are refused rather than rounded.
 *
 * Exponents: ISO 4217, list one. A currency that is not listed with another exponent has two decimals.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { ValidationError } from "./Errors.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

export const Currency = Schema.String.check(
  Text.matches(/^[A-Z]{3}$/u, { maxLength: 3, message: "Expected an ISO 4217 code of three capital letters" })
).pipe(Schema.brand("Currency"))
export type Currency = typeof Currency.Type

/** The currency that a tenant's totals are in. */
export const BaseCurrency = Context.Reference<Currency>("@clientele/core/BaseCurrency", {
  defaultValue: () => Currency.make("USD")
})

/** An amount in minor units of `currency`. */
export interface Money {
  readonly currency: Currency
  readonly minor: bigint
}

const exponents: ReadonlyMap<string, number> = new Map([
  ...[
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF"
  ].map((code) => [code, 0] as const),
  ...["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"].map((code) => [code, 3] as const),
  ...["CLF", "UYW"].map((code) => [code, 4] as const)
])

/** Decimals of the currency's minor unit: USD 2, JPY 0, KWD 3. */
export const exponent = (currency: Currency): number => exponents.get(currency) ?? 2

export const zero = (currency: Currency): Money => ({ currency, minor: 0n })

/**
 * Reads a decimal amount exactly. Text is an optional minus sign, digits, and optionally a point and digits: no exponent,
 * no separators of thousands, no white space.
 *
 * @example
 * ```ts
 * import { Money } from "@clientele/core"
 *
 * const usd = Money.Currency.make("USD")
 * Money.fromDecimal("0.10", usd) // Result.succeed({ currency: "USD", minor: 10n })
 * Money.fromDecimal("0.105", usd) // Result.fail(ValidationError): more than 2 decimals
 * ```
 */
export const fromDecimal = (
  amount: BigDecimal.BigDecimal | number | string,
  currency: Currency
): Result.Result<Money, ValidationError> => {
  const decimal = readDecimal(amount)
  if (Option.isNone(decimal)) return refuse(`Expected a decimal number, got ${JSON.stringify(String(amount))}`)
  const places = exponent(currency)
  const scaled = BigDecimal.scale(decimal.value, places)
  return BigDecimal.equals(scaled, decimal.value)
    ? Result.succeed({ currency, minor: scaled.value })
    : refuse(`${currency} has ${places} decimals`)
}

/** The amount as an exact decimal, with the currency's number of decimals. */
export const toDecimal = (money: Money): BigDecimal.BigDecimal => BigDecimal.make(money.minor, exponent(money.currency))

/** Adds amounts of one currency; amounts of another are a mistake of the caller and refused. */
export const sum = (amounts: Iterable<Money>, currency: Currency): Result.Result<Money, ValidationError> => {
  let minor = 0n
  for (const amount of amounts) {
    if (amount.currency !== currency) return refuse(`Cannot add ${amount.currency} to ${currency}`)
    minor += amount.minor
  }
  return Result.succeed({ currency, minor })
}

/** A decimal amount: `BigDecimal` inside, a JSON number outside, exact in both directions for up to 15 digits. */
export const Decimal = Schema.Finite.pipe(
  Schema.decodeTo(
    Schema.BigDecimal,
    SchemaTransformation.transformEffect({
      decode: (value: number) =>
        Option.match(BigDecimal.fromString(String(value)), {
          onNone: () => Effect.fail(new SchemaIssue.InvalidValue({ message: "Expected a decimal number" }, value)),
          onSome: Effect.succeed
        }),
      encode: (value: BigDecimal.BigDecimal) => Effect.succeed(Number(BigDecimal.format(value)))
    })
  ),
  Personal.notPersonal
)

/** An amount as callers give it: in process, too, a number may stand for the decimal that it prints as. */
export const Amount = Schema.Finite.pipe(
  Schema.decodeTo(
    Schema.Union([Schema.BigDecimal, Schema.Finite]),
    SchemaTransformation.transform({
      decode: (value: number): Amount => value,
      encode: (value: Amount) => (BigDecimal.isBigDecimal(value) ? Number(BigDecimal.format(value)) : value)
    })
  ),
  Personal.notPersonal
)
export type Amount = BigDecimal.BigDecimal | number

/** The decimal that an amount stands for. */
export const decimalOf = (amount: Amount): BigDecimal.BigDecimal =>
  BigDecimal.isBigDecimal(amount) ? amount : BigDecimal.fromStringUnsafe(String(amount))

// internal

const readDecimal = (amount: BigDecimal.BigDecimal | number | string): Option.Option<BigDecimal.BigDecimal> => {
  if (BigDecimal.isBigDecimal(amount)) return Option.some(amount)
  const isText = typeof amount === "string"
  return isText && !/^-?\d+(\.\d+)?$/.test(amount) ? Option.none() : BigDecimal.fromString(String(amount))
}

const refuse = (message: string): Result.Result<never, ValidationError> =>
  Result.fail(new ValidationError({ issues: [{ path: "", message }] }))

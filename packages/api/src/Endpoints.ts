/** What endpoints share: query parameters as text, and the problems that can happen anywhere. */
import * as Money from "@clientele/core/domain/Money"
import { maxLimit } from "@clientele/core/domain/Query"
import * as Text from "@clientele/core/domain/Text"
import * as BigDecimal from "effect/BigDecimal"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Problems from "./Problems.ts"

/** A whole number in a query string, as digits: what `Number` would make of other spellings is nobody's intent. */
export const integer = (options: { readonly minimum: number; readonly maximum: number }) =>
  Schema.String.check(Text.matches(/^\d{1,10}$/u, { maxLength: 10, message: "Expected a whole number" })).pipe(
    Schema.decodeTo(
      Schema.Int.check(Schema.isBetween(options)),
      SchemaTransformation.transform({ decode: Number, encode: String })
    )
  )

/** An amount in a query string, in plain decimal notation. */
export const decimal = Schema.String.check(
  Text.matches(/^-?\d{1,18}(\.\d{1,18})?$/u, { maxLength: 38, message: "Expected a decimal number" })
).pipe(
  Schema.decodeTo(
    Schema.toType(Money.Amount),
    SchemaTransformation.transform({
      decode: (text: string): Money.Amount => BigDecimal.fromStringUnsafe(text),
      encode: (amount: Money.Amount) => BigDecimal.format(Money.decimalOf(amount))
    })
  )
)

/** The page of a list that is only walked by cursor. */
export const cursorQuery = {
  cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(4_000))),
  limit: Schema.optionalKey(integer({ minimum: 1, maximum: maxLimit }))
}

/** The page of a list that can also be leafed through by number. */
export const leafQuery = {
  ...cursorQuery,
  page: Schema.optionalKey(integer({ minimum: 1, maximum: 1_000_000_000 }))
}

/** Of an endpoint without query parameters: any that is given is refused. */
export const noQuery = Schema.Record(Schema.String, Schema.Never.annotate({ message: "Expected no such parameter" }))

export const anywhere = [Problems.Unavailable, Problems.InternalError] as const

/** Of an endpoint that writes. */
export const writing = [
  Problems.IdempotencyInProgressProblem,
  Problems.IdempotencyMismatchProblem,
  ...anywhere
] as const

/** Of an endpoint that takes a body. */
export const withBody = [Problems.PayloadTooLarge, Problems.UnsupportedMediaType, ...writing] as const

/**
 * Columns as they are read, by the thousand: JSON and times, without what the general codecs spend on each value. A
 * value that does not decode is an issue like any other.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"

/** A text that holds JSON. */
export const json = <S extends Schema.Constraint>(schema: S) => Json.pipe(Schema.decodeTo(schema))

/** An instant as ISO 8601. */
export const timestamp = Schema.String.pipe(
  Schema.decodeTo(Schema.DateTimeUtc, {
    decode: SchemaGetter.transformEffect((text: string, options) => {
      const millis = Date.parse(text)
      return Number.isNaN(millis)
        ? Effect.fail(new SchemaIssue.InvalidValue({ expected: "an instant" }, text, options))
        : Effect.succeed(DateTime.makeUnsafe(millis))
    }),
    encode: SchemaGetter.transform(DateTime.formatIso)
  })
)

// internal

// What has succeeded already is not run as an effect.
const Json = Schema.String.pipe(
  Schema.decodeTo(Schema.Unknown, {
    decode: SchemaGetter.transformEffect((text: string, options) => {
      try {
        return Effect.succeed(JSON.parse(text))
      } catch {
        return Effect.fail(new SchemaIssue.InvalidValue({ expected: "JSON" }, text, options))
      }
    }),
    encode: SchemaGetter.transform((value: unknown) => JSON.stringify(value))
  })
)

/** What is given to commands as text, by the schemas of the API: as strict, and refused as clearly. */
import { ValidationError } from "@clientele/core/domain/Errors"
import { issuesOf } from "@clientele/core/domain/Validation"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"

/** Everything that is wrong is told, and what nobody knows is wrong. */
export const strictly = { errors: "all", onExcessProperty: "error" } as const

export const valid = <A>(decoded: Effect.Effect<A, Schema.SchemaError>): Effect.Effect<A, ValidationError> =>
  Effect.mapError(decoded, (error) => new ValidationError({ issues: issuesOf(error) }))

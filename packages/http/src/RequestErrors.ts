/** Requests that do not decode, answered with the paths of what is wrong. */
import { RequestValidation, RulesValidation } from "@clientele/api/Middleware"
import * as Problems from "@clientele/api/Problems"
import { invalidRules } from "@clientele/core/domain/Scoring"
import { issuesOf } from "@clientele/core/domain/Validation"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { type HttpApiError, HttpApiMiddleware } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"

/** What did not decode, as the problem that it is answered with. */
export const toProblem = (error: HttpApiError.HttpApiSchemaError) => {
  // Our own answer did not encode: that is no fault of the request.
  if (error.kind === "Body" || error.kind === "ResponseHeaders") {
    return Effect.andThen(
      Effect.logError("A response does not fit its schema", error.cause),
      Effect.fail(new Problems.InternalError())
    )
  }
  const errors = issuesOf(error.cause)
  return Effect.fail(
    error.kind === "Payload" && errors.some(({ message, path }) => path === "" && message === notJson)
      ? new Problems.MalformedJson({ detail: "The body is not valid JSON" })
      : new Problems.ValidationProblem({ errors, detail: `Some of the ${part[error.kind]} is not valid` })
  )
}

export const layer: Layer.Layer<RequestValidation> = HttpApiMiddleware.layerSchemaErrorTransform(
  RequestValidation,
  toProblem
)

/** What is wrong with rules is told by rule; whatever else is wrong with the request is left to the others. */
export const layerRules: Layer.Layer<RulesValidation> = HttpApiMiddleware.layerSchemaErrorTransform(
  RulesValidation,
  (error) => {
    const issues = error.kind === "Payload" ? issuesOf(error.cause) : []
    return issues.some(({ path }) => ofRules.test(path))
      ? atEdge.InvalidRules(invalidRules(issues))
      : Effect.fail(error)
  }
)

// internal

const ofRules = /^(rules|category_max|grades)\b/

// How the framework words a body that JSON.parse refuses; a test fails when it words it otherwise.
const notJson = "Expected a valid JSON body"

const part = { Payload: "body", Query: "query", Params: "path", Headers: "header" }

/** What every endpoint has in common, as definitions: who calls, and how bad requests are answered. */
import type { CurrentActor } from "@clientele/core/ports/CurrentActor"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import * as Problems from "./Problems.ts"

/** Verifies the bearer token and provides the actor it speaks for. Clients attach their token with it. */
export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: CurrentActor }>()(
  "@clientele/api/Authorization",
  {
    requiredForClient: true,
    security: { bearer: HttpApiSecurity.bearer },
    error: [
      Problems.Unauthorized,
      Problems.Forbidden,
      Problems.RateLimited,
      Problems.Unavailable,
      Problems.InternalError
    ]
  }
) {}

/** Answers requests that do not decode with the paths of what is wrong. */
export class RequestValidation extends HttpApiMiddleware.Service<RequestValidation>()(
  "@clientele/api/RequestValidation",
  { error: [Problems.ValidationProblem, Problems.MalformedJson, Problems.InternalError] }
) {}

/** Answers rules that do not decode with the rule and the reason. */
export class RulesValidation extends HttpApiMiddleware.Service<RulesValidation>()("@clientele/api/RulesValidation", {
  error: [Problems.InvalidRulesProblem]
}) {}

/** The endpoints of lead scoring: a contact's score and what it is made of, the rules behind it, and what others would give. */
import { ContactScore, Preview, PreviewRequest, RulesInForce, RulesRequest } from "@clientele/core/domain/LeadScore"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { anywhere, noQuery, withBody } from "./Endpoints.ts"
import { Idempotency } from "./Idempotency.ts"
import { Authorization, RulesValidation } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

export class ScoringApi extends HttpApiGroup.make("scoring")
  .add(
    HttpApiEndpoint.get("score", "/contacts/:contact_id/score", {
      params: { contact_id: Schema.String },
      query: {
        /** True adds to each factor the position of its rule and the ids of its events. */
        sources: Schema.optionalKey(Schema.Literals(["true", "false"]))
      },
      success: ContactScore,
      error: [Problems.ContactNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Get a contact's score and what it is made of"),
    HttpApiEndpoint.get("rules", "/scoring/rules", {
      query: noQuery,
      success: RulesInForce,
      error: anywhere
    }).annotate(OpenApi.Summary, "Get the scoring rules in force"),
    HttpApiEndpoint.put("setRules", "/scoring/rules", {
      query: noQuery,
      payload: RulesRequest,
      success: RulesInForce,
      error: [Problems.InvalidRulesProblem, Problems.ValidationProblem, ...withBody]
    })
      .middleware(RulesValidation)
      .annotate(OpenApi.Summary, "Set the scoring rules, and score every contact by them"),
    HttpApiEndpoint.post("preview", "/scoring/preview", {
      query: noQuery,
      payload: PreviewRequest,
      success: Preview,
      error: [Problems.ContactNotFoundProblem, Problems.InvalidRulesProblem, Problems.ValidationProblem, ...withBody]
    })
      .middleware(RulesValidation)
      .annotate(OpenApi.Summary, "Show what rules would give, without setting them")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .annotate(OpenApi.Title, "Lead scoring") {}

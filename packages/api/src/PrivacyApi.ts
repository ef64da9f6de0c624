/** The endpoints of what a person may ask: a copy of their data, and its removal. */
import { PersonalData } from "@clientele/core/domain/PersonalData"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, noQuery, writing } from "./Endpoints.ts"
import { Idempotency } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

const ofContact = { contact_id: Schema.String }

export class PrivacyApi extends HttpApiGroup.make("privacy")
  .add(
    HttpApiEndpoint.get("export", "/contacts/:contact_id/personal-data", {
      params: ofContact,
      query: noQuery,
      success: PersonalData,
      error: [Problems.ContactNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Everything held about one person"),
    HttpApiEndpoint.post("erase", "/contacts/:contact_id/erase", {
      params: ofContact,
      query: noQuery,
      success: HttpApiSchema.NoContent,
      error: [Problems.ContactNotFoundProblem, Problems.RefusedProblem, ...writing]
    }).annotate(OpenApi.Summary, "Erase everything held about one person, for good")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .annotate(OpenApi.Title, "Privacy") {}

/** The endpoints of enrichment: asking others about one contact, and starting the job that asks about many. */
import { BulkEnrichRequest, EnrichRequest, Outcome } from "@clientele/core/domain/Enrichment"
import { Job } from "@clientele/core/domain/Job"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { noQuery, withBody } from "./Endpoints.ts"
import { Idempotency, OwnTransactions } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

export class EnrichmentApi extends HttpApiGroup.make("enrichment")
  .add(
    HttpApiEndpoint.post("enrich", "/:contact_id/enrich", {
      params: { contact_id: Schema.String },
      query: noQuery,
      // Null stands for a request without a body.
      payload: [EnrichRequest, Schema.Null],
      success: Outcome,
      error: [Problems.ContactNotFoundProblem, Problems.ValidationProblem, Problems.RefusedProblem, ...withBody]
    })
      .annotate(OpenApi.Summary, "Ask others what they know of a contact, and add it")
      .annotate(OwnTransactions, true),
    HttpApiEndpoint.post("enrichAll", "/enrich/bulk", {
      query: noQuery,
      payload: BulkEnrichRequest,
      success: Job.pipe(HttpApiSchema.status(202)),
      error: [Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Start a job that enriches up to 1,000 contacts")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .prefix("/contacts")
  .annotate(OpenApi.Title, "Enrichment") {}

/** The endpoint that takes in tracked events. */
import { maxBatch, TrackedEventInput, TrackingReport } from "@clientele/core/domain/TrackedEvent"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { noQuery, withBody } from "./Endpoints.ts"
import { Idempotency } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

export class EventsApi extends HttpApiGroup.make("events")
  .add(
    HttpApiEndpoint.post("record", "/events", {
      query: noQuery,
      payload: Schema.Union([TrackedEventInput, Schema.Array(TrackedEventInput).check(Schema.isMaxLength(maxBatch))]),
      success: TrackingReport,
      error: [Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Record what contacts did: one event, or up to 1,000")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .annotate(OpenApi.Title, "Events") {}

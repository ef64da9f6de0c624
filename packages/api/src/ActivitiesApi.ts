/** The endpoints of activities. */
import { Activity, ActivityCreate, ActivityFilter } from "@clientele/core/domain/Activity"
import { Pagination } from "@clientele/core/domain/Query"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, leafQuery, noQuery, withBody, writing } from "./Endpoints.ts"
import { FromReplica } from "./FromReplica.ts"
import { Idempotency } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

const activityId = { activity_id: Schema.String }

/** Filters and page of the list, as they stand in a query string. */
const ActivityListQuery = Schema.Struct({ ...ActivityFilter.fields, ...leafQuery }).pipe(
  Schema.encodeKeys({ contactId: "contact_id", dealId: "deal_id", startDate: "start_date", endDate: "end_date" })
)

export const ActivityPage = Schema.Struct({ data: Schema.Array(Activity), pagination: Pagination }).annotate({
  identifier: "ActivityPage"
})

export class ActivitiesApi extends HttpApiGroup.make("activities")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: ActivityListQuery,
      success: ActivityPage,
      error: [Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "List activities, the latest first")
      .annotate(FromReplica, true),
    HttpApiEndpoint.post("create", "/", {
      query: noQuery,
      payload: ActivityCreate,
      success: Activity.pipe(HttpApiSchema.status(201)),
      error: [Problems.ContactNotFoundProblem, Problems.DealNotFoundProblem, Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Log an activity of a contact, a deal, or both"),
    HttpApiEndpoint.get("get", "/:activity_id", {
      params: activityId,
      query: noQuery,
      success: Activity,
      error: [Problems.ActivityNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Get an activity"),
    HttpApiEndpoint.delete("remove", "/:activity_id", {
      params: activityId,
      query: noQuery,
      success: HttpApiSchema.NoContent,
      error: [Problems.ActivityNotFoundProblem, ...writing]
    }).annotate(OpenApi.Summary, "Delete an activity")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .prefix("/activities")
  .annotate(OpenApi.Title, "Activities") {}

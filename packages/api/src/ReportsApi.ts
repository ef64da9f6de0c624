/** The endpoints of reports. */
import { AnalyticsQuery, PipelineAnalytics } from "@clientele/core/domain/PipelineAnalytics"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { anywhere } from "./Endpoints.ts"
import { FromReplica } from "./FromReplica.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

export class ReportsApi extends HttpApiGroup.make("reports")
  .add(
    HttpApiEndpoint.get("pipelineAnalytics", "/pipeline/analytics", {
      query: AnalyticsQuery,
      success: PipelineAnalytics,
      error: [Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "Get what the pipeline is worth, how fast deals move, and what is to be expected")
      .annotate(FromReplica, true)
  )
  .middleware(Authorization)
  .annotate(OpenApi.Title, "Reports") {}

/** The endpoints of jobs: what a tenant has running, how far it is, and a way to stop it. */
import { RevertReport } from "@clientele/core/domain/Importing"
import { Job } from "@clientele/core/domain/Job"
import { Pagination } from "@clientele/core/domain/Query"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, cursorQuery, noQuery, writing } from "./Endpoints.ts"
import { Idempotency, OwnTransactions } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

const jobId = { job_id: Schema.String }

export const JobPage = Schema.Struct({ data: Schema.Array(Job), pagination: Pagination }).annotate({
  identifier: "JobPage"
})

export class JobsApi extends HttpApiGroup.make("jobs")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: cursorQuery,
      success: JobPage,
      error: [Problems.ValidationProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "List jobs, newest first"),
    HttpApiEndpoint.get("get", "/:job_id", {
      params: jobId,
      query: noQuery,
      success: Job,
      error: [Problems.JobNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Get a job and how far it is"),
    HttpApiEndpoint.get("events", "/:job_id/events", {
      params: jobId,
      query: noQuery,
      success: HttpApiSchema.StreamSse({ data: Job }),
      error: [Problems.JobNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Follow a job until it has finished, as server-sent events"),
    HttpApiEndpoint.get("errors", "/:job_id/errors.csv", {
      params: jobId,
      query: noQuery,
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/csv; charset=utf-8" }),
      error: [Problems.JobNotFoundProblem, Problems.ValidationProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "The rows of an import that failed, to be mended and imported again"),
    HttpApiEndpoint.post("revert", "/:job_id/revert", {
      params: jobId,
      query: noQuery,
      success: RevertReport,
      error: [Problems.JobNotFoundProblem, Problems.ValidationProblem, Problems.RefusedProblem, ...writing]
    })
      .annotate(OpenApi.Summary, "Delete what an import created and nobody has touched since")
      .annotate(OwnTransactions, true),
    HttpApiEndpoint.post("cancel", "/:job_id/cancel", {
      params: jobId,
      query: noQuery,
      success: Job,
      error: [Problems.JobNotFoundProblem, ...writing]
    }).annotate(OpenApi.Summary, "End a job at the last batch that was committed")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .prefix("/jobs")
  .annotate(OpenApi.Title, "Jobs") {}

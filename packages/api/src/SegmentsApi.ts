/** The endpoints of saved segments. */
import { SegmentDefinition } from "@clientele/core/domain/Segment"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, noQuery, withBody, writing } from "./Endpoints.ts"
import { Idempotency } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

const key = { key: Schema.String }

const { name, predicate } = SegmentDefinition.fields

export class SegmentsApi extends HttpApiGroup.make("segments")
  .add(
    HttpApiEndpoint.get("list", "/segments", {
      query: noQuery,
      success: Schema.Struct({ data: Schema.Array(SegmentDefinition) }),
      error: anywhere
    }).annotate(OpenApi.Summary, "List saved segments"),
    HttpApiEndpoint.post("create", "/segments", {
      query: noQuery,
      payload: SegmentDefinition,
      success: SegmentDefinition.pipe(HttpApiSchema.status(201)),
      error: [Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Save a segment"),
    HttpApiEndpoint.get("get", "/segments/:key", {
      params: key,
      query: noQuery,
      success: SegmentDefinition,
      error: [Problems.SegmentNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Get a saved segment"),
    HttpApiEndpoint.put("replace", "/segments/:key", {
      params: key,
      query: noQuery,
      payload: Schema.Struct({ key: Schema.optionalKey(SegmentDefinition.fields.key), name, predicate }),
      success: SegmentDefinition,
      error: [Problems.SegmentNotFoundProblem, Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Replace a saved segment"),
    HttpApiEndpoint.delete("remove", "/segments/:key", {
      params: key,
      query: noQuery,
      success: HttpApiSchema.NoContent,
      error: [Problems.SegmentNotFoundProblem, ...writing]
    }).annotate(OpenApi.Summary, "Delete a saved segment")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .annotate(OpenApi.Title, "Segments") {}

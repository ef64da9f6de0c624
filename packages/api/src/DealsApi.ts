/** The endpoints of deals, and of the pipelines that they are in. */
import { DealCreate, DealDetail, DealUpdate, StageChange } from "@clientele/core/domain/Deal"
import { DealPage, Sort } from "@clientele/core/domain/DealQuery"
import { ContactId, ExternalId, UserId } from "@clientele/core/domain/Ids"
import { dealImportOptionFields, dealImportOptionKeys, ImportReport } from "@clientele/core/domain/Importing"
import { Job } from "@clientele/core/domain/Job"
import { Note, NoteInput } from "@clientele/core/domain/Note"
import { Pipeline } from "@clientele/core/domain/Pipeline"
import { maxLimit } from "@clientele/core/domain/Query"
import { CalendarDate } from "@clientele/core/domain/Time"
import { isShallow } from "@clientele/core/domain/Validation"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, cursorQuery, decimal, integer, noQuery, withBody, writing } from "./Endpoints.ts"
import { FromReplica } from "./FromReplica.ts"
import { Idempotency } from "./Idempotency.ts"
import { importParts } from "./Imports.ts"
import { Authorization } from "./Middleware.ts"
import { NotePage } from "./NotesApi.ts"
import * as Problems from "./Problems.ts"

/** Filters and page of the list of deals, as they stand in a query string. */
export const DealListQuery = Schema.Struct({
  stage: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(100))),
  owner_id: Schema.optionalKey(UserId),
  contact_id: Schema.optionalKey(ContactId),
  external_id: Schema.optionalKey(ExternalId),
  min_value: Schema.optionalKey(decimal),
  max_value: Schema.optionalKey(decimal),
  close_date: Schema.optionalKey(CalendarDate),
  close_after: Schema.optionalKey(CalendarDate),
  close_before: Schema.optionalKey(CalendarDate),
  sort: Schema.optionalKey(Sort),
  cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(4_000))),
  total: Schema.optionalKey(Schema.Literals(["true", "false"])),
  page: Schema.optionalKey(integer({ minimum: 1, maximum: 1_000_000_000 })),
  limit: Schema.optionalKey(integer({ minimum: 1, maximum: maxLimit }))
})

const dealId = { deal_id: Schema.String }

const ifMatch = { "if-match": Schema.optionalKey(Schema.String) }

const update = {
  params: dealId,
  query: noQuery,
  headers: ifMatch,
  // Members that are echoed may hold anything, and are compared with the current ones.
  payload: DealUpdate.check(isShallow).annotate({ identifier: "DealUpdate" }),
  success: DealDetail,
  error: [
    Problems.ContactNotFoundProblem,
    Problems.DealNotFoundProblem,
    Problems.InvalidStageProblem,
    Problems.PreconditionFailedProblem,
    Problems.ValidationProblem,
    Problems.RefusedProblem,
    ...withBody
  ]
} as const

export class DealsApi extends HttpApiGroup.make("deals")
  .add(
    HttpApiEndpoint.get("list", "/deals", {
      query: DealListQuery,
      success: DealPage,
      error: [Problems.InvalidStageProblem, Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "List deals, newest first, with a summary of all that match")
      .annotate(FromReplica, true),
    HttpApiEndpoint.post("create", "/deals", {
      query: noQuery,
      payload: DealCreate,
      success: DealDetail.pipe(HttpApiSchema.status(201)),
      error: [
        Problems.ContactNotFoundProblem,
        Problems.InvalidStageProblem,
        Problems.ValidationProblem,
        Problems.RefusedProblem,
        ...withBody
      ]
    }).annotate(OpenApi.Summary, "Create a deal"),
    HttpApiEndpoint.get("get", "/deals/:deal_id", {
      params: dealId,
      query: noQuery,
      success: DealDetail,
      error: [Problems.DealNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Get a deal with its products, notes and history"),
    HttpApiEndpoint.put("update", "/deals/:deal_id", update).annotate(
      OpenApi.Summary,
      "Change a deal: fields present are replaced, null clears"
    ),
    HttpApiEndpoint.patch("patch", "/deals/:deal_id", update).annotate(OpenApi.Summary, "The same as PUT"),
    HttpApiEndpoint.delete("remove", "/deals/:deal_id", {
      params: dealId,
      query: noQuery,
      headers: ifMatch,
      success: HttpApiSchema.NoContent,
      error: [Problems.DealNotFoundProblem, Problems.PreconditionFailedProblem, Problems.RefusedProblem, ...writing]
    }).annotate(OpenApi.Summary, "Delete a deal"),
    HttpApiEndpoint.patch("changeStage", "/deals/:deal_id/stage", {
      params: dealId,
      query: noQuery,
      headers: ifMatch,
      payload: StageChange,
      success: DealDetail,
      error: [
        Problems.DealNotFoundProblem,
        Problems.InvalidStageProblem,
        Problems.PreconditionFailedProblem,
        Problems.ValidationProblem,
        Problems.RefusedProblem,
        ...withBody
      ]
    }).annotate(OpenApi.Summary, "Move a deal to a stage"),
    HttpApiEndpoint.get("notes", "/deals/:deal_id/notes", {
      params: dealId,
      query: cursorQuery,
      success: NotePage,
      error: [Problems.DealNotFoundProblem, Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "List the notes of a deal, newest first")
      .annotate(FromReplica, true),
    HttpApiEndpoint.post("addNote", "/deals/:deal_id/notes", {
      params: dealId,
      query: noQuery,
      payload: NoteInput,
      success: Note.pipe(HttpApiSchema.status(201)),
      error: [Problems.DealNotFoundProblem, Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Add a note to a deal"),
    HttpApiEndpoint.post("import", "/deals/import", {
      query: noQuery,
      payload: importParts(dealImportOptionFields, dealImportOptionKeys),
      success: [ImportReport, Job.pipe(HttpApiSchema.status(202))],
      error: [Problems.InvalidCsvProblem, Problems.ValidationProblem, Problems.RefusedProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Import deals from CSV"),
    HttpApiEndpoint.get("pipelines", "/pipelines", {
      query: noQuery,
      success: Schema.Struct({ data: Schema.Array(Pipeline) }),
      error: anywhere
    }).annotate(OpenApi.Summary, "List pipelines with their stages in order")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .annotate(OpenApi.Title, "Deals") {}

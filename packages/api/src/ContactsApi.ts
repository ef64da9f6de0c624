/** The endpoints of contacts. */
import { BulkUpdateReport, BulkUpdateRequest } from "@clientele/core/domain/BulkUpdate"
import { Contact, ContactCreate, ContactDetail, ContactType, ContactUpdate } from "@clientele/core/domain/Contact"
import { DuplicateGroup, SuggestedBand } from "@clientele/core/domain/Duplicates"
import { HistoryEntry } from "@clientele/core/domain/History"
import { ExternalId, UserId } from "@clientele/core/domain/Ids"
import { importOptionFields, importOptionKeys, ImportReport } from "@clientele/core/domain/Importing"
import { Job } from "@clientele/core/domain/Job"
import { MergePreview, MergeRequest } from "@clientele/core/domain/Merging"
import { Pagination, Sort, StatusFilter } from "@clientele/core/domain/Query"
import * as Text from "@clientele/core/domain/Text"
import { isShallow } from "@clientele/core/domain/Validation"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, cursorQuery, leafQuery, noQuery, withBody, writing } from "./Endpoints.ts"
import { FromReplica } from "./FromReplica.ts"
import { Idempotency } from "./Idempotency.ts"
import { importParts } from "./Imports.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

/** Filters and page of the contact list, as they stand in a query string. */
export const ContactListQuery = Schema.Struct({
  status: Schema.optionalKey(StatusFilter),
  type: Schema.optionalKey(ContactType),
  source: Schema.optionalKey(Text.text(255)),
  owner_id: Schema.optionalKey(UserId),
  external_id: Schema.optionalKey(ExternalId),
  segment: Schema.optionalKey(Text.filled(100)),
  tag: Schema.optionalKey(Text.filled(100)),
  search: Schema.optionalKey(Text.text(200)),
  sort: Schema.optionalKey(Sort),
  total: Schema.optionalKey(Schema.Literals(["true", "false"])),
  ...leafQuery
})

export const ContactPage = Schema.Struct({ data: Schema.Array(Contact), pagination: Pagination }).annotate({
  identifier: "ContactPage"
})

export const DuplicatePage = Schema.Struct({ data: Schema.Array(DuplicateGroup), pagination: Pagination }).annotate({
  identifier: "DuplicatePage"
})

export const HistoryPage = Schema.Struct({ data: Schema.Array(HistoryEntry), pagination: Pagination }).annotate({
  identifier: "HistoryPage"
})

const contactId = { contact_id: Schema.String }

/** `likely` unless it says another. */
const minBand = { min_band: Schema.optionalKey(SuggestedBand) }

const ifMatch = { "if-match": Schema.optionalKey(Schema.String) }

const update = {
  params: contactId,
  query: noQuery,
  headers: ifMatch,
  // Members that are echoed may hold anything, and are compared with the current ones.
  payload: ContactUpdate.check(isShallow).annotate({ identifier: "ContactUpdate" }),
  success: ContactDetail,
  error: [
    Problems.ContactNotFoundProblem,
    Problems.DuplicateContactProblem,
    Problems.PreconditionFailedProblem,
    Problems.ValidationProblem,
    Problems.RefusedProblem,
    ...withBody
  ]
} as const

const mergeErrors = [
  Problems.ContactNotFoundProblem,
  Problems.MergeConflictProblem,
  Problems.ValidationProblem,
  ...withBody
] as const

export class ContactsApi extends HttpApiGroup.make("contacts")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: ContactListQuery,
      success: ContactPage,
      error: [Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "List contacts, newest first")
      .annotate(FromReplica, true),
    HttpApiEndpoint.post("create", "/", {
      query: noQuery,
      payload: ContactCreate,
      success: ContactDetail.pipe(HttpApiSchema.status(201)),
      error: [Problems.DuplicateContactProblem, Problems.ValidationProblem, Problems.RefusedProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Create a contact"),
    HttpApiEndpoint.get("get", "/:contact_id", {
      params: contactId,
      query: noQuery,
      success: ContactDetail,
      error: [Problems.ContactNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Get a contact"),
    HttpApiEndpoint.put("update", "/:contact_id", update).annotate(
      OpenApi.Summary,
      "Change a contact: fields present are replaced, null clears"
    ),
    HttpApiEndpoint.patch("patch", "/:contact_id", update).annotate(OpenApi.Summary, "The same as PUT"),
    HttpApiEndpoint.delete("remove", "/:contact_id", {
      params: contactId,
      query: noQuery,
      headers: ifMatch,
      success: HttpApiSchema.NoContent,
      error: [Problems.ContactNotFoundProblem, Problems.PreconditionFailedProblem, Problems.RefusedProblem, ...writing]
    }).annotate(OpenApi.Summary, "Delete a contact"),
    HttpApiEndpoint.post("bulkUpdate", "/bulk-update", {
      query: noQuery,
      payload: BulkUpdateRequest,
      success: BulkUpdateReport,
      error: [Problems.BulkFailedProblem, Problems.ValidationProblem, Problems.RefusedProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Change up to 1,000 contacts alike"),
    HttpApiEndpoint.post("merge", "/merge", {
      query: noQuery,
      payload: MergeRequest,
      success: ContactDetail,
      error: [Problems.RefusedProblem, ...mergeErrors]
    }).annotate(OpenApi.Summary, "Merge contacts into a primary one, for good"),
    HttpApiEndpoint.post("previewMerge", "/merge/preview", {
      query: noQuery,
      payload: MergeRequest,
      success: MergePreview,
      error: mergeErrors
    }).annotate(OpenApi.Summary, "Show what a merge would do, without doing it"),
    HttpApiEndpoint.get("duplicates", "/duplicates", {
      query: Schema.Struct({ ...cursorQuery, ...minBand }),
      success: DuplicatePage,
      error: [Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "Groups of contacts that are probably one person, the newest first")
      .annotate(FromReplica, true),
    HttpApiEndpoint.get("duplicatesOf", "/:contact_id/duplicates", {
      params: contactId,
      query: Schema.Struct(minBand),
      success: DuplicatePage,
      error: [Problems.ContactNotFoundProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "The group of contacts that are probably the same person as this one")
      .annotate(FromReplica, true),
    HttpApiEndpoint.get("history", "/:contact_id/history", {
      params: contactId,
      query: cursorQuery,
      success: HistoryPage,
      error: [Problems.ContactNotFoundProblem, Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "Who changed what of a contact, newest first")
      .annotate(FromReplica, true),
    HttpApiEndpoint.post("restore", "/:contact_id/restore", {
      params: contactId,
      query: noQuery,
      success: ContactDetail,
      error: [Problems.ContactNotFoundProblem, Problems.DuplicateContactProblem, Problems.RefusedProblem, ...writing]
    }).annotate(OpenApi.Summary, "Bring back a contact deleted within the last 30 days"),
    HttpApiEndpoint.post("import", "/import", {
      query: noQuery,
      payload: importParts(importOptionFields, importOptionKeys),
      success: [ImportReport, Job.pipe(HttpApiSchema.status(202))],
      error: [Problems.InvalidCsvProblem, Problems.ValidationProblem, Problems.RefusedProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Import contacts from CSV")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .prefix("/contacts")
  .annotate(OpenApi.Title, "Contacts") {}

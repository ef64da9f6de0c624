/** The endpoints of contacts. */
import { Contact, ContactCreate, ContactDetail, ContactType, ContactUpdate } from "@clientele/core/domain/Contact"
import { ExternalId, UserId } from "@clientele/core/domain/Ids"
import { ImportOptions, ImportReport, Mapping } from "@clientele/core/domain/Importing"
import { maxLimit, Pagination, StatusFilter } from "@clientele/core/domain/Query"
import * as Text from "@clientele/core/domain/Text"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { Multipart } from "effect/http"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

/** A whole number in a query string, as digits: what `Number` would make of other spellings is nobody's intent. */
const integer = (options: { readonly minimum: number; readonly maximum: number }) =>
  Schema.String.check(Schema.isPattern(/^\d{1,10}$/, { message: "Expected a whole number" })).pipe(
    Schema.decodeTo(
      Schema.Int.check(Schema.isBetween(options)),
      SchemaTransformation.transform({ decode: Number, encode: String })
    )
  )

/** Filters and page of the contact list, as they stand in a query string. */
export const ContactListQuery = Schema.Struct({
  status: Schema.optionalKey(StatusFilter),
  type: Schema.optionalKey(ContactType),
  source: Schema.optionalKey(Text.text(255)),
  owner_id: Schema.optionalKey(UserId),
  external_id: Schema.optionalKey(ExternalId),
  search: Schema.optionalKey(Text.text(200)),
  page: Schema.optionalKey(integer({ minimum: 1, maximum: 1_000_000_000 })),
  limit: Schema.optionalKey(integer({ minimum: 1, maximum: maxLimit }))
})

export const ContactPage = Schema.Struct({ data: Schema.Array(Contact), pagination: Pagination }).annotate({
  identifier: "ContactPage"
})

/** Parts of an import, in any order. The file is spooled to disk, whatever its size. */
const ImportParts = Schema.Struct({
  file: Multipart.SingleFileSchema,
  mapping: Schema.optionalKey(Schema.fromJsonString(Mapping)),
  options: Schema.optionalKey(Schema.fromJsonString(ImportOptions))
})

const noQuery = Schema.Record(Schema.String, Schema.Never.annotate({ message: "Expected no such parameter" }))

/**
 * Members that are echoed may hold anything, and are compared with the current ones. No view is nested as deep as this,
 * and comparison recurses.
 */
const isShallow = Schema.makeFilter((value: unknown) => {
  const children = (parent: unknown) => (typeof parent === "object" && parent !== null ? Object.values(parent) : [])
  let level: ReadonlyArray<unknown> = [value]
  for (let depth = 0; level.length > 0 && depth <= maxDepth; depth++) level = level.flatMap(children)
  return level.length === 0 ? undefined : `Expected values nested at most ${maxDepth} deep`
})

const maxDepth = 32

const contactId = { contact_id: Schema.String }

const ifMatch = { "if-match": Schema.optionalKey(Schema.String) }

const anywhere = [Problems.Unavailable, Problems.InternalError] as const

const withBody = [Problems.PayloadTooLarge, Problems.UnsupportedMediaType, ...anywhere] as const

const update = {
  params: contactId,
  query: noQuery,
  headers: ifMatch,
  payload: ContactUpdate.check(isShallow).annotate({ identifier: "ContactUpdate" }),
  success: ContactDetail,
  error: [
    Problems.ContactNotFoundProblem,
    Problems.DuplicateContactProblem,
    Problems.PreconditionFailedProblem,
    Problems.ValidationProblem,
    ...withBody
  ]
} as const

export class ContactsApi extends HttpApiGroup.make("contacts")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: ContactListQuery,
      success: ContactPage,
      error: [Problems.ValidationProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "List contacts, newest first"),
    HttpApiEndpoint.post("create", "/", {
      query: noQuery,
      payload: ContactCreate,
      success: ContactDetail.pipe(HttpApiSchema.status(201)),
      error: [Problems.DuplicateContactProblem, Problems.ValidationProblem, ...withBody]
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
      error: [Problems.ContactNotFoundProblem, Problems.PreconditionFailedProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Delete a contact"),
    HttpApiEndpoint.post("import", "/import", {
      query: noQuery,
      payload: ImportParts.pipe(HttpApiSchema.asMultipart()),
      success: ImportReport,
      error: [Problems.InvalidCsvProblem, Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Import contacts from CSV")
  )
  .middleware(Authorization)
  .prefix("/contacts")
  .annotate(OpenApi.Title, "Contacts") {}

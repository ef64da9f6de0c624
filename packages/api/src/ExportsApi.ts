/** The endpoints of exports: everything that matches, streamed, as CSV or as lines of JSON. */
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ContactListQuery } from "./ContactsApi.ts"
import { DealListQuery } from "./DealsApi.ts"
import { anywhere } from "./Endpoints.ts"
import { FromReplica } from "./FromReplica.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

/** Where it is absent, `Accept` says it. */
const format = { format: Schema.optionalKey(Schema.Literals(["csv", "ndjson"])) }

const pages = ["cursor", "limit", "page", "sort", "total"] as const

/** Which contacts, as it stands in a query string: the filters of the list. */
export const ContactExportQuery = Schema.Struct(Struct.omit(ContactListQuery.fields, pages))

/** Which deals, as it stands in a query string: the filters of the list. */
export const DealExportQuery = Schema.Struct(Struct.omit(DealListQuery.fields, pages))

const streamed = HttpApiSchema.StreamUint8Array({ contentType: ["text/csv", "application/x-ndjson"] })

export class ExportsApi extends HttpApiGroup.make("exports")
  .add(
    HttpApiEndpoint.get("contacts", "/contacts/export", {
      query: Schema.Struct({ ...ContactExportQuery.fields, ...format }),
      success: streamed,
      error: [Problems.NotAcceptable, Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "Export the contacts that match, newest first")
      .annotate(FromReplica, true),
    HttpApiEndpoint.get("deals", "/deals/export", {
      query: Schema.Struct({ ...DealExportQuery.fields, ...format }),
      success: streamed,
      error: [Problems.InvalidStageProblem, Problems.NotAcceptable, Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "Export the deals that match, newest first")
      .annotate(FromReplica, true)
  )
  .middleware(Authorization)
  .annotate(OpenApi.Title, "Exports") {}

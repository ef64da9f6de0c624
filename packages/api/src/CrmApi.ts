/**
 * The whole HTTP surface as one value, from which server, client and OpenAPI derive. Unknown body fields and query
 * parameters are refused with their path: a typo must not be lost in silence.
 */
import { type Definition, open } from "@clientele/core/domain/Definition"
import { HttpApi, OpenApi } from "effect/http-api"
import { ActivitiesApi } from "./ActivitiesApi.ts"
import { ContactsApi } from "./ContactsApi.ts"
import { DealsApi } from "./DealsApi.ts"
import { EnrichmentApi } from "./EnrichmentApi.ts"
import { EventsApi } from "./EventsApi.ts"
import { ExportsApi } from "./ExportsApi.ts"
import { JobsApi } from "./JobsApi.ts"
import { documentFields } from "./CustomFields.ts"
import { documentKeys } from "./Idempotency.ts"
import { RequestValidation } from "./Middleware.ts"
import { NotesApi } from "./NotesApi.ts"
import { PrivacyApi } from "./PrivacyApi.ts"
import { ProductsApi } from "./ProductsApi.ts"
import { ReportsApi } from "./ReportsApi.ts"
import { ScoringApi } from "./ScoringApi.ts"
import { SegmentsApi } from "./SegmentsApi.ts"
import { TasksApi } from "./TasksApi.ts"
import { WebhooksApi } from "./WebhooksApi.ts"

export const defaultBasePath = "/api/v1/crm"

/** The API under a base path, described with the custom fields of a definition. Groups are the same whatever these are. */
export const make = (basePath: `/${string}` = defaultBasePath, definition: Definition = open) =>
  HttpApi.make("crm")
    .add(ExportsApi)
    .add(ContactsApi)
    .add(NotesApi)
    .add(PrivacyApi)
    .add(ActivitiesApi)
    .add(TasksApi)
    .add(EventsApi)
    .add(SegmentsApi)
    .add(DealsApi)
    .add(ProductsApi)
    .add(JobsApi)
    .add(ScoringApi)
    .add(ReportsApi)
    .add(WebhooksApi)
    .add(EnrichmentApi)
    .middleware(RequestValidation)
    .prefix(basePath)
    .annotate(HttpApi.ParseOptions, { onExcessProperty: "error", errors: "all" })
    // Headers hold more than an endpoint declares.
    .annotate(HttpApi.HeadersParseOptions, {})
    .annotate(OpenApi.Transform, (document) => documentFields(definition, documentKeys(document)))
    .annotate(OpenApi.Title, "Clientele")
    .annotate(OpenApi.Version, "1")
    .annotate(OpenApi.License, { name: "MIT", identifier: "MIT" })
    // Whoever serves the document serves the API.
    .annotate(OpenApi.Servers, [{ url: "/" }])
    .annotate(OpenApi.Description, "Customer relationship management: contacts, deals, scoring, activities.")

export type CrmApi = ReturnType<typeof make>

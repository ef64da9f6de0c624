/** The endpoints of webhooks: where events are delivered to, and what became of it. */
import { Pagination } from "@clientele/core/domain/Query"
import { Delivery, Webhook, WebhookCreate, WebhookUpdate, WebhookWithSecret } from "@clientele/core/domain/Webhook"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, cursorQuery, noQuery, withBody, writing } from "./Endpoints.ts"
import { Idempotency } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

const webhookId = { webhook_id: Schema.String }

export const DeliveryPage = Schema.Struct({ data: Schema.Array(Delivery), pagination: Pagination }).annotate({
  identifier: "DeliveryPage"
})

export class WebhooksApi extends HttpApiGroup.make("webhooks")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: noQuery,
      success: Schema.Struct({ data: Schema.Array(Webhook) }),
      error: anywhere
    }).annotate(OpenApi.Summary, "List webhooks, oldest first"),
    HttpApiEndpoint.post("create", "/", {
      query: noQuery,
      payload: WebhookCreate,
      success: WebhookWithSecret.pipe(HttpApiSchema.status(201)),
      error: [Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Add a webhook; its secret is shown only here and when it is rotated"),
    HttpApiEndpoint.get("get", "/:webhook_id", {
      params: webhookId,
      query: noQuery,
      success: Webhook,
      error: [Problems.WebhookNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Get a webhook"),
    HttpApiEndpoint.put("update", "/:webhook_id", {
      params: webhookId,
      query: noQuery,
      payload: WebhookUpdate,
      success: Webhook,
      error: [Problems.WebhookNotFoundProblem, Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Change a webhook, disable or enable it"),
    HttpApiEndpoint.delete("remove", "/:webhook_id", {
      params: webhookId,
      query: noQuery,
      success: HttpApiSchema.NoContent,
      error: [Problems.WebhookNotFoundProblem, ...writing]
    }).annotate(OpenApi.Summary, "Delete a webhook with its deliveries"),
    HttpApiEndpoint.post("rotateSecret", "/:webhook_id/rotate-secret", {
      params: webhookId,
      query: noQuery,
      success: WebhookWithSecret,
      error: [Problems.WebhookNotFoundProblem, ...writing]
    }).annotate(OpenApi.Summary, "Give a webhook a new secret; the old one signs along for a day"),
    HttpApiEndpoint.post("test", "/:webhook_id/test", {
      params: webhookId,
      query: noQuery,
      success: Delivery.pipe(HttpApiSchema.status(202)),
      error: [Problems.WebhookNotFoundProblem, Problems.ValidationProblem, ...writing]
    }).annotate(OpenApi.Summary, "Send an event that tells of nothing"),
    HttpApiEndpoint.get("deliveries", "/:webhook_id/deliveries", {
      params: webhookId,
      query: cursorQuery,
      success: DeliveryPage,
      error: [Problems.WebhookNotFoundProblem, Problems.ValidationProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "List deliveries, newest first"),
    HttpApiEndpoint.post("redeliver", "/:webhook_id/deliveries/:delivery_id/redeliver", {
      params: { ...webhookId, delivery_id: Schema.String },
      query: noQuery,
      success: Delivery.pipe(HttpApiSchema.status(202)),
      error: [Problems.WebhookNotFoundProblem, Problems.ValidationProblem, ...writing]
    }).annotate(OpenApi.Summary, "Deliver once more")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .prefix("/webhooks")
  .annotate(OpenApi.Title, "Webhooks") {}

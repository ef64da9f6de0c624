/** Handlers of the webhook endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { Webhooks } from "@clientele/core/services/Webhooks"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { deliveryIdOf, webhookIdOf } from "./Params.ts"
import { sendUnstored } from "./Responses.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "webhooks",
    Effect.fn(function* (handlers) {
      const webhooks = yield* Webhooks
      return handlers.handleAll({
        list: () =>
          webhooks.list.pipe(
            Effect.map((data) => ({ data })),
            Effect.catchTags({ StorageError })
          ),
        create: ({ payload }) =>
          webhooks.create(payload).pipe(Effect.tap(sendUnstored), Effect.catchTags({ StorageError, ValidationError })),
        get: ({ params }) =>
          webhookIdOf(params).pipe(Effect.flatMap(webhooks.get), Effect.catchTags({ StorageError, WebhookNotFound })),
        update: ({ params, payload }) =>
          webhookIdOf(params).pipe(
            Effect.flatMap((id) => webhooks.update(id, payload)),
            Effect.catchTags({ StorageError, ValidationError, WebhookNotFound })
          ),
        remove: ({ params }) =>
          webhookIdOf(params).pipe(
            Effect.flatMap(webhooks.remove),
            Effect.catchTags({ StorageError, WebhookNotFound })
          ),
        rotateSecret: ({ params }) =>
          webhookIdOf(params).pipe(
            Effect.flatMap(webhooks.rotateSecret),
            Effect.tap(sendUnstored),
            Effect.catchTags({ StorageError, WebhookNotFound })
          ),
        test: ({ params }) =>
          webhookIdOf(params).pipe(
            Effect.flatMap(webhooks.test),
            Effect.catchTags({ StorageError, ValidationError, WebhookNotFound })
          ),
        deliveries: ({ params, query }) =>
          webhookIdOf(params).pipe(
            Effect.flatMap((id) => webhooks.deliveries(id, query)),
            Effect.catchTags({ StorageError, ValidationError, WebhookNotFound })
          ),
        redeliver: ({ params }) =>
          Effect.all([webhookIdOf(params), deliveryIdOf(params)]).pipe(
            Effect.flatMap(([id, deliveryId]) => webhooks.redeliver(id, deliveryId)),
            Effect.catchTags({ StorageError, ValidationError, WebhookNotFound })
          )
      })
    })
  )

// internal

const { StorageError, ValidationError, WebhookNotFound } = atEdge

/** Handlers of the product endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { ProductCatalog } from "@clientele/core/services/ProductCatalog"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { productIdOf } from "./Params.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "products",
    Effect.fn(function* (handlers) {
      const catalog = yield* ProductCatalog
      return handlers.handleAll({
        list: ({ query }) => catalog.list(query).pipe(Effect.catchTags({ StorageError, ValidationError })),
        create: ({ payload }) => catalog.create(payload).pipe(Effect.catchTags({ StorageError, ValidationError })),
        get: ({ params }) =>
          productIdOf(params).pipe(Effect.flatMap(catalog.get), Effect.catchTags({ ProductNotFound, StorageError })),
        replace: ({ params, payload }) =>
          productIdOf(params).pipe(
            Effect.flatMap((id) => catalog.replace(id, payload)),
            Effect.catchTags({ ProductNotFound, StorageError, ValidationError })
          ),
        remove: ({ params }) =>
          productIdOf(params).pipe(Effect.flatMap(catalog.remove), Effect.catchTags({ ProductNotFound, StorageError }))
      })
    })
  )

// internal

const { ProductNotFound, StorageError, ValidationError } = atEdge

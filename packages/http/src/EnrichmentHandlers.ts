/** Handlers of the enrichment endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { Enrichments } from "@clientele/core/services/Enrichments"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { contactIdOf } from "./Params.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "enrichment",
    Effect.fn(function* (handlers) {
      const enrichments = yield* Enrichments
      return handlers.handleAll({
        enrich: ({ params, payload }) =>
          contactIdOf(params).pipe(
            Effect.flatMap((id) => enrichments.enrich(id, payload ?? {})),
            Effect.catchTags({ ContactNotFound, Refused, StorageError, ValidationError })
          ),
        enrichAll: ({ payload }) =>
          enrichments.enrichAll(payload).pipe(Effect.catchTags({ StorageError, ValidationError }))
      })
    })
  )

// internal

const { ContactNotFound, Refused, StorageError, ValidationError } = atEdge

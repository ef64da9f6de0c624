/** Handlers of the scoring endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { LeadScoring } from "@clientele/core/services/LeadScoring"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { contactIdOf } from "./Params.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "scoring",
    Effect.fn(function* (handlers) {
      const scoring = yield* LeadScoring
      return handlers.handleAll({
        score: ({ params, query }) =>
          contactIdOf(params).pipe(
            Effect.flatMap((id) => scoring.score(id, { sources: query.sources === "true" })),
            Effect.catchTags({ ContactNotFound, StorageError })
          ),
        rules: () => scoring.rules.pipe(Effect.catchTags({ StorageError })),
        setRules: ({ payload }) =>
          scoring.setRules(payload).pipe(Effect.catchTags({ InvalidRules, StorageError, ValidationError })),
        preview: ({ payload }) =>
          scoring
            .preview(payload)
            .pipe(Effect.catchTags({ ContactNotFound, InvalidRules, StorageError, ValidationError }))
      })
    })
  )

// internal

const { ContactNotFound, InvalidRules, StorageError, ValidationError } = atEdge

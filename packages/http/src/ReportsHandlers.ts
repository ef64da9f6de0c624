/** Handlers of the endpoints of reports. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { Reports } from "@clientele/core/services/Reports"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "reports",
    Effect.fn(function* (handlers) {
      const reports = yield* Reports
      return handlers.handleAll({
        pipelineAnalytics: ({ query }) =>
          reports.pipelineAnalytics(query).pipe(Effect.catchTags({ StorageError, ValidationError }))
      })
    })
  )

// internal

const { StorageError, ValidationError } = atEdge

/** The handler that takes in tracked events. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { TrackedEvents } from "@clientele/core/services/TrackedEvents"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "events",
    Effect.fn(function* (handlers) {
      const events = yield* TrackedEvents
      return handlers.handleAll({
        record: ({ payload }) =>
          events
            .record("event" in payload ? [payload] : payload)
            .pipe(Effect.catchTags({ StorageError, ValidationError }))
      })
    })
  )

// internal

const { StorageError, ValidationError } = atEdge

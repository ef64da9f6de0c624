/** Handlers of the activity endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { Activities } from "@clientele/core/services/Activities"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { activityIdOf } from "./Params.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "activities",
    Effect.fn(function* (handlers) {
      const activities = yield* Activities
      return handlers.handleAll({
        list: ({ query }) => activities.list(query).pipe(Effect.catchTags({ StorageError, ValidationError })),
        create: ({ payload }) =>
          activities
            .create(payload)
            .pipe(Effect.catchTags({ ContactNotFound, DealNotFound, StorageError, ValidationError })),
        get: ({ params }) =>
          activityIdOf(params).pipe(
            Effect.flatMap(activities.get),
            Effect.catchTags({ ActivityNotFound, StorageError })
          ),
        remove: ({ params }) =>
          activityIdOf(params).pipe(
            Effect.flatMap(activities.remove),
            Effect.catchTags({ ActivityNotFound, StorageError })
          )
      })
    })
  )

// internal

const { ActivityNotFound, ContactNotFound, DealNotFound, StorageError, ValidationError } = atEdge

/** Handlers of the job endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { Jobs } from "@clientele/core/services/Jobs"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { jobIdOf } from "./Params.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "jobs",
    Effect.fn(function* (handlers) {
      const jobs = yield* Jobs
      return handlers.handleAll({
        list: ({ query }) => jobs.list(query).pipe(Effect.catchTags({ StorageError, ValidationError })),
        get: ({ params }) =>
          jobIdOf(params).pipe(Effect.flatMap(jobs.get), Effect.catchTags({ JobNotFound, StorageError })),
        cancel: ({ params }) =>
          jobIdOf(params).pipe(Effect.flatMap(jobs.cancel), Effect.catchTags({ JobNotFound, StorageError }))
      })
    })
  )

// internal

const { JobNotFound, StorageError, ValidationError } = atEdge

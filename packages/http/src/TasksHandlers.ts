/** Handlers of the task endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { Tasks } from "@clientele/core/services/Tasks"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { taskIdOf } from "./Params.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "tasks",
    Effect.fn(function* (handlers) {
      const tasks = yield* Tasks
      return handlers.handleAll({
        list: ({ query }) => tasks.list(query).pipe(Effect.catchTags({ StorageError, ValidationError })),
        create: ({ payload }) =>
          tasks
            .create(payload)
            .pipe(Effect.catchTags({ ContactNotFound, DealNotFound, Refused, StorageError, ValidationError })),
        get: ({ params }) =>
          taskIdOf(params).pipe(Effect.flatMap(tasks.get), Effect.catchTags({ StorageError, TaskNotFound })),
        update: ({ params, payload }) =>
          taskIdOf(params).pipe(
            Effect.flatMap((id) => tasks.update(id, payload)),
            Effect.catchTags({ ContactNotFound, DealNotFound, Refused, StorageError, TaskNotFound, ValidationError })
          ),
        remove: ({ params }) =>
          taskIdOf(params).pipe(Effect.flatMap(tasks.remove), Effect.catchTags({ StorageError, TaskNotFound })),
        complete: ({ params }) =>
          taskIdOf(params).pipe(
            Effect.flatMap(tasks.complete),
            Effect.catchTags({ Refused, StorageError, TaskNotFound })
          )
      })
    })
  )

// internal

const { ContactNotFound, DealNotFound, Refused, StorageError, TaskNotFound, ValidationError } = atEdge

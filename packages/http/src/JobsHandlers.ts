/** Handlers of the job endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { CurrentActor } from "@clientele/core/ports/CurrentActor"
import { Jobs } from "@clientele/core/services/Jobs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { jobIdOf } from "./Params.ts"
import { sendUnstored } from "./Responses.ts"
import { Stopping } from "./Stopping.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "jobs",
    Effect.fn(function* (handlers) {
      const jobs = yield* Jobs
      const stopping = yield* Stopping
      return handlers.handleAll({
        list: ({ query }) => jobs.list(query).pipe(Effect.catchTags({ StorageError, ValidationError })),
        get: ({ params }) =>
          jobIdOf(params).pipe(Effect.flatMap(jobs.get), Effect.catchTags({ JobNotFound, StorageError })),
        events: ({ params }) =>
          jobIdOf(params).pipe(
            Effect.tap(jobs.get),
            Effect.flatMap((id) => follow(jobs.watch(id), stopping)),
            Effect.tap(sendUnstored),
            Effect.catchTags({ JobNotFound, StorageError })
          ),
        cancel: ({ params }) =>
          jobIdOf(params).pipe(Effect.flatMap(jobs.cancel), Effect.catchTags({ JobNotFound, StorageError }))
      })
    })
  )

// internal

/** Once the answer has begun nothing else can be answered: what goes wrong ends it, and whoever follows asks again. */
const follow = <A, E>(changes: Stream.Stream<A, E, CurrentActor>, stopping: Effect.Effect<void>) =>
  Effect.map(CurrentActor, (actor) =>
    changes.pipe(
      Stream.provideService(CurrentActor, actor),
      Stream.interruptWhen(stopping),
      Stream.catchCause((cause) =>
        Stream.drain(Stream.fromEffect(Effect.logWarning("A job is followed no more", cause)))
      )
    )
  )

const { JobNotFound, StorageError, ValidationError } = atEdge

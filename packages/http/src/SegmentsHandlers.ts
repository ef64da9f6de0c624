/** Handlers of the segment endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { ValidationError as Invalid } from "@clientele/core/domain/Errors"
import { Segments } from "@clientele/core/services/Segments"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "segments",
    Effect.fn(function* (handlers) {
      const segments = yield* Segments
      return handlers.handleAll({
        list: () =>
          segments.list.pipe(
            Effect.map((data) => ({ data })),
            Effect.catchTags({ StorageError })
          ),
        create: ({ payload }) => segments.create(payload).pipe(Effect.catchTags({ StorageError, ValidationError })),
        get: ({ params }) => segments.get(params.key).pipe(Effect.catchTags({ SegmentNotFound, StorageError })),
        replace: ({ params, payload: { key, name, predicate } }) =>
          (key === undefined || key === params.key
            ? segments.get(params.key).pipe(Effect.andThen(segments.replace({ key: params.key, name, predicate })))
            : Effect.fail(otherKey)
          ).pipe(Effect.catchTags({ SegmentNotFound, StorageError, ValidationError })),
        remove: ({ params }) => segments.remove(params.key).pipe(Effect.catchTags({ SegmentNotFound, StorageError }))
      })
    })
  )

// internal

const { SegmentNotFound, StorageError, ValidationError } = atEdge

const otherKey = new Invalid({ issues: [{ path: "key", message: "Expected the key of the path: it cannot change" }] })

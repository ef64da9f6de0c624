/** Handlers of the privacy endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { Privacy } from "@clientele/core/services/Privacy"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { contactIdOf } from "./Params.ts"
import { sendUnstored } from "./Responses.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "privacy",
    Effect.fn(function* (handlers) {
      const privacy = yield* Privacy
      return handlers.handleAll({
        export: ({ params }) =>
          contactIdOf(params).pipe(
            Effect.flatMap(privacy.export),
            Effect.catchTags({ ContactNotFound, StorageError }),
            Effect.tap(() => sendUnstored)
          ),
        erase: ({ params }) =>
          contactIdOf(params).pipe(
            Effect.flatMap(privacy.erase),
            Effect.catchTags({ ContactNotFound, Refused, StorageError })
          )
      })
    })
  )

// internal

const { ContactNotFound, Refused, StorageError } = atEdge

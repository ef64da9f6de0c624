/** Handlers of the note endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { Notes } from "@clientele/core/services/Notes"
import * as Effect from "effect/Effect"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { contactIdOf, noteIdOf } from "./Params.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "notes",
    Effect.fn(function* (handlers) {
      const notes = yield* Notes
      return handlers.handleAll({
        list: ({ params, query }) =>
          contactIdOf(params).pipe(
            Effect.flatMap((id) => notes.list(id, query)),
            Effect.catchTags({ ContactNotFound, StorageError, ValidationError })
          ),
        add: ({ params, payload }) =>
          contactIdOf(params).pipe(
            Effect.flatMap((id) => notes.add(id, payload)),
            Effect.catchTags({ ContactNotFound, StorageError, ValidationError })
          ),
        edit: ({ params, payload }) =>
          noteIdOf(params).pipe(
            Effect.flatMap((id) => notes.edit(id, payload)),
            Effect.catchTags({ NoteNotFound, StorageError, ValidationError })
          ),
        remove: ({ params }) =>
          noteIdOf(params).pipe(Effect.flatMap(notes.remove), Effect.catchTags({ NoteNotFound, StorageError }))
      })
    })
  )

// internal

const { ContactNotFound, NoteNotFound, StorageError, ValidationError } = atEdge

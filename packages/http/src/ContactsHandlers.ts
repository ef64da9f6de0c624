/** Handlers of the contact endpoints: from requests to use cases and back. */
import type { ContactListQuery } from "@clientele/api/ContactsApi"
import type { CrmApi } from "@clientele/api/CrmApi"
import type { ContactUpdate } from "@clientele/core/domain/Contact"
import type { SuggestedBand } from "@clientele/core/domain/Duplicates"
import { BulkUpdates } from "@clientele/core/services/BulkUpdates"
import { Contacts, type ContactQuery } from "@clientele/core/services/Contacts"
import { DuplicateSuggestions } from "@clientele/core/services/DuplicateSuggestions"
import { Imports } from "@clientele/core/services/Imports"
import { Merges } from "@clientele/core/services/Merges"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { importUpload } from "./internal/importUploads.ts"
import { contactIdOf } from "./Params.ts"
import { expectation, sendVersion } from "./Responses.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "contacts",
    Effect.fn(function* (handlers) {
      const bulkUpdates = yield* BulkUpdates
      const contacts = yield* Contacts
      const imports = yield* Imports
      const merges = yield* Merges
      const suggestions = yield* DuplicateSuggestions
      const files = yield* FileSystem.FileSystem

      const update = ({ headers, params, payload }: UpdateRequest) =>
        contactIdOf(params).pipe(
          Effect.flatMap((id) => contacts.update(id, payload, expectation(headers["if-match"]))),
          Effect.catchTags({
            ContactNotFound,
            DuplicateContact,
            PreconditionFailed,
            Refused,
            StorageError,
            ValidationError
          }),
          Effect.tap(({ version }) => sendVersion(version))
        )

      return handlers.handleAll({
        // The page comes from the store in the shape of the wire: the success schema would only decode and encode it.
        list: ({ query }) =>
          contacts.listEncoded(toContactQuery(query)).pipe(
            Effect.catchTags({ StorageError, ValidationError }),
            Effect.map((page) => HttpServerResponse.jsonUnsafe(page))
          ),
        create: ({ payload }) =>
          contacts.create(payload).pipe(
            Effect.catchTags({ DuplicateContact, Refused, StorageError, ValidationError }),
            Effect.tap(({ version }) => sendVersion(version))
          ),
        get: ({ params }) =>
          contactIdOf(params).pipe(
            Effect.flatMap(contacts.get),
            Effect.catchTags({ ContactNotFound, StorageError }),
            Effect.tap(({ version }) => sendVersion(version))
          ),
        update,
        patch: update,
        remove: ({ headers, params }) =>
          contactIdOf(params).pipe(
            Effect.flatMap((id) => contacts.remove(id, expectation(headers["if-match"]))),
            Effect.catchTags({ ContactNotFound, PreconditionFailed, Refused, StorageError })
          ),
        bulkUpdate: ({ payload }) =>
          bulkUpdates.update(payload).pipe(Effect.catchTags({ BulkFailed, Refused, StorageError, ValidationError })),
        merge: ({ payload }) =>
          merges.merge(payload).pipe(
            Effect.catchTags({ ContactNotFound, MergeConflict, Refused, StorageError, ValidationError }),
            Effect.tap(({ version }) => sendVersion(version))
          ),
        previewMerge: ({ payload }) =>
          merges
            .preview(payload)
            .pipe(Effect.catchTags({ ContactNotFound, MergeConflict, StorageError, ValidationError })),
        duplicates: ({ query: { min_band, ...page } }) =>
          suggestions
            .list({ ...page, ...minBandOf(min_band) })
            .pipe(Effect.catchTags({ StorageError, ValidationError })),
        // One contact is in one group at most, which is the whole list.
        duplicatesOf: ({ params, query }) =>
          contactIdOf(params).pipe(
            Effect.flatMap((id) => suggestions.of(id, minBandOf(query.min_band))),
            Effect.map((data) => ({ data, pagination: { page: 1, limit: 1, total: data.length, nextCursor: null } })),
            Effect.catchTags({ ContactNotFound, StorageError })
          ),
        history: ({ params, query }) =>
          contactIdOf(params).pipe(
            Effect.flatMap((id) => contacts.history(id, query)),
            Effect.catchTags({ ContactNotFound, StorageError, ValidationError })
          ),
        restore: ({ params }) =>
          contactIdOf(params).pipe(
            Effect.flatMap(contacts.restore),
            Effect.catchTags({ ContactNotFound, DuplicateContact, Refused, StorageError }),
            Effect.tap(({ version }) => sendVersion(version))
          ),
        import: ({ payload }) =>
          importUpload(files, payload, { now: imports.contacts, later: imports.startContacts }).pipe(
            Effect.catchTags({ InvalidCsv, Refused, StorageError, ValidationError })
          )
      })
    })
  )

// internal

const {
  BulkFailed,
  ContactNotFound,
  DuplicateContact,
  InvalidCsv,
  MergeConflict,
  PreconditionFailed,
  Refused,
  StorageError,
  ValidationError
} = atEdge

interface UpdateRequest {
  readonly headers: { readonly "if-match"?: string }
  readonly params: { readonly contact_id: string }
  readonly payload: ContactUpdate
}

const toContactQuery = ({ external_id, owner_id, total, ...query }: typeof ContactListQuery.Type): ContactQuery => ({
  ...query,
  ...(total !== undefined && { total: total === "true" }),
  ...(external_id !== undefined && { externalId: external_id }),
  ...(owner_id !== undefined && { ownerId: owner_id })
})

const minBandOf = (minBand: SuggestedBand | undefined) => (minBand === undefined ? {} : { minBand })

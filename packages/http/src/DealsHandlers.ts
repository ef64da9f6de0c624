/** Handlers of the endpoints of deals and pipelines: from requests to use cases and back. */
import type { CrmApi } from "@clientele/api/CrmApi"
import type { DealListQuery } from "@clientele/api/DealsApi"
import type { DealUpdate } from "@clientele/core/domain/Deal"
import { type DealListQuery as DealQuery, Deals } from "@clientele/core/services/Deals"
import { Imports } from "@clientele/core/services/Imports"
import { Pipelines } from "@clientele/core/services/Pipelines"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { importUpload } from "./internal/importUploads.ts"
import { dealIdOf } from "./Params.ts"
import { expectation, sendVersion } from "./Responses.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "deals",
    Effect.fn(function* (handlers) {
      const deals = yield* Deals
      const files = yield* FileSystem.FileSystem
      const imports = yield* Imports
      const pipelines = yield* Pipelines

      const update = ({ headers, params, payload }: UpdateRequest) =>
        dealIdOf(params).pipe(
          Effect.flatMap((id) => deals.update(id, payload, expectation(headers["if-match"]))),
          Effect.catchTags({
            ContactNotFound,
            DealNotFound,
            InvalidStage,
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
          deals.listEncoded(toDealQuery(query)).pipe(
            Effect.catchTags({ InvalidStage, StorageError, ValidationError }),
            Effect.map((page) => HttpServerResponse.jsonUnsafe(page))
          ),
        create: ({ payload }) =>
          deals.create(payload).pipe(
            Effect.catchTags({ ContactNotFound, InvalidStage, Refused, StorageError, ValidationError }),
            Effect.tap(({ version }) => sendVersion(version))
          ),
        get: ({ params }) =>
          dealIdOf(params).pipe(
            Effect.flatMap(deals.get),
            Effect.catchTags({ DealNotFound, StorageError }),
            Effect.tap(({ version }) => sendVersion(version))
          ),
        update,
        patch: update,
        remove: ({ headers, params }) =>
          dealIdOf(params).pipe(
            Effect.flatMap((id) => deals.remove(id, expectation(headers["if-match"]))),
            Effect.catchTags({ DealNotFound, PreconditionFailed, Refused, StorageError })
          ),
        changeStage: ({ headers, params, payload }) =>
          dealIdOf(params).pipe(
            Effect.flatMap((id) => deals.changeStage(id, payload, expectation(headers["if-match"]))),
            Effect.catchTags({
              DealNotFound,
              InvalidStage,
              PreconditionFailed,
              Refused,
              StorageError,
              ValidationError
            }),
            Effect.tap(({ version }) => sendVersion(version))
          ),
        notes: ({ params, query }) =>
          dealIdOf(params).pipe(
            Effect.flatMap((id) => deals.notes(id, query)),
            Effect.catchTags({ DealNotFound, StorageError, ValidationError })
          ),
        addNote: ({ params, payload }) =>
          dealIdOf(params).pipe(
            Effect.flatMap((id) => deals.addNote(id, payload)),
            Effect.catchTags({ DealNotFound, StorageError, ValidationError })
          ),
        import: ({ payload }) =>
          importUpload(files, payload, { now: imports.deals, later: imports.startDeals }).pipe(
            Effect.catchTags({ InvalidCsv, Refused, StorageError, ValidationError })
          ),
        pipelines: () => Effect.map(pipelines.list, (data) => ({ data }))
      })
    })
  )

// internal

const {
  ContactNotFound,
  DealNotFound,
  InvalidCsv,
  InvalidStage,
  PreconditionFailed,
  Refused,
  StorageError,
  ValidationError
} = atEdge

interface UpdateRequest {
  readonly headers: { readonly "if-match"?: string }
  readonly params: { readonly deal_id: string }
  readonly payload: DealUpdate
}

const toDealQuery = ({
  close_after,
  close_before,
  close_date,
  contact_id,
  external_id,
  max_value,
  min_value,
  owner_id,
  total,
  ...query
}: typeof DealListQuery.Type): DealQuery => ({
  ...query,
  ...(total !== undefined && { total: total === "true" }),
  ...(close_after !== undefined && { closeAfter: close_after }),
  ...(close_before !== undefined && { closeBefore: close_before }),
  ...(close_date !== undefined && { closeDate: close_date }),
  ...(contact_id !== undefined && { contactId: contact_id }),
  ...(external_id !== undefined && { externalId: external_id }),
  ...(max_value !== undefined && { maxValue: max_value }),
  ...(min_value !== undefined && { minValue: min_value }),
  ...(owner_id !== undefined && { ownerId: owner_id })
})

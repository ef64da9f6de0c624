/** Requests that may be sent again: the header `Idempotency-Key`, which every endpoint takes that writes. */
import type { CurrentActor } from "@clientele/core/ports/CurrentActor"
import * as Context from "effect/Context"
import { mapEntries } from "effect/Record"
import * as Schema from "effect/Schema"
import { HttpApiMiddleware } from "effect/http-api"

/** Runs a request with a key once, and answers it again when it is sent again. Requests without one pass. */
export class Idempotency extends HttpApiMiddleware.Service<Idempotency, { requires: CurrentActor }>()(
  "@clientele/api/Idempotency"
) {}

/**
 * Whether an endpoint sees to its transactions itself: because it calls others, or waits for what is done elsewhere.
 * Otherwise what it does is one transaction with its answer whenever a request has a key. Uploads are never one.
 */
export const OwnTransactions = Context.Reference<boolean>("@clientele/api/OwnTransactions", {
  defaultValue: () => false
})

/** Whether an endpoint of this method takes keys. */
export const takesKeys = (method: string): boolean => !["GET", "HEAD", "OPTIONS"].includes(method.toUpperCase())

/** Adds the header to every operation of an OpenAPI document that takes keys. */
export const documentKeys = (document: { readonly [member: string]: unknown }) => ({
  ...document,
  paths: mapEntries(readPaths(document["paths"]), (operations, path) => [
    path,
    mapEntries(operations, (operation, method) => [
      method,
      takesKeys(method) ? { ...operation, parameters: [...operation.parameters, keyParameter] } : operation
    ])
  ])
})

// internal

const keyParameter = {
  name: "idempotency-key",
  in: "header",
  required: false,
  description: "A name for this request: sent again within 24 hours, it does nothing and is answered the same",
  schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[\\x20-\\x7e]*$" }
}

const readPaths = Schema.decodeUnknownSync(
  Schema.Record(
    Schema.String,
    Schema.Record(
      Schema.String,
      Schema.StructWithRest(Schema.Struct({ parameters: Schema.Array(Schema.Unknown) }), [
        Schema.Record(Schema.String, Schema.Unknown)
      ])
    )
  )
)

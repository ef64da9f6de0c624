/** Headers of single resources: the version as an edit token, and what a conditional request expects. */
import type { Expectation } from "@clientele/core/services/Contacts"
import { HttpEffect, HttpServerResponse } from "effect/http"
import type { HttpServerRequest } from "effect/http"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** Where the headers of an answer go that is kept: it has to have them before it is sent. */
export const KeptHeaders = Context.Reference<Map<string, string> | undefined>("@clientele/http/KeptHeaders", {
  defaultValue: () => undefined
})

/** Sends the version as `ETag`. It is a token for `If-Match`, not a cache key: responses are never to be stored. */
export const sendVersion = (version: number): Effect.Effect<void, never, HttpServerRequest.HttpServerRequest> =>
  sendHeaders({ etag: `"${version}"`, "cache-control": "private, no-store" })

/** Keeps a response out of every cache on its way. */
export const sendUnstored: Effect.Effect<void, never, HttpServerRequest.HttpServerRequest> = Effect.suspend(() =>
  sendHeaders({ "cache-control": "private, no-store" })
)

/** Says when a request that is refused now may be sent again. */
export const sendRetryAfter = (
  wait: Duration.Duration
): Effect.Effect<void, never, HttpServerRequest.HttpServerRequest> =>
  sendHeaders({ "retry-after": String(Math.max(1, Math.ceil(Duration.toSeconds(wait)))) })

/** What `If-Match` expects; a proxy's `W/` is ignored, and a token that is not ours is a version that never was. */
export const expectation = (ifMatch: string | undefined): Expectation => {
  if (ifMatch === undefined || ifMatch.trim() === "*") return {}
  const version = /^\s*(?:W\/)?"([1-9]\d{0,14})"\s*$/.exec(ifMatch)?.[1]
  return { expectedVersion: version === undefined ? neverAVersion : Number(version) }
}

// internal

const sendHeaders = (headers: { readonly [name: string]: string }) =>
  Effect.flatMap(KeptHeaders, (kept) =>
    kept === undefined
      ? HttpEffect.appendPreResponseHandler((_request, response) =>
          Effect.succeed(HttpServerResponse.setHeaders(response, headers))
        )
      : Effect.sync(() => {
          for (const [name, value] of Object.entries(headers)) kept.set(name, value)
        })
  )

const neverAVersion = 0

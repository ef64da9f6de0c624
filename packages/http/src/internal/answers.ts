/** Answers that are kept: whatever a handler ends in, as the response that is sent and can be sent again. */
import { StorageError } from "@clientele/core/domain/Errors"
import type { KeptAnswer } from "@clientele/core/domain/Idempotency"
import * as Effect from "effect/Effect"
import { HttpServerRespondable, HttpServerResponse } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { StorageFailuresDie } from "../AtEdge.ts"
import { toProblem } from "../RequestErrors.ts"
import { KeptHeaders } from "../Responses.ts"

type Response = HttpServerResponse.HttpServerResponse

/** A handler's answer, also where it refuses, with all the headers that are part of it. */
export const answerOf = (handled: Effect.Effect<Response, unknown>): Effect.Effect<Response> =>
  Effect.suspend(() => {
    const headers = new Map<string, string>()
    return handled.pipe(
      Effect.catch(render),
      Effect.map((response) => HttpServerResponse.setHeaders(response, [...headers])),
      Effect.provideService(KeptHeaders, headers)
    )
  })

/** The same in a transaction, which its storage failures end: whoever opened it may run it again. */
export const answerInTransaction = (handled: Effect.Effect<Response, unknown>): Effect.Effect<Response, StorageError> =>
  answerOf(handled).pipe(
    Effect.provideService(StorageFailuresDie, true),
    Effect.catchDefect((defect) => (defect instanceof StorageError ? Effect.fail(defect) : Effect.die(defect)))
  )

/** Whether a request did what it was to do. */
export const isDone = ({ status }: Response): boolean => status >= 200 && status < 300

/** What of an answer is kept. */
export const toKept = ({ body, headers, status }: Response): Effect.Effect<KeptAnswer> =>
  body._tag === "Empty" || body._tag === "Uint8Array"
    ? Effect.succeed({
        status,
        headers: Object.fromEntries(keptHeaders.flatMap((name) => entryOf(name, headers[name]))),
        body: body._tag === "Empty" ? "" : new TextDecoder().decode(body.body)
      })
    : Effect.die(new Error("An answer under an idempotency key has to be known before it is sent"))

/** An answer that was kept, as it was. */
export const fromKept = ({ body, headers, status }: KeptAnswer): Response =>
  asReplay(
    HttpServerResponse.setHeaders(
      body === ""
        ? HttpServerResponse.empty({ status })
        : HttpServerResponse.text(body, { status, contentType: headers["content-type"] }),
      headers
    )
  )

/** Says that nothing was done. */
export const asReplay = HttpServerResponse.setHeader("idempotent-replayed", "true")

/** A failure as it is answered. What nobody knows how to answer is a defect. */
export const render = (error: unknown): Effect.Effect<Response> => {
  if (HttpApiError.HttpApiSchemaError.is(error)) return Effect.catch(toProblem(error), render)
  return HttpServerRespondable.isRespondable(error) ? HttpServerRespondable.toResponse(error) : Effect.die(error)
}

// internal

const keptHeaders = ["content-type", "etag", "location", "cache-control"]

const entryOf = (name: string, value: string | undefined): ReadonlyArray<readonly [string, string]> =>
  value === undefined ? [] : [[name, value]]

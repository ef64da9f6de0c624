/** Answers that are kept: whatever a handler ends in, as the response that is sent and can be sent again. */
import { MergeConflictProblem } from "@clientele/api/Problems"
import { StorageError } from "@clientele/core/domain/Errors"
import type { KeptAnswer } from "@clientele/core/domain/Idempotency"
import * as Effect from "effect/Effect"
import { HttpServerRespondable, HttpServerResponse } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { StorageFailuresDie } from "../AtEdge.ts"
import { toProblem } from "../RequestErrors.ts"
import { KeptHeaders } from "../Responses.ts"

type Response = HttpServerResponse.HttpServerResponse

/** How a request ended. */
export interface Ending {
  readonly response: Response
  /** Whether it did what it was to do. */
  readonly isDone: boolean
  /** Whether the same request would end so again. */
  readonly isFinal: boolean
}

/** How a handler ends, also where it refuses; the response has all the headers that are part of it. */
export const endingOf = (handled: Effect.Effect<Response, unknown>): Effect.Effect<Ending> =>
  Effect.suspend(() => {
    const headers = new Map<string, string>()
    return handled.pipe(
      Effect.map((response) => toEnding(response)),
      Effect.catch((error) => Effect.map(render(error), (response) => toEnding(response, isPassing(error)))),
      Effect.map((ending) => ({ ...ending, response: HttpServerResponse.setHeaders(ending.response, [...headers]) })),
      Effect.provideService(KeptHeaders, headers)
    )
  })

/** The same in a transaction, which its storage failures end: whoever opened it may run it again. */
export const endingInTransaction = (handled: Effect.Effect<Response, unknown>): Effect.Effect<Ending, StorageError> =>
  endingOf(handled).pipe(
    Effect.provideService(StorageFailuresDie, true),
    Effect.catchDefect((defect) => (defect instanceof StorageError ? Effect.fail(defect) : Effect.die(defect)))
  )

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

/** Of refusals those that the same request would be given again. */
const refusals = new Set([400, 404, 409, 422])

const toEnding = (response: Response, isPassing = false): Ending => {
  const isDone = response.status >= 200 && response.status < 300
  return { response, isDone, isFinal: isDone || (refusals.has(response.status) && !isPassing) }
}

/** Somebody else was at work on the contacts, who is done soon. */
const isPassing = (error: unknown): boolean => error instanceof MergeConflictProblem && error.reason === "busy"

const keptHeaders = ["content-type", "etag", "location", "cache-control"]

const entryOf = (name: string, value: string | undefined): ReadonlyArray<readonly [string, string]> =>
  value === undefined ? [] : [[name, value]]

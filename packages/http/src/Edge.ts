/**
 * The outermost layer of the HTTP surface. Every response under the base path carries a request id, and everything that
 * is refused or fails, by us or by the framework, leaves as a problem with a code: unknown routes, wrong methods (with
 * `Allow`), bodies that are too large or of the wrong type, defects. What went wrong inside is logged under the request
 * id and never sent.
 */
import type { CrmApi } from "@clientele/api/CrmApi"
import * as Problems from "@clientele/api/Problems"
import * as ByteSize from "effect/ByteSize"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import {
  HttpIncomingMessage,
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  HttpServerRespondable,
  HttpServerResponse
} from "effect/http"
import { HttpApi } from "effect/http-api"
import * as Metrics from "./Metrics.ts"
import { withSoundUpload } from "./internal/uploads.ts"

export interface Limits {
  /** The most bytes of a JSON body. */
  readonly maxBody: ByteSize.ByteSize
  /** The most bytes of an upload. */
  readonly maxUpload: ByteSize.ByteSize
}

export const defaultLimits: Limits = { maxBody: ByteSize.megabytes(1), maxUpload: ByteSize.gigabytes(1) }

export interface Options {
  readonly basePath: string
  readonly limits?: Limits | undefined
  /** Whether requests are counted. */
  readonly metrics?: boolean | undefined
  /** Whether requests outside the base path are answered in the same way. Unless so, they are the host's. */
  readonly standalone?: boolean | undefined
}

export const layer = (
  api: CrmApi,
  { basePath, limits = defaultLimits, metrics = false, standalone = false }: Options
): Layer.Layer<never, never, HttpRouter.HttpRouter> => {
  const allowedMethods = methodTable(api, [
    `${basePath}/openapi.json`,
    `${basePath}/docs`,
    ...(standalone ? ["/healthz", "/readyz", "/metrics"] : [])
  ])
  return HttpRouter.use((router) =>
    router.addGlobalMiddleware((handled) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
        const path = pathOf(request.url)
        if (!standalone && path !== basePath && !path.startsWith(`${basePath}/`)) return handled
        const requestId = requestIdOf(request.headers["x-request-id"])
        const isUpload = /^multipart\//i.test(request.headers["content-type"] ?? "")
        const answered = handled.pipe(
          Effect.provideService(HttpIncomingMessage.MaxBodySize, isUpload ? limits.maxUpload : limits.maxBody),
          Effect.provideService(HttpServerRequest.HttpServerRequest, isUpload ? withSoundUpload(request) : request),
          Effect.catchCause((cause) => answerCause(cause)),
          Effect.flatMap((response) => asProblem(response, request.method, () => allowedMethods(path))),
          Effect.map((response) =>
            HttpServerResponse.setHeaders(response, { ...adviceOf(response.status), "x-request-id": requestId })
          ),
          Effect.annotateLogs("request_id", requestId)
        )
        return metrics ? Metrics.observed(request.method, answered) : answered
      })
    )
  )
}

// internal

/**
 * The path as the router reads it, and so leniently: with escapes decoded and doubled slashes as one. Were it read in
 * another way here, a request could be routed to the API and yet pass for the host's, with none of the limits.
 */
const pathOf = (url: string): string => {
  const end = url.search(/[?;#]/)
  return decoded(end < 0 ? url : url.slice(0, end)).replace(/\/{2,}/g, "/")
}

// The router finds nothing under a path that cannot be decoded.
const decoded = (path: string): string => (path.includes("%") ? Option.getOrElse(decodeUri(path), () => path) : path)

const decodeUri = Option.liftThrowable(decodeURI)

const requestIdOf = (given: string | undefined): string =>
  given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : crypto.randomUUID()

const answerCause = <E>(cause: Cause.Cause<E>): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  // The caller has gone away or the server is stopping: nobody is there to be answered.
  Cause.hasInterruptsOnly(cause)
    ? Effect.interrupt
    : Effect.flatMap(HttpServerError.causeResponse(cause), ([response]) =>
        response.status >= 500
          ? Effect.as(Effect.logError("A request failed", cause), response)
          : Effect.succeed(response)
      )

/** What a status obliges an answer to say besides. */
const adviceOf = (status: number): { readonly [header: string]: string } => {
  switch (status) {
    case 401:
      return { "www-authenticate": "Bearer" }
    case 413:
      // What is left of the body is not read, so no other request can follow it.
      return { connection: "close" }
    case 503:
      return { "retry-after": "1" }
    default:
      return {}
  }
}

const asProblem = (
  response: HttpServerResponse.HttpServerResponse,
  method: string,
  allowedMethods: () => ReadonlySet<string>
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  if (response.status < 400 || response.headers["content-type"]?.startsWith("application/problem+json")) {
    return Effect.succeed(response)
  }
  const allowed = response.status === 404 ? allowedMethods() : new Set<string>()
  return allowed.size === 0 || allowed.has(method)
    ? render(problemOf(response.status))
    : Effect.map(
        render(new Problems.MethodNotAllowed()),
        HttpServerResponse.setHeader("allow", [...allowed].join(", "))
      )
}

const problemOf = (status: number) => {
  switch (status) {
    case 404:
      return new Problems.NotFound()
    case 413:
      return new Problems.PayloadTooLarge()
    case 415:
      return new Problems.UnsupportedMediaType()
    case 503:
      return new Problems.Unavailable()
    default:
      return status < 500
        ? new Problems.ValidationProblem({ errors: [{ path: "", message: "The request cannot be read" }] })
        : new Problems.InternalError()
  }
}

const render = (problem: HttpServerRespondable.Respondable) => Effect.orDie(HttpServerRespondable.toResponse(problem))

/** Which methods a path has, from the API itself, so that the two cannot disagree. `documents` can only be read. */
const methodTable = (api: CrmApi, documents: ReadonlyArray<string>): ((path: string) => ReadonlySet<string>) => {
  const routes = new Map(documents.map((path) => [path, new Set(["GET", "HEAD"])]))
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => {
      const path = endpoint.path.replace(/\/$/, "")
      const methods = routes.get(path) ?? new Set()
      routes.set(path, methods.add(endpoint.method))
      if (endpoint.method === "GET") methods.add("HEAD")
    }
  })
  const patterns = [...routes].map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/:\w+/g, "[^/]+")}/?$`),
    methods
  }))
  // Several patterns may match: the last segment of a fixed path can be read as an id, too.
  return (path) => new Set(patterns.flatMap(({ methods, pattern }) => (pattern.test(path) ? [...methods] : [])))
}

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
import {
  HttpIncomingMessage,
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  HttpServerRespondable,
  HttpServerResponse
} from "effect/http"
import { HttpApi } from "effect/http-api"

export interface Limits {
  /** The most bytes of a JSON body. */
  readonly maxBody: ByteSize.ByteSize
  /** The most bytes of an upload. */
  readonly maxUpload: ByteSize.ByteSize
}

export const defaultLimits: Limits = { maxBody: ByteSize.megabytes(1), maxUpload: ByteSize.gigabytes(1) }

/** Requests outside the base path pass untouched: they are the host's. */
export const layer = (
  api: CrmApi,
  basePath: string,
  limits: Limits = defaultLimits
): Layer.Layer<never, never, HttpRouter.HttpRouter> => {
  const allowedMethods = methodTable(api, basePath)
  return HttpRouter.use((router) =>
    router.addGlobalMiddleware((handled) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
        const path = pathOf(request.url)
        if (path !== basePath && !path.startsWith(`${basePath}/`)) return handled
        const requestId = requestIdOf(request.headers["x-request-id"])
        const isUpload = request.headers["content-type"]?.startsWith("multipart/") === true
        return handled.pipe(
          Effect.provideService(HttpIncomingMessage.MaxBodySize, isUpload ? limits.maxUpload : limits.maxBody),
          Effect.catchCause((cause) => answerCause(cause)),
          Effect.flatMap((response) => asProblem(response, request.method, allowedMethods(path))),
          Effect.map(HttpServerResponse.setHeader("x-request-id", requestId)),
          Effect.annotateLogs("request_id", requestId)
        )
      })
    )
  )
}

// internal

const pathOf = (url: string): string => {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

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

const asProblem = (
  response: HttpServerResponse.HttpServerResponse,
  method: string,
  allowed: ReadonlySet<string>
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  if (response.status === 401)
    return Effect.succeed(HttpServerResponse.setHeader(response, "www-authenticate", "Bearer"))
  if (response.status === 503) return Effect.succeed(HttpServerResponse.setHeader(response, "retry-after", "1"))
  if (response.status < 400 || response.headers["content-type"]?.startsWith("application/problem+json")) {
    return Effect.succeed(response)
  }
  if (response.status === 404 && allowed.size > 0 && !allowed.has(method)) {
    return Effect.map(
      render(new Problems.MethodNotAllowed()),
      HttpServerResponse.setHeader("allow", [...allowed].join(", "))
    )
  }
  return render(problemOf(response.status))
}

const problemOf = (status: number) => {
  switch (status) {
    case 404:
      return new Problems.NotFound()
    case 413:
      return new Problems.PayloadTooLarge()
    case 415:
      return new Problems.UnsupportedMediaType()
    default:
      return status < 500
        ? new Problems.ValidationProblem({ errors: [{ path: "", message: "The request cannot be read" }] })
        : new Problems.InternalError()
  }
}

const render = (problem: HttpServerRespondable.Respondable) => Effect.orDie(HttpServerRespondable.toResponse(problem))

/** Which methods a path has, from the API itself, so that the two cannot disagree. */
const methodTable = (api: CrmApi, basePath: string): ((path: string) => ReadonlySet<string>) => {
  const routes = new Map<string, Set<string>>(
    [
      ["/openapi.json", new Set(["GET"])],
      ["/docs", new Set(["GET"])]
    ].map(([path, methods]) => [`${basePath}${String(path)}`, new Set(methods)])
  )
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
  return (path) => {
    // A path with a fixed last segment is more telling than one that takes it for an id.
    const matching = patterns.filter(({ pattern }) => pattern.test(path))
    return new Set(matching.flatMap(({ methods }) => [...methods]))
  }
}

/**
 * The HTTP surface, ready to mount: `layer` in a host's own `HttpRouter`, `toWebHandler` anywhere that speaks `Request`
 * and `Response`. Whoever serves it goes by `routerConfig`.
 */
import * as CrmApi from "@clientele/api/CrmApi"
import * as Problems from "@clientele/api/Problems"
import type { Definition } from "@clientele/core/domain/Definition"
import type { Users } from "@clientele/core/ports/Users"
import type { Crm } from "@clientele/core/services/Crm"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import { type Etag, type HttpPlatform, HttpRouter, HttpServerRespondable, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as ActivitiesHandlers from "./ActivitiesHandlers.ts"
import * as Authentication from "./Authentication.ts"
import * as ContactsHandlers from "./ContactsHandlers.ts"
import * as DealsHandlers from "./DealsHandlers.ts"
import * as EnrichmentHandlers from "./EnrichmentHandlers.ts"
import * as EventsHandlers from "./EventsHandlers.ts"
import * as ExportsHandlers from "./ExportsHandlers.ts"
import * as Edge from "./Edge.ts"
import * as Idempotency from "./Idempotency.ts"
import * as JobsHandlers from "./JobsHandlers.ts"
import * as NotesHandlers from "./NotesHandlers.ts"
import * as PrivacyHandlers from "./PrivacyHandlers.ts"
import * as ProductsHandlers from "./ProductsHandlers.ts"
import type { RateLimit } from "./RateLimit.ts"
import * as ReportsHandlers from "./ReportsHandlers.ts"
import * as RequestErrors from "./RequestErrors.ts"
import * as ScoringHandlers from "./ScoringHandlers.ts"
import * as SegmentsHandlers from "./SegmentsHandlers.ts"
import * as TasksHandlers from "./TasksHandlers.ts"
import type { Tokens } from "./Tokens.ts"
import * as WebhooksHandlers from "./WebhooksHandlers.ts"

export interface Options {
  /** Where the API is mounted; `/api/v1/crm` unless given. */
  readonly basePath?: `/${string}` | undefined
  /** The definition that the services have, for the OpenAPI document to show. */
  readonly definition?: Definition | undefined
  readonly limits?: Edge.Limits | undefined
  /** Whether requests are counted, for `Metrics.layer` to show. */
  readonly metrics?: boolean | undefined
  /** How many requests a token may make; as many as it likes unless given. */
  readonly rateLimit?: RateLimit | undefined
  /** Whether nothing else is served: then every other path is answered as those of the API are, too. */
  readonly standalone?: boolean | undefined
}

/** What the platform has to bring: Node, Bun and web handlers each have a layer for it. */
export type Platform = Etag.Generator | FileSystem.FileSystem | HttpPlatform.HttpPlatform | Path.Path

/** The routes of the API and its OpenAPI document, for a host's router. */
export const layer = (
  options: Options = {}
): Layer.Layer<never, never, Crm | HttpRouter.HttpRouter | Platform | Tokens | Users> => {
  const basePath = options.basePath ?? CrmApi.defaultBasePath
  const api = CrmApi.make(basePath, options.definition)
  const routes = HttpApiBuilder.layer(api, { openapiPath: `${basePath}/openapi.json` }).pipe(
    Layer.provide([
      ActivitiesHandlers.layer(api),
      ContactsHandlers.layer(api),
      DealsHandlers.layer(api),
      EnrichmentHandlers.layer(api),
      EventsHandlers.layer(api),
      ExportsHandlers.layer(api),
      JobsHandlers.layer(api),
      NotesHandlers.layer(api),
      PrivacyHandlers.layer(api),
      ProductsHandlers.layer(api),
      ReportsHandlers.layer(api),
      ScoringHandlers.layer(api),
      SegmentsHandlers.layer(api),
      TasksHandlers.layer(api),
      WebhooksHandlers.layer(api)
    ]),
    Layer.provide([RequestErrors.layer, RequestErrors.layerRules]),
    Layer.provide([Authentication.layer(options.rateLimit), Idempotency.layer])
  )
  return Layer.merge(routes, Edge.layer(api, { ...options, basePath }))
}

/**
 * The API as a function from `Request` to `Response`, for Hono, Next.js, and whatever else speaks those. Built with the
 * first request; `dispose` lets go of what was built. `app` brings the services, the verification of tokens and the
 * platform (of Node: `NodeHttpServer.layerHttpServices`).
 *
 * @example
 * ```ts
 * import * as CrmHttp from "@clientele/http/CrmHttp"
 *
 * declare const app: Parameters<typeof CrmHttp.toWebHandler>[0] // services, tokens and the platform
 * const { handler } = CrmHttp.toWebHandler(app, { basePath: "/api/v1/crm" })
 * const response = await handler(new Request("https://crm.example/api/v1/crm/contacts"))
 * ```
 */
export const toWebHandler = <E>(
  app: Layer.Layer<Crm | Platform | Tokens | Users, E>,
  options: Options = {}
): { readonly handler: (request: Request) => Promise<Response>; readonly dispose: () => Promise<void> } =>
  HttpRouter.toWebHandler(Layer.provide(layer(options), app), { routerConfig, disableLogger: true })

/** `GET /healthz` (the process answers) and `GET /readyz` (`ready` succeeds), at the root and without a token. */
export const layerHealth = <E, R>(ready: Effect.Effect<void, E, R>) =>
  Layer.merge(
    HttpRouter.add("GET", "/healthz", HttpServerResponse.jsonUnsafe({ status: "ok" })),
    HttpRouter.add(
      "GET",
      "/readyz",
      Effect.matchCauseEffect(ready, {
        onSuccess: () => Effect.succeed(HttpServerResponse.jsonUnsafe({ status: "ready" })),
        onFailure: (cause) => Effect.andThen(Effect.logWarning("Not ready", cause), notReady)
      })
    )
  )

/** The router as the API expects it: paths are case-sensitive, and an id of whatever length is one that names nothing. */
export const routerConfig = { caseSensitive: true, maxParamLength: Number.MAX_SAFE_INTEGER }

// internal

const notReady = HttpServerRespondable.toResponse(
  new Problems.Unavailable({ detail: "The database cannot be used now" })
).pipe(Effect.map(HttpServerResponse.setHeader("retry-after", "1")), Effect.orDie)

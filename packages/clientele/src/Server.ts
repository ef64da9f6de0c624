/** The standalone server: storage, services and HTTP surface put together by configuration. */
import * as JobRunner from "@clientele/core/services/JobRunner"
import * as Maintenance from "@clientele/core/services/Maintenance"
import * as CrmHttp from "@clientele/http/CrmHttp"
import * as Docs from "@clientele/http/Docs"
import * as Metrics from "@clientele/http/Metrics"
import { Stopping } from "@clientele/http/Stopping"
import { Tokens, type TokenKey } from "@clientele/http/Tokens"
import { Dialect, Migrations } from "@clientele/sql"
import { Dispatcher, Sender } from "@clientele/webhooks"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { HttpRouter } from "effect/http"
import { SqlClient } from "effect/sql/SqlClient"
import { createServer } from "node:http"
import * as Database from "./Database.ts"
import type { ServerConfig } from "./ServerConfig.ts"
import * as Services from "./Services.ts"
import * as Telemetry from "./Telemetry.ts"

/**
 * Serves, works on jobs and delivers to webhooks, until its scope closes; then requests, batches and deliveries under way
 * are finished before the database is let go.
 */
export const layer = (config: ServerConfig, key: TokenKey) => {
  const tokens = Tokens.layer({ key, issuer: config.issuer, audience: config.audience })
  const routes = Layer.mergeAll(
    CrmHttp.layer({
      basePath: config.basePath,
      definition: config.definition,
      limits: { maxBody: config.maxBody, maxUpload: config.maxUpload },
      metrics: true,
      rateLimit: config.rateLimit,
      standalone: true
    }),
    Docs.layer(config.basePath, config.definition),
    Metrics.layer,
    Maintenance.layer,
    Layer.unwrap(Effect.map(ready, CrmHttp.layerHealth))
  )
  const stopping = Deferred.makeUnsafe<void>()
  // What is built last stops first: jobs are let go, and what follows them ends, before requests are waited for.
  const first = Layer.mergeAll(
    JobRunner.layer,
    Dispatcher.layer.pipe(Layer.provide(Sender.layer({ allowPrivate: config.webhookAllowPrivate }))),
    Layer.effectDiscard(Effect.addFinalizer(() => Deferred.succeed(stopping, undefined)))
  )
  const served = HttpRouter.serve(routes, {
    routerConfig: CrmHttp.routerConfig,
    disableLogger: config.logLevel !== "Debug" && config.logLevel !== "Trace" && config.logLevel !== "All",
    disableListenLog: true
  }).pipe(Layer.provide(Layer.succeed(Stopping, Deferred.await(stopping))))
  return first.pipe(
    Layer.provideMerge(served),
    Layer.provideMerge(
      NodeHttpServer.layer(createServer, {
        host: config.host,
        port: config.port,
        gracefulShutdownTimeout: "20 seconds"
      })
    ),
    Layer.provide([
      tokens,
      Services.layer(config, Database.layer(config.database, { synchronous: config.synchronous }))
    ]),
    Layer.provide(Telemetry.layer(config.otlpEndpoint))
  )
}

// internal

/** The database answers, and is migrated. */
const ready = Effect.gen(function* () {
  const sql = yield* SqlClient
  const dialect = yield* Dialect
  return Migrations.check.pipe(Effect.provideService(SqlClient, sql), Effect.provideService(Dialect, dialect))
})

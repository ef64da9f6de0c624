/** An application of Effect with routes of its own: the CRM's API is one more layer of its router. */
import { Contacts, Crm, CurrentActor, TenantId, TimeOrderedIds, UserId } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { CrmHttp } from "@clientele/http"
import { Tokens } from "@clientele/http/Tokens"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"

const actor = { tenantId: TenantId.make("acme"), userId: UserId.make("host"), userName: null, roles: ["sales"] }

/** A route of the host's, on the services that the API is on, too. */
const count = Effect.gen(function* () {
  const contacts = yield* Contacts
  const { pagination } = yield* contacts.list({ limit: 1 })
  return HttpServerResponse.text(`${pagination.total} contacts`)
}).pipe(Effect.provideService(CurrentActor, actor), Effect.orDie)

const routes = Layer.mergeAll(CrmHttp.layer(), HttpRouter.add("GET", "/", count))

const crm = Crm.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(Sqlite.layer({ filename: "crm.db" }), TimeOrderedIds.layer, PhoneNumbers.layer()))
)

const tokens = Layer.unwrap(
  Effect.map(Config.Redacted("CRM_SECRET"), (secret) => Tokens.layer({ key: { _tag: "Secret", secret } }))
)

const server = Layer.unwrap(
  Effect.map(Config.Int("PORT").pipe(Config.withDefault(3000)), (port) =>
    NodeHttpServer.layer(createServer, { port, host: "127.0.0.1" })
  )
)

const listening = Layer.effectDiscard(HttpServer.addressFormattedWith((url) => Console.log("listening on", url)))

const served = HttpRouter.serve(routes, { routerConfig: CrmHttp.routerConfig, disableListenLog: true })

Layer.launch(Layer.merge(listening, served).pipe(Layer.provide([crm, tokens]), Layer.provide(server))).pipe(
  NodeRuntime.runMain
)

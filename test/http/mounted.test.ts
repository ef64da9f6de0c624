import { assert, describe, it } from "@effect/vitest"
import * as Crm from "@clientele/core/services/Crm"
import * as TimeOrderedIds from "@clientele/core/services/TimeOrderedIds"
import * as PhoneNumbers from "@clientele/enrichment/PhoneNumbers"
import * as CrmHttp from "@clientele/http/CrmHttp"
import { Tokens } from "@clientele/http/Tokens"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { NodeHttpServer } from "@effect/platform-node"
import { ByteSize, Context, Effect, Layer } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"
import { detailOf, exchange, makeClient, problemOf } from "./client.ts"
import { secret, tokenFor } from "./server.ts"

const host = HttpRouter.serve(
  Layer.mergeAll(
    CrmHttp.layer({
      basePath: "/host/crm",
      limits: { maxBody: ByteSize.kilobytes(1), maxUpload: ByteSize.kilobytes(2) }
    }),
    HttpRouter.add("GET", "/host/own", HttpServerResponse.text("the host's")),
    HttpRouter.add("POST", "/host/crmx", (request) =>
      Effect.map(request.text, (text) => HttpServerResponse.text(String(text.length)))
    )
  ),
  { routerConfig: CrmHttp.routerConfig, disableLogger: true, disableListenLog: true }
).pipe(
  Layer.provideMerge(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })),
  Layer.provide(Crm.layer),
  Layer.provide([
    Tokens.layer({ key: { _tag: "Secret", secret } }),
    Sqlite.layer({ filename: ":memory:" }),
    TimeOrderedIds.layer,
    PhoneNumbers.layer()
  ])
)

describe("the API in a host's own router", () => {
  it.live("is served under the path it is given, and leaves the host's paths alone", () =>
    Effect.gen(function* () {
      const origin = HttpServer.formatAddress(Context.get(yield* Layer.build(host), HttpServer.HttpServer).address)
      yield* Effect.promise(async () => {
        const crm = makeClient(`${origin}/host/crm`, await tokenFor({ tenant_id: "t" }))
        const { id } = await crm.create({ name: "Hosted" })
        assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).name, "Hosted")
        assert.strictEqual((await crm.get("/openapi.json")).status, 200)
        problemOf(await crm.get("/nope"), "not_found")
        problemOf(await crm.delete("/contacts"), "method_not_allowed")

        const own = await exchange("GET", `${origin}/host/own`)
        assert.deepStrictEqual([own.status, own.text], [200, "the host's"])
        assert.isUndefined(own.headers["x-request-id"])
        for (const path of ["/host/nope", "/host/crmx", "/", "/api/v1/crm/contacts"]) {
          const answer = await exchange("GET", `${origin}${path}`)
          assert.strictEqual(answer.status, 404)
          assert.isUndefined(answer.headers["x-request-id"], path)
        }
        const large = "x".repeat(5_000)
        assert.strictEqual((await exchange("POST", `${origin}/host/crmx`, { body: large })).text, "5000")
      })
    })
  )

  it.live("keeps its limits, problems and request ids under every spelling of its path", () =>
    Effect.gen(function* () {
      const origin = HttpServer.formatAddress(Context.get(yield* Layer.build(host), HttpServer.HttpServer).address)
      yield* Effect.promise(async () => {
        const headers = { authorization: `Bearer ${await tokenFor({ tenant_id: "t" })}` }
        const body = JSON.stringify({ name: "x".repeat(400), notes: "y".repeat(2_000) })
        for (const base of ["/host/crm", "//host/crm", "/host//crm", "/%68ost/crm", "/host/cr%6d", "/host/crm/"]) {
          problemOf(await exchange("POST", `${origin}${base}/contacts`, { headers, body }), "payload_too_large")
          problemOf(await exchange("GET", `${origin}${base}/contacts?x=1`, { headers }), "validation_error")
          problemOf(await exchange("GET", `${origin}${base}/nope`, { headers }), "not_found")
          problemOf(await exchange("DELETE", `${origin}${base}/contacts`, { headers }), "method_not_allowed")
        }
      })
    })
  )
})

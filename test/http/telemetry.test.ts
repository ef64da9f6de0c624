import { assert, it } from "@effect/vitest"
import { createServer } from "node:http"
import { onTestFinished } from "vitest"
import { idOf } from "./client.ts"
import { serve, workFolder } from "./process.ts"
import { phrase, tokenFor } from "./server.ts"

it("a server sends traces and metrics to a collector, and nothing of contacts with them", async () => {
  const received = new Map<string, string>()
  const collector = createServer((request, response) => {
    request.setEncoding("utf8")
    request.on("data", (text: string) => {
      const path = request.url ?? ""
      received.set(path, (received.get(path) ?? "") + text)
    })
    request.on("end", () => response.end("{}"))
  })
  onTestFinished(() => void collector.close())
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
  const address = collector.address()
  if (address === null || typeof address === "string") return assert.fail("the collector has no port")

  const server = serve(workFolder(), {
    CLIENTELE_JWT_SECRET: phrase,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${address.port}`
  })
  const crm = await server.client(await tokenFor({ tenant_id: "acme" }))
  const json = { name: "Secretive", email: "secretive@example.com" }
  const id = idOf(await crm.post("/contacts", json, { "x-secretive": "1", "idempotency-key": "secretive" }))
  assert.strictEqual((await crm.post("/contacts", json)).status, 400)
  await crm.get("/contacts?search=Secretive")
  await crm.get(`/contacts/${id}?x=secretive`)
  server.child.kill("SIGTERM")
  await server.exited

  assert.sameMembers([...received.keys()], ["/v1/traces", "/v1/metrics"])
  const traces = received.get("/v1/traces") ?? ""
  for (const part of ["ContactStore.insert", "/api/v1/crm/contacts/:contact_id", "http.response.status_code"]) {
    assert.include(traces, part)
  }
  assert.include(received.get("/v1/metrics") ?? "", "clientele_http_requests_total")
  for (const sent of received.values()) {
    assert.notMatch(sent, /secretive/i)
    assert.notInclude(sent, id)
  }
}, 60_000)

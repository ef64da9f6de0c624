import { assert, describe, it } from "@effect/vitest"
import { exchange, idOf, keyed } from "./client.ts"
import { basePath, sqlite, useServer } from "./server.ts"

describe("the metrics of a server", () => {
  const server = useServer(sqlite)
  const metrics = async () => {
    const answer = await exchange("GET", `${server.origin()}/metrics`)
    assert.strictEqual(answer.status, 200)
    assert.match(String(answer.headers["content-type"]), /^text\/plain; version=0\.0\.4/)
    return answer.text
  }

  it("count requests by route, never by what was asked, and say how long they took", async () => {
    const crm = await server.tenant()
    const id = idOf(await crm.send("POST", "/contacts", keyed("k", { json: { name: "Secretive" } })))
    await crm.get(`/contacts/${id}?x=Secretive`)
    await crm.get("/contacts/nobody")
    await server.withToken("Secretive").get("/contacts")
    await crm.get("/Secretive")
    const text = await metrics()
    for (const [method, route, status] of [
      ["POST", `${basePath}/contacts`, 201],
      ["GET", `${basePath}/contacts/:contact_id`, 400],
      ["GET", `${basePath}/contacts/:contact_id`, 404],
      ["GET", `${basePath}/contacts`, 401],
      ["GET", "none", 404]
    ]) {
      const line = `clientele_http_requests_total{method="${method}",route="${route}",status="${status}"}`
      assert.include(text, line)
    }
    assert.match(text, /clientele_http_request_duration_seconds_count\{[^}]*route="[^"]+:contact_id"[^}]*\} 2\n/)
    assert.notInclude(text, id)
    assert.notInclude(text, "Secretive")
  })

  it("count the batches of jobs", async () => {
    const crm = await server.tenant()
    await crm.create()
    await crm.put("/scoring/rules", { rules: [] })
    let jobs = await crm.get("/jobs")
    while (!jobs.text.includes('"completed"')) jobs = await crm.get("/jobs")
    assert.match(await metrics(), /clientele_job_batches_total\{kind="rescore",status="completed"\} \d+\n/)
  })
})

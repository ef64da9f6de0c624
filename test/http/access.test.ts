import { assert, describe, it } from "@effect/vitest"
import { SignJWT, UnsecuredJWT } from "jose"
import { generateKeyPairSync } from "node:crypto"
import { detailOf, exchange, pageOf, problemOf } from "./client.ts"
import { databases, secretBytes, tokenFor, useServer } from "./server.ts"

const claims = { sub: "user_1", tenant_id: "tenant_1", roles: ["sales"] }
const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600
const sign = (payload: Record<string, unknown>, alg = "HS256", key: Parameters<SignJWT["sign"]>[0] = secretBytes) =>
  new SignJWT({ exp: inAnHour(), ...payload }).setProtectedHeader({ alg }).sign(key)

const methods = [
  ["GET", "/contacts"],
  ["POST", "/contacts"],
  ["GET", "/contacts/contact_1"],
  ["PUT", "/contacts/contact_1"],
  ["PATCH", "/contacts/contact_1"],
  ["DELETE", "/contacts/contact_1"],
  ["POST", "/contacts/import"],
  ["POST", "/contacts/merge"],
  ["POST", "/contacts/merge/preview"],
  ["POST", "/contacts/bulk-update"],
  ["GET", "/contacts/contact_1/history"],
  ["POST", "/contacts/contact_1/restore"],
  ["GET", "/contacts/contact_1/personal-data"],
  ["POST", "/contacts/contact_1/erase"],
  ["GET", "/contacts/contact_1/notes"],
  ["POST", "/contacts/contact_1/notes"],
  ["PUT", "/notes/note_1"],
  ["DELETE", "/notes/note_1"],
  ["GET", "/activities"],
  ["POST", "/activities"],
  ["GET", "/activities/act_1"],
  ["DELETE", "/activities/act_1"],
  ["GET", "/tasks"],
  ["POST", "/tasks"],
  ["GET", "/tasks/task_1"],
  ["PUT", "/tasks/task_1"],
  ["DELETE", "/tasks/task_1"],
  ["POST", "/tasks/task_1/complete"],
  ["POST", "/events"],
  ["GET", "/segments"],
  ["POST", "/segments"],
  ["GET", "/segments/key"],
  ["PUT", "/segments/key"],
  ["DELETE", "/segments/key"],
  ["GET", "/deals"],
  ["POST", "/deals"],
  ["GET", "/deals/deal_1"],
  ["PUT", "/deals/deal_1"],
  ["PATCH", "/deals/deal_1"],
  ["DELETE", "/deals/deal_1"],
  ["PATCH", "/deals/deal_1/stage"],
  ["GET", "/deals/deal_1/notes"],
  ["POST", "/deals/deal_1/notes"],
  ["GET", "/pipelines"],
  ["GET", "/products"],
  ["POST", "/products"],
  ["GET", "/products/prod_1"],
  ["PUT", "/products/prod_1"],
  ["DELETE", "/products/prod_1"],
  ["GET", "/jobs"],
  ["GET", "/jobs/job_1"],
  ["GET", "/jobs/job_1/events"],
  ["POST", "/jobs/job_1/cancel"],
  ["GET", "/webhooks"],
  ["POST", "/webhooks"],
  ["GET", "/webhooks/hook_1"],
  ["PUT", "/webhooks/hook_1"],
  ["DELETE", "/webhooks/hook_1"],
  ["POST", "/webhooks/hook_1/rotate-secret"],
  ["POST", "/webhooks/hook_1/test"],
  ["GET", "/webhooks/hook_1/deliveries"],
  ["POST", "/webhooks/hook_1/deliveries/dlv_1/redeliver"]
] as const

describe.each(databases)("access over HTTP, on $name", (database) => {
  const server = useServer(database)

  it.each(methods)("%s %s without a token is a 401, before anything else is looked at", async (method, path) => {
    const answer = await server
      .withToken()
      .send(method, `${path}?nonsense=1`, { body: "{", headers: { "content-type": "text/odd" } })
    assert.isUndefined(problemOf(answer, "unauthorized").errors)
  })

  it("refuses every token that is not one of ours, unexpired and whole", async () => {
    const good = await sign(claims)
    const [head = "", body = "", signature = ""] = good.split(".")
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 })
    const tokens: Record<string, string> = {
      empty: "",
      garbage: "garbage",
      dots: "..",
      "three words": "a.b.c",
      truncated: good.slice(0, -2),
      padded: `${good}=`,
      "another signature": `${head}.${body}.${signature.split("").toReversed().join("")}`,
      "no signature": `${head}.${body}.`,
      "other claims": `${head}.${Buffer.from(JSON.stringify({ ...claims, exp: inAnHour(), tenant_id: "t2" })).toString("base64url")}.${signature}`,
      unsigned: new UnsecuredJWT({ ...claims, exp: inAnHour() }).encode(),
      "another secret": await sign(claims, "HS256", new TextEncoder().encode("x".repeat(40))),
      "another algorithm": await sign(claims, "RS256", rsa.privateKey),
      expired: await sign({ ...claims, exp: inAnHour() - 7_200 }),
      "not yet valid": await sign({ ...claims, nbf: inAnHour() }),
      "without exp": await sign({ ...claims, exp: undefined }),
      "exp as text": await sign({ ...claims, exp: String(inAnHour()) }),
      "without sub": await sign({ ...claims, sub: undefined }),
      "without tenant": await sign({ ...claims, tenant_id: undefined }),
      "empty tenant": await sign({ ...claims, tenant_id: "" }),
      "tenant of another type": await sign({ ...claims, tenant_id: 1 }),
      "roles of another type": await sign({ ...claims, roles: { sales: true } }),
      long: `${head}.${"A".repeat(12_000)}.${signature}`
    }
    assert.strictEqual((await server.withToken(good).get("/contacts")).status, 200)
    for (const [what, token] of Object.entries(tokens)) {
      const answer = await server.withToken(token).get("/contacts")
      problemOf(answer, "unauthorized")
      assert.strictEqual(answer.headers["www-authenticate"], "Bearer", what)
      if (signature !== "") assert.notInclude(answer.text, signature)
    }
  })

  it("takes the scheme in any case and refuses other schemes", async () => {
    const token = await sign(claims)
    const bare = server.withToken()
    for (const value of [`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token}`]) {
      assert.strictEqual((await bare.get("/contacts", { authorization: value })).status, 200)
    }
    for (const value of [token, `Basic ${token}`, `Bearer${token}`, "Bearer", "Bearer ", `Bearer ${token} x`]) {
      problemOf(await bare.get("/contacts", { authorization: value }), "unauthorized")
    }
    problemOf(await bare.get(`/contacts?access_token=${token}`), "unauthorized")
    problemOf(await bare.get("/contacts", { cookie: `token=${token}` }), "unauthorized")
  })

  it("a token without one of the roles is a 403, one with any of them is let in", async () => {
    for (const roles of [[], ["Sales"], ["user", "admin"], "", "salesx", undefined]) {
      problemOf(await server.withToken(await sign({ ...claims, roles })).get("/contacts"), "forbidden")
    }
    const allowed = [
      "marketing",
      "sales",
      "manager",
      "restaurant_manager",
      "tenant_admin",
      "platform_admin",
      "system_admin",
      "super_admin"
    ]
    for (const roles of [...allowed.map((role) => [role, "x"]), "sales"]) {
      assert.strictEqual((await server.withToken(await sign({ ...claims, roles })).get("/contacts")).status, 200)
    }
  })

  it("X-Tenant-Id moves administrators of the platform to that tenant, and nobody else", async () => {
    const target = await server.tenant({ tenant_id: "target" })
    const { id } = await target.create({ name: "Theirs" })
    const headers = { "x-tenant-id": "target" }
    for (const roles of ["platform_admin", ["sales", "system_admin"], "super_admin"]) {
      const admin = await server.tenant({ tenant_id: "home", roles })
      assert.strictEqual(detailOf(await admin.get(`/contacts/${id}`, headers)).name, "Theirs")
      problemOf(await admin.get(`/contacts/${id}`), "contact_not_found")
    }
    const admin = await server.tenant({ tenant_id: "home", roles: "super_admin", sub: "root" })
    const made = detailOf(await admin.post("/contacts", { name: "By root", notes: "x" }, headers), 201)
    assert.strictEqual(made.notes[0]?.created_by, "root")
    assert.strictEqual(pageOf(await target.get("/contacts")).pagination.total, 2)

    for (const roles of ["sales", "tenant_admin", "manager"]) {
      const user = await server.tenant({ tenant_id: "home", roles })
      problemOf(await user.get("/contacts", headers), "forbidden")
      problemOf(await user.get("/contacts", { "x-tenant-id": "" }), "forbidden")
      assert.strictEqual((await user.get("/contacts", { "x-tenant-id": "home" })).status, 200)
    }
    for (const odd of ["", "a b", "x".repeat(129)]) {
      problemOf(await admin.get("/contacts", { "x-tenant-id": odd }), "forbidden")
    }
  })

  it("documents and health need no token, and are not confused by a bad one", async () => {
    for (const token of [undefined, "garbage", await tokenFor({ tenant_id: "t", roles: [] })]) {
      const bare = server.withToken(token)
      assert.strictEqual((await bare.get("/openapi.json")).status, 200)
      const docs = await bare.get("/docs")
      assert.strictEqual(docs.status, 200)
      assert.include(docs.headers["content-type"], "text/html")
    }
    for (const [path, status] of [
      ["/healthz", "ok"],
      ["/readyz", "ready"]
    ] as const) {
      const answer = await exchange("GET", `${server.origin()}${path}`)
      assert.deepStrictEqual([answer.status, answer.text], [200, JSON.stringify({ status })])
      assert.isString(answer.headers["x-request-id"])
    }
  })
})

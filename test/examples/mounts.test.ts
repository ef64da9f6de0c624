/** The examples that mount the API start as they are, answer over a socket, and leave the host's own routes alone. */
import { ContactPage } from "@clientele/api/ContactsApi"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, onTestFinished, vi } from "vitest"
import { phrase, tokenFor } from "../http/server.ts"
import { freshDatabase } from "../support/database.ts"
import { type Fetch, startProgram } from "../support/start-program.ts"

const examples = fileURLToPath(new URL("../../examples", import.meta.url))

const workFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "clientele-mount-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

// What is compiled once is not compiled again: most of the time is Node reading sources.
const compiled = mkdtempSync(join(tmpdir(), "clientele-compiled-"))
afterAll(() => rmSync(compiled, { recursive: true, force: true }))

/** Starts an example in a folder of its own, on a free port. */
const start = (example: string, env: Readonly<Record<string, string>> = {}): Promise<Fetch> =>
  startProgram(join(examples, example, "src/main.ts"), workFolder(), {
    NODE_COMPILE_CACHE: compiled,
    CRM_SECRET: phrase,
    ...env
  })

const readPage = Schema.decodeUnknownSync(ContactPage)

const authorization = async (tenant: string) => ({ authorization: `Bearer ${await tokenFor({ tenant_id: tenant })}` })

/** What holds of the API wherever it is mounted. */
const assertMounted = async (call: Fetch, tenant: string) => {
  const headers = await authorization(tenant)
  const total = async (query: string) =>
    readPage(await (await call(`/api/v1/crm/contacts?${query}`, { headers })).json()).pagination.total
  const before = (await total("")) ?? 0
  assert.strictEqual((await call("/api/v1/crm/contacts")).status, 401)
  assert.strictEqual((await call("/api/v1/crm/nowhere", { headers })).status, 404)
  const created = await call("/api/v1/crm/contacts", {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ name: "Zoë Ångström" })
  })
  assert.strictEqual(created.status, 201)
  assert.strictEqual(created.headers.get("etag"), '"1"')
  assert.strictEqual(await total("search=angstrom"), 1)
  const body = new FormData()
  const rows = Array.from({ length: 500 }, (_, row) => `Contact ${row}`).join("\n")
  body.append("mapping", JSON.stringify({ name: "Name" }))
  body.append("file", new File([`Name\n${rows}\n`], "contacts.csv"))
  const imported = await call("/api/v1/crm/contacts/import", { method: "POST", headers, body })
  assert.strictEqual(imported.status, 200, await imported.text())
  assert.strictEqual(await total(""), before + 501)
  assert.strictEqual((await call("/api/v1/crm/openapi.json")).status, 200)
}

describe("examples", { timeout: 30_000 }, () => {
  it.each(["node-http", "express", "fastify"])("%s", async (example) => {
    const call = await start(example)
    assert.strictEqual(await (await call("/")).text(), "The host's own page")
    await assertMounted(call, "acme")
  })

  it("effect-app", async () => {
    const call = await start("effect-app")
    await assertMounted(call, "acme")
    assert.strictEqual(await (await call("/")).text(), "501 contacts")
  })

  it.live("hono-postgres, whose order and deal are one transaction", () =>
    Effect.gen(function* () {
      const url = yield* freshDatabase("mounts")
      yield* Effect.promise(async () => {
        const call = await start("hono-postgres", { DATABASE_URL: url })
        assert.strictEqual(await (await call("/")).text(), "The host's own page")
        const order = async (price: number) =>
          (
            await call("/orders", {
              method: "POST",
              body: JSON.stringify({ email: "a@b.example", item: "Chair", price })
            })
          ).status
        assert.strictEqual(await order(0.001), 400, "the deal is refused, and with it order and contact")
        assert.strictEqual(await order(99.5), 201)
        assert.strictEqual(await order(99.5), 400, "the contact exists")
        const headers = await authorization("shop")
        const { data } = readPage(await (await call("/api/v1/crm/contacts", { headers })).json())
        assert.deepStrictEqual(
          data.map(({ email, type }) => [email, type]),
          [["a@b.example", "customer"]]
        )
        await assertMounted(call, "shop")
      })
    })
  )

  it("next-route", async () => {
    vi.stubEnv("CRM_SECRET", phrase)
    vi.stubEnv("DATABASE_URL", "sqlite::memory:")
    onTestFinished(() => void vi.unstubAllEnvs())
    const path = join(examples, "next-route/src/app/api/v1/crm/[...path]/route.ts")
    const route: Readonly<Record<string, (request: Request) => Promise<Response>>> = await import(
      pathToFileURL(path).href
    )
    assert.sameMembers(Object.keys(route), ["DELETE", "GET", "PATCH", "POST", "PUT"])
    await assertMounted((path, init) => {
      const request = new Request(`http://localhost${path}`, init)
      return route[request.method]?.(request) ?? Promise.resolve(new Response(null, { status: 405 }))
    }, "acme")
  })
})

/** The CRM's API in a Fastify application, as a plugin in which bodies are left for it to read. */
import { toNodeHandler } from "@clientele/http/NodeHandler"
import { createCrm } from "clientele"
import fastify from "fastify"

const { CRM_SECRET = "", DATABASE_URL = "sqlite:crm.db", PORT = "3000" } = process.env

const crm = await createCrm({ database: DATABASE_URL, background: true })
const api = toNodeHandler(await crm.handler({ key: CRM_SECRET }))

const app = fastify()
app.register(async (plugin) => {
  plugin.removeAllContentTypeParsers()
  plugin.addContentTypeParser("*", (_request, _body, done) => done(null))
  plugin.all("/api/v1/crm/*", async (request, reply) => {
    reply.hijack()
    await api(request.raw, reply.raw)
  })
})
app.get("/", async () => "The host's own page")

await app.listen({ port: Number(PORT), host: "127.0.0.1" })
console.log("listening on", app.server.address())

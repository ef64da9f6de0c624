/** The CRM's API on a server of Node's, with a page of the host's beside it. */
import { toNodeHandler } from "@clientele/http/NodeHandler"
import { createCrm } from "clientele"
import { createServer } from "node:http"

const { CRM_SECRET = "", DATABASE_URL = "sqlite:crm.db", PORT = "3000" } = process.env

const crm = await createCrm({ database: DATABASE_URL, background: true })
const api = toNodeHandler(await crm.handler({ key: CRM_SECRET }))

const server = createServer((request, response) => {
  if (request.url?.startsWith("/api/v1/crm/")) void api(request, response)
  else response.end("The host's own page")
})
server.listen(Number(PORT), "127.0.0.1", () => console.log("listening on", server.address()))

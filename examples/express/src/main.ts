/** The CRM's API in an Express application. It reads bodies itself, so it comes before any parser of them. */
import { toNodeHandler } from "@clientele/http/NodeHandler"
import { createCrm } from "clientele"
import express from "express"

const { CRM_SECRET = "", DATABASE_URL = "sqlite:crm.db", PORT = "3000" } = process.env

const crm = await createCrm({ database: DATABASE_URL, background: true })

const app = express()
app.use("/api/v1/crm", toNodeHandler(await crm.handler({ key: CRM_SECRET })))
app.use(express.json())
app.get("/", (_request, response) => {
  response.send("The host's own page")
})

const server = app.listen(Number(PORT), "127.0.0.1", () => console.log("listening on", server.address()))

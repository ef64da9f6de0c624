/**
 * A shop on Hono and Postgres. Its order and the deal that the order wins are one transaction, on a client of its own;
 * the CRM's API is mounted beside its routes.
 */
import { serve } from "@hono/node-server"
import { createCrm } from "clientele"
import { Hono } from "hono"
import { Pool } from "pg"

const { CRM_SECRET = "", DATABASE_URL = "postgres://localhost/shop", PORT = "3000" } = process.env

const pool = new Pool({ connectionString: DATABASE_URL })
await pool.query("CREATE TABLE IF NOT EXISTS orders (id bigint GENERATED ALWAYS AS IDENTITY, item text NOT NULL)")

const crm = await createCrm({ database: DATABASE_URL, background: true })
const api = await crm.handler({ key: CRM_SECRET })

const app = new Hono()
app.all("/api/v1/crm/*", ({ req }) => api(req.raw))
app.get("/", ({ text }) => text("The host's own page"))

app.post("/orders", async ({ json, req }) => {
  const { email, item, price } = await req.json<{ email: string; item: string; price: number }>()
  const client = await pool.connect()
  const sales = crm.within(client, { tenant: "shop", user: "checkout", roles: ["sales"] })
  try {
    await client.query("BEGIN")
    await client.query("INSERT INTO orders (item) VALUES ($1)", [item])
    const { id: contactId } = await sales.contacts.create({ name: email, email, source: "shop" })
    const deal = await sales.deals.create({ name: item, contactId, value: price, stage: "closed_won" })
    await client.query("COMMIT")
    return json({ contactId, dealId: deal.id }, 201)
  } catch (error) {
    await client.query("ROLLBACK")
    return json({ error: String(error) }, 400)
  } finally {
    client.release()
  }
})

serve({ fetch: app.fetch, port: Number(PORT), hostname: "127.0.0.1" }, (address) => {
  console.log("listening on", address)
})

/** The least HTTP server for the list and the creation of contacts: bare node:http over bare node:sqlite. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { contactOf, names, tenant } from "./rows.ts"
import { makeInsert, migrate, open } from "./sqlite.ts"

const sqlite = open(process.argv[2] ?? "", process.argv.includes("normal") ? "normal" : "full")
if (process.argv.includes("--migrate")) migrate(sqlite)
const insert = makeInsert(sqlite)
const event = sqlite.prepare(
  `INSERT INTO ${names.outbox.name} (tenant_id, id, type, occurred_at, body) VALUES (?, ?, ?, ?, ?)`
)

const columns =
  "id, external_id, type, name, email, phone, company, title, source, status, score, tags, custom_fields, " +
  "last_interaction, total_interactions, lifetime_value, version, created_at, updated_at"

/** One pair of statements for each filter. */
const listBy = (column: string) => {
  const condition = `FROM ${names.contacts.name} WHERE tenant_id = ? AND ${column} = ?`
  const page = sqlite.prepare(`SELECT ${columns} ${condition} ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`)
  const count = sqlite.prepare(`SELECT count(*) AS total ${condition}`)
  return (value: string, limit: number, number: number) => {
    const rows = page.all(tenant, value, limit, (number - 1) * limit)
    const data = rows.map(({ custom_fields, last_interaction, lifetime_value, tags, total_interactions, ...row }) => ({
      ...row,
      tags: JSON.parse(String(tags)),
      custom_fields: JSON.parse(String(custom_fields)),
      engagement: { last_interaction, total_interactions, lifetime_value: Number(lifetime_value) / 100 },
      owner: null
    }))
    return { data, pagination: { page: number, limit, total: count.get(tenant, value)?.["total"] } }
  }
}
const lists = { status: listBy("status"), source: listBy("source") }

const list = (query: URLSearchParams) => {
  const by = query.has("status") ? "status" : "source"
  return lists[by](query.get(by) ?? "", Number(query.get("limit") ?? 20), Number(query.get("page") ?? 1))
}

const create = (input: { readonly [name: string]: string }, tags: ReadonlyArray<string>) => {
  const now = new Date().toISOString()
  const { company = "", email = "", name = "", phone = "", source = "", title = "" } = input
  const fields = {
    name,
    email,
    phone,
    company,
    title,
    city: "",
    country: "",
    status: "active",
    source,
    tags,
    notes: ""
  }
  const contact = contactOf(fields, now)
  const view = {
    id: contact.id,
    type: "lead",
    ...fields,
    score: 0,
    custom_fields: {},
    version: 1,
    created_at: now,
    updated_at: now
  }
  sqlite.exec("BEGIN IMMEDIATE")
  insert(contact, now)
  const body = { type: "crm.contact_created", id: `evt_${contact.id}`, timestamp: now, data: view }
  event.run(tenant, body.id, body.type, now, JSON.stringify(body))
  sqlite.exec("COMMIT")
  return view
}

const answer = (response: ServerResponse, status: number, value: unknown) => {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length }).end(body)
}

const server = createServer((request: IncomingMessage, response) => {
  const url = new URL(request.url ?? "", "http://localhost")
  if (request.method === "GET") return answer(response, 200, list(url.searchParams))
  const chunks: Array<Buffer> = []
  request.on("data", (chunk) => chunks.push(chunk))
  request.on("end", () => {
    const { tags, ...input } = JSON.parse(Buffer.concat(chunks).toString())
    answer(response, 201, create(input, tags))
  })
})
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object") console.log(`listens http://127.0.0.1:${address?.port}`)
})
process.once("SIGTERM", () => process.exit())

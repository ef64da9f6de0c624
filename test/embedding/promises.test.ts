/** The promise face on real databases. */
import { assert, describe, it } from "@effect/vitest"
import { createCrm, type HostProduct, type HostProducts, isCrmError, walk } from "clientele"
import { SqliteClient } from "@clientele/sql-sqlite-node"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { phrase, tokenFor } from "../http/server.ts"
import { freshDatabase } from "../support/database.ts"
import { actor, databases, opened, rejection, sqliteFile } from "./databases.ts"

describe.each(databases)("createCrm on $name", ({ url }) => {
  it.live("is the services with dates, numbers and strings", () =>
    Effect.gen(function* () {
      const crm = yield* opened({ database: yield* url })
      const sales = crm.as(actor)
      yield* Effect.promise(async () => {
        const before = new Date()
        const jane = await sales.contacts.create({ name: "Jane Doe", email: "jane@example.com", ownerId: "user_1" })
        assert.instanceOf(jane.createdAt, Date)
        assert.isAtLeast(jane.createdAt.getTime(), before.getTime())
        assert.deepStrictEqual(await sales.contacts.get(jane.id), jane)

        const occurredAt = new Date("2026-01-24T15:00:00Z")
        const call = await sales.activities.create({ type: "call", contactId: jane.id, occurredAt })
        assert.deepStrictEqual(call.occurredAt, occurredAt)

        const deal = await sales.deals.create({ name: "License", contactId: jane.id, value: 12_500.5 })
        assert.strictEqual(deal.value, 12_500.5)
        await sales.deals.changeStage(deal.id, { stage: "closed_won" })
        const { engagement, type } = await sales.contacts.get(jane.id)
        assert.deepStrictEqual([type, engagement.lifetimeValue], ["customer", 12_500.5])
        assert.deepStrictEqual(engagement.lastInteraction, occurredAt)
        assert.strictEqual((await sales.deals.list({ minValue: 12_500.5 })).data.length, 1)
        assert.strictEqual((await sales.deals.list({ minValue: 12_500.51 })).data.length, 0)

        const { header, rows } = await sales.exports.contactTable({ search: "jane" })
        for await (const cells of rows) assert.strictEqual(cells[header.indexOf("email")], "jane@example.com")
        const exported = []
        for await (const { id, value } of await sales.exports.deals({})) exported.push([id, value])
        assert.deepStrictEqual(exported, [[deal.id, 12_500.5]])

        const [, first] = await sales.pipelines.list().then(([pipeline]) => pipeline?.stages ?? [])
        assert.strictEqual(first?.key, "qualified")
        assert.strictEqual((await crm.as({ ...actor, tenant: "other" }).contacts.list({})).pagination.total, 0)
      })
    })
  )

  it.live("has the events that are committed, and goes on behind one that was seen", () =>
    Effect.gen(function* () {
      const crm = yield* opened({ database: yield* url })
      const sales = crm.as(actor)
      yield* Effect.promise(async () => {
        const next = async (following?: Parameters<typeof crm.events>[0]) => {
          for await (const committed of crm.events(following)) return committed
          return assert.fail("the events have no end")
        }
        await sales.contacts.create({ name: "Jane Doe" })
        const first = await next()
        assert.deepStrictEqual([first.event.type, first.tenantId], ["crm.contact_created", actor.tenant])
        assert.instanceOf(first.event.timestamp, Date)
        const [second] = await Promise.all([
          next({ tenantId: actor.tenant, after: first.position }),
          sales.contacts.create({ name: "Ann Lee" })
        ])
        assert.strictEqual(second.event.type === "crm.contact_created" && second.event.data.name, "Ann Lee")
      })
    })
  )

  it.live("is rejected with errors that the tag tells apart", () =>
    Effect.gen(function* () {
      const sales = (yield* opened({ database: yield* url })).as(actor)
      yield* Effect.promise(async () => {
        const { id } = await sales.contacts.create({ name: "Jane", email: "jane@example.com" })
        const errors = await Promise.all(
          [
            sales.contacts.create({ name: "J", email: "JANE@example.com" }),
            sales.contacts.get("nobody"),
            sales.contacts.create({ name: "" }),
            sales.activities.create({ type: "call", contactId: id, occurredAt: new Date("nonsense") }),
            sales.deals.create({ name: "Deal", value: 0.001 })
          ].map(rejection)
        )
        const described = errors.map((error) => {
          if (!isCrmError(error)) return assert.fail(String(error))
          switch (error._tag) {
            case "DuplicateContact":
              return [error._tag, error.contactId]
            case "ValidationError":
              return [error._tag, error.issues.map(({ path }) => path).join()]
            default:
              return [error._tag]
          }
        })
        assert.deepStrictEqual(described, [
          ["DuplicateContact", id],
          ["ContactNotFound"],
          ["ValidationError", "name"],
          ["ValidationError", "occurredAt"],
          ["ValidationError", "value"]
        ])
        assert.isFalse(isCrmError(new Error("no")))
      })
    })
  )

  it.live("walks through everything that a list has, once", () =>
    Effect.gen(function* () {
      const sales = (yield* opened({ database: yield* url })).as(actor)
      yield* Effect.promise(async () => {
        for (let number = 0; number < 7; number++) {
          await sales.contacts.create({ name: `Contact ${number}`, source: number < 5 ? "web" : "fair" })
        }
        const names: Array<string> = []
        for await (const { name } of walk(sales.contacts.list, { source: "web", sort: "name", limit: 2 })) {
          names.push(name)
        }
        assert.deepStrictEqual(names, ["Contact 0", "Contact 1", "Contact 2", "Contact 3", "Contact 4"])
        for await (const { name } of walk(sales.contacts.list, { sort: "name" })) {
          assert.strictEqual(name, "Contact 0")
          break
        }
      })
    })
  )

  it.live("commits a transaction whole, or none of it", () =>
    Effect.gen(function* () {
      const sales = (yield* opened({ database: yield* url })).as(actor)
      yield* Effect.promise(async () => {
        const refusal = new Error("no")
        const failed = sales.transaction(async (crm) => {
          const { id } = await crm.contacts.create({ name: "Ann" })
          assert.strictEqual((await crm.contacts.get(id)).name, "Ann")
          throw refusal
        })
        assert.strictEqual(await rejection(failed), refusal)
        assert.strictEqual((await sales.contacts.list({})).pagination.total, 0)

        const [ann, ben, taken] = await sales.transaction((crm) =>
          Promise.all([
            crm.contacts.create({ name: "Ann", email: "ann@example.com" }),
            crm.contacts.create({ name: "Ben" }),
            crm.contacts.create({ name: "Anna", email: "ann@example.com" }).catch((error: unknown) => error)
          ])
        )
        assert.isTrue(isCrmError(taken) && taken._tag === "DuplicateContact" && taken.contactId === ann.id)
        const { data } = await sales.contacts.list({ sort: "name" })
        assert.deepStrictEqual(
          data.map(({ id }) => id),
          [ann.id, ben.id]
        )
      })
    })
  )

  it.live("finishes what a transaction began, and rejects what comes after it", () =>
    Effect.gen(function* () {
      const sales = (yield* opened({ database: yield* url })).as(actor)
      yield* Effect.promise(async () => {
        const { begun, crm } = await sales.transaction(async (crm) => ({
          crm,
          begun: { answer: crm.contacts.create({ name: "Begun" }) }
        }))
        assert.strictEqual((await begun.answer).name, "Begun")
        assert.match(
          String(await rejection(crm.contacts.create({ name: "Late" }))),
          /The transaction of this call is over/
        )
        assert.strictEqual((await sales.contacts.list({})).pagination.total, 1)
      })
    })
  )

  it.live("takes the host's users, rates, clock, ids and phones in place of its own", () =>
    Effect.gen(function* () {
      let number = 0
      const crm = yield* opened({
        database: yield* url,
        clock: () => new Date("2026-01-24T12:00:00Z"),
        ids: () => String(++number).padStart(6, "0"),
        users: async (tenant, ids) => new Map(ids.map((id) => [id, `${id} of ${tenant}`])),
        rates: (_tenant, base) => (base === "USD" ? { EUR: 1.25 } : {}),
        phones: (phone) => (phone === "100" ? "+100" : null)
      })
      const sales = crm.as(actor)
      yield* Effect.promise(async () => {
        const { createdAt, id, owner } = await sales.contacts.create({ name: "Ann", ownerId: "user_7", phone: "100" })
        assert.match(id, /^contact_0{4}\d{2}$/)
        assert.deepStrictEqual(createdAt, new Date("2026-01-24T12:00:00Z"))
        assert.deepStrictEqual(owner, { id: "user_7", name: "user_7 of acme" })
        await sales.deals.create({ name: "Deal", value: 100, currency: "EUR" })
        assert.strictEqual((await sales.reports.pipelineAnalytics({})).pipeline.totalValue, 125)
      })
    })
  )

  it.live("takes the host's catalog in place of its own", () =>
    Effect.gen(function* () {
      const catalog = new Map<string, Array<HostProduct>>()
      const of = (tenant: string) => catalog.get(tenant) ?? []
      const newestFirst = (a: HostProduct, b: HostProduct) =>
        b.createdAt.getTime() - a.createdAt.getTime() || b.id.localeCompare(a.id)
      const products: HostProducts = {
        find: (tenant, ids) => of(tenant).filter(({ id }) => ids.includes(id)),
        newest: async (tenant, limit, after) =>
          of(tenant)
            .toSorted(newestFirst)
            .filter((product) => after === undefined || newestFirst({ ...product, ...after }, product) < 0)
            .slice(0, limit),
        count: (tenant) => of(tenant).length,
        insert: (tenant, product) => void catalog.set(tenant, [...of(tenant), product]),
        replace: (tenant, product) => {
          const others = of(tenant).filter(({ id }) => id !== product.id)
          const existed = others.length < of(tenant).length
          if (existed) catalog.set(tenant, [...others, product])
          return existed
        },
        remove: (tenant, id) => {
          const others = of(tenant).filter((product) => product.id !== id)
          const existed = others.length < of(tenant).length
          catalog.set(tenant, others)
          return existed
        }
      }
      const crm = yield* opened({ database: yield* url, products })
      const sales = crm.as(actor)
      yield* Effect.promise(async () => {
        const seat = await sales.products.create({ name: "Seat", price: 10.5 })
        assert.deepStrictEqual(of(actor.tenant), [seat])
        assert.deepStrictEqual(await sales.products.get(seat.id), seat)
        assert.strictEqual((await sales.products.replace(seat.id, { name: "Chair", price: 11 })).name, "Chair")
        const { products: items } = await sales.deals.create({
          name: "Office",
          value: 22,
          products: [{ productId: seat.id, quantity: 2 }]
        })
        assert.deepStrictEqual(
          items.map(({ name, quantity, value }) => [name, quantity, value]),
          [["Chair", 2, 22]]
        )
        for (let n = 0; n < 4; n++) await sales.products.create({ name: `Lamp ${n}`, price: 5 })
        const listed = []
        for await (const { name } of walk(sales.products.list, { limit: 2 })) listed.push(name)
        assert.deepStrictEqual(listed, ["Lamp 3", "Lamp 2", "Lamp 1", "Lamp 0", "Chair"])
        assert.strictEqual((await crm.as({ ...actor, tenant: "other" }).products.list({})).pagination.total, 0)
        await sales.products.remove(seat.id)
        assert.propertyVal(await rejection(sales.products.get(seat.id)), "_tag", "ProductNotFound")
        assert.propertyVal(await rejection(sales.products.remove(seat.id)), "_tag", "ProductNotFound")
        const unknown = rejection(
          sales.deals.create({ name: "Office", products: [{ productId: seat.id, quantity: 1 }] })
        )
        assert.propertyVal(await unknown, "_tag", "ValidationError")
      })
    })
  )

  it.live("asks the host's providers in place of its own", () =>
    Effect.gen(function* () {
      const providers = [
        {
          name: "handbook",
          fields: ["company" as const],
          enrich: async ({ company }: { readonly company: string | null }) =>
            company === "Acme Corp" ? { data: { company: { employees: 850 } }, confidence: 0.95 } : null
        },
        { name: "away", fields: ["social" as const], enrich: () => Promise.reject(new Error("It is away")) }
      ]
      const crm = yield* opened({ database: yield* url, providers })
      const sales = crm.as(actor)
      yield* Effect.promise(async () => {
        const jane = await sales.contacts.create({ name: "Jane Doe", email: "jane@acme.example", company: "Acme Corp" })
        const statusOf = async (id: string, field: "company" | "email_verification" | "social") =>
          (await sales.enrichments.enrich(id, { fields: [field] })).enrichmentStatus
        assert.strictEqual(await statusOf(jane.id, "company"), "completed")
        const { enrichment } = await sales.contacts.get(jane.id)
        assert.deepStrictEqual(enrichment.company, { employees: 850 })
        const ann = await sales.contacts.create({ name: "Ann Lee" })
        assert.strictEqual(await statusOf(ann.id, "company"), "no_data")
        assert.strictEqual(await statusOf(jane.id, "email_verification"), "no_data")
        assert.strictEqual(await statusOf(ann.id, "social"), "failed")
      })
    })
  )

  it.live("says that the host's catalog does not answer, or answers what is no product", () =>
    Effect.gen(function* () {
      const broken = (): never => {
        throw new Error("no answer")
      }
      const nonsense = { id: "1", name: "", price: 1, currency: "EURO", createdAt: new Date() }
      const products: HostProducts = {
        find: () => [nonsense],
        newest: broken,
        count: broken,
        insert: broken,
        replace: broken,
        remove: broken
      }
      const sales = (yield* opened({ database: yield* url, products })).as(actor)
      yield* Effect.promise(async () => {
        for (const [ask, reason] of [
          [() => sales.products.list({}), "StorageUnavailable"],
          [() => sales.products.create({ name: "Seat", price: 1 }), "StorageUnavailable"],
          [() => sales.products.get("1"), "StorageCorrupt"]
        ] as const) {
          const error = await rejection(ask())
          if (!isCrmError(error) || error._tag !== "StorageError") return assert.fail(String(error))
          assert.strictEqual(error.reason._tag, reason)
        }
      })
    })
  )

  it.live("answers requests, whose tokens say who calls", () =>
    Effect.gen(function* () {
      const crm = yield* opened({ database: yield* url })
      yield* Effect.promise(async () => {
        const handler = await crm.handler({ key: phrase, basePath: "/crm" })
        const headers = {
          authorization: `Bearer ${await tokenFor({ tenant_id: actor.tenant })}`,
          "content-type": "application/json"
        }
        const body = JSON.stringify({ name: "Jane" })
        const created = await handler(new Request("http://host/crm/contacts", { method: "POST", headers, body }))
        assert.strictEqual(created.status, 201)
        assert.strictEqual((await crm.as(actor).contacts.list({})).data[0]?.name, "Jane")
        assert.strictEqual((await handler(new Request("http://host/crm/contacts"))).status, 401)
        assert.match(String(await rejection(crm.handler({ key: "short" }))), /32 bytes/)
      })
    })
  )

  it.live("allows over HTTP what the host allows", () =>
    Effect.gen(function* () {
      const crm = yield* opened({ database: yield* url })
      yield* Effect.promise(async () => {
        const asked: Array<unknown> = []
        const handler = await crm.handler({
          key: phrase,
          allow: async ({ roles, tenant, user }, operation) => {
            asked.push([tenant, user, operation])
            if (operation === "deals.list") throw new Error("no answer")
            return roles.includes("manager") || operation === "contacts.list"
          }
        })
        const status = async (path: string, role: string) => {
          const token = await tokenFor({ tenant_id: actor.tenant, roles: [role] })
          const request = new Request(`http://host/api/v1/crm${path}`, {
            headers: { authorization: `Bearer ${token}` }
          })
          return (await handler(request)).status
        }
        assert.strictEqual(await status("/contacts", "sales"), 200)
        assert.strictEqual(await status("/tasks", "sales"), 403)
        assert.strictEqual(await status("/tasks", "manager"), 200)
        assert.strictEqual(await status("/deals", "manager"), 500)
        assert.deepStrictEqual(asked[1], [actor.tenant, "user_1", "tasks.list"])
      })
    })
  )

  it.live("does what is due when the host says so", () =>
    Effect.gen(function* () {
      const crm = yield* opened({ database: yield* url })
      yield* Effect.promise(async () => {
        const sales = crm.as(actor)
        await sales.contacts.create({ name: "Jane" })
        const { job } = await sales.scoring.setRules({ rules: [] })
        await crm.runDue()
        assert.strictEqual((await sales.jobs.get(job?.id ?? "")).status, "completed")
        for await (const { status } of sales.jobs.watch(job?.id ?? "")) assert.strictEqual(status, "completed")
      })
    })
  )
})

describe("createCrm over a client of the host's", () => {
  const clients = [
    ["SQLite", SqliteClient.layer({ filename: ":memory:" })],
    [
      "Postgres",
      Layer.unwrap(Effect.map(freshDatabase("client"), (url) => PgClient.layer({ url: Redacted.make(url) })))
    ]
  ] as const

  it.live.each(clients)("keeps its tables there, and leaves the client open: %s", ([, client]) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const crm = yield* Effect.promise(() => createCrm({ database: sql, migrate: true }))
      yield* Effect.promise(() => crm.as(actor).contacts.create({ name: "Jane" }))
      yield* Effect.promise(() => crm.close())
      assert.deepStrictEqual(yield* sql`SELECT name FROM crm_contacts`.values, [["Jane"]])
    }).pipe(Effect.provide(client))
  )
})

describe("createCrm", () => {
  it.live("fails at once, and with what is wrong, on a database that cannot be used", () =>
    Effect.promise(async () => {
      for (const [database, complaint] of [
        ["sqlite:./no/such/folder/crm.db", /unable to open/],
        ["postgres://u:p@127.0.0.1:1/crm", /ECONNREFUSED/],
        ["crm.db", /sqlite:FILE/]
      ] as const) {
        const error = await rejection(createCrm({ database }))
        assert.match(JSON.stringify(error) + String(error), complaint)
      }
    })
  )

  it.live("creates no tables unless it may", () =>
    Effect.gen(function* () {
      const sales = (yield* opened({ database: `sqlite:${yield* sqliteFile}`, migrate: false })).as(actor)
      const error = yield* Effect.flip(
        Effect.tryPromise({ try: () => sales.contacts.list({}), catch: (error) => error })
      )
      assert.isTrue(isCrmError(error) && error._tag === "StorageError")
    })
  )
})

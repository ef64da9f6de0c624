/** Calls inside a transaction that the host opened on a connection of its own. */
import { assert, describe, it } from "@effect/vitest"
import { type Handle, isCrmError } from "clientele"
import { Effect, type Scope } from "effect"
import { DatabaseSync } from "node:sqlite"
import { Client, Pool } from "pg"
import { freshDatabase } from "../support/database.ts"
import { actor, opened, rejection, sqliteFile } from "./databases.ts"

interface Host {
  readonly url: string
  readonly handle: Handle
  readonly run: (sql: string) => Promise<ReadonlyArray<unknown>>
}

const hosts: ReadonlyArray<{ readonly name: string; readonly host: Effect.Effect<Host, unknown, Scope.Scope> }> = [
  {
    name: "node:sqlite",
    host: Effect.gen(function* () {
      const file = yield* sqliteFile
      const handle = yield* Effect.acquireRelease(
        Effect.sync(() => new DatabaseSync(file)),
        (handle) => Effect.sync(() => handle.close())
      )
      return { url: `sqlite:${file}`, handle, run: async (sql) => handle.prepare(sql).all() }
    })
  },
  {
    name: "pg",
    host: Effect.gen(function* () {
      const url = yield* freshDatabase("within")
      const handle = new Client(url)
      yield* Effect.acquireRelease(
        Effect.promise(() => handle.connect()),
        () => Effect.promise(() => handle.end())
      )
      return { url, handle, run: async (sql) => (await handle.query(sql)).rows }
    })
  }
]

describe.each(hosts)("a transaction of the host's on $name", ({ host }) => {
  const scene = Effect.gen(function* () {
    const { handle, run, url } = yield* host
    const crm = yield* opened({ database: url })
    yield* Effect.promise(() => run("CREATE TABLE orders (item VARCHAR(100) NOT NULL)"))
    const outside = crm.as(actor)
    return {
      run,
      outside,
      inside: crm.within(handle, actor),
      seen: async () => ({
        orders: (await run("SELECT item FROM orders")).length,
        contacts: (await outside.contacts.list({})).pagination.total,
        events: (await run("SELECT type FROM crm_outbox")).length
      })
    }
  })

  it.live("commits its rows, the contact and the event together", () =>
    Effect.gen(function* () {
      const { inside, outside, run, seen } = yield* scene
      yield* Effect.promise(async () => {
        await run("BEGIN")
        await run("INSERT INTO orders (item) VALUES ('a')")
        const { id } = await inside.contacts.create({ name: "Ann" })
        assert.strictEqual((await inside.contacts.get(id)).name, "Ann")
        assert.strictEqual((await outside.contacts.list({})).pagination.total, 0, "nobody else sees it yet")
        await run("COMMIT")
        assert.deepStrictEqual(await seen(), { orders: 1, contacts: 1, events: 1 })
      })
    })
  )

  it.live("rolls them back together", () =>
    Effect.gen(function* () {
      const { inside, outside, run, seen } = yield* scene
      yield* Effect.promise(async () => {
        const kept = await outside.contacts.create({ name: "Kept" })
        await run("BEGIN")
        await run("INSERT INTO orders (item) VALUES ('a')")
        await inside.contacts.create({ name: "Ann" })
        await inside.contacts.update(kept.id, { name: "Changed" })
        await run("ROLLBACK")
        assert.deepStrictEqual(await seen(), { orders: 0, contacts: 1, events: 1 })
        assert.strictEqual((await outside.contacts.get(kept.id)).name, "Kept")
      })
    })
  )

  it.live("goes on after commands that were refused, and after several at once", () =>
    Effect.gen(function* () {
      const { inside, run, seen } = yield* scene
      yield* Effect.promise(async () => {
        await run("BEGIN")
        await inside.contacts.create({ name: "Ann", email: "ann@example.com" })
        const refused = await rejection(inside.contacts.create({ name: "Anna", email: "ANN@example.com" }))
        assert.isTrue(isCrmError(refused) && refused._tag === "DuplicateContact")
        await Promise.all(["Ben", "Cid", "Dan"].map((name) => inside.contacts.create({ name })))
        await run("INSERT INTO orders (item) VALUES ('a')")
        await run("COMMIT")
        assert.deepStrictEqual(await seen(), { orders: 1, contacts: 4, events: 4 })
      })
    })
  )

  it.live("has every service in it", () =>
    Effect.gen(function* () {
      const { inside, outside, run } = yield* scene
      yield* Effect.promise(async () => {
        await run("BEGIN")
        const ann = await inside.contacts.create({
          name: "Ann Lee",
          email: "ann@example.com",
          tags: ["vip", 'a,b{"c"}'],
          customFields: { company_size: 500, list: ["x", "\\"] },
          notes: "First"
        })
        const twin = await inside.contacts.create({ name: "Ann Lee", phone: "+1 202 555 0143" })
        const deal = await inside.deals.create({
          name: "Deal",
          contactId: ann.id,
          value: 0.5,
          expectedClose: "2026-02-15"
        })
        await inside.deals.changeStage(deal.id, { stage: "closed_won" })
        await inside.activities.create({ type: "call", contactId: ann.id })
        const task = await inside.tasks.create({ title: "Call", contactId: ann.id, dueDate: "2030-01-01" })
        await inside.tasks.complete(task.id)
        await inside.trackedEvents.record([{ contactId: ann.id, event: "website_visit", timestamp: new Date() }])
        await inside.segments.create({
          key: "large",
          name: "Large",
          predicate: { field: "custom_fields.company_size", operator: "gte", value: 499.5 }
        })
        assert.strictEqual((await inside.contacts.list({ segment: "large" })).data[0]?.id, ann.id)
        assert.strictEqual((await inside.contacts.list({ search: "lee" })).pagination.total, 2)
        assert.strictEqual((await inside.contacts.list({ tag: 'a,b{"c"}' })).data[0]?.id, ann.id)
        assert.strictEqual((await inside.deals.list({ maxValue: 0.5 })).data[0]?.id, deal.id)
        await inside.scoring
          .setRules({ rules: [{ category: "fit", field: "company", conditions: [] }] })
          .catch(() => {})
        assert.isNumber((await inside.scoring.score(ann.id)).total)
        assert.isNotNull(await inside.duplicates.of(ann.id, { minBand: "possible" }))
        await inside.merges.merge({ primaryContactId: ann.id, mergeContactIds: [twin.id] })
        await inside.bulkUpdates.update({ contactIds: [ann.id], updates: { status: "inactive" } })
        assert.strictEqual((await inside.reports.pipelineAnalytics({})).pipeline.totalValue, 0.5)
        const product = await inside.products.create({ name: "License", price: 9.99 })
        assert.strictEqual((await inside.products.get(product.id)).price, 9.99)
        assert.isNotEmpty((await inside.contacts.history(ann.id, {})).data)
        const [note] = (await inside.notes.list(ann.id, {})).data
        await inside.notes.remove(note?.id ?? "")
        await inside.contacts.remove(ann.id)
        await inside.contacts.restore(ann.id)
        const before = await inside.contacts.get(ann.id)
        await run("COMMIT")
        assert.deepStrictEqual(await outside.contacts.get(ann.id), before)
      })
    })
  )
})

describe("a handle", () => {
  it.live("has to be of the CRM's own database", () =>
    Effect.gen(function* () {
      const crm = yield* opened({ database: "sqlite::memory:" })
      assert.throws(() => crm.within(new Client(), actor), /DatabaseSync/)
    })
  )

  it.live("is one connection, and no pool of them", () =>
    Effect.gen(function* () {
      const crm = yield* opened({ database: yield* freshDatabase("pool") })
      assert.throws(() => crm.within(new Pool(), actor), /a client out of the pool/)
      assert.throws(() => crm.within(new DatabaseSync(":memory:"), actor), /of pg/)
    })
  )

  it.live("without a transaction is refused by Postgres, as the database cannot be used so", () =>
    Effect.gen(function* () {
      const url = yield* freshDatabase("outside")
      const crm = yield* opened({ database: url })
      const client = new Client(url)
      yield* Effect.promise(async () => {
        await client.connect()
        const error = await rejection(crm.within(client, actor).contacts.create({ name: "Ann" }))
        assert.isTrue(isCrmError(error) && error._tag === "StorageError")
        await client.end()
      })
    })
  )
})

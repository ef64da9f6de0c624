/** Commands inside a transaction that the host opened on its own `SqlClient`: one commit for both, or none. */
import { ContactId, Contacts, Deals, IdGenerator, Outbox, UnitOfWork } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as SqlClient from "effect/sql/SqlClient"
import { type Chapter, eventTypes, inNewTenant } from "./Harness.ts"

/** A table of the host's. */
const host = Effect.gen(function* () {
  const sql = Option.getOrThrow(yield* Effect.serviceOption(SqlClient.SqlClient)).withoutTransforms()
  const { bodies } = yield* IdGenerator
  const [body = ""] = yield* bodies(1)
  const table = sql(`host_orders_${body}`)
  yield* Effect.acquireRelease(sql`CREATE TABLE ${table} (item VARCHAR(100) NOT NULL)`, () =>
    Effect.orDie(sql`DROP TABLE ${table}`)
  )
  return {
    withTransaction: sql.withTransaction,
    order: (item: string) => sql`INSERT INTO ${table} (item) VALUES (${item})`,
    orders: Effect.map(sql`SELECT item FROM ${table} ORDER BY item`.values, (rows) => rows.map(([item]) => item))
  }
})

const total = Effect.flatMap(Contacts, (contacts) =>
  Effect.map(contacts.list({}), ({ pagination }) => pagination.total)
)

export const hostTransactions: Chapter = {
  title: "host's transactions",
  needs: ["sqlClient"],
  tests: (test) => {
    test("commit the host's rows, the contact and its event together", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { order, orders, withTransaction } = yield* host
          yield* withTransaction(Effect.andThen(order("a"), contacts.create({ name: "Ann" })))
          assert.deepStrictEqual(yield* orders, ["a"])
          assert.strictEqual(yield* total, 1)
          assert.deepStrictEqual(yield* eventTypes(tenantId), ["crm.contact_created"])
        })
      ))

    test("roll the host's rows, the contact and its event back together", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { order, orders, withTransaction } = yield* host
          const kept = yield* contacts.create({ name: "Kept" })
          const failing = withTransaction(
            Effect.gen(function* () {
              yield* order("a")
              yield* contacts.create({ name: "Ann" })
              yield* contacts.update(kept.id, { name: "Changed" })
              yield* contacts.remove(kept.id)
              return yield* Effect.fail("no" as const)
            })
          )
          assert.strictEqual(yield* Effect.flip(failing), "no")
          assert.deepStrictEqual(yield* orders, [])
          assert.strictEqual((yield* contacts.get(kept.id)).name, "Kept")
          assert.strictEqual(yield* total, 1)
          assert.deepStrictEqual(yield* eventTypes(tenantId), ["crm.contact_created"])
        })
      ))

    test("win a deal with the host's rows and its events, or do none of it", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const deals = yield* Deals
          const outbox = yield* Outbox
          const { order, orders, withTransaction } = yield* host
          const deal = yield* deals.create({ name: "Deal" })
          const win = Effect.andThen(order("a"), deals.changeStage(deal.id, { stage: "closed_won" }))
          yield* Effect.exit(withTransaction(Effect.andThen(win, Effect.fail("no"))))
          assert.deepStrictEqual(yield* orders, [])
          assert.strictEqual((yield* deals.get(deal.id)).stage, "lead")
          assert.deepStrictEqual(yield* eventTypes(tenantId), ["crm.deal_created"])
          const wakes = yield* outbox.wakes
          yield* withTransaction(
            Effect.gen(function* () {
              yield* win
              assert.deepStrictEqual(yield* PubSub.takeUpTo(wakes, 1), [], "nobody is woken before the commit")
            })
          )
          yield* PubSub.take(wakes)
          assert.deepStrictEqual(yield* orders, ["a"])
          assert.strictEqual((yield* deals.get(deal.id)).stage, "closed_won")
          assert.deepStrictEqual(yield* eventTypes(tenantId), [
            "crm.deal_created",
            "crm.deal_stage_changed",
            "crm.deal_won"
          ])
        })
      ))

    test("see what their own commands wrote", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { withTransaction } = yield* host
          yield* withTransaction(
            Effect.gen(function* () {
              const { id } = yield* contacts.create({ name: "Ann" })
              assert.strictEqual((yield* contacts.get(id)).name, "Ann")
              assert.strictEqual(yield* total, 1)
            })
          )
        })
      ))

    test("stay usable and commit after a command in them failed for any reason of the domain's", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { order, orders, withTransaction } = yield* host
          const ann = yield* contacts.create({ name: "Ann", email: "ann@example.com", externalId: "7" })
          const ben = yield* contacts.create({ name: "Ben" })
          const tags = yield* withTransaction(
            Effect.gen(function* () {
              yield* order("before")
              const errors = [
                yield* Effect.flip(contacts.create({ name: "Anna", email: "ANN@example.com" })),
                yield* Effect.flip(contacts.create({ name: "Anna", externalId: "7" })),
                yield* Effect.flip(contacts.update(ben.id, { email: "ann@example.com" })),
                yield* Effect.flip(contacts.update(ben.id, { externalId: "7" })),
                yield* Effect.flip(contacts.update(ben.id, { name: "Benny" }, { expectedVersion: 9 })),
                yield* Effect.flip(contacts.update(ContactId.make("nobody"), { name: "Nobody" })),
                yield* Effect.flip(contacts.remove(ContactId.make("nobody"))),
                yield* Effect.flip(contacts.create({ name: "" }))
              ]
              yield* order("after")
              yield* contacts.update(ann.id, { name: "Anna" })
              return errors.map(({ _tag }) => _tag)
            })
          )
          assert.deepStrictEqual(tags, [
            "DuplicateContact",
            "DuplicateContact",
            "DuplicateContact",
            "DuplicateContact",
            "PreconditionFailed",
            "ContactNotFound",
            "ContactNotFound",
            "ValidationError"
          ])
          assert.deepStrictEqual(yield* orders, ["after", "before"])
          assert.strictEqual((yield* contacts.get(ann.id)).name, "Anna")
          assert.strictEqual(yield* total, 2)
          assert.lengthOf(yield* eventTypes(tenantId), 3)
        })
      ))

    for (const [reason, claim] of [
      ["email", { email: "one@example.com" }],
      ["external_id", { externalId: "7" }]
    ] as const) {
      test(`stay usable and commit after another transaction won the race for one ${reason}`, () =>
        inNewTenant(() =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const uow = yield* UnitOfWork
            const { order, orders, withTransaction } = yield* host
            const ben = yield* contacts.create({ name: "Ben" })
            const taken = yield* Latch.make()
            const rival = yield* Effect.forkChild(
              uow.transaction(
                Effect.gen(function* () {
                  const { id } = yield* contacts.create({ name: "Rival", ...claim })
                  yield* taken.open
                  // As many round trips as the host needs to come upon it.
                  for (let trip = 0; trip < 30; trip++) yield* contacts.get(id)
                  return id
                })
              )
            )
            yield* taken.await
            const outcomes = yield* withTransaction(
              Effect.gen(function* () {
                yield* order("before")
                const creation = yield* Effect.flip(contacts.create({ name: "Late", ...claim }))
                const change = yield* Effect.flip(contacts.update(ben.id, claim))
                yield* order("after")
                return [creation, change]
              })
            )
            const contactId = yield* Fiber.join(rival)
            for (const outcome of outcomes) assert.deepInclude(outcome, { _tag: "DuplicateContact", contactId, reason })
            assert.deepStrictEqual(yield* orders, ["after", "before"])
          })
        ))
    }

    test("run what waits for a commit after the host's own", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const uow = yield* UnitOfWork
          const { withTransaction } = yield* host
          const entries: Array<string> = []
          const after = (entry: string) => uow.afterCommit(Effect.sync(() => void entries.push(entry)))
          yield* withTransaction(
            Effect.gen(function* () {
              yield* uow.transaction(after("committed"))
              assert.deepStrictEqual(entries, [])
            })
          )
          yield* Effect.exit(withTransaction(Effect.andThen(uow.transaction(after("rolled back")), Effect.fail("no"))))
          assert.deepStrictEqual(entries, ["committed"])
        })
      ))
  }
}

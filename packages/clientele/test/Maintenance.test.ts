/** What the server does by the clock, on a real database. */
import {
  Contacts,
  Crm,
  CurrentActor,
  Maintenance,
  TaskLead,
  Tasks,
  TenantId,
  TimeOrderedIds,
  UserId
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as sqlite } from "@clientele/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import { TestClock } from "effect/testing"

const actor = CurrentActor.of({
  tenantId: TenantId.make("acme"),
  userId: UserId.make("user_1"),
  userName: null,
  roles: ["sales"]
})

const layer = Crm.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(sqlite({ filename: ":memory:" }), TimeOrderedIds.layer, PhoneNumbers.layer()))
)

it.layer(layer, { excludeTestServices: true })("Maintenance", (it) => {
  it.effect("forgets deleted contacts after 30 days, and not before", () =>
    Effect.gen(function* () {
      const contacts = yield* Contacts
      const { id } = yield* contacts.create({ name: "Jane" })
      yield* contacts.remove(id)
      const deleted = yield* DateTime.now
      const after = (days: number) => Maintenance.runDue(DateTime.add(deleted, { days }))
      assert.deepStrictEqual(yield* after(29), {
        purged: 0,
        purgedDeals: 0,
        purgedJobs: 0,
        purgedDeliveries: 0,
        purgedEvents: 0,
        purgedImports: 0,
        purgedKeys: 0,
        rescored: 0,
        compacted: 0,
        announced: 0
      })
      assert.deepStrictEqual(yield* after(31), {
        purged: 1,
        purgedDeals: 0,
        purgedJobs: 0,
        purgedDeliveries: 0,
        purgedEvents: 2,
        purgedImports: 0,
        purgedKeys: 0,
        rescored: 0,
        compacted: 0,
        announced: 0
      })
      assert.deepStrictEqual(yield* after(31), {
        purged: 0,
        purgedDeals: 0,
        purgedJobs: 0,
        purgedDeliveries: 0,
        purgedEvents: 0,
        purgedImports: 0,
        purgedKeys: 0,
        rescored: 0,
        compacted: 0,
        announced: 0
      })
      assert.strictEqual((yield* Effect.flip(contacts.restore(id)))._tag, "ContactNotFound")
    }).pipe(Effect.provideService(CurrentActor, actor))
  )
})

describe("the clock", () => {
  it.effect("tells of a task within five seconds of the day before it is due", () =>
    Effect.gen(function* () {
      const tasks = yield* Tasks
      const sql = yield* SqlClient
      const told = Effect.map(sql`SELECT id FROM crm_outbox WHERE type = 'crm.task_due'`, Arr.length)
      yield* Layer.build(Maintenance.layer)
      const dueDate = DateTime.formatIso(DateTime.add(yield* DateTime.now, { days: 1, seconds: 60 }))
      yield* tasks.create({ title: "Call", dueDate })
      let seconds = 0
      while ((yield* told) === 0) {
        assert.isBelow(seconds, 66)
        seconds++
        yield* TestClock.adjust("1 second")
        yield* Effect.repeat(told, { times: 20 })
      }
      assert.isTrue(seconds >= 60 && seconds <= 65, `${seconds}`)
    }).pipe(Effect.provideService(CurrentActor, actor), Effect.provide(Layer.fresh(layer)))
  )

  it.effect("tells of it as much earlier as the host wants", () =>
    Effect.gen(function* () {
      const tasks = yield* Tasks
      const now = yield* DateTime.now
      yield* tasks.create({ title: "Call", dueDate: DateTime.formatIso(DateTime.add(now, { days: 6 })) })
      yield* tasks.create({ title: "Call", dueDate: DateTime.formatIso(DateTime.add(now, { days: 8 })) })
      assert.strictEqual(yield* tasks.runDue(now), 0, "the first was told of when it was created")
      assert.strictEqual(yield* tasks.runDue(DateTime.add(now, { days: 1 })), 1)
    }).pipe(
      Effect.provideService(CurrentActor, actor),
      Effect.provide(Layer.fresh(layer).pipe(Layer.provide(Layer.succeed(TaskLead, Duration.days(7)))))
    )
  )
})

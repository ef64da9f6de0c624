/** What the server does by the clock, on a real database. */
import { Contacts, Crm, CurrentActor, Maintenance, TenantId, TimeOrderedIds, UserId } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as sqlite } from "@clientele/sql-sqlite-node"
import { assert, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

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
      assert.deepStrictEqual(yield* after(29), { purged: 0, purgedDeals: 0, purgedJobs: 0, rescored: 0, compacted: 0 })
      assert.deepStrictEqual(yield* after(31), { purged: 1, purgedDeals: 0, purgedJobs: 0, rescored: 0, compacted: 0 })
      assert.deepStrictEqual(yield* after(31), { purged: 0, purgedDeals: 0, purgedJobs: 0, rescored: 0, compacted: 0 })
      assert.strictEqual((yield* Effect.flip(contacts.restore(id)))._tag, "ContactNotFound")
    }).pipe(Effect.provideService(CurrentActor, actor))
  )
})

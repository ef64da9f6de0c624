/** Activities and tasks of deals. */
import {
  Activities,
  type ContactId,
  Contacts,
  Crm,
  CurrentActor,
  DealId,
  Deals,
  Tasks,
  TenantId,
  TimeOrderedIds,
  UserId
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"

const actor = CurrentActor.of({
  tenantId: TenantId.make("acme"),
  userId: UserId.make("user_1"),
  userName: null,
  roles: []
})

const unknown = DealId.make("deal_none")

const services = Crm.layer.pipe(
  Layer.provide([Sqlite.layer({ filename: ":memory:" }), TimeOrderedIds.layer, PhoneNumbers.layer()])
)

it.live("activities that name only a deal are its contact's, too, and tasks log theirs alike", () =>
  Effect.gen(function* () {
    const activities = yield* Activities
    const contacts = yield* Contacts
    const tasks = yield* Tasks
    const ann = yield* contacts.create({ name: "Ann" })
    const ben = yield* contacts.create({ name: "Ben" })
    const deals = yield* Deals
    const { id: owned } = yield* deals.create({ name: "Licence", contactId: ann.id })
    const { id: free } = yield* deals.create({ name: "Support" })
    const interactions = (id: ContactId) =>
      Effect.map(contacts.get(id), ({ engagement }) => engagement.totalInteractions)

    const call = yield* activities.create({ type: "call", dealId: owned })
    assert.deepStrictEqual([call.contactId, call.dealId], [ann.id, owned])
    assert.strictEqual(yield* interactions(ann.id), 1)
    // Who decides need not be who buys.
    const meeting = yield* activities.create({ type: "meeting", dealId: owned, contactId: ben.id })
    assert.deepStrictEqual([meeting.contactId, meeting.dealId], [ben.id, owned])
    assert.deepStrictEqual([yield* interactions(ann.id), yield* interactions(ben.id)], [1, 1])
    const demo = yield* activities.create({ type: "demo", dealId: free })
    assert.deepStrictEqual([demo.contactId, demo.dealId], [null, free])
    assert.strictEqual((yield* Effect.flip(activities.create({ type: "call", dealId: unknown })))._tag, "DealNotFound")

    const task = yield* tasks.create({ title: "Send proposal", dealId: owned })
    assert.deepStrictEqual([task.contactId, task.dealId], [null, owned])
    yield* tasks.complete(task.id)
    const [done] = (yield* activities.list({ type: "task" })).data
    assert.deepStrictEqual([done?.contactId, done?.dealId, done?.subject], [ann.id, owned, "Send proposal"])
    assert.strictEqual((yield* activities.list({ dealId: owned })).pagination.total, 3)
    yield* tasks.update(task.id, { status: "pending", dealId: free })
    assert.strictEqual((yield* activities.list({ type: "task" })).pagination.total, 0)
    assert.strictEqual((yield* Effect.flip(tasks.update(task.id, { dealId: unknown })))._tag, "DealNotFound")

    // A deal's own activities and tasks stay when the contact goes, and are the contact's again when it is back.
    yield* contacts.remove(ann.id)
    assert.isNull((yield* activities.get(call.id)).contactId)
    yield* contacts.restore(ann.id)
    assert.deepStrictEqual(yield* activities.get(call.id), call)
    // And the contact's alone when the deal goes.
    yield* deals.remove(owned)
    assert.deepStrictEqual(yield* activities.get(call.id), { ...call, dealId: null })
  }).pipe(Effect.provide(services), Effect.provideService(CurrentActor, actor))
)

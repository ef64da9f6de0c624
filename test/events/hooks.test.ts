/** A host's hook is asked in the transaction of a command, and what it refuses leaves nothing behind. */
import {
  Activities,
  BulkUpdates,
  CommandHook,
  Contacts,
  Crm,
  CurrentActor,
  Deals,
  type Events,
  Imports,
  Merges,
  PhoneNormalizer,
  Privacy,
  Refused,
  Tasks,
  TenantId,
  TimeOrderedIds,
  UserId
} from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { databases } from "../support/stores.ts"

const actor = CurrentActor.of({ tenantId: TenantId.make("acme"), userId: UserId.make("u"), userName: null, roles: [] })

/** What is kept, by what a change of it would change. */
const contents = Effect.gen(function* () {
  const sql = yield* SqlClient
  return yield* Effect.all([
    sql`SELECT id, version, name FROM crm_contacts ORDER BY id`,
    sql`SELECT id FROM crm_contact_history ORDER BY id`,
    sql`SELECT contact_id FROM crm_contact_archive ORDER BY contact_id`,
    sql`SELECT id, version, stage FROM crm_deals ORDER BY id`,
    sql`SELECT deal_id, version FROM crm_deal_history ORDER BY deal_id, version`,
    sql`SELECT id, completed_by FROM crm_tasks ORDER BY id`,
    sql`SELECT id FROM crm_outbox ORDER BY id`
  ])
})

describe.each(databases)("a hook, on $name", ({ stores }) => {
  /** A CRM whose host decides so. */
  const crmWith = (hook: CommandHook) =>
    Crm.layer.pipe(
      Layer.provide(Layer.succeed(CommandHook, hook)),
      Layer.provideMerge(
        Layer.mergeAll(stores, TimeOrderedIds.layer, Layer.succeed(PhoneNormalizer, { toE164: () => null }))
      )
    )

  it.live("is asked about the events of a command before they are there, and refuses all of it", () => {
    let refuses = false
    const asked: Array<string> = []
    const hook = (events: ReadonlyArray<Events.DomainEvent>) => {
      asked.push(...events.map(({ type }) => type))
      return refuses ? Effect.fail(new Refused({ reason: "Not today" })) : Effect.void
    }
    return Effect.gen(function* () {
      const contacts = yield* Contacts
      const deals = yield* Deals
      const tasks = yield* Tasks
      const [ann, ben] = [yield* contacts.create({ name: "Ann" }), yield* contacts.create({ name: "Ben" })]
      const gone = yield* contacts.create({ name: "Gone" })
      yield* contacts.remove(gone.id)
      const deal = yield* deals.create({ name: "Deal", contactId: ann.id })
      const task = yield* tasks.create({ title: "Call" })
      const before = yield* contents
      const rows = [{ cells: ["Dee"] }]
      refuses = true
      const commands: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }, Crm.Crm | CurrentActor>> = [
        contacts.create({ name: "Cid" }),
        contacts.update(ann.id, { name: "Anna" }),
        contacts.remove(ann.id),
        contacts.restore(gone.id),
        deals.create({ name: "Other" }),
        deals.update(deal.id, { name: "Other" }),
        deals.changeStage(deal.id, { stage: "closed_won" }),
        deals.remove(deal.id),
        tasks.complete(task.id),
        Effect.flatMap(BulkUpdates, (bulks) => bulks.update({ contactIds: [ann.id], updates: { title: "x" } })),
        Effect.flatMap(Merges, (merges) => merges.merge({ primaryContactId: ann.id, mergeContactIds: [ben.id] })),
        Effect.flatMap(Privacy, (privacy) => privacy.erase(ann.id)),
        Effect.flatMap(Imports, (imports) =>
          imports.contacts({ header: ["name"], rows: Stream.fromIterable(rows), options: {} })
        )
      ]
      for (const command of commands) {
        asked.length = 0
        const error = yield* Effect.flip(command)
        assert.deepInclude<object>(error, { _tag: "Refused", reason: "Not today" })
        assert.isNotEmpty(asked)
      }
      assert.deepStrictEqual(yield* contents, before)
      // What merely follows from something else is not asked about.
      asked.length = 0
      yield* Effect.flatMap(Activities, (activities) => activities.create({ type: "meeting", contactId: ann.id }))
      refuses = false
      yield* tasks.create({
        title: "Call",
        dueDate: DateTime.formatIso(DateTime.add(yield* DateTime.now, { days: 2 }))
      })
      refuses = true
      yield* tasks.runDue(DateTime.add(yield* DateTime.now, { days: 1, hours: 1 }))
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.provideService(CurrentActor, actor), Effect.provide(crmWith(hook)))
  })

  it.live("writes with the command, or not at all", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE audit (type VARCHAR(100) NOT NULL)`
      const hook: CommandHook = (events) =>
        Effect.forEach(events, ({ type }) => sql`INSERT INTO audit (type) VALUES (${type})`, { discard: true }).pipe(
          Effect.orDie
        )
      yield* Effect.gen(function* () {
        const contacts = yield* Contacts
        const ann = yield* contacts.create({ name: "Ann", email: "ann@example.com" })
        yield* Effect.flip(contacts.create({ name: "Again", email: "ann@example.com" }))
        yield* contacts.update(ann.id, { name: "Anna" })
        const rows = yield* sql`SELECT type FROM audit`
        assert.deepStrictEqual(rows, [{ type: "crm.contact_created" }, { type: "crm.contact_updated" }])
      }).pipe(Effect.provide(Layer.fresh(Crm.layer.pipe(Layer.provide(Layer.succeed(CommandHook, hook))))))
    }).pipe(
      Effect.provideService(CurrentActor, actor),
      Effect.provide(
        Layer.mergeAll(stores, TimeOrderedIds.layer, Layer.succeed(PhoneNormalizer, { toE164: () => null }))
      )
    )
  )
})

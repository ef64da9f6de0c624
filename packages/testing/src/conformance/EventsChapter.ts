/** Events of every command: none is missing, none is too many, and each says who did it, through what, and what was before. */
import {
  Activities,
  BulkUpdates,
  Contacts,
  Deals,
  Enrichments,
  type Events,
  Imports,
  JobId,
  Merges,
  Notes,
  Privacy,
  ProductCatalog,
  Segments,
  Tasks,
  type TenantId,
  TrackedEvents,
  UserId,
  Webhooks
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { teach } from "./Knowledge.ts"
import { allEventsOf, at, byUser, type Chapter, inNewTenant } from "./Harness.ts"

const today = "2026-01-24T12:00:00.000Z"

/** As whom the clock does what it does. */
const systemId = UserId.make("system")

/** Runs commands one by one; what each has appended is told apart by how many there were before. */
const recorder = (tenantId: TenantId) => {
  let seen = 0
  /** Runs a command that is to append events of these types, beside those of the scores that it changes. */
  return Effect.fnUntraced(function* <A, E, R>(
    command: Effect.Effect<A, E, R>,
    types: ReadonlyArray<string>,
    origin: Pick<Events.DomainEvent, "actor" | "cause"> = byUser
  ) {
    const result = yield* command
    const events = yield* allEventsOf(tenantId)
    const added = events.slice(seen)
    seen = events.length
    const told = added.filter(({ type }) => type !== "crm.score_changed")
    assert.deepStrictEqual(
      told.map(({ type }) => type),
      types.map((type) => `crm.${type}`)
    )
    for (const { actor, cause, timestamp } of added) {
      assert.deepStrictEqual({ cause, actor: { ...actor } }, { cause: origin.cause, actor: { ...origin.actor } })
      assert.strictEqual(DateTime.formatIso(timestamp), today)
    }
    return { result, told, scores: added.filter(({ type }) => type === "crm.score_changed") }
  })
}

export const events: Chapter = {
  title: "events",
  needs: [],
  tests: (test) => {
    test("tell of contacts whenever their version rises, and of nothing else about them", () =>
      at(today)(
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const notes = yield* Notes
            const after = recorder(tenantId)
            const { result: ann } = yield* after(contacts.create({ name: "Ann", title: "CFO" }), ["contact_created"])
            yield* after(contacts.update(ann.id, { name: "Ann" }), [])
            const { told } = yield* after(contacts.update(ann.id, { name: "Anna", title: null }), ["contact_updated"])
            assert.deepInclude(told[0], { previous: { name: "Ann", title: "CFO" } })
            yield* after(Effect.flip(contacts.create({ name: "" })), [])
            const { result: note } = yield* after(notes.add(ann.id, { content: "Met" }), [])
            yield* after(notes.edit(note.id, { content: "Met twice" }), [])
            yield* after(notes.remove(note.id), [])
            yield* after(contacts.get(ann.id), [])
            yield* after(contacts.remove(ann.id), ["contact_deleted"])
            yield* after(contacts.restore(ann.id), ["contact_restored"])
            yield* after(
              Effect.flatMap(Privacy, (privacy) => privacy.erase(ann.id)),
              ["contact_deleted"]
            )
          })
        )
      ))

    test("tell of what bulk updates, merges and imports do, by their causes", () =>
      at(today)(
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const after = recorder(tenantId)
            const { actor } = byUser
            const { result: ann } = yield* after(contacts.create({ name: "Ann", title: "CEO" }), ["contact_created"])
            const { result: ben } = yield* after(contacts.create({ name: "Ben", phone: "1" }), ["contact_created"])
            const { result: cid } = yield* after(contacts.create({ name: "Cid" }), ["contact_created"])
            const bulk = Effect.flatMap(BulkUpdates, (bulks) =>
              bulks.update({ contactIds: [ann.id, ben.id, cid.id], updates: { title: "CEO" } })
            )
            const { told } = yield* after(bulk, ["contact_updated", "contact_updated"], { actor, cause: "bulk" })
            assert.sameMembers(
              told.map(({ data }) => ("id" in data ? data.id : "")),
              [ben.id, cid.id]
            )
            const merge = (primary: typeof ann, ...others: ReadonlyArray<typeof ann>) =>
              Effect.flatMap(Merges, (merges) =>
                merges.merge({ primaryContactId: primary.id, mergeContactIds: others.map(({ id }) => id) })
              )
            const causedByMerge = { actor, cause: "merge" } as const
            const types = ["contact_merged", "contact_deleted", "contact_updated"]
            yield* after(merge(ann, ben), types, causedByMerge)
            yield* after(merge(ann, cid), ["contact_merged", "contact_deleted"], causedByMerge)
            const rows = ["Dee", "", "Eve"].map((name) => ({ cells: [name] }))
            const importing = Effect.flatMap(Imports, (imports) =>
              imports.contacts({ header: ["name"], rows: Stream.fromIterable(rows), options: {} })
            )
            const causedByImport = { actor, cause: "import" } as const
            const { result: report } = yield* after(importing, ["contact_created", "contact_created"], causedByImport)
            const header = ["name", "stage"]
            const importingDeals = Effect.flatMap(Imports, (imports) =>
              imports.deals({ header, rows: Stream.make({ cells: ["Won", "closed_won"] }) })
            )
            yield* after(importingDeals, ["deal_created"], causedByImport)
            const reverting = Effect.flatMap(Imports, (imports) => imports.revert(JobId.make(report.jobId)))
            yield* after(reverting, ["contact_deleted", "contact_deleted"], causedByImport)
            yield* teach("directory", ann.id, { data: { company: { name: "Acme" } }, confidence: 1 })
            const enriching = Effect.flatMap(Enrichments, (enrichments) => enrichments.enrich(ann.id))
            yield* after(enriching, ["contact_updated"], { actor, cause: "enrichment" })
            yield* after(enriching, [])
          })
        )
      ))

    test("tell of deals and of every stage that they come to", () =>
      at(today)(
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const deals = yield* Deals
            const after = recorder(tenantId)
            const { result: ann } = yield* after(contacts.create({ name: "Ann" }), ["contact_created"])
            const fields = { name: "Deal", contactId: ann.id }
            const { result: deal } = yield* after(deals.create(fields), ["deal_created"])
            const { told } = yield* after(deals.update(deal.id, { name: "Large deal" }), ["deal_updated"])
            assert.deepInclude(told[0], { previous: { name: "Deal" } })
            yield* after(deals.update(deal.id, { name: "Large deal" }), [])
            const moveTo = (stage: string) => deals.changeStage(deal.id, { stage, notes: "Moved" })
            yield* after(moveTo("proposal"), ["deal_stage_changed"])
            yield* after(moveTo("proposal"), [])
            yield* after(Effect.flip(moveTo("nowhere")), [])
            yield* after(moveTo("closed_lost"), ["deal_stage_changed", "deal_lost"])
            yield* after(moveTo("lead"), ["deal_stage_changed"])
            // The first deal that is won makes a customer of the lead.
            yield* after(moveTo("closed_won"), ["deal_stage_changed", "deal_won", "contact_updated"])
            yield* after(deals.create({ ...fields, stage: "closed_won" }), ["deal_created", "deal_won"])
            yield* after(deals.addNote(deal.id, { content: "Signed" }), [])
            yield* after(deals.remove(deal.id), ["deal_deleted"])
          })
        )
      ))

    test("tell of tasks that are due and that are completed, once", () =>
      at(today)(
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const tasks = yield* Tasks
            const after = recorder(tenantId)
            const { result: task } = yield* after(tasks.create({ title: "Call" }), [])
            yield* after(tasks.update(task.id, { dueDate: "2026-01-25T11:00:00Z" }), ["task_due"])
            yield* after(tasks.update(task.id, { dueDate: "2026-02-25T11:00:00Z" }), [])
            const soon = tasks.runDue(DateTime.makeUnsafe("2026-02-24T12:00:00Z"))
            yield* after(soon, ["task_due"], { actor: { id: systemId, name: null }, cause: "time" })
            yield* after(soon, [])
            yield* after(tasks.complete(task.id), ["task_completed"])
            yield* after(tasks.complete(task.id), [])
            yield* after(tasks.update(task.id, { status: "pending" }), [])
            yield* after(tasks.update(task.id, { status: "completed" }), ["task_completed"])
            yield* after(tasks.remove(task.id), [])
          })
        )
      ))

    test("tell of a score when what happened has changed it, and of nothing that happened", () =>
      at(today)(
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const activities = yield* Activities
            const contacts = yield* Contacts
            const tracked = yield* TrackedEvents
            const after = recorder(tenantId)
            const { result: ann } = yield* after(contacts.create({ name: "Ann" }), ["contact_created"])
            const scored = Effect.fnUntraced(function* <A, E, R>(command: Effect.Effect<A, E, R>) {
              const before = yield* contacts.get(ann.id)
              const { result, scores } = yield* after(command, [])
              const { score } = yield* contacts.get(ann.id)
              const expected = score === before.score ? [] : [{ contactId: ann.id, previousScore: before.score, score }]
              assert.lengthOf(scores, expected.length)
              for (const [index, { data }] of scores.entries()) assert.deepInclude<object>(data, expected[index] ?? {})
              return { result, isOther: score !== before.score }
            })
            const call = yield* scored(activities.create({ type: "meeting", contactId: ann.id }))
            const demo = yield* scored(tracked.record([{ contactId: ann.id, event: "demo_request" }]))
            assert.isTrue(demo.isOther, "The default rules ask for demo requests")
            yield* scored(tracked.record([{ contactId: ann.id, event: "nobody_asks_for_this" }]))
            yield* scored(activities.remove(call.result.id))
          })
        )
      ))

    test("do not tell of settings", () =>
      at(today)(
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const after = recorder(tenantId)
            const webhooks = yield* Webhooks
            yield* after(
              Effect.flatMap(ProductCatalog, (products) =>
                products.create({ name: "License", price: BigDecimal.fromNumberUnsafe(1) })
              ),
              []
            )
            const segment = { key: "every", name: "Every", predicate: { all: [] } }
            yield* after(
              Effect.flatMap(Segments, (segments) => segments.create(segment)),
              []
            )
            const { result } = yield* after(webhooks.create({ url: "https://example.com" }), [])
            yield* after(webhooks.test(result.id), [])
            yield* after(webhooks.remove(result.id), [])
          })
        )
      ))
  }
}

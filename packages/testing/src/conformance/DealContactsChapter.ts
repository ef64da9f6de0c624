/** Deals and their contacts: what a deal makes of its contact, and what becomes of deals whose contact goes. */
import { type ContactId, Contacts, type Deal, Deals, Merges, Pipelines, Privacy } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Struct from "effect/Struct"
import { assertChained, assertRecounted } from "./DealCommands.ts"
import { allEventsOf, assertSame, type Call, type Chapter, eventsOf, inNewTenant } from "./Harness.ts"
import { failures, race, times } from "./Races.ts"

const decimal = (value: number) => BigDecimal.fromBigInt(BigInt(value))

const dealOf = (contactId: ContactId, input: Partial<Deal.DealCreate> = {}) =>
  Effect.flatMap(Deals, (deals) => deals.create({ name: "Deal", contactId, value: decimal(100), ...input }))

const stages = ["lead", "qualified", "proposal", "negotiation", "closed_won", "closed_lost"]

export const dealContacts: Chapter = {
  title: "deals and contacts",
  needs: [],
  tests: (test) => {
    test("make a lead a customer when the first is won, once and for all, and tell of it", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const ann = yield* contacts.create({ name: "Ann" })
          const { id } = yield* dealOf(ann.id)
          assert.strictEqual((yield* contacts.get(ann.id)).version, 1)
          yield* deals.changeStage(id, { stage: "closed_won" })
          const won = yield* contacts.get(ann.id)
          assert.deepStrictEqual([won.type, won.version], ["customer", 2])
          assertSame(won.engagement.lifetimeValue, decimal(100))
          assert.deepStrictEqual(
            (yield* contacts.history(ann.id, {})).data[0]?.changes.map(({ field }) => field),
            ["type"]
          )
          yield* deals.changeStage(id, { stage: "lead" })
          const reopened = yield* contacts.get(ann.id)
          assert.deepStrictEqual([reopened.type, reopened.version], ["customer", 2])
          assertSame(reopened.engagement.lifetimeValue, decimal(0))
          yield* dealOf(ann.id, { stage: "closed_won" })
          yield* contacts.update(ann.id, { type: "lead" })
          yield* dealOf(ann.id, { stage: "closed_won" })
          assert.strictEqual((yield* contacts.get(ann.id)).type, "lead")
          const updates = (yield* eventsOf(tenantId)).filter(({ type }) => type === "crm.contact_updated")
          assert.lengthOf(updates, 2)
        })
      ))

    test("are scored with their contact, in one transaction", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const ann = yield* contacts.create({ name: "Ann" })
          const before = (yield* allEventsOf(tenantId)).length
          yield* dealOf(ann.id, { stage: "closed_won" })
          const after = yield* contacts.get(ann.id)
          const told = (yield* allEventsOf(tenantId)).slice(before).filter(({ type }) => type === "crm.score_changed")
          assert.strictEqual(told.length === 1, after.score !== ann.score)
        })
      ))

    test("stay when their contact is deleted, and are linked again when it comes back, but for those that found another", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const [ann, ben] = [yield* contacts.create({ name: "Ann" }), yield* contacts.create({ name: "Ben" })]
          const kept = yield* dealOf(ann.id, { stage: "closed_won" })
          const moved = yield* dealOf(ann.id)
          const removed = yield* dealOf(ann.id)
          yield* contacts.remove(ann.id)
          const alone = yield* deals.get(kept.id)
          assert.deepStrictEqual([alone.contactId, alone.version], [null, 2])
          assert.strictEqual((yield* deals.list({})).pipelineSummary.dealCount, 3)
          yield* deals.update(moved.id, { contactId: ben.id })
          yield* deals.remove(removed.id)
          yield* deals.update(kept.id, { value: decimal(250) })
          const restored = yield* contacts.restore(ann.id)
          assertSame(restored.engagement.lifetimeValue, decimal(250))
          assert.deepStrictEqual(
            restored.deals.map(({ id }) => id),
            [kept.id]
          )
          assert.strictEqual((yield* deals.get(moved.id)).contactId, ben.id)
          yield* assertRecounted(tenantId, { contactIds: [ann.id, ben.id], dealIds: [kept.id, moved.id, removed.id] })
        })
      ))

    test("make a lead a customer when it comes back to one that was won meanwhile, and not when it had one before", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const ann = yield* contacts.create({ name: "Ann" })
          const { id } = yield* dealOf(ann.id)
          yield* contacts.remove(ann.id)
          yield* deals.changeStage(id, { stage: "closed_won" })
          const restored = yield* contacts.restore(ann.id)
          assert.deepStrictEqual([restored.type, restored.version], ["customer", 2])
          assertSame(yield* contacts.get(ann.id), restored)

          const lead = yield* contacts.update(ann.id, { type: "lead" })
          yield* contacts.remove(ann.id)
          assertSame(yield* contacts.restore(ann.id), lead)
          yield* assertRecounted(tenantId, { contactIds: [], dealIds: [id] })
        })
      ))

    test("move to the primary of a merge, whose preview says so", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const merges = yield* Merges
          const [ann, ben] = [yield* contacts.create({ name: "Ann" }), yield* contacts.create({ name: "Ben" })]
          const one = yield* dealOf(ann.id, { stage: "closed_won" })
          const other = yield* dealOf(ben.id, { stage: "closed_won", notes: "Of Ben" })
          const request = { primaryContactId: ann.id, mergeContactIds: [ben.id] }
          const preview = yield* merges.preview(request)
          assert.strictEqual(preview.moves.deals, 1)
          const merged = yield* merges.merge(request)
          assertSame(merged.engagement, preview.contact.engagement)
          assertSame(merged.engagement.lifetimeValue, decimal(200))
          assertSame(merged.deals, preview.contact.deals)
          const { contactId, version, ...after } = yield* deals.get(other.id)
          assert.deepStrictEqual([contactId, version], [ann.id, 2])
          assertSame({ ...after, contactId: ben.id, version: 1 }, other)
          yield* assertRecounted(tenantId, { contactIds: [ann.id], dealIds: [one.id, other.id] })
        })
      ))

    test("lose every word of a person that is erased, and nothing else", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const privacy = yield* Privacy
          const ann = yield* contacts.create({ name: "Ann Meyer", email: "ann@example.com" })
          const named = yield* dealOf(ann.id, { name: "Deal with ANN  Meyer", notes: "Mail ann@example.com" })
          const plain = yield* dealOf(ann.id, { name: "Roof", notes: "Twelve panels" })
          const gone = yield* dealOf(ann.id, { name: "Ann Meyer, deleted" })
          yield* deals.remove(gone.id)
          const exported = yield* privacy.export(ann.id)
          assert.sameMembers(
            exported.deals.map(({ id }) => id),
            [named.id, plain.id]
          )
          assertSame(
            exported.deletedDeals.map(({ stageHistory, ...deal }) => [deal, stageHistory.at(-1)?.kind]),
            [[Struct.omit(gone, ["stageHistory"]), "delete"]]
          )
          const { pipelineSummary } = yield* deals.list({})
          yield* privacy.erase(ann.id)
          const erased = yield* deals.get(named.id)
          assert.deepStrictEqual(
            [erased.name, erased.notes[0]?.content, erased.stageHistory[0]?.notes, erased.contactId],
            ["[erased]", "[erased]", "[erased]", null]
          )
          const kept = yield* deals.get(plain.id)
          assert.deepStrictEqual([kept.name, kept.notes[0]?.content], ["Roof", "Twelve panels"])
          assertSame((yield* deals.list({})).pipelineSummary, pipelineSummary)
          const told = JSON.stringify(yield* allEventsOf(tenantId)).toLowerCase()
          assert.notInclude(told, "meyer")
          assert.notInclude(told, "ann@example.com")
        })
      ))

    test("of a person whose contact was purged or had another name are found by the events that tell of them", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const privacy = yield* Privacy
          const { id } = yield* contacts.create({ name: "Ann Meyer", email: "ann@example.com" })
          const before = yield* dealOf(id, { name: "Ann Meyer's roof", notes: "Mail ann@example.com" })
          yield* contacts.update(id, { name: "Ann Schmidt" })
          const after = yield* dealOf(id, { name: "Schmidt, garage: Ann Schmidt" })
          yield* contacts.remove(id)
          yield* contacts.purge(DateTime.add(yield* DateTime.now, { days: 31 }))
          yield* privacy.erase(id)
          for (const deal of [before, after]) assert.strictEqual((yield* deals.get(deal.id)).name, "[erased]")
          assert.strictEqual((yield* deals.get(before.id)).notes[0]?.content, "[erased]")
          assert.notMatch(JSON.stringify(yield* allEventsOf(tenantId)), /meyer|schmidt|ann@example/i)
        })
      ))

    test("are unknown to a contact that does not exist, on creation and on update", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const { id } = yield* contacts.create({ name: "Ann" })
          const deal = yield* dealOf(id)
          yield* contacts.remove(id)
          assert.strictEqual((yield* Effect.flip(dealOf(id)))._tag, "ContactNotFound")
          assert.strictEqual((yield* Effect.flip(deals.update(deal.id, { contactId: id })))._tag, "ContactNotFound")
          assert.strictEqual((yield* deals.get(deal.id)).version, 2)
        })
      ))

    test("have one unbroken history of 16 changes of stage at once", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id: contactId } = yield* contacts.create({ name: "Ann" })
          const { id } = yield* dealOf(contactId)
          const move = (stage: string) => Effect.flatMap(Deals, (deals) => deals.changeStage(id, { stage }))
          const outcomes = yield* race(times(16, (n) => move(stages[n % stages.length] ?? "lead")))
          assert.deepStrictEqual(failures(outcomes), [])
          const { stageHistory, version } = yield* Effect.flatMap(Deals, (deals) => deals.get(id))
          assertChained(stageHistory)
          assert.strictEqual(stageHistory.length, version)
          const moved = (yield* eventsOf(tenantId)).filter(({ type }) => type === "crm.deal_stage_changed")
          assert.lengthOf(moved, version - 1)
          yield* assertRecounted(tenantId, { contactIds: [contactId], dealIds: [id] })
        })
      ))

    test("are moved by 16 at once, some of one contact, while sums are compacted and contacts merged", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const contactIds = yield* Effect.forEach(
            times(4, (n) => `Contact ${n}`),
            (name) => Effect.map(contacts.create({ name }), ({ id }) => id)
          )
          const [primary, ...others] = contactIds
          if (primary === undefined) return assert.fail("no contacts")
          const made = yield* Effect.forEach(
            times(16, (n) => n),
            (n) => dealOf(contactIds[n % 4] ?? primary)
          )
          const moves = made.flatMap(({ id }, n) =>
            times(4, (step) =>
              Effect.flatMap(Deals, (deals) =>
                deals.changeStage(id, { stage: stages[(n + step) % stages.length] ?? "lead" })
              )
            )
          )
          const compacts = times(4, () => Effect.flatMap(Pipelines, ({ compact }) => compact))
          const merge = Effect.flatMap(Merges, (merges) =>
            merges.merge({ primaryContactId: primary, mergeContactIds: others })
          )
          const calls: ReadonlyArray<Call> = [...moves.slice(0, 32), merge, ...compacts, ...moves.slice(32)]
          const outcomes = yield* race(calls)
          assert.deepStrictEqual(failures(outcomes), [])
          yield* assertRecounted(tenantId, { contactIds: [primary], dealIds: made.map(({ id }) => id) })
          yield* Effect.flatMap(Pipelines, ({ compact }) => compact)
          yield* assertRecounted(tenantId, { contactIds: [primary], dealIds: made.map(({ id }) => id) })
        })
      ))
  }
}

/** History: who changed which field of a contact, and how; from it alone the fields can be told. */
import {
  BulkUpdates,
  ContactId,
  ContactRecord,
  ContactStore,
  Contacts,
  Events,
  History,
  HistoryStore,
  Imports,
  Merges,
  type TenantId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { life, live } from "./Belongings.ts"
import { commands, everyone, runAll } from "./Commands.ts"
import { as, assertSame, byUser, type Chapter, eventsOf, forAll, idsOf, inNewTenant, newTenant } from "./Harness.ts"
import { recordOf } from "./Records.ts"

const fieldsOf = (tenantId: TenantId, id: ContactId) =>
  Effect.flatMap(ContactStore, (store) =>
    Effect.map(store.find(tenantId, id), (found) => ContactRecord.encodeFields(Option.getOrThrow(found).fields))
  )

/** A contact's own entries, oldest first: those under the ids of events that tell of it. */
const entriesOf = Effect.fnUntraced(function* (tenantId: TenantId, id: ContactId) {
  const store = yield* HistoryStore
  const events = new Map((yield* eventsOf(tenantId)).map((event) => [event.id, event]))
  const entries = (yield* store.newest(tenantId, id, 1_000)).toReversed()
  for (const { id } of entries) assert.isTrue(events.has(id), "under the id of an event")
  return entries.filter((entry) => {
    const event = events.get(entry.id)
    return event !== undefined && Events.subjectsOf(event).contactId === id
  })
})

/** What a contact looks like of which nothing is known. */
const blank = Effect.map(recordOf({ name: "" }), ({ fields }): History.EncodedFields => ({
  ...ContactRecord.encodeFields(fields),
  name: null,
  type: null,
  status: null
}))

const assertRetold = Effect.fnUntraced(function* (tenantId: TenantId, id: ContactId) {
  const nothing = yield* blank
  const now = yield* fieldsOf(tenantId, id)
  const entries = yield* entriesOf(tenantId, id)
  const redone = entries.reduce((fields, { changes }) => History.redo(fields, changes), nothing)
  assertSame(redone, now)
  const [creation, ...later] = entries
  const undone = later.toReversed().reduce((fields, { changes }) => History.undo(fields, changes), now)
  assertSame(undone, History.redo(nothing, creation?.changes ?? assert.fail("no creation")))
})

export const histories: Chapter = {
  title: "history",
  needs: [],
  tests: (test) => {
    test("tells the fields of a contact from its creation on, and back to it, for any contact and changes", () =>
      forAll(life, 25, (life) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            yield* assertRetold(tenantId, yield* live(life, "one"))
          })
        )
      ))

    test("tells the fields of every contact after any commands, merges and restorations too", () =>
      forAll(commands({ maxLength: 30 }), 12, (commands) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            yield* runAll(commands)
            for (const { id } of yield* everyone) yield* assertRetold(tenantId, id)
          })
        )
      ))

    test("has an entry for each creation and change, with who did it, through what, and the id of the event", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const bulk = yield* BulkUpdates
          const merges = yield* Merges
          const imports = yield* Imports
          const ann = yield* contacts.create({ name: "Ann" })
          yield* contacts.update(ann.id, { title: "Dr", customFields: { size: 5 } })
          yield* contacts.update(ann.id, { title: "Dr" })
          yield* bulk.update({ contactIds: [ann.id], updates: { tags: { add: ["vip"] } } })
          const ben = yield* contacts.create({ name: "Ben", company: "Acme" })
          yield* merges.merge({ primaryContactId: ann.id, mergeContactIds: [ben.id] })
          yield* imports.contacts({
            header: ["name"],
            rows: Stream.fromIterable([{ cells: ["Cas"] }])
          })
          const entries = yield* entriesOf(tenantId, ann.id)
          assert.deepStrictEqual(
            entries.map(({ cause, changes }) => [cause, ...changes.map(({ field }) => field)]),
            [
              ["api", "type", "status", "name"],
              ["api", "title", "custom_fields.size"],
              ["bulk", "tags"],
              ["merge", "company"]
            ]
          )
          for (const { actor } of entries) assert.deepStrictEqual({ ...actor }, byUser.actor)
          const told = (yield* eventsOf(tenantId)).filter(
            (event) => Events.subjectsOf(event).contactId === ann.id && event.type !== "crm.contact_merged"
          )
          assert.deepStrictEqual([...idsOf(entries)], [...idsOf(told)])
          assert.deepStrictEqual(
            entries.map(({ at }) => at.epochMilliseconds),
            told.map(({ timestamp }) => timestamp.epochMilliseconds)
          )
          const [cas] = (yield* contacts.list({ search: "cas" })).data
          const imported = yield* entriesOf(tenantId, cas?.id ?? assert.fail("not imported"))
          assert.deepStrictEqual(
            imported.map(({ cause }) => cause),
            ["import"]
          )
          const page = yield* contacts.history(ann.id, { limit: 100 })
          assert.strictEqual(page.pagination.total, 5, "with what the merged one brought along")
        })
      ))

    test("is walked newest first, each entry once, also while others are added", () =>
      forAll(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 })), 8, ([changes, limit]) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const { id } = yield* contacts.create({ name: "Ann" })
            for (let n = 0; n < changes; n++) yield* contacts.update(id, { title: `${n}` })
            const wanted = idsOf(yield* entriesOf(tenantId, id)).toReversed()
            const visited: Array<string> = []
            let page = yield* contacts.history(id, { limit })
            for (;;) {
              visited.push(...idsOf(page.data))
              assert.strictEqual(page.pagination.total, changes + 1)
              const cursor = page.pagination.nextCursor
              if (cursor === null) break
              yield* contacts.update(id, { title: `meanwhile ${visited.length}` })
              page = yield* contacts.history(id, { limit, cursor })
            }
            assert.deepStrictEqual(visited, wanted)
          })
        )
      ))

    test("is nobody's for a contact that is not there, or another tenant's", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const { id } = yield* as(yield* newTenant)(contacts.create({ name: "Ann" }))
        const ours = yield* newTenant
        for (const unknown of [id, ContactId.make("contact_none")]) {
          assert.strictEqual((yield* Effect.flip(as(ours)(contacts.history(unknown, {}))))._tag, "ContactNotFound")
        }
      }))
  }
}

/** Bulk updates: an outcome for each contact, the change of a single update for those that change, and one event each. */
import { BulkUpdates, ContactId, Contacts } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as Generators from "../Generators.ts"
import { draft } from "./Commands.ts"
import { as, assertSame, at, byUser, type Chapter, eventsOf, forAll, inNewTenant, newTenant } from "./Harness.ts"

const stranger = ContactId.make("contact_none")

/** Changes that can be made to many: nothing by which one is known. */
const changes = Generators.contactUpdate.map(
  ({ email: _e, externalId: _x, name: _n, phone: _p, secondaryEmails: _se, secondaryPhones: _sp, tags, ...rest }) => ({
    ...rest,
    ...(Array.isArray(tags) && { tags })
  })
)

/** Contacts that meet in nothing by which one is known. */
const drafts = fc
  .array(draft, { minLength: 1, maxLength: 6 })
  .map((drafts) => drafts.map(({ email: _email, externalId: _x, secondaryEmails: _secondary, ...rest }) => rest))

export const bulkUpdates: Chapter = {
  title: "bulk updates",
  needs: [],
  tests: (test) => {
    test("change every contact as an update of it alone would, and count who changed and who did not", () =>
      forAll(fc.tuple(drafts, changes), 15, ([drafts, updates]) =>
        Effect.gen(function* () {
          const time = "2026-01-20T10:00:00.000Z"
          const later = "2026-01-21T10:00:00.000Z"
          const contacts = yield* Contacts
          const bulk = yield* BulkUpdates
          const [inBulk, alone] = yield* Effect.forEach(["bulk", "alone"], (way) =>
            inNewTenant((tenantId) =>
              Effect.gen(function* () {
                const made = yield* Effect.forEach(drafts, (draft) => contacts.create(draft).pipe(at(time)))
                const ids = made.map(({ id }) => id)
                if (way === "bulk") {
                  const report = yield* bulk.update({ contactIds: [...ids, ...ids], updates }).pipe(at(later))
                  const events = (yield* eventsOf(tenantId)).slice(made.length)
                  assertSame(
                    { ...report },
                    { requested: ids.length, updated: events.length, unchanged: ids.length - events.length, failed: [] }
                  )
                  for (const { actor, cause, type } of events) {
                    assert.deepStrictEqual(
                      { cause, type, actor: { ...actor } },
                      { ...byUser, cause: "bulk", type: "crm.contact_updated" }
                    )
                  }
                } else {
                  for (const id of ids) yield* contacts.update(id, updates).pipe(at(later))
                }
                const events = (yield* eventsOf(tenantId)).flatMap((event) =>
                  event.type === "crm.contact_updated" ? [event.previous] : []
                )
                const details = yield* Effect.forEach(ids, (id) => contacts.get(id))
                return { events, details: details.map(({ id: _id, ...detail }) => detail) }
              })
            )
          )
          assertSame(inBulk, alone)
        })
      ))

    test("add and remove tags beside those that each contact has, ignoring case", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const bulk = yield* BulkUpdates
          const made = yield* Effect.forEach([["VIP", "old"], ["new"], []], (tags) =>
            contacts.create({ name: "Ann", tags })
          )
          const contactIds = made.map(({ id }) => id)
          const request = { contactIds, updates: { tags: { add: ["vip", "New"], remove: ["OLD"] } } }
          const report = yield* bulk.update(request)
          assert.strictEqual(report.updated, 3)
          const tags = yield* Effect.forEach(contactIds, (id) => Effect.map(contacts.get(id), ({ tags }) => [...tags]))
          assert.deepStrictEqual(tags, [
            ["VIP", "New"],
            ["new", "vip"],
            ["vip", "New"]
          ])
          for (const [tag, total] of [
            ["vip", 3],
            ["NEW", 3],
            ["old", 0]
          ] as const) {
            assert.strictEqual((yield* contacts.list({ tag })).pagination.total, total, tag)
          }
          assert.strictEqual((yield* bulk.update(request)).unchanged, 3)
          yield* bulk.update({ contactIds, updates: { tags: ["only"] } })
          assert.strictEqual((yield* contacts.list({ tag: "only" })).pagination.total, 3)
          assert.strictEqual((yield* contacts.list({ tag: "vip" })).pagination.total, 0)
        })
      ))

    test("leave those alone that cannot be changed, each with its reason, and change the others", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const bulk = yield* BulkUpdates
        const ours = yield* newTenant
        const foreign = yield* as(yield* newTenant)(contacts.create({ name: "Theirs" }))
        const full = Array.from({ length: 100 }, (_, index) => `tag ${index}`)
        yield* Effect.gen(function* () {
          const free = yield* contacts.create({ name: "Free" })
          const crowded = yield* contacts.create({ name: "Crowded", tags: full })
          const request = {
            contactIds: [stranger, free.id, foreign.id, crowded.id, free.id],
            updates: { tags: { add: ["one more"] } }
          }
          const refused = yield* Effect.flip(bulk.update({ ...request, atomic: true }))
          if (refused._tag !== "BulkFailed") return assert.fail(refused.message)
          assertSame(yield* contacts.get(free.id), free)
          assert.lengthOf(yield* eventsOf(ours), 2)
          const report = yield* bulk.update(request)
          assert.deepStrictEqual([report.requested, report.updated, report.unchanged], [4, 1, 0])
          for (const failed of [report.failed, refused.failed]) {
            assert.sameDeepMembers(
              failed.map(({ code, id }) => [id, code]),
              [
                [stranger, "contact_not_found"],
                [foreign.id, "contact_not_found"],
                [crowded.id, "validation_error"]
              ]
            )
          }
          assert.deepStrictEqual([...(yield* contacts.get(free.id)).tags], ["one more"])
          assertSame(yield* contacts.get(crowded.id), crowded)
          assert.lengthOf(yield* eventsOf(ours), 3)
        }).pipe(as(ours))
      }))

    test("refuse a request of no contacts, of more than 1,000, and of changes that none could have", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const bulk = yield* BulkUpdates
          for (const request of [
            { contactIds: [], updates: {} },
            {
              contactIds: Array.from({ length: 1_001 }, (_, index) => ContactId.make(`contact_${index}`)),
              updates: {}
            },
            { contactIds: [stranger], updates: { title: "x".repeat(256) } }
          ]) {
            assert.strictEqual((yield* Effect.flip(bulk.update(request)))._tag, "ValidationError")
          }
        })
      ))
  }
}

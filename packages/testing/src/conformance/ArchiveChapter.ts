/** Deleting and restoring: what comes back is what was there, all of it or nothing, for 30 days. */
import { Contacts, type ContactId, Notes, TrackedEvents } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { belongingsOf, everything, life, live } from "./Belongings.ts"
import {
  as,
  assertSame,
  at,
  byUser,
  type Call,
  type Chapter,
  eventsOf,
  eventTypes,
  forAll,
  idsOf,
  inNewTenant,
  newTenant
} from "./Harness.ts"
import { failures, race, successes, times } from "./Races.ts"

const nothing = {
  notes: [],
  events: [],
  activities: [],
  tasks: [],
  history: [],
  enriched: [],
  counted: { deals: 0, activities: 0, tasks: 0, notes: 0, events: 0 }
}

const assertGone = Effect.fnUntraced(function* (id: ContactId) {
  const contacts = yield* Contacts
  const calls: ReadonlyArray<Call> = [
    contacts.get(id),
    contacts.remove(id),
    contacts.update(id, { name: "X" }),
    contacts.history(id, {})
  ]
  for (const call of calls) {
    const error = yield* Effect.flip(call)
    assert.strictEqual(error._tag, "ContactNotFound")
    assert.notProperty(error, "mergedInto")
  }
})

export const archive: Chapter = {
  title: "archive",
  needs: [],
  tests: (test) => {
    test("brings a deleted contact back as it was, with all that belonged to it, among others that stay as they are", () =>
      forAll(fc.tuple(life, life), 12, ([one, other]) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const id = yield* live(one, "one")
            const otherId = yield* live(other, "other")
            const before = yield* everything(tenantId, id)
            const others = yield* belongingsOf(tenantId, otherId)
            yield* contacts.remove(id)
            yield* assertGone(id)
            assertSame(yield* belongingsOf(tenantId, id), nothing)
            assertSame(yield* belongingsOf(tenantId, otherId), others)
            const list = yield* contacts.list({})
            assert.deepStrictEqual([idsOf(list.data), list.pagination.total], [[otherId], 1])
            const restored = yield* contacts.restore(id)
            assertSame(restored, before.detail)
            assertSame(yield* everything(tenantId, id), before)
            assertSame(yield* belongingsOf(tenantId, otherId), others)
          })
        )
      ))

    test("tells of a deletion and of a restoration once each", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contacts.create({ name: "Ann", email: "ann@example.com" })
          yield* contacts.remove(id)
          yield* contacts.restore(id)
          const events = yield* eventsOf(tenantId)
          assert.deepStrictEqual(
            events.map(({ type }) => type),
            ["crm.contact_created", "crm.contact_deleted", "crm.contact_restored"]
          )
          for (const { actor, cause } of events) assert.deepStrictEqual({ cause, actor: { ...actor } }, byUser)
        })
      ))

    for (const [what, claim] of [
      ["its e-mail address", { email: "ANN@example.com" }],
      ["a secondary address", { secondaryEmails: ["ann2@example.com"] }],
      ["its external id", { externalId: "7" }]
    ] as const) {
      test(`refuses to bring a contact back when another has ${what} by then, and brings back nothing of it`, () =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const notes = yield* Notes
            const ann = {
              name: "Ann",
              email: "ann@example.com",
              secondaryEmails: ["ann2@example.com"],
              externalId: "7"
            }
            const { id } = yield* contacts.create({ ...ann, tags: ["vip"], notes: "First" })
            yield* notes.add(id, { content: "Second" })
            const before = yield* everything(tenantId, id)
            yield* contacts.remove(id)
            const rival = yield* contacts.create({ name: "Rival", ...claim })
            const error = yield* Effect.flip(contacts.restore(id))
            if (error._tag !== "DuplicateContact") return assert.fail(error.message)
            const reason = "externalId" in claim ? "external_id" : "email"
            assert.deepStrictEqual([error.contactId, error.reason], [rival.id, reason])
            yield* assertGone(id)
            assertSame(yield* belongingsOf(tenantId, id), nothing)
            assert.strictEqual((yield* contacts.list({})).pagination.total, 1)
            assert.strictEqual((yield* contacts.list({ tag: "vip" })).pagination.total, 0)
            assert.strictEqual((yield* eventTypes(tenantId)).at(-1), "crm.contact_created")
            yield* contacts.remove(rival.id)
            yield* contacts.restore(id)
            assertSame(yield* everything(tenantId, id), before)
          })
        ))
    }

    test("brings a contact back whose events were sent again for another one meanwhile", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const tracking = yield* TrackedEvents
          const ann = yield* contacts.create({ name: "Ann" })
          const ben = yield* contacts.create({ name: "Ben" })
          const sent = (contactId: ContactId) => tracking.record([{ id: "sent-1", contactId, event: "email_opened" }])
          yield* sent(ann.id)
          const before = yield* belongingsOf(tenantId, ann.id)
          yield* contacts.remove(ann.id)
          yield* sent(ben.id)
          const { engagement } = yield* contacts.restore(ann.id)
          const after = yield* belongingsOf(tenantId, ann.id)
          assert.strictEqual(engagement.totalInteractions, after.events.length)
          assert.deepStrictEqual(
            after.events.map(({ id }) => id),
            before.events.map(({ id }) => id)
          )
          const again = yield* sent(ann.id)
          assert.deepStrictEqual([again.accepted, again.duplicates], [0, 1])
        })
      ))

    test("keeps a deleted contact for 30 days, and forgets it in the next purge", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contacts.create({ name: "Ann", email: "ann@example.com" })
          const deleted = "2026-01-20T10:00:00.000Z"
          const [lastMoment, tooLate] = ["2026-02-19T10:00:00.000Z", "2026-02-19T10:00:00.001Z"]
          yield* contacts.remove(id).pipe(at(deleted))
          yield* contacts.purge(DateTime.makeUnsafe(lastMoment))
          yield* contacts.restore(id).pipe(at(lastMoment))
          yield* contacts.remove(id).pipe(at(deleted))
          assert.strictEqual((yield* Effect.flip(contacts.restore(id).pipe(at(tooLate))))._tag, "ContactNotFound")
          assert.isAtLeast(yield* contacts.purge(DateTime.makeUnsafe(tooLate)), 1)
          assert.strictEqual((yield* Effect.flip(contacts.restore(id).pipe(at(deleted))))._tag, "ContactNotFound")
          assertSame(yield* belongingsOf(tenantId, id), nothing)
        })
      ))

    test("brings back only what was deleted, once, and only in its tenant", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const ours = yield* newTenant
        const theirs = yield* newTenant
        const { id } = yield* as(ours)(contacts.create({ name: "Ann" }))
        const refused = Effect.map(Effect.flip(contacts.restore(id)), ({ _tag }) => _tag)
        assert.strictEqual(yield* as(ours)(refused), "ContactNotFound")
        yield* as(ours)(contacts.remove(id))
        assert.strictEqual(yield* as(theirs)(refused), "ContactNotFound")
        const outcomes = yield* as(ours)(
          race(times(6, () => Effect.flatMap(Contacts, (contacts) => contacts.restore(id))))
        )
        assert.lengthOf(successes(outcomes), 1)
        for (const error of failures(outcomes)) assert.strictEqual(error._tag, "ContactNotFound")
        assert.strictEqual((yield* as(ours)(contacts.list({}))).pagination.total, 1)
      }))
  }
}

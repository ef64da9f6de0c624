/** Merging: the preview is the result, nothing is lost or doubled, what is gone is told where it went. */
import {
  BulkUpdates,
  type ContactId,
  ContactId as ContactIds,
  Contacts,
  ContactStore,
  Events,
  Merges,
  Merging,
  Notes,
  TrackedEvents
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { belongingsOf, everything, life, live } from "./Belongings.ts"
import {
  Adapter,
  as,
  assertSame,
  byUser,
  type Call,
  type Chapter,
  eventsOf,
  forAll,
  idsOf,
  inNewTenant,
  newTenant,
  transaction
} from "./Harness.ts"
import { failures, race, successes, times } from "./Races.ts"

const merge = (primaryContactId: ContactId, ...mergeContactIds: ReadonlyArray<ContactId>) =>
  Effect.flatMap(Merges, (merges) => merges.merge({ primaryContactId, mergeContactIds }))

const lives = (minLength: number, maxLength: number) => fc.array(life, { minLength, maxLength, size: "max" })

/** Fields and contacts to prefer, as positions among those that a merge has. */
const choices = fc.array(fc.record({ field: fc.nat(), of: fc.nat() }), { maxLength: 8 })

const preferring = (
  made: ReadonlyArray<{ readonly field: number; readonly of: number }>,
  { fields }: Merging.MergePreview,
  ids: ReadonlyArray<ContactId>
): { readonly [field: string]: ContactId } => {
  const chosen = fields.filter(({ source }) => source !== null)
  return Object.fromEntries(
    made.flatMap(({ field, of }) => {
      const [named, id] = [chosen[field % chosen.length], ids[of % ids.length]]
      return named === undefined || id === undefined ? [] : [[named.field, id] as const]
    })
  )
}

/** Newest first, as lists of belongings are. */
const byId = <A extends { readonly id: string }>(items: ReadonlyArray<A>) =>
  items.toSorted((a, b) => (a.id < b.id ? -1 : 1))

const conflictOf = (error: { readonly _tag: string; readonly message: string }): Merging.MergeConflict =>
  error instanceof Merging.MergeConflict ? error : assert.fail(error.message)

export const merging: Chapter = {
  title: "merges",
  needs: [],
  tests: (test) => {
    test("do what their preview shows, whatever is preferred, with every belonging there once and unchanged", () =>
      forAll(fc.record({ lives: lives(2, 4), choices }), 15, ({ choices, lives }) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const merges = yield* Merges
            const ids = yield* Effect.forEach(lives, (life, index) => live(life, `life${index}`))
            const [primary, ...others] = ids
            if (primary === undefined) return assert.fail("no contacts")
            const before = yield* Effect.forEach(ids, (id) => belongingsOf(tenantId, id))
            const told = (yield* eventsOf(tenantId)).length
            const plain = { primaryContactId: primary, mergeContactIds: others }
            const fieldPreferences = preferring(choices, yield* merges.preview(plain), ids)
            const request = { ...plain, fieldPreferences }
            const preview = yield* merges.preview(request)
            for (const { field, source } of preview.fields) {
              if (Object.hasOwn(fieldPreferences, field)) assert.strictEqual(source, fieldPreferences[field], field)
            }
            assert.strictEqual((yield* eventsOf(tenantId)).length, told, "a preview writes nothing")
            assertSame(yield* Effect.forEach(ids, (id) => belongingsOf(tenantId, id)), before)

            const merged = yield* merges.merge({ ...request, versions: preview.versions })
            assertSame({ ...preview.contact, updatedAt: merged.updatedAt }, merged)
            assertSame(yield* contacts.get(primary), merged)
            const after = yield* belongingsOf(tenantId, primary)
            assertSame(byId(after.notes), byId(before.flatMap(({ notes }) => notes)))
            const moved = before.flatMap(({ events }) => events.map((event) => ({ ...event, contactId: primary })))
            assertSame(byId(after.events), byId(moved))
            const entries = new Set(idsOf(before.flatMap(({ history }) => history)))
            assertSame(
              byId(after.history.filter(({ id }) => entries.has(id))),
              byId(before.flatMap(({ history }) => history))
            )
            const ofOthers = before.slice(1)
            const sum = (key: "events" | "notes") => ofOthers.reduce((total, { counted }) => total + counted[key], 0)
            assert.deepStrictEqual(
              { ...preview.moves },
              { deals: 0, activities: 0, tasks: 0, notes: sum("notes"), events: sum("events") }
            )
            assert.strictEqual((yield* contacts.list({})).pagination.total, 1)
          })
        )
      ))

    test("tell of the merge, of every contact that is gone, and of the update exactly when fields changed", () =>
      forAll(lives(2, 3), 10, (lives) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const ids = yield* Effect.forEach(lives, (life, index) => live(life, `life${index}`))
            const [primary, ...others] = ids
            if (primary === undefined) return assert.fail("no contacts")
            const before = yield* contacts.get(primary)
            const past = yield* eventsOf(tenantId)
            const after = yield* merge(primary, ...others)
            const events = (yield* eventsOf(tenantId)).slice(past.length)
            const wanted = [
              ["crm.contact_merged", primary],
              ...others.map((id) => ["crm.contact_deleted", id]),
              ...(after.version === before.version ? [] : [["crm.contact_updated", primary]])
            ]
            assert.sameDeepMembers(
              events.map((event): ReadonlyArray<string | null> => [event.type, Events.subjectsOf(event).contactId]),
              wanted
            )
            for (const { actor, cause } of events) {
              assert.deepStrictEqual({ cause, actor: { ...actor } }, { ...byUser, cause: "merge" })
            }
            for (const event of events) {
              if (event.type === "crm.contact_merged") assert.deepStrictEqual([...event.data.mergedContactIds], others)
            }
          })
        )
      ))

    test("give one after the other what they give at once, but for version, time of update and history", () =>
      forAll(lives(3, 3), 8, (lives) =>
        Effect.gen(function* () {
          const outcomes = yield* Effect.forEach(["at once", "one by one"], (way) =>
            inNewTenant((tenantId) =>
              Effect.gen(function* () {
                const ids = yield* Effect.forEach(lives, (life, index) => live(life, `life${index}`))
                const [primary, second, third] = ids
                if (primary === undefined || second === undefined || third === undefined) return assert.fail("too few")
                if (way === "at once") yield* merge(primary, second, third)
                else yield* Effect.andThen(merge(primary, second), merge(primary, third))
                const { detail, counted } = yield* everything(tenantId, primary)
                const { createdAt: _c, id: _id, notes, updatedAt: _u, version: _v, ...same } = detail
                return { ...same, notes: notes.map(({ content }) => content).toSorted(), counted }
              })
            )
          )
          const [atOnce, oneByOne] = outcomes
          assertSame(oneByOne, atOnce)
        })
      ))

    test("leave merged contacts not found, wherever they are asked for, and tell where they went in the end", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const notes = yield* Notes
          const tracking = yield* TrackedEvents
          const bulk = yield* BulkUpdates
          const [a, b, c, d] = yield* Effect.forEach(["A", "B", "C", "D"], (name) => contacts.create({ name }))
          if (a === undefined || b === undefined || c === undefined || d === undefined) return assert.fail("too few")
          yield* merge(b.id, a.id)
          yield* merge(c.id, b.id)
          for (const { id } of [a, b]) {
            const calls: ReadonlyArray<Call> = [
              contacts.get(id),
              contacts.update(id, { name: "X" }),
              contacts.remove(id),
              contacts.restore(id),
              contacts.history(id, {}),
              notes.add(id, { content: "X" }),
              notes.list(id, {})
            ]
            for (const call of calls) {
              const error = yield* Effect.flip(call)
              if (error._tag !== "ContactNotFound") return assert.fail(error.message)
              assert.deepStrictEqual([error.contactId, error.mergedInto], [id, c.id])
            }
            const report = yield* tracking.record([{ contactId: id, event: "email_opened" }])
            assert.deepStrictEqual(
              report.failed.map(({ code }) => code),
              ["contact_not_found"]
            )
            const { failed } = yield* bulk.update({ contactIds: [id], updates: { title: "X" } })
            assert.deepStrictEqual(
              failed.map(({ code }) => code),
              ["contact_not_found"]
            )
            for (const call of [merge(d.id, id), merge(id, d.id)]) {
              const conflict = conflictOf(yield* Effect.flip(call))
              assert.deepStrictEqual(
                [conflict.reason, [...conflict.contactIds], conflict.mergedInto],
                ["already_merged", [id], c.id]
              )
            }
          }
          assert.sameMembers([...idsOf((yield* contacts.list({})).data)], [c.id, d.id])
        })
      ))

    test("are refused for contacts named twice, of another version, or not there, and then change nothing", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const merges = yield* Merges
          const { id: a } = yield* contacts.create({ name: "A", email: "a@example.com" })
          const { id: b } = yield* contacts.create({ name: "B", email: "b@example.com" })
          const told = (yield* eventsOf(tenantId)).length
          for (const [reason, request] of [
            ["primary_among_merged", { primaryContactId: a, mergeContactIds: [b, a] }],
            ["repeated_id", { primaryContactId: a, mergeContactIds: [b, b] }],
            ["stale_version", { primaryContactId: a, mergeContactIds: [b], versions: { [a]: 1, [b]: 2 } }]
          ] as const) {
            const calls: ReadonlyArray<Call> = [merges.merge(request), merges.preview(request)]
            for (const call of calls) {
              const conflict = conflictOf(yield* Effect.flip(call))
              assert.deepStrictEqual(conflict.reason, reason)
            }
          }
          for (const [tag, request] of [
            ["ContactNotFound", { primaryContactId: a, mergeContactIds: [ContactIds.make("contact_none")] }],
            ["ContactNotFound", { primaryContactId: ContactIds.make("contact_none"), mergeContactIds: [a] }],
            ["ValidationError", { primaryContactId: a, mergeContactIds: [b], fieldPreferences: { emial: b } }],
            [
              "ValidationError",
              { primaryContactId: a, mergeContactIds: [b], fieldPreferences: { email: ContactIds.make("x") } }
            ],
            ["ValidationError", { primaryContactId: a, mergeContactIds: [] }]
          ] as const) {
            assert.strictEqual((yield* Effect.flip(merges.merge(request)))._tag, tag)
            assert.strictEqual((yield* Effect.flip(merges.preview(request)))._tag, tag)
          }
          assert.strictEqual((yield* contacts.list({})).pagination.total, 2)
          assert.strictEqual((yield* eventsOf(tenantId)).length, told)
        })
      ))

    test("know nothing of another tenant's contacts", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        const a = yield* as(ours)(contacts.create({ name: "A" }))
        const b = yield* as(theirs)(contacts.create({ name: "B" }))
        const gone = yield* as(theirs)(contacts.create({ name: "C" }))
        yield* as(theirs)(merge(b.id, gone.id))
        for (const id of [b.id, gone.id]) {
          const calls: ReadonlyArray<Call> = [merge(a.id, id), merge(id, a.id), contacts.get(id)]
          for (const call of calls) {
            const error = yield* Effect.flip(as(ours)(call))
            if (error._tag !== "ContactNotFound") return assert.fail(error.message)
            assert.isUndefined(error.mergedInto)
          }
        }
        assertSame(yield* as(theirs)(contacts.get(b.id)), b)
      }))

    test("let one of two that fold each into the other win, and tell the other where its contact went", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const notes = yield* Notes
          for (let round = 0; round < 8; round++) {
            const a = yield* contacts.create({ name: "A", email: `a${round}@example.com`, notes: "Of A" })
            const b = yield* contacts.create({ name: "B", email: `b${round}@example.com`, notes: "Of B" })
            const outcomes = yield* race([merge(a.id, b.id), merge(b.id, a.id)])
            const [winner, ...more] = successes(outcomes)
            const [loser] = failures(outcomes)
            if (winner === undefined || loser === undefined) return assert.fail("one wins and one loses")
            assert.lengthOf(more, 0)
            const conflict = conflictOf(loser)
            assert.deepStrictEqual([conflict.reason, conflict.mergedInto], ["already_merged", winner.id])
            assert.sameMembers(
              winner.notes.map(({ content }) => content),
              ["Of A", "Of B"]
            )
            const gone = winner.id === a.id ? b.id : a.id
            assertSame((yield* belongingsOf(tenantId, gone)).counted, { deals: 0, notes: 0, events: 0 })
            assert.strictEqual((yield* notes.list(winner.id, {})).pagination.total, 2)
          }
          assert.strictEqual((yield* contacts.list({})).pagination.total, 8)
        })
      ))

    test("race with updates, notes, events and deletions, and lose nothing of what was accepted", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          for (let round = 0; round < 6; round++) {
            const a = yield* contacts.create({ name: "A" })
            const b = yield* contacts.create({ name: "B", email: `b${round}@example.com` })
            const calls: ReadonlyArray<Call<string>> = [
              Effect.as(merge(a.id, b.id), "merged"),
              ...times(3, (index) =>
                Effect.flatMap(Notes, (notes) => Effect.as(notes.add(b.id, { content: `Note ${index}` }), "noted"))
              ),
              Effect.flatMap(TrackedEvents, (tracking) =>
                Effect.map(
                  tracking.record([{ contactId: b.id, event: "email_opened", timestamp: DateTime.makeUnsafe(0) }]),
                  ({ accepted }) => (accepted === 1 ? "tracked" : "unknown")
                )
              ),
              Effect.flatMap(Contacts, (contacts) => Effect.as(contacts.update(b.id, { title: "Dr" }), "updated")),
              ...(round % 3 === 2
                ? [Effect.flatMap(Contacts, (contacts) => Effect.as(contacts.remove(a.id), "removed"))]
                : [])
            ]
            const outcomes = yield* race(round % 2 === 0 ? calls : calls.toReversed())
            const done = successes(outcomes)
            for (const error of failures(outcomes)) {
              assert.include(["ContactNotFound", "MergeConflict"], error._tag, error.message)
            }
            if (done.includes("removed")) {
              if (done.includes("merged")) yield* contacts.restore(a.id)
              else continue
            }
            const counts = (yield* belongingsOf(tenantId, a.id)).counted
            const { engagement, title } = yield* contacts.get(a.id)
            const count = (what: string) => done.filter((outcome) => outcome === what).length
            assertSame(counts, { deals: 0, notes: count("noted"), events: count("tracked") })
            assert.strictEqual(engagement.totalInteractions, count("tracked"))
            assert.strictEqual(title, count("updated") === 1 ? "Dr" : null)
          }
        })
      ))
  }
}

export const busyMerges: Chapter = {
  title: "merges beside another client",
  needs: ["secondClient"],
  tests: (test) => {
    test("are refused as busy while someone else holds a contact for longer than they wait, and succeed afterwards", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const other = Option.getOrThrow((yield* Adapter).secondClient)
          const [a, b] = [yield* contacts.create({ name: "A" }), yield* contacts.create({ name: "B" })]
          const held = yield* Deferred.make<void>()
          const holder = yield* Effect.flatMap(ContactStore, (store) => store.lock(tenantId, [b.id])).pipe(
            Effect.andThen(Deferred.succeed(held, undefined)),
            Effect.andThen(Effect.never),
            transaction,
            Effect.provideContext(other),
            Effect.forkChild
          )
          yield* Deferred.await(held)
          const told = (yield* eventsOf(tenantId)).length
          const conflict = conflictOf(yield* Effect.flip(waiting(merge(a.id, b.id))))
          assert.deepStrictEqual([conflict.reason, conflict.mergedInto], ["busy", null])
          assert.strictEqual((yield* eventsOf(tenantId)).length, told)

          yield* Fiber.interrupt(holder)
          yield* merge(a.id, b.id)
          assert.strictEqual((yield* contacts.list({})).pagination.total, 1)
        })
      ))
  }
}

/** Lets a call wait without waiting: time passes as often as it looks. */
const waiting = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(call, Effect.forever(Effect.andThen(TestClock.adjust("100 millis"), Effect.yieldNow))).pipe(
    Effect.provide(TestClock.layer())
  )

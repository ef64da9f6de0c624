/** Tracked events: each counted once however often it is sent, and the newest on the contact's page. */
import {
  type ContactId,
  ContactId as ContactIds,
  Contacts,
  TrackedEvent,
  TrackedEvents,
  TrackedEventStore
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { as, assertSame, at, type Chapter, eventTypes, forAll, inNewTenant, newTenant } from "./Harness.ts"
import { failures, race, successes, times } from "./Races.ts"

const record = (events: ReadonlyArray<TrackedEvent.TrackedEventInput>) =>
  Effect.flatMap(TrackedEvents, (tracking) => tracking.record(events))

const create = (name: string) => Effect.flatMap(Contacts, (contacts) => contacts.create({ name }))

/** Reports of events, many of which are the same ones again, by their senders' ids. */
const reports = fc.array(
  fc.array(
    fc.record({
      id: fc.option(fc.constantFrom("1", "2", "3", "%", "'", "É"), { nil: undefined }),
      contact: fc.nat(2),
      day: fc.nat(20)
    }),
    { maxLength: 8 }
  ),
  { maxLength: 5 }
)

const inputs = (
  report: ReadonlyArray<{ readonly id: string | undefined; readonly contact: number; readonly day: number }>,
  ids: ReadonlyArray<ContactId>
) =>
  report.map(({ contact, day, id }) => ({
    contactId: ids[contact] ?? ContactIds.make("contact_none"),
    event: "email_opened",
    timestamp: DateTime.makeUnsafe(Date.UTC(2026, 0, 1 + day)),
    ...(id !== undefined && { id })
  }))

export const trackedEvents: Chapter = {
  title: "tracked events",
  needs: [],
  tests: (test) => {
    test("count once under a sender's id, within a report and across reports, and alone fail for unknown contacts", () =>
      forAll(reports, 25, (reports) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const store = yield* TrackedEventStore
            const ann = yield* create("Ann")
            const ben = yield* create("Ben")
            const ids = [ann.id, ben.id]
            const known = new Set<string>()
            const counted = new Map<ContactId, number>()
            for (const report of reports) {
              const wanted = { accepted: 0, duplicates: 0, failed: Array<number>() }
              for (const [index, { contactId, id }] of inputs(report, ids).entries()) {
                if (!ids.includes(contactId)) wanted.failed.push(index)
                else if (id !== undefined && known.has(id)) wanted.duplicates++
                else {
                  wanted.accepted++
                  if (id !== undefined) known.add(id)
                  counted.set(contactId, (counted.get(contactId) ?? 0) + 1)
                }
              }
              const { accepted, duplicates, failed } = yield* record(inputs(report, ids))
              assert.deepStrictEqual({ accepted, duplicates, failed: failed.map(({ index }) => index) }, wanted)
            }
            for (const before of [ann, ben]) {
              const tracked = yield* store.newest(tenantId, before.id, 1_000)
              const { activities, engagement, ...after } = yield* contacts.get(before.id)
              assert.strictEqual(engagement.totalInteractions, counted.get(before.id) ?? 0)
              assert.lengthOf(tracked, engagement.totalInteractions)
              assertSame(engagement.lastInteraction, tracked[0]?.timestamp ?? null)
              assert.lengthOf(activities, Math.min(20, tracked.length))
              assertSame({ ...after, activities: [], engagement: before.engagement }, before)
            }
            assert.deepStrictEqual(yield* eventTypes(tenantId), ["crm.contact_created", "crm.contact_created"])
          })
        )
      ))

    test("count once under a sender's id when many reports of it arrive at once", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const store = yield* TrackedEventStore
          const ann = yield* create("Ann")
          const ben = yield* create("Ben")
          const sent = times(20, (index) => ({
            id: `sent-${index % 10}`,
            contactId: index % 2 === 0 ? ann.id : ben.id,
            event: "email_opened",
            timestamp: DateTime.makeUnsafe(Date.UTC(2026, 0, 1 + index))
          }))
          const outcomes = yield* race(times(12, (index) => record(index % 2 === 0 ? sent : sent.toReversed())))
          assert.deepStrictEqual(failures(outcomes), [])
          const accepted = successes(outcomes).reduce((sum, report) => sum + report.accepted, 0)
          const duplicates = successes(outcomes).reduce((sum, report) => sum + report.duplicates, 0)
          assert.deepStrictEqual([accepted, duplicates], [10, 12 * 20 - 10])
          for (const { id } of [ann, ben]) {
            const { engagement } = yield* contacts.get(id)
            const tracked = yield* store.newest(tenantId, id, 1_000)
            assert.strictEqual(engagement.totalInteractions, tracked.length)
            assertSame(engagement.lastInteraction, tracked[0]?.timestamp ?? null)
          }
        })
      ))

    test("lose no count when many of one contact arrive at once", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* create("Ann")
          const outcomes = yield* race(
            times(25, () => record(times(4, () => ({ contactId: id, event: "website_visit" }))))
          )
          assert.deepStrictEqual(failures(outcomes), [])
          assert.strictEqual((yield* contacts.get(id)).engagement.totalInteractions, 100)
        })
      ))

    test("show the newest 20 on the contact's page, in the words of their sender or their name's", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const store = yield* TrackedEventStore
          const { id } = yield* create("Ann")
          const now = "2026-01-24T12:00:00.000Z"
          yield* record(
            times(30, (index) => ({
              contactId: id,
              event: "content_download",
              timestamp: DateTime.makeUnsafe(Date.UTC(2026, 0, 1 + ((index * 7) % 15))),
              properties: index % 2 === 0 ? { details: `Paper ${index}`, n: index, list: [1, null, "'"] } : {}
            }))
          )
          yield* record([{ contactId: id, event: "demo_request" }]).pipe(at(now))
          const tracked = yield* store.newest(tenantId, id, 100)
          assert.lengthOf(tracked, 31)
          assertSame(
            tracked,
            tracked.toSorted(
              (a, b) => b.timestamp.epochMilliseconds - a.timestamp.epochMilliseconds || (a.id < b.id ? 1 : -1)
            )
          )
          const { activities, engagement } = yield* contacts.get(id)
          assertSame(
            activities,
            tracked.slice(0, 20).map((event) => ({
              type: event.event,
              timestamp: event.timestamp,
              details: TrackedEvent.details(event)
            }))
          )
          assert.deepStrictEqual(activities[0]?.details, "Demo request")
          assertSame(engagement.lastInteraction, DateTime.makeUnsafe(now))
        })
      ))

    test("are refused together when one of them cannot be, and are of one tenant", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        const { id } = yield* as(ours)(create("Ann"))
        const other = yield* as(theirs)(create("Ben"))
        for (const refused of [
          [
            { contactId: id, event: "email_opened" },
            { contactId: id, event: "Not snake" }
          ],
          times(1_001, () => ({ contactId: id, event: "email_opened" }))
        ]) {
          assert.strictEqual((yield* Effect.flip(as(ours)(record(refused))))._tag, "ValidationError")
        }
        const sent = (contactId: ContactId) => record([{ id: "1", contactId, event: "email_opened" }])
        const report = yield* as(ours)(sent(other.id))
        assert.deepStrictEqual([report.accepted, report.failed.length], [0, 1])
        assert.strictEqual((yield* as(theirs)(sent(other.id))).accepted, 1)
        assert.strictEqual((yield* as(ours)(sent(id))).accepted, 1)
        assert.strictEqual((yield* as(ours)(contacts.get(id))).engagement.totalInteractions, 1)
      }))
  }
}

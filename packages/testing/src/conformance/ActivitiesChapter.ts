/** Activities: listed as they happened, and told of by the engagement, the timeline and the score of their contact. */
import {
  Activities,
  Activity,
  ActivityId,
  ActivityStore,
  activityId,
  ContactId as ContactIds,
  Contacts,
  ContactStore,
  DealId,
  IdGenerator,
  LeadScoring,
  Merges,
  Privacy,
  Tasks,
  TaskStore,
  type TenantId,
  Time,
  TrackedEvents
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import * as Generators from "../Generators.ts"
import {
  allEventsOf,
  as,
  assertSame,
  at,
  type Call,
  type Chapter,
  eventTypes,
  forAll,
  idsOf,
  inNewTenant,
  newTenant,
  user,
  walkThrough
} from "./Harness.ts"
import { failures, race, times } from "./Races.ts"

const create = (input: Activity.ActivityCreate) => Effect.flatMap(Activities, (activities) => activities.create(input))

const contactNamed = (name: string) => Effect.flatMap(Contacts, (contacts) => contacts.create({ name }))

const dayOf = (day: number, millis = 0): DateTime.Utc => DateTime.makeUnsafe(Date.UTC(2026, 0, 1 + day) + millis)

/** Few moments, at the ends of days, so that activities meet at them. */
const moment = fc.tuple(fc.nat(4), fc.constantFrom(0, 1, 86_399_999)).map(([day, millis]) => dayOf(day, millis))

const drafts = fc.array(fc.record({ of: fc.nat(1), input: Generators.activityCreate, occurredAt: moment }), {
  maxLength: 12
})

const day = fc.nat(4).map((day) => DateTime.formatIsoDateUtc(dayOf(day)))

const question = fc.record(
  { of: fc.nat(1), type: Generators.activityType, startDate: day, endDate: day },
  { requiredKeys: [], noNullPrototype: true }
)

const latestFirst = (activities: ReadonlyArray<Activity.Activity>) =>
  activities.toSorted(
    (a, b) => b.occurredAt.epochMilliseconds - a.occurredAt.epochMilliseconds || (a.id < b.id ? 1 : -1)
  )

const walk = <E, R>(filter: Activity.ActivityFilter, limit: number, between: Effect.Effect<unknown, E, R>) =>
  Effect.flatMap(Activities, (activities) =>
    walkThrough((from) => activities.list({ ...filter, limit, ...from }), between)
  )

/** Activities and a task of a contact as they are when deals are there: some name one, too. */
const withDeals = Effect.fnUntraced(function* (tenantId: TenantId, contactId: ContactIds) {
  const store = yield* ActivityStore
  const contacts = yield* ContactStore
  const tasks = yield* Tasks
  const taskStore = yield* TaskStore
  const { bodies } = yield* IdGenerator
  const dealId = DealId.make("deal_1")
  const made = (yield* bodies(2)).map((body, index) =>
    Activity.create(
      { type: "call", subject: `Call ${index}`, description: "Said much", outcome: "positive", nextSteps: "More" },
      { contactId, dealId: index === 0 ? null : dealId },
      { id: activityId(body), by: user.id, now: dayOf(index) }
    )
  )
  yield* store.insert(tenantId, made)
  yield* contacts.recount(tenantId, [contactId])
  const task = yield* tasks.create({ title: "Call Ann", description: "At home", contactId })
  const record = yield* Effect.map(taskStore.find(tenantId, task.id), Option.getOrThrow)
  yield* taskStore.update(tenantId, { ...record, fields: { ...record.fields, dealId } })
  const [alone, shared] = made
  if (alone === undefined || shared === undefined) return assert.fail("too few")
  return { alone, shared, taskId: task.id }
})

export const activities: Chapter = {
  title: "activities",
  needs: [],
  tests: (test) => {
    test("are listed latest first, each once, by contact, type and whole days, also while others are logged", () =>
      forAll(fc.tuple(drafts, question, fc.integer({ min: 1, max: 4 })), 20, ([drafts, { of, ...rest }, limit]) =>
        inNewTenant(() =>
          Effect.gen(function* () {
            const service = yield* Activities
            const people = [yield* contactNamed("Ann"), yield* contactNamed("Ben")]
            const idOf = (index: number) => people[index]?.id ?? assert.fail("no such contact")
            const made = yield* Effect.forEach(drafts, ({ input, occurredAt, of }) =>
              create({ ...input, occurredAt, contactId: idOf(of) })
            )
            for (const activity of made) assertSame(yield* service.get(activity.id), activity)
            const filter = { ...rest, ...(of !== undefined && { contactId: idOf(of) }) }
            const { endDate = "2099-01-01", startDate = "2000-01-01" } = rest
            const wanted = latestFirst(made).filter(
              ({ contactId, occurredAt, type }) =>
                (filter.contactId === undefined || filter.contactId === contactId) &&
                (filter.type === undefined || filter.type === type) &&
                DateTime.isGreaterThanOrEqualTo(occurredAt, Time.firstMoment(startDate, utc)) &&
                DateTime.isLessThanOrEqualTo(occurredAt, Time.lastMoment(endDate, utc))
            )
            const still = yield* walk(filter, limit, Effect.void)
            assertSame(still, { visited: wanted, total: wanted.length })
            const pages = yield* Effect.forEach(
              times(wanted.length + 1, (index) => index + 1),
              (page) => service.list({ ...filter, limit: 1, page })
            )
            assertSame(
              pages.flatMap(({ data }) => data),
              wanted
            )
            const later = create({ type: "call", contactId: idOf(0), occurredAt: DateTime.makeUnsafe("2098-01-01") })
            assertSame(yield* walk(filter, limit, later), still)
          })
        )
      ))

    test("count in the engagement of their contact, but for notes and tasks, and no more when they are removed", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const service = yield* Activities
          const created = yield* contactNamed("Ann")
          const contactId = created.id
          const engagement = Effect.map(
            contacts.get(contactId),
            ({ engagement: { lastInteraction, totalInteractions } }) => [totalInteractions, lastInteraction]
          )
          yield* create({ type: "call", contactId, occurredAt: dayOf(1) })
          const meeting = yield* create({ type: "meeting", contactId, occurredAt: dayOf(3) })
          yield* create({ type: "email", contactId, occurredAt: dayOf(2) })
          const others = [
            yield* create({ type: "note", contactId, occurredAt: dayOf(5) }),
            yield* create({ type: "task", contactId, occurredAt: dayOf(5) })
          ]
          assertSame(yield* engagement, [3, dayOf(3)])
          for (const { id } of others) yield* service.remove(id)
          assertSame(yield* engagement, [3, dayOf(3)])
          yield* service.remove(meeting.id)
          assertSame(yield* engagement, [2, dayOf(2)])
          yield* Effect.flatMap(TrackedEvents, (events) =>
            events.record([{ contactId, event: "email_opened", timestamp: dayOf(4) }])
          )
          for (const { id } of (yield* service.list({ contactId })).data) yield* service.remove(id)
          assertSame(yield* engagement, [1, dayOf(4)])
          const { version, updatedAt } = yield* contacts.get(contactId)
          assertSame([version, updatedAt], [1, created.updatedAt])
          assert.deepStrictEqual(yield* eventTypes(tenantId), ["crm.contact_created"])
          assert.strictEqual((yield* Effect.flip(service.remove(meeting.id)))._tag, "ActivityNotFound")
          assert.strictEqual((yield* Effect.flip(service.get(meeting.id)))._tag, "ActivityNotFound")
        })
      ))

    test("lose no count when many of one contact are logged, and removed, at once", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const service = yield* Activities
          const { id } = yield* contactNamed("Ann")
          assert.deepStrictEqual(
            failures(
              yield* race(times(20, (index) => create({ type: "call", contactId: id, occurredAt: dayOf(index) })))
            ),
            []
          )
          const { data } = yield* service.list({ contactId: id })
          const gone = data.slice(0, 8)
          const outcomes = yield* race(
            [...gone, ...gone].map(({ id }) => Effect.flatMap(Activities, (service) => service.remove(id)))
          )
          assert.lengthOf(failures(outcomes), 8)
          for (const error of failures(outcomes)) assert.strictEqual(error._tag, "ActivityNotFound")
          const { engagement } = yield* contacts.get(id)
          assertSame([engagement.totalInteractions, engagement.lastInteraction], [12, dayOf(11)])
        })
      ))

    test("stand in the timeline among the tracked events, the newest 20 of both", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contactNamed("Ann")
          const events = yield* TrackedEvents
          yield* Effect.forEach(
            times(15, (index) => index),
            (index) =>
              create({ type: "meeting", contactId: id, occurredAt: dayOf(index * 2), subject: `Meeting ${index}` })
          )
          yield* events.record(
            times(15, (index) => ({
              contactId: id,
              event: "website_visit",
              timestamp: dayOf(index * 2 + 1),
              properties: { details: `Visit ${index}` }
            }))
          )
          yield* create({ type: "demo", contactId: id, occurredAt: dayOf(31) })
          yield* create({ type: "note", contactId: id, occurredAt: dayOf(32), description: "A remark" })
          const { activities } = yield* contacts.get(id)
          assertSame(
            activities.map(({ details, timestamp, type }) => [type, details, timestamp]),
            [
              ["note", "A remark", dayOf(32)],
              ["demo", "Product demo", dayOf(31)],
              ...times(18, (index) => 29 - index).map((day) =>
                day % 2 === 0
                  ? ["meeting", `Meeting ${day / 2}`, dayOf(day)]
                  : ["website_visit", `Visit ${(day - 1) / 2}`, dayOf(day)]
              )
            ]
          )
        })
      ))

    test("give and take points under the names that rules ask for them by", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          const service = yield* Activities
          yield* scoring.setRules({
            rules: [
              { category: "behavioral", event: "activity:call", score: 5, perOccurrence: true, maxCount: 2 },
              { category: "behavioral", event: "call", score: 30 },
              {
                category: "fit",
                field: "total_interactions",
                conditions: [{ operator: "gte", value: 3, score: 7 }]
              }
            ]
          })
          const { id } = yield* contactNamed("Ann")
          const score = Effect.map(contacts.list({}), ({ data }) => data[0]?.score)
          const calls = yield* Effect.forEach(
            times(3, (index) => index),
            () => create({ type: "call", contactId: id })
          )
          assert.strictEqual(yield* score, 17)
          yield* create({ type: "note", contactId: id })
          assert.strictEqual(yield* score, 17)
          for (const call of calls.slice(1)) yield* service.remove(call.id)
          assert.strictEqual(yield* score, 5)
          assert.strictEqual((yield* scoring.score(id)).total, 5)
        })
      ))

    test("need a contact or a deal that is there", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const merges = yield* Merges
          const [ann, ben] = [yield* contactNamed("Ann"), yield* contactNamed("Ben")]
          yield* merges.merge({ primaryContactId: ann.id, mergeContactIds: [ben.id] })
          const merged = yield* Effect.flip(create({ type: "call", contactId: ben.id }))
          if (merged._tag !== "ContactNotFound") return assert.fail(merged.message)
          assert.strictEqual(merged.mergedInto, ann.id)
          const dealId = DealId.make("deal_none")
          for (const [tag, input] of [
            ["ContactNotFound", { contactId: ContactIds.make("contact_none") }],
            ["DealNotFound", { dealId }],
            ["DealNotFound", { contactId: ann.id, dealId }],
            ["ValidationError", {}],
            ["ValidationError", { contactId: null, dealId: null }],
            ["ValidationError", { contactId: ann.id, subject: "a\0b" }]
          ] as const) {
            assert.strictEqual((yield* Effect.flip(create({ type: "call", ...input })))._tag, tag)
          }
          assert.strictEqual((yield* Effect.flatMap(Activities, (service) => service.list({}))).pagination.total, 0)
        })
      ))

    test("that name a deal stay when their contact is deleted, as tasks do, and are its own again when it is back", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const service = yield* Activities
          const tasks = yield* Tasks
          const { id } = yield* contactNamed("Ann")
          const { alone, shared, taskId } = yield* withDeals(tenantId, id)
          const before = yield* contacts.get(id)
          yield* contacts.remove(id)
          assertSame((yield* service.list({})).data, [{ ...shared, contactId: null }])
          assertSame((yield* tasks.get(taskId)).contactId, null)
          assertSame(yield* contacts.restore(id), before)
          assertSame((yield* service.list({})).data, [shared, alone])
          assertSame((yield* tasks.get(taskId)).contactId, id)

          yield* contacts.remove(id)
          yield* service.remove(shared.id)
          const ben = yield* contactNamed("Ben")
          yield* tasks.update(taskId, { contactId: ben.id })
          const { engagement } = yield* contacts.restore(id)
          assertSame([engagement.totalInteractions, engagement.lastInteraction], [1, alone.occurredAt])
          assertSame((yield* contacts.get(id)).engagement, engagement)
          assertSame((yield* tasks.get(taskId)).contactId, ben.id)
        })
      ))

    test("that stayed say nothing any more when the person is erased, also when the contact was purged", () =>
      Effect.forEach(
        ["live", "deleted", "purged"],
        (state) =>
          inNewTenant((tenantId) =>
            Effect.gen(function* () {
              const contacts = yield* Contacts
              const privacy = yield* Privacy
              const soon = DateTime.formatIso(DateTime.add(yield* DateTime.now, { hours: 12 }))
              const service = yield* Activities
              const tasks = yield* Tasks
              const { id } = yield* contactNamed("Ann")
              const { shared, taskId } = yield* withDeals(tenantId, id)
              const shown = yield* privacy.export(id)
              if (state !== "live") yield* contacts.remove(id)
              if (state === "purged") yield* contacts.purge(DateTime.add(yield* DateTime.now, { days: 31 }))
              const exported = yield* privacy.export(id)
              const inAll =
                state === "purged" ? shown.activities.filter(({ dealId }) => dealId !== null) : shown.activities
              assertSame([exported.activities, exported.tasks], [inAll, shown.tasks])

              if (state !== "live") yield* tasks.update(taskId, { dueDate: soon })
              yield* privacy.erase(id)
              for (const event of yield* allEventsOf(tenantId)) {
                if (event.type === "crm.task_due") assert.strictEqual(event.data.title, "[erased]")
              }
              const blank = { subject: null, description: null, outcome: null, nextSteps: null }
              assertSame((yield* service.list({})).data, [{ ...shared, contactId: null, ...blank }])
              const { contactId, description, title } = yield* tasks.get(taskId)
              assert.deepStrictEqual([contactId, title, description], [null, "[erased]", null])
            })
          ),
        { discard: true }
      ))

    test("are of one tenant", () =>
      Effect.gen(function* () {
        const service = yield* Activities
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        const ann = yield* as(theirs)(contactNamed("Ann"))
        const call = yield* as(theirs)(create({ type: "call", contactId: ann.id }).pipe(at("2026-01-20T10:00:00Z")))
        const calls: ReadonlyArray<Call> = [
          create({ type: "call", contactId: ann.id }),
          service.get(call.id),
          service.remove(call.id),
          service.remove(ActivityId.make("act_none"))
        ]
        for (const call of calls) {
          assert.include(["ActivityNotFound", "ContactNotFound"], (yield* Effect.flip(as(ours)(call)))._tag)
        }
        assertSame(yield* as(ours)(service.list({ contactId: ann.id })), {
          data: [],
          pagination: { page: 1, limit: 20, total: 0, nextCursor: null }
        })
        assert.deepStrictEqual(idsOf((yield* as(theirs)(service.list({}))).data), [call.id])
      }))
  }
}

// internal

const utc = DateTime.zoneMakeOffset(0)

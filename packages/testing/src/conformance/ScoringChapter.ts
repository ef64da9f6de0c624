/**
 * Scores as they are kept: after any commands, at any time, what is stored, listed, shown and worked out anew is one and
 * the same for every contact that is not due; and nobody is due after a sweep, or after the job that new rules start.
 */
import {
  type ContactId,
  ContactId as ContactIds,
  ContactStore,
  Contacts,
  type Crm,
  type IdGenerator,
  JobRunner,
  LeadScore,
  LeadScoring,
  Scoring,
  ScoreStore,
  type TenantId,
  TrackedEvents
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as Commands from "./Commands.ts"
import { allEventsOf, assertSame, at, type Chapter, type Client, forAll, idsOf, inNewTenant } from "./Harness.ts"
import { filled, filledFields } from "./Records.ts"

const start = "2026-01-20T10:00:00.000Z"
const daysLater = (days: number): string => DateTime.formatIso(DateTime.add(DateTime.makeUnsafe(start), { days }))

/** Rules that time changes by itself in every way there is. */
const restless: LeadScore.RulesRequest = {
  rules: [
    { category: "demographic", field: "size", conditions: [{ operator: "gte", value: 5, score: 12 }] },
    { category: "demographic", field: "tags", conditions: [{ operator: "contains", value: "vip", score: 8 }] },
    { category: "behavioral", event: "email_opened", score: 7, perOccurrence: true, halfLifeDays: 3 },
    { category: "behavioral", event: "email_opened", score: 9, withinDays: 10 },
    { category: "behavioral", event: "activity:call", score: 5, perOccurrence: true, withinDays: 20 },
    { category: "behavioral", event: "activity:task", score: 3 },
    {
      category: "fit",
      field: "last_interaction",
      conditions: [{ operator: "gte", value: "now-5d", score: 20 }]
    }
  ]
}

const rulesOf = (points: number): LeadScore.RulesRequest => ({
  rules: [{ category: "fit", field: "name", conditions: [{ operator: "exists", score: points }] }]
})

/** What is stored, by looking at all of it. */
const assertTrue = Effect.fnUntraced(function* (tenantId: TenantId, ids: ReadonlyArray<ContactId>, time: string) {
  const contacts = yield* Contacts
  const scoring = yield* LeadScoring
  const store = yield* ContactStore
  const { version } = yield* scoring.rules
  const now = DateTime.makeUnsafe(time)
  const listed = new Map((yield* contacts.list({ limit: 100 })).data.map((contact) => [contact.id, contact.score]))
  for (const { id, ...record } of (yield* store.findAll(tenantId, ids)).filter(({ id }) => listed.has(id))) {
    const wasDue = LeadScore.isDue(record, { now, version })
    const score = yield* scoring.score(id).pipe(at(time))
    const detail = yield* contacts.get(id).pipe(at(time))
    const { behavioral, demographic, fit } = score.breakdown
    assert.strictEqual(demographic.score + behavioral.score + fit.score, score.total)
    assertSame(detail.scoreBreakdown, score.scoreBreakdown)
    const { engagement, fitScore, profileCompleteness, recentActivity } = detail.scoreBreakdown
    assert.strictEqual(engagement + fitScore + profileCompleteness + recentActivity, detail.score)
    assert.strictEqual(detail.score, score.total)
    assert.strictEqual(score.rulesVersion, version)
    if (!wasDue) {
      assert.strictEqual(record.score, score.total, `${id} at ${time}`)
      assert.strictEqual(listed.get(id), score.total)
      assertSame(record.scoreBreakdown, score.scoreBreakdown)
      assert.strictEqual(record.scored.grade, score.grade)
    }
  }
})

const isDueAt = Effect.fnUntraced(function* (tenantId: TenantId, ids: ReadonlyArray<ContactId>, time: string) {
  const { version } = yield* (yield* LeadScoring).rules
  const records = yield* (yield* ContactStore).findAll(tenantId, ids)
  return records.filter((record) => LeadScore.isDue(record, { now: DateTime.makeUnsafe(time), version }))
})

const sweepAt = (time: string): Effect.Effect<number, unknown, Client> =>
  Effect.flatMap(LeadScoring, (scoring) => scoring.sweep(DateTime.makeUnsafe(time))).pipe(at(time))

const runJobsAt = (time: string): Effect.Effect<number, unknown, Crm.Crm | Crm.Storage | IdGenerator> =>
  JobRunner.runDue(DateTime.makeUnsafe(time)).pipe(at(time))

const changesOf = (tenantId: TenantId) =>
  Effect.map(allEventsOf(tenantId), (events) =>
    events.flatMap((event) => (event.type === "crm.score_changed" ? [event] : []))
  )

const track = (contactId: ContactId, event: string, time: string) =>
  Effect.flatMap(TrackedEvents, (events) =>
    events.record([{ contactId, event, timestamp: DateTime.makeUnsafe(time) }])
  ).pipe(at(time))

type Step = { readonly days: number; readonly commands: ReadonlyArray<Commands.Command> }
const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(
  fc.record({ days: fc.integer({ min: 0, max: 12 }), commands: Commands.commands({ maxLength: 8 }) }),
  { minLength: 1, maxLength: 4 }
)

const inOrder = (ids: ReadonlyArray<ContactId>) => [...ids].sort()

export const scoring: Chapter = {
  title: "lead scoring",
  needs: [],
  tests: (test) => {
    test("are the same wherever they are seen, after any commands, as time passes", () =>
      forAll(steps, 8, (steps) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            yield* Effect.flatMap(LeadScoring, (scoring) => scoring.setRules(restless)).pipe(at(start))
            yield* runJobsAt(start)
            let made: ReadonlyArray<ContactId> = []
            let days = 0
            for (const step of steps) {
              days += step.days
              made = yield* Commands.runAll(step.commands, made).pipe(at(daysLater(days)))
              yield* assertTrue(tenantId, made, daysLater(days))
            }
            const later = daysLater(days + 4.5)
            yield* sweepAt(later)
            assertSame(yield* isDueAt(tenantId, made, later), [])
            yield* assertTrue(tenantId, made, later)
          })
        )
      ))

    test("follow the contract's example: the first step of a ladder that holds, and an event once", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          yield* scoring.setRules({
            rules: [
              {
                category: "demographic",
                field: "company_size",
                conditions: [
                  { operator: "gte", value: 500, score: 10 },
                  { operator: "gte", value: 100, score: 7 },
                  { operator: "gte", value: 50, score: 5 }
                ]
              },
              { category: "behavioral", event: "demo_request", score: 15 }
            ]
          })
          const { id } = yield* contacts.create({ name: "Jane", customFields: { company_size: "500+" } })
          assert.strictEqual((yield* scoring.score(id)).total, 10)
          yield* track(id, "demo_request", start)
          yield* track(id, "demo_request", start)
          const { breakdown, total } = yield* scoring.score(id)
          assert.strictEqual(total, 25)
          assert.deepStrictEqual(
            breakdown.demographic.factors.map(({ factor, reason, score }) => ({ factor, reason, score })),
            [{ factor: "company_size", reason: "500+ employees", score: 10 }]
          )
          assert.deepStrictEqual(
            breakdown.behavioral.factors.map(({ score }) => score),
            [15]
          )
          assert.strictEqual((yield* contacts.list({})).data[0]?.score, 25)
        })
      ))

    test("by new rules look at whatever field the rules name", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          yield* contacts.create(filled).pipe(at(start))
          const conditions = [{ operator: "exists", score: 1 }] as const
          const rules = filledFields.map((field) => ({ category: "fit", field, conditions }) as const)
          yield* Effect.flatMap(LeadScoring, (scoring) => scoring.setRules({ rules })).pipe(at(start))
          yield* runJobsAt(start)
          assert.strictEqual((yield* contacts.list({})).data[0]?.score, filledFields.length)
        })
      ))

    test("tell of a change, and of nothing else", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          yield* Effect.flatMap(LeadScoring, (scoring) => scoring.setRules(restless)).pipe(at(start))
          const { id } = yield* contacts.create({ name: "Jane", customFields: { size: 5 } }).pipe(at(start))
          assertSame(yield* changesOf(tenantId), [])
          yield* contacts.update(id, { title: "CEO" }).pipe(at(start))
          assertSame(yield* changesOf(tenantId), [])
          yield* track(id, "email_opened", start)
          yield* contacts.update(id, { customFields: { size: 1 } }).pipe(at(start))
          yield* sweepAt(daysLater(30))
          const told = (yield* changesOf(tenantId)).map(({ cause, data }) => [cause, data.previousScore, data.score])
          assert.deepStrictEqual(told, [
            ["api", 12, 48],
            ["api", 48, 36],
            ["time", 36, 0]
          ])
          const version = (yield* contacts.get(id)).version
          assert.strictEqual(version, 3)
        })
      ))

    test("by new rules reach everybody by a job, and tell as they are asked to", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          const made = yield* Effect.forEach(["Ann", "Ben", "Cas"], (name) => contacts.create({ name }).pipe(at(start)))
          const ids = inOrder(made.map(({ id }) => ContactIds.make(id)))
          assertSame(
            { ...(yield* scoring.rules), job: null },
            {
              ...Scoring.defaultRuleSet,
              version: 0,
              updatedAt: null,
              updatedBy: null,
              job: null
            }
          )

          const first = yield* scoring.setRules(rulesOf(5)).pipe(at(start))
          assert.deepStrictEqual([first.version, first.job?.status, first.job?.total], [1, "queued", 3])
          assert.lengthOf(yield* isDueAt(tenantId, ids, start), 3)
          // Who is looked at is not waited for.
          const [looked = ids[0]] = ids
          if (looked === undefined) return assert.fail("Nobody was created")
          assert.strictEqual((yield* contacts.get(looked).pipe(at(start))).score, 5)
          yield* sweepAt(start)
          assert.lengthOf(yield* isDueAt(tenantId, ids, start), 2, "the job is on its way to them")
          yield* runJobsAt(start)
          assertSame(yield* isDueAt(tenantId, ids, start), [])
          const { job } = yield* scoring.rules
          assert.deepStrictEqual([job?.status, job?.done], ["completed", 2])
          // Other points, but the same grade.
          assertSame(yield* changesOf(tenantId), [])

          yield* scoring.setRules({ ...rulesOf(6), notify: "all" }).pipe(at(start))
          yield* scoring.setRules({ ...rulesOf(25), notify: "grade" }).pipe(at(start))
          yield* runJobsAt(start)
          const told = yield* changesOf(tenantId)
          assert.deepStrictEqual(inOrder(told.map(({ data }) => data.contactId)), ids)
          for (const { cause, data } of told) {
            assert.deepStrictEqual(
              [cause, data.previousScore, data.score, data.previousGrade, data.grade],
              ["rules", 5, 25, "F", "D"]
            )
          }
          yield* scoring.setRules({ ...rulesOf(30), notify: "all" }).pipe(at(start))
          yield* runJobsAt(start)
          assert.lengthOf(yield* changesOf(tenantId), 6)
          yield* scoring.setRules({ ...rulesOf(1), notify: "none" }).pipe(at(start))
          yield* runJobsAt(start)
          assert.lengthOf(yield* changesOf(tenantId), 6)
          assert.strictEqual((yield* contacts.list({})).data[0]?.score, 1)
        })
      ))

    test("of whoever the job has passed over are swept", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const store = yield* ScoreStore
          const { id } = yield* contacts.create({ name: "Ann" }).pipe(at(start))
          const late = ContactIds.make(id)
          yield* Effect.flatMap(LeadScoring, (scoring) => scoring.setRules(rulesOf(5))).pipe(at(start))
          yield* runJobsAt(start)
          const [record] = yield* (yield* ContactStore).findAll(tenantId, [late])
          if (record === undefined) return assert.fail("Ann is not there")
          // As a transaction leaves it that read the rules before they were set, and committed after the job.
          yield* store.write(tenantId, [{ ...record, score: 0, scored: { ...record.scored, rulesVersion: 0 } }])
          assert.lengthOf(yield* isDueAt(tenantId, [late], start), 1)
          yield* sweepAt(start)
          assertSame(yield* isDueAt(tenantId, [late], start), [])
          assert.strictEqual((yield* contacts.list({})).data[0]?.score, 5)
        })
      ))

    test("are previewed without being written, with grades before and after", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          yield* scoring.setRules(rulesOf(5))
          const { id } = yield* contacts.create({ name: "Ann" })
          yield* contacts.create({ name: "Ben" })
          const all = yield* scoring.preview({
            ...rulesOf(30),
            categoryMax: { demographic: 0, behavioral: 0, fit: 100 }
          })
          assertSame(all, {
            contacts: [],
            previewed: 2,
            grades: { before: { A: 0, B: 0, C: 0, D: 0, F: 2 }, after: { A: 0, B: 0, C: 0, D: 2, F: 0 } }
          })
          const some = yield* scoring.preview({
            ...restless,
            contactIds: [id],
            contacts: [{ contact: { name: "New", customFields: { size: 9 } }, events: [{ event: "email_opened" }] }]
          })
          assert.deepStrictEqual(
            some.contacts.map(({ after, before, contactId }) => [contactId, before.total, after.total]),
            [
              [id, 5, 0],
              [null, 5, 28]
            ]
          )
          assert.strictEqual((yield* scoring.rules).version, 1)
          assert.strictEqual((yield* contacts.get(id)).score, 5)
          assertSame(yield* changesOf(tenantId), [])
          const unknown = yield* Effect.flip(scoring.preview({ contactIds: [ContactIds.make("nobody")] }))
          assert.strictEqual(unknown._tag, "ContactNotFound")
        })
      ))

    test("refuse rules that cannot be put in force, and keep those that are", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const scoring = yield* LeadScoring
          const before = yield* scoring.rules
          const refused = yield* Effect.flip(
            scoring.setRules({
              rules: [
                ...restless.rules,
                {
                  category: "fit",
                  field: "size",
                  conditions: [
                    { operator: "gte", value: 50, score: 1 },
                    { operator: "gte", value: 500, score: 2 }
                  ]
                }
              ]
            })
          )
          if (refused._tag !== "InvalidRules") return assert.fail(refused.message)
          assert.deepStrictEqual([refused.index, refused.reason], [restless.rules.length, "unreachable_condition"])
          assertSame(yield* scoring.rules, before)
        })
      ))

    test("are one tenant's own", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          const { id } = yield* contacts.create({ name: "Ann" })
          const before = yield* scoring.score(id)
          yield* inNewTenant(() =>
            Effect.gen(function* () {
              yield* scoring.setRules(rulesOf(5))
              const refused = yield* Effect.flip(scoring.score(id))
              assert.strictEqual(refused._tag, "ContactNotFound")
              assert.strictEqual((yield* contacts.create({ name: "Ben" })).score, 5)
            })
          )
          assertSame(yield* scoring.score(id), before)
          assert.strictEqual((yield* scoring.rules).version, 0)
        })
      ))

    test("decide with the rules' grades who is hot", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          const { id } = yield* contacts.create({ name: "Ann" })
          const hot = Effect.map(contacts.list({ segment: "is:hot" }), ({ data }) => idsOf(data))
          assertSame(yield* hot, [])
          const grades = { A: { min: 4 }, B: { min: 3 }, C: { min: 2 }, D: { min: 1 } }
          yield* scoring.setRules({ ...rulesOf(5), grades })
          yield* contacts.get(id)
          assertSame(yield* hot, [id])
          assert.strictEqual((yield* scoring.score(id)).grade, "A")
        })
      ))

    test("are worked out by the union of events when contacts become one, and again when one comes back", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          yield* scoring.setRules(restless).pipe(at(start))
          const one = yield* contacts.create({ name: "Ann" }).pipe(at(start))
          yield* track(one.id, "email_opened", start)
          const gone = yield* contacts.get(one.id).pipe(at(start))
          assert.strictEqual(gone.score, 36)
          yield* contacts.remove(one.id).pipe(at(start))
          assertSame(yield* contacts.restore(one.id).pipe(at(start)), gone)
          yield* contacts.remove(one.id).pipe(at(start))
          const late = yield* contacts.restore(one.id).pipe(at(daysLater(20)))
          assert.strictEqual(late.score, 0)
          assert.lengthOf(yield* isDueAt(tenantId, [one.id], daysLater(20)), 0)
        })
      ))
  }
}

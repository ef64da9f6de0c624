/** Tasks: listed by what is due, completed once, opened again without a trace, and announced once for each due date. */
import {
  Activities,
  type ContactId,
  Contacts,
  DealId,
  ContactId as ContactIds,
  CurrentActor,
  LeadScoring,
  Merges,
  Task,
  Tasks,
  TaskId,
  type TenantId,
  UserId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as Generators from "../Generators.ts"
import {
  allEventsOf,
  as,
  assertSame,
  at,
  byUser,
  type Call,
  type Chapter,
  forAll,
  idsOf,
  inNewTenant,
  newTenant,
  user,
  walkThrough
} from "./Harness.ts"
import { failures, race, successes, times } from "./Races.ts"

const create = (input: Task.TaskCreate) => Effect.flatMap(Tasks, (tasks) => tasks.create(input))
const complete = (id: TaskId) => Effect.flatMap(Tasks, (tasks) => tasks.complete(id))
const runDue = (time: string) => Effect.flatMap(Tasks, (tasks) => tasks.runDue(DateTime.makeUnsafe(time)))

const today = "2026-01-24T12:00:00.000Z"

const dueDate = fc.constantFrom(
  "2026-01-23",
  "2026-01-24",
  "2026-01-25",
  "2026-01-24T11:59:59.999Z",
  today,
  "2026-01-24T12:00:00.001Z",
  "9999-12-31"
)

const drafts = fc.array(
  fc.record({
    input: fc.tuple(Generators.taskCreate, fc.option(dueDate)).map(([input, dueDate]) => ({ ...input, dueDate })),
    of: fc.option(fc.nat(1)),
    isCompleted: fc.boolean()
  }),
  { maxLength: 12 }
)

const question = fc.record(
  {
    of: fc.nat(1),
    status: fc.constantFrom(...Task.StatusFilter.literals),
    priority: fc.constantFrom(...Task.TaskPriority.literals),
    assignedTo: Generators.userId
  },
  { requiredKeys: [], noNullPrototype: true }
)

const firstDueFirst = (tasks: ReadonlyArray<Task.Task>) => {
  const dueOf = ({ dueDate }: Task.Task) =>
    dueDate === null
      ? Infinity
      : Task.create({ title: "x", dueDate }, { id: TaskId.make("x"), ...surroundings }).dueAt.epochMilliseconds
  return tasks.toSorted((a, b) => (dueOf(a) === dueOf(b) ? (a.id < b.id ? -1 : 1) : dueOf(a) - dueOf(b)))
}

const surroundings = { now: DateTime.makeUnsafe(today), zone: DateTime.zoneMakeOffset(0) }

const walk = <E, R>(filter: Task.TaskFilter, limit: number, between: Effect.Effect<unknown, E, R>) =>
  Effect.flatMap(Tasks, (tasks) => walkThrough((from) => tasks.list({ ...filter, limit, ...from }), between))

const activitiesOf = (contactId: ContactId) =>
  Effect.flatMap(Activities, (activities) => Effect.map(activities.list({ contactId }), ({ data }) => data))

/** The events of tasks, oldest first. */
const told = (tenantId: TenantId) =>
  Effect.map(allEventsOf(tenantId), (events) =>
    events.flatMap((event) => (event.type === "crm.task_due" || event.type === "crm.task_completed" ? [event] : []))
  )

const dueEvents = (tenantId: TenantId) =>
  Effect.map(told(tenantId), (events) =>
    events.filter(({ type }) => type === "crm.task_due").map(({ data }) => [data.id, data.dueDate])
  )

export const tasks: Chapter = {
  title: "tasks",
  needs: [],
  tests: (test) => {
    test("are listed first due first, each once, by status, priority, assignee and contact, at any moment", () =>
      forAll(fc.tuple(drafts, question, fc.integer({ min: 1, max: 4 })), 20, ([drafts, { of, ...rest }, limit]) =>
        inNewTenant(() =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const tasks = yield* Tasks
            const people = [yield* contacts.create({ name: "Ann" }), yield* contacts.create({ name: "Ben" })]
            const idOf = (index: number) => people[index]?.id ?? assert.fail("no such contact")
            const made = yield* Effect.forEach(drafts, ({ input, isCompleted, of }) =>
              Effect.gen(function* () {
                const task = yield* create({ ...input, ...(of !== null && { contactId: idOf(of) }) })
                return isCompleted ? yield* complete(task.id) : task
              })
            )
            for (const task of made) assertSame(yield* tasks.get(task.id), task)
            const filter = { ...rest, ...(of !== undefined && { contactId: idOf(of) }) }
            const wanted = firstDueFirst(made).filter(
              ({ assignedTo, contactId, priority, status }) =>
                (filter.contactId === undefined || filter.contactId === contactId) &&
                (filter.assignedTo === undefined || filter.assignedTo === assignedTo) &&
                (filter.priority === undefined || filter.priority === priority) &&
                (filter.status === undefined ||
                  filter.status === status ||
                  (filter.status === "open" && status !== "completed"))
            )
            const still = yield* walk(filter, limit, Effect.void)
            assertSame(still, { visited: wanted, total: wanted.length })
            const earlier = create({ title: "Earlier", dueDate: "2000-01-01" })
            assertSame(yield* walk(filter, limit, earlier), still)
            const count = (status: Task.StatusFilter) =>
              Effect.map(tasks.list({ status }), ({ pagination }) => pagination.total ?? 0)
            const [pending, overdue, completed, open] = yield* Effect.forEach(
              ["pending", "overdue", "completed", "open"] as const,
              count
            )
            const all = (yield* tasks.list({})).pagination.total
            assert.strictEqual((pending ?? 0) + (overdue ?? 0) + (completed ?? 0), all)
            assert.strictEqual((pending ?? 0) + (overdue ?? 0), open)
          }).pipe(at(today))
        )
      ))

    test("are completed once by twelve at once, with one activity and one event, and by whoever was first", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const { id: contactId } = yield* Effect.flatMap(Contacts, (contacts) => contacts.create({ name: "Ann" }))
          const { id } = yield* create({ title: "Call back", contactId })
          const outcomes = yield* race(times(12, () => complete(id)))
          assert.deepStrictEqual(failures(outcomes), [])
          const [first] = successes(outcomes)
          for (const task of successes(outcomes)) assertSame(task, first)
          const late = yield* complete(id).pipe(
            Effect.updateService(CurrentActor, (actor) => ({ ...actor, userId: UserId.make("user_2") }))
          )
          assertSame(late, first)
          const [activity, ...others] = yield* activitiesOf(contactId)
          assert.lengthOf(others, 0)
          assertSame(
            [activity?.type, activity?.subject, activity?.createdBy, activity?.occurredAt],
            ["task", "Call back", user.id, first?.completedAt]
          )
          const [event, ...more] = yield* told(tenantId)
          assert.lengthOf(more, 0)
          assertSame(event?.data, first)
          assert.deepStrictEqual({ cause: event?.cause, actor: { ...event?.actor } }, byUser)
          assert.strictEqual(
            (yield* Effect.flatMap(Contacts, (contacts) => contacts.get(contactId))).engagement.totalInteractions,
            0
          )
        })
      ))

    test("are open again without the activity that told of it, wherever that is by then", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          const merges = yield* Merges
          const tasks = yield* Tasks
          yield* scoring.setRules({ rules: [{ category: "fit", event: "activity:task", score: 9 }] })
          const [ann, ben] = [yield* contacts.create({ name: "Ann" }), yield* contacts.create({ name: "Ben" })]
          const scores = Effect.map(
            Effect.forEach([ann, ben], ({ id }) => contacts.get(id)),
            (shown) => shown.map(({ score }) => score)
          )
          const { id } = yield* create({ title: "Call", contactId: ann.id })
          yield* complete(id)
          assert.deepStrictEqual(yield* scores, [9, 0])
          // The activity is of whom the task was about when it was completed.
          yield* tasks.update(id, { contactId: ben.id })
          assert.deepStrictEqual(yield* scores, [9, 0])
          const open = yield* tasks.update(id, { status: "pending" })
          assertSame([open.status, open.completedAt, open.completedBy], ["pending", null, null])
          assert.deepStrictEqual(yield* scores, [0, 0])
          yield* tasks.update(id, { status: "completed" })
          assert.deepStrictEqual(yield* scores, [0, 9])
          yield* merges.merge({ primaryContactId: ann.id, mergeContactIds: [ben.id] })
          assert.lengthOf(yield* activitiesOf(ann.id), 1)
          assertSame((yield* tasks.get(id)).contactId, ann.id)
          yield* tasks.update(id, { status: "pending", title: "Call again" })
          assert.lengthOf(yield* activitiesOf(ann.id), 0)
          assert.strictEqual((yield* contacts.get(ann.id)).score, 0)
          // Whoever has removed the activity by hand can open the task all the same.
          yield* complete(id)
          const [activity] = yield* activitiesOf(ann.id)
          yield* Effect.flatMap(Activities, (service) => service.remove(activity?.id ?? assert.fail("no activity")))
          assert.strictEqual((yield* tasks.update(id, { status: "pending" })).status, "pending")
        })
      ))

    test("change by what an update names, and not at all by what reading shows", () =>
      forAll(fc.tuple(Generators.taskCreate, Generators.taskUpdate), 20, ([input, changes]) =>
        inNewTenant(() =>
          Effect.gen(function* () {
            const tasks = yield* Tasks
            const made = yield* create(input).pipe(at("2026-01-01T00:00:00Z"))
            const read = yield* tasks.get(made.id)
            assertSame(yield* tasks.update(made.id, { ...read }), read)
            const changed = yield* tasks.update(made.id, changes)
            assertSame(yield* tasks.get(made.id), changed)
            assertSame(yield* tasks.update(made.id, changes), changed)
            for (const wrong of [{ id: "task_2" }, { completedBy: "me" }, { createdAt: "2000-01-01" }]) {
              assert.strictEqual((yield* Effect.flip(tasks.update(made.id, wrong)))._tag, "ValidationError")
            }
            yield* tasks.remove(made.id)
            const calls: ReadonlyArray<Call> = [
              tasks.get(made.id),
              tasks.update(made.id, {}),
              tasks.remove(made.id),
              complete(made.id)
            ]
            for (const call of calls) assert.strictEqual((yield* Effect.flip(call))._tag, "TaskNotFound")
          })
        )
      ))

    test("need the contact and the deal that they name", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const tasks = yield* Tasks
          const { id } = yield* create({ title: "Call" })
          for (const [tag, links] of [
            ["ContactNotFound", { contactId: ContactIds.make("contact_none") }],
            ["DealNotFound", { dealId: DealId.make("deal_none") }]
          ] as const) {
            assert.strictEqual((yield* Effect.flip(create({ title: "Call", ...links })))._tag, tag)
            assert.strictEqual((yield* Effect.flip(tasks.update(id, links)))._tag, tag)
          }
          assert.strictEqual((yield* tasks.list({})).pagination.total, 1)
        })
      ))

    test("race with merges and deletions of their contact, and every completion that was told of has its activity", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          for (let round = 0; round < 5; round++) {
            const contacts = yield* Contacts
            const [ann, ben] = [yield* contacts.create({ name: "Ann" }), yield* contacts.create({ name: "Ben" })]
            const made = yield* Effect.forEach(
              times(4, (index) => index),
              (index) => create({ title: `Task ${index}`, contactId: index % 2 === 0 ? ann.id : ben.id })
            )
            const calls: ReadonlyArray<Call> = [
              ...made.map(({ id }) => complete(id)),
              Effect.flatMap(Merges, (merges) => merges.merge({ primaryContactId: ann.id, mergeContactIds: [ben.id] })),
              ...made
                .slice(2)
                .map(({ id }) =>
                  Effect.flatMap(Tasks, (tasks) => tasks.update(id, { status: "pending", contactId: ann.id }))
                ),
              ...(round % 2 === 0 ? [] : [Effect.flatMap(Contacts, (contacts) => contacts.remove(ann.id))])
            ]
            const outcomes = yield* race(calls)
            for (const error of failures(outcomes)) {
              assert.include(["ContactNotFound", "MergeConflict", "TaskNotFound"], error._tag, error.message)
            }
          }
          const tasks = yield* Tasks
          const activities = yield* Activities
          const { data } = yield* tasks.list({ status: "completed", limit: 100 })
          const logged = (yield* activities.list({ limit: 100 })).data
          assert.strictEqual(logged.length, data.length)
          assert.isAtLeast((yield* told(tenantId)).length, data.length)
        })
      ))

    test("are announced 24 hours before they are due, once, however many look, and whoever they are", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const made = yield* Effect.forEach(
            times(5, (index) => index),
            (index) => create({ title: `Task ${index}`, dueDate: `2026-01-26T10:0${index}:00Z` })
          ).pipe(at("2026-01-20T10:00:00Z"))
          yield* runDue("2026-01-25T09:59:59.999Z")
          assert.deepStrictEqual(yield* dueEvents(tenantId), [])
          assert.deepStrictEqual(failures(yield* race(times(6, () => runDue("2026-01-25T10:02:00Z")))), [])
          const wanted = made.map(({ dueDate, id }) => [id, dueDate])
          assert.sameDeepMembers(yield* dueEvents(tenantId), wanted.slice(0, 3))
          yield* runDue("2026-01-25T12:00:00Z")
          yield* runDue("2026-01-25T12:00:05Z")
          assert.sameDeepMembers(yield* dueEvents(tenantId), wanted)
          const [event] = yield* told(tenantId)
          assert.deepStrictEqual([event?.cause, event?.actor.id, event?.actor.name], ["time", "system", null])
          assert.strictEqual(event?.data.status, "pending")
        })
      ))

    test("are announced at once inside that time, again for another due date, and never late or when completed", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const tasks = yield* Tasks
          const now = at(today)
          const soon = yield* create({ title: "Soon", dueDate: "2026-01-25T12:00:00Z" }).pipe(now)
          assertSame(
            (yield* told(tenantId)).map(({ data }) => data),
            [soon]
          )
          const events = [[soon.id, soon.dueDate]]
          const isTold = Effect.fnUntraced(function* (...more: ReadonlyArray<Task.Task>) {
            yield* runDue(today)
            events.push(...more.map(({ dueDate, id }) => [id, dueDate]))
            assert.deepStrictEqual(yield* dueEvents(tenantId), events)
          })
          yield* isTold()
          yield* tasks.update(soon.id, { title: "Sooner" }).pipe(now)
          yield* isTold()
          yield* isTold(yield* tasks.update(soon.id, { dueDate: "2026-01-24" }).pipe(now))
          yield* tasks.update(soon.id, { dueDate: "2026-01-30" }).pipe(now)
          yield* isTold()
          yield* tasks.update(soon.id, { dueDate: "2026-01-24T11:59:59Z" }).pipe(now)
          yield* isTold()
          yield* tasks.update(soon.id, { dueDate: null }).pipe(now)
          yield* create({ title: "Past", dueDate: "2026-01-23" }).pipe(now)
          yield* create({ title: "Some day" }).pipe(now)
          yield* isTold()

          const done = yield* create({ title: "Done", dueDate: "2026-01-26" }).pipe(now)
          yield* complete(done.id).pipe(now)
          yield* runDue("2026-01-26T10:00:00Z")
          assert.deepStrictEqual(yield* dueEvents(tenantId), events)
          // Nobody looked in time: then it is too late, whoever looks.
          const missed = yield* create({ title: "Missed", dueDate: "2026-01-28T10:00:00Z" }).pipe(now)
          yield* runDue("2026-01-28T10:00:00.001Z")
          yield* runDue("2026-01-28T09:00:00Z")
          assert.deepStrictEqual(yield* dueEvents(tenantId), events)
          assert.strictEqual((yield* tasks.get(missed.id)).dueDate, missed.dueDate)
        })
      ))

    test("are of one tenant", () =>
      Effect.gen(function* () {
        const tasks = yield* Tasks
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        const ann = yield* as(theirs)(Effect.flatMap(Contacts, (contacts) => contacts.create({ name: "Ann" })))
        const task = yield* as(theirs)(create({ title: "Theirs", contactId: ann.id }))
        const own = yield* as(ours)(create({ title: "Ours" }))
        const calls: ReadonlyArray<Call> = [
          create({ title: "Ours", contactId: ann.id }),
          tasks.update(own.id, { contactId: ann.id }),
          tasks.get(task.id),
          tasks.update(task.id, { title: "Ours" }),
          tasks.complete(task.id),
          tasks.remove(task.id),
          tasks.remove(TaskId.make("task_none"))
        ]
        for (const call of calls) {
          assert.include(["ContactNotFound", "TaskNotFound"], (yield* Effect.flip(as(ours)(call)))._tag)
        }
        assert.deepStrictEqual(idsOf((yield* as(ours)(tasks.list({}))).data), [own.id])
        assertSame(yield* as(theirs)(tasks.get(task.id)), task)
      }))
  }
}

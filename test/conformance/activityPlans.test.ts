import {
  Activities,
  Activity,
  type ActivityQuery,
  ActivityStore,
  activityId,
  ContactId,
  ContactStore,
  Contacts,
  Crm,
  CurrentActor,
  DealId,
  IdGenerator,
  Merges,
  PhoneNormalizer,
  Privacy,
  ScoreStore,
  Task,
  taskId,
  type TaskQuery,
  Tasks,
  TaskStore,
  TenantId,
  TimeOrderedIds,
  UnitOfWork,
  UserId
} from "@clientele/core"
import { Storage } from "@clientele/sql"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import { databases } from "./databases.ts"
import { namesIn, planOf, sentBy } from "./explain.ts"

const actorOf = (tenant: string) =>
  CurrentActor.of({ tenantId: TenantId.make(tenant), userId: UserId.make("user_1"), userName: null, roles: [] })

const now = DateTime.makeUnsafe("2026-01-24T12:00:00Z")

/** Contacts, each with activities and tasks of all kinds, some completed. */
const fill = Effect.gen(function* () {
  const { tenantId, userId } = yield* CurrentActor
  const activities = yield* ActivityStore
  const contacts = yield* Contacts
  const tasks = yield* TaskStore
  const { bodies } = yield* IdGenerator
  const people = yield* Effect.forEach(Array.from({ length: 20 }), (_, n) => contacts.create({ name: `Person ${n}` }))
  const contactOf = (n: number) => people[n % people.length]?.id ?? null
  const dealOf = (n: number) => (n % 3 === 0 ? DealId.make(`deal_${n % 40}`) : null)
  const logged = (yield* bodies(1_500)).map((body, n) =>
    Activity.create(
      { type: Activity.ActivityType.literals[n % 6] ?? "call", occurredAt: DateTime.add(now, { minutes: -n }) },
      { contactId: contactOf(n), dealId: dealOf(n) },
      { id: activityId(body), by: userId, now }
    )
  )
  yield* activities.insert(tenantId, logged)
  for (const [n, body] of (yield* bodies(1_000)).entries()) {
    const task = Task.create(
      {
        title: `Task ${n}`,
        contactId: contactOf(n),
        dealId: dealOf(n),
        dueDate: n % 5 === 0 ? null : DateTime.formatIso(DateTime.add(now, { hours: n - 500 })),
        priority: Task.TaskPriority.literals[n % 3] ?? "low",
        assignedTo: UserId.make(`user_${n % 10}`)
      },
      { id: taskId(body), now, zone: DateTime.zoneMakeOffset(0) }
    )
    const completion = { at: now, by: userId, activityId: activityId("none") }
    yield* tasks.insert(tenantId, n % 4 === 0 ? task : { ...Task.complete(task, completion), isArmed: false })
  }
  return people.map(({ id }) => id)
})

/** What a plan reads of activities and tasks: indexes but for a look-up by id, and tables as a whole. */
const readsOf = (plan: string): ReadonlyArray<string> => {
  const whole = namesIn(
    plan,
    /(?:Seq Scan on|^SCAN) (crm_(?:activities|tasks|contacts|contact_events|outbox))\b(?! USING)/gm
  )
  const indexes = namesIn(
    plan,
    /(?:INDEX|Scan using|Scan Backward using|Index Scan on) (crm_(?:activities|tasks)_\w+)/g
  ).filter((name) => !name.endsWith("_id") || name.includes("_by_"))
  return [...whole.map((name) => `all of ${name}`), ...indexes]
}

const readsOfAll = (statements: ReadonlyArray<string>) =>
  Effect.map(Effect.forEach(statements, planOf), (plans) => [...new Set(plans.flatMap(readsOf))])

/** A page is read off its own index, in order; a total may be counted in any that has no more than what is counted. */
const assertReads = Effect.fnUntraced(function* (selects: ReadonlyArray<string>, index: string, query: string) {
  const [page = "", count = ""] = selects
  assert.deepStrictEqual(yield* readsOfAll([page]), [index], query)
  assert.notMatch(yield* planOf(page), /Sort|TEMP B-TREE/, query)
  for (const read of yield* readsOfAll([count])) assert.notInclude(read, "all of", query)
})

const [contactId, dealId, assignedTo] = [ContactId.make("contact_x"), DealId.make("deal_1"), UserId.make("user_1")]

const activityQuestions: ReadonlyArray<readonly [ActivityQuery, string]> = [
  [{}, "crm_activities_newest"],
  [{ startDate: "2026-01-24", endDate: "2026-01-24" }, "crm_activities_newest"],
  [{ contactId }, "crm_activities_by_contact_id"],
  [{ contactId, type: "call" }, "crm_activities_by_contact_id"],
  [{ dealId }, "crm_activities_by_deal_id"],
  [{ type: "call" }, "crm_activities_by_type"]
]

const taskQuestions: ReadonlyArray<readonly [TaskQuery, string]> = [
  [{}, "crm_tasks_by_due"],
  [{ status: "open" }, "crm_tasks_open"],
  [{ status: "overdue" }, "crm_tasks_open"],
  [{ status: "pending" }, "crm_tasks_open"],
  [{ status: "completed" }, "crm_tasks_completed"],
  [{ assignedTo }, "crm_tasks_by_assigned_to"],
  [{ assignedTo, status: "open" }, "crm_tasks_open_by_assigned_to"],
  [{ assignedTo, status: "overdue" }, "crm_tasks_open_by_assigned_to"],
  [{ contactId }, "crm_tasks_by_contact_id"],
  [{ dealId }, "crm_tasks_by_deal_id"],
  [{ priority: "high" }, "crm_tasks_by_priority"]
]

/** What is sent about activities and tasks, but for rows that are put in. */
const ofTheirs = /^\s*(?:SELECT|UPDATE|DELETE).*crm_(?:activities|tasks)/s

const crm = Crm.layer.pipe(
  Layer.provideMerge([Storage.layer, TimeOrderedIds.layer, Layer.succeed(PhoneNormalizer, { toE164: () => null })])
)

describe.each(databases)("plans of activities and tasks on $name", ({ dialect, fresh }) => {
  it.live("read by an index that is made for the question, and never a whole table", () =>
    Effect.flatMap(fresh, (client) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const uow = yield* UnitOfWork
        yield* uow.transaction(fill).pipe(Effect.provideService(CurrentActor, actorOf("two")))
        const people = yield* uow.transaction(fill)
        const [someone = contactId, another = contactId] = people
        const activities = yield* Activities
        const tasks = yield* Tasks
        yield* sql`ANALYZE`
        for (const [query, index] of activityQuestions) {
          yield* assertReads(yield* sentBy(/^\s*SELECT/, activities.list(query)), index, JSON.stringify(query))
        }
        for (const [query, index] of taskQuestions) {
          yield* assertReads(yield* sentBy(/^\s*SELECT/, tasks.list(query)), index, JSON.stringify(query))
        }
        const store = yield* TaskStore
        const due = yield* sentBy(/^\s*SELECT/, store.due(now, 10))
        assert.deepStrictEqual(yield* readsOfAll(due), ["crm_tasks_armed"])
        const scores = yield* ScoreStore
        const scored = yield* sentBy(/^\s*SELECT/, scores.events(actorOf("one").tenantId, people, ["activity:call"]))
        assert.deepStrictEqual(yield* readsOfAll(scored), ["crm_activities_by_contact_id"])

        const contacts = yield* Contacts
        const merges = yield* Merges
        const privacy = yield* Privacy
        const contactStore = yield* ContactStore
        const [logged] = (yield* activities.list({ contactId: another, type: "email" })).data
        const commands: ReadonlyArray<Effect.Effect<unknown, unknown, CurrentActor>> = [
          contactStore.recount(actorOf("one").tenantId, [someone]),
          activities.remove(logged?.id ?? assert.fail("nothing logged")),
          contacts.remove(someone),
          contacts.restore(someone),
          merges.merge({ primaryContactId: another, mergeContactIds: [someone] }),
          privacy.export(another),
          privacy.erase(another)
        ]
        const reads = yield* Effect.forEach(commands, (command) =>
          Effect.flatMap(sentBy(ofTheirs, command), readsOfAll)
        )
        const allowed = ["activities", "tasks"].flatMap((table) => [
          `crm_${table}_by_contact_id`,
          `crm_${table}_former_contact`
        ])
        for (const read of reads.flat()) assert.include(allowed, read)
      }).pipe(
        Effect.provideService(CurrentActor, actorOf("one")),
        Effect.provide(Layer.fresh(crm.pipe(Layer.provide(dialect))).pipe(Layer.provideMerge(client)))
      )
    )
  )
})

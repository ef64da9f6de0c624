import { ActivityPage } from "@clientele/api/ActivitiesApi"
import { TaskPage } from "@clientele/api/TasksApi"
import { Task } from "@clientele/core/domain/Task"
import { assert, describe, it } from "@effect/vitest"
import { type Client, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const taskOf = reader(Task)
const pageOf = reader(TaskPage)
const activitiesOf = reader(ActivityPage)

const make = async (crm: Client, fields: Readonly<Record<string, unknown>> = {}) =>
  taskOf(await crm.post("/tasks", { title: "Follow up", ...fields }), 201)

const complete = async (crm: Client, id: string) => taskOf(await crm.send("POST", `/tasks/${id}/complete`))

const idsOf = async (crm: Client, query: string) => pageOf(await crm.get(`/tasks?${query}`)).data.map(({ id }) => id)

describe.each(databases)("tasks over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("take the contract's example, and are changed field by field", async () => {
    const crm = await server.tenant()
    const { id: contact_id } = await crm.create()
    const example = {
      title: "Follow up on proposal",
      description: "Check if they reviewed the pricing",
      contact_id,
      due_date: "2026-01-26T10:00:00Z",
      priority: "high",
      assigned_to: "user_001"
    } as const
    const made = taskOf(await crm.post("/tasks", example), 201)
    assert.deepInclude(made, {
      ...example,
      due_date: "2026-01-26T10:00:00.000Z",
      deal_id: null,
      status: "overdue",
      completed_at: null,
      completed_by: null
    })
    assert.match(made.id, /^task_/)
    problemOf(await crm.post("/tasks", { ...example, deal_id: "deal_001" }), "deal_not_found")

    const changed = taskOf(await crm.put(`/tasks/${made.id}`, { due_date: "2099-01-26", description: null }))
    assert.deepStrictEqual(changed, {
      ...made,
      due_date: "2099-01-26",
      description: null,
      status: "pending",
      updated_at: changed.updated_at
    })
    assert.deepStrictEqual(taskOf(await crm.put(`/tasks/${made.id}`, changed)), changed)
    assert.deepStrictEqual(taskOf(await crm.get(`/tasks/${made.id}`)), changed)
    assert.strictEqual((await crm.delete(`/tasks/${made.id}`)).status, 204)
    for (const answer of [
      await crm.delete(`/tasks/${made.id}`),
      await crm.get(`/tasks/${made.id}`),
      await crm.put(`/tasks/${made.id}`, {}),
      await crm.send("POST", `/tasks/${made.id}/complete`)
    ]) {
      assert.strictEqual(problemOf(answer, "task_not_found").task_id, made.id)
    }
  })

  it("are completed once, however often and by however many at once, and open again without a trace", async () => {
    const crm = await server.tenant({ sub: "user_7" })
    const { id: contact_id } = await crm.create()
    const { id } = await make(crm, { contact_id, title: "Call back" })
    const answers = await Promise.all(Array.from({ length: 12 }, () => complete(crm, id)))
    for (const answer of answers) assert.deepStrictEqual(answer, answers[0])
    const done = await complete(crm, id)
    assert.deepStrictEqual(done, answers[0])
    assert.deepInclude(done, { status: "completed", completed_by: "user_7" })
    const { data } = activitiesOf(await crm.get(`/activities?contact_id=${contact_id}`))
    assert.deepStrictEqual(
      data.map(({ created_by, occurred_at, subject, type }) => [type, subject, created_by, occurred_at]),
      [["task", "Call back", "user_7", done.completed_at]]
    )
    const again = taskOf(await crm.put(`/tasks/${id}`, { status: "pending" }))
    assert.deepInclude(again, { status: "pending", completed_at: null, completed_by: null })
    assert.lengthOf(activitiesOf(await crm.get("/activities")).data, 0)
    assert.strictEqual(taskOf(await crm.put(`/tasks/${id}`, { status: "completed" })).status, "completed")
    assert.lengthOf(activitiesOf(await crm.get("/activities")).data, 1)
  })

  it("are listed by what is due first, by status, assignee, priority and contact", async () => {
    const crm = await server.tenant()
    const { id: contact_id } = await crm.create()
    const someday = await make(crm, { priority: "low" })
    const next = await make(crm, { due_date: "2099-01-26", assigned_to: "user_1", contact_id })
    const late = await make(crm, { due_date: "2026-01-26", priority: "high" })
    const done = await make(crm, { due_date: "2026-01-25", assigned_to: "user_1" })
    await complete(crm, done.id)
    const ids = (...tasks: ReadonlyArray<{ readonly id: string }>) => tasks.map(({ id }) => id)
    for (const [query, expected] of [
      ["", ids(done, late, next, someday)],
      ["status=pending", ids(next, someday)],
      ["status=overdue", ids(late)],
      ["status=completed", ids(done)],
      ["status=open", ids(late, next, someday)],
      ["assigned_to=user_1", ids(done, next)],
      ["assigned_to=user_1&status=open", ids(next)],
      ["assigned_to=nobody", []],
      ["priority=high", ids(late)],
      [`contact_id=${contact_id}`, ids(next)],
      ["deal_id=none", []],
      ["limit=3&page=2", ids(someday)]
    ] as const) {
      assert.deepStrictEqual(await idsOf(crm, query), [...expected], query)
    }
    const first = pageOf(await crm.get("/tasks?limit=2"))
    assert.deepInclude(first.pagination, { page: 1, limit: 2, total: 4 })
    assert.deepStrictEqual(await idsOf(crm, `limit=2&cursor=${first.pagination.next_cursor}`), ids(next, someday))
  })

  it("refuse what is wrong at its place", async () => {
    const crm = await server.tenant()
    const { id } = await make(crm)
    for (const [body, path] of [
      [{ title: " " }, "title"],
      [{ due_date: "tomorrow" }, "due_date"],
      [{ due_date: "2026-02-30" }, "due_date"],
      [{ priority: "urgent" }, "priority"],
      [{ priority: null }, "priority"],
      [{ assigned_to: "a b" }, "assigned_to"],
      [{ owner_id: "user_1" }, "owner_id"]
    ] as const) {
      assert.deepStrictEqual(pathsOf(await crm.post("/tasks", { title: "x", ...body })), [path], JSON.stringify(body))
      assert.deepStrictEqual(pathsOf(await crm.put(`/tasks/${id}`, body)), [path], JSON.stringify(body))
    }
    for (const [body, path] of [
      [{ status: "done" }, "status"],
      [{ status: "overdue" }, "status"],
      [{ id: "task_2" }, "id"],
      [{ completed_by: "me" }, "completed_by"],
      [{ created_at: "2026-01-26T10:00:00.000Z" }, "created_at"]
    ] as const) {
      assert.deepStrictEqual(pathsOf(await crm.put(`/tasks/${id}`, body)), [path], JSON.stringify(body))
    }
    assert.deepStrictEqual(pathsOf(await crm.post("/tasks", { title: "x", status: "completed" })), ["status"])
    for (const query of [
      "status=done",
      "priority=urgent",
      "assigned_to=",
      "limit=101",
      "page=0",
      "sort=id",
      "cursor=x"
    ]) {
      assert.deepStrictEqual(pathsOf(await crm.get(`/tasks?${query}`)), [query.replace(/=.*/, "")])
    }
    problemOf(await crm.put(`/tasks/${id}`, { contact_id: "contact_none" }), "contact_not_found")
    problemOf(await crm.put(`/tasks/${id}`, { deal_id: "deal_none" }), "deal_not_found")
  })
})

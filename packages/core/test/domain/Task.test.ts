import { activityId, Task, taskId, Time, UserId } from "@clientele/core"
import { Generators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { created, issuesIn, later, overTheWire, pathsIn } from "../support.ts"

const utc = DateTime.zoneMakeOffset(0)
const zone = fc.constantFrom(
  utc,
  DateTime.zoneMakeOffset(14 * 3_600_000),
  DateTime.zoneMakeOffset(-12 * 3_600_000),
  DateTime.zoneMakeNamedUnsafe("America/New_York"),
  DateTime.zoneMakeNamedUnsafe("Asia/Kathmandu")
)
const instant = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) }).map((ms) => DateTime.makeUnsafe(ms))
const id = taskId("001")
const by = UserId.make("user_001")
const day = Duration.days(1)

const create = (input: Task.TaskCreate, now = created, timeZone: DateTime.TimeZone = utc) =>
  Task.create(input, { id, now, zone: timeZone })
const completion = (at: DateTime.Utc): Task.Completion => ({ at, by, activityId: activityId("001") })
const at = (text: string) => DateTime.makeUnsafe(text)

const task = fc.tuple(Generators.taskCreate, instant, zone).map(([input, now, zone]) => create(input, now, zone))

describe("tasks", () => {
  it("are of medium priority and nobody's unless given, and show what they were given", () => {
    const { createdAt, updatedAt, ...rest } = Task.toTask(create({ title: "Call" }), created)
    assert.deepStrictEqual([createdAt, updatedAt], [created, created])
    assert.deepStrictEqual(rest, {
      id,
      title: "Call",
      description: null,
      contactId: null,
      dealId: null,
      dueDate: null,
      priority: "medium",
      assignedTo: null,
      status: "pending",
      completedAt: null,
      completedBy: null
    })
  })

  it("come and go over the wire as they are", () => {
    fc.assert(
      fc.property(task, instant, (task, now) => {
        const view = Task.toTask(task, now)
        const encoded = overTheWire(Schema.encodeSync(Task.Task)(view))
        assert.deepStrictEqual(Schema.decodeUnknownSync(Task.Task)(encoded), view)
        assert.deepStrictEqual(issuesIn(Task.TaskUpdate)(encoded), [])
      })
    )
  })

  it("accept the contract's example, and refuse what is not in it", () => {
    const example = {
      title: "Follow up on proposal",
      description: "Check if they reviewed the pricing",
      contact_id: "contact_001",
      deal_id: "deal_001",
      due_date: "2026-01-26T10:00:00Z",
      priority: "high",
      assigned_to: "user_001"
    }
    const paths = pathsIn(Task.TaskCreate)
    assert.deepStrictEqual(paths(example), [])
    for (const [wrong, path] of [
      [{ title: " " }, "title"],
      [{ title: "a\0b" }, "title"],
      [{ due_date: "tomorrow" }, "due_date"],
      [{ due_date: "2026-02-30" }, "due_date"],
      [{ due_date: 5 }, "due_date"],
      [{ priority: "urgent" }, "priority"],
      [{ status: "completed" }, "status"],
      [{ contact_id: "" }, "contact_id"]
    ] as const) {
      assert.deepStrictEqual(paths({ ...example, ...wrong }), [path])
    }
  })
})

describe("due dates", () => {
  it("without a time of day are the whole day in the tenant's zone", () => {
    for (const [name, last] of [
      ["UTC", "2026-01-26T23:59:59.999Z"],
      ["America/New_York", "2026-01-27T04:59:59.999Z"],
      ["Asia/Tokyo", "2026-01-26T14:59:59.999Z"]
    ] as const) {
      const due = create({ title: "x", dueDate: "2026-01-26" }, created, DateTime.zoneMakeNamedUnsafe(name))
      assert.strictEqual(Task.statusOf(due, at(last)), "pending")
      assert.strictEqual(Task.statusOf(due, DateTime.add(at(last), { milliseconds: 1 })), "overdue")
    }
    // The day on which clocks go forward has 23 hours.
    const short = create({ title: "x", dueDate: "2026-03-29" }, created, DateTime.zoneMakeNamedUnsafe("Europe/Berlin"))
    assert.deepStrictEqual(short.dueAt, at("2026-03-29T21:59:59.999Z"))
  })

  it("are given back in one spelling", () => {
    for (const [given, kept] of [
      ["2026-01-26", "2026-01-26"],
      ["2026-01-26T10:00:00Z", "2026-01-26T10:00:00.000Z"],
      ["2026-01-26T11:00+01:00", "2026-01-26T10:00:00.000Z"],
      ["2026-01-26 10:00", "2026-01-26T10:00:00.000Z"]
    ] as const) {
      assert.strictEqual(create({ title: "x", dueDate: given }).fields.dueDate, kept)
    }
  })

  it("are in the years that databases know, whatever the zone, and before never", () => {
    fc.assert(
      fc.property(fc.constantFrom("0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999Z"), zone, (dueDate, zone) => {
        const { dueAt } = create({ title: "x", dueDate }, created, zone)
        assert.match(DateTime.formatIso(dueAt), /^\d{4}-/)
        assert.isTrue(DateTime.isLessThan(dueAt, Time.never))
      })
    )
  })
})

describe("the status of a task", () => {
  it("is one of three: completed, or, of those that are open, overdue exactly when the due date has passed", () => {
    fc.assert(
      fc.property(task, instant, fc.boolean(), (open, now, isCompleted) => {
        const task = isCompleted ? Task.complete(open, completion(now)) : open
        const { dueDate, status } = Task.toTask(task, now)
        const isPast = dueDate !== null && now.epochMilliseconds > task.dueAt.epochMilliseconds
        assert.strictEqual(status, isCompleted ? "completed" : isPast ? "overdue" : "pending")
        assert.strictEqual(Task.isOverdue(task, now), status === "overdue")
      })
    )
  })

  it("is never overdue without a due date", () => {
    assert.strictEqual(Task.statusOf(create({ title: "x" }), Time.never), "pending")
  })
})

describe("completing", () => {
  it("keeps who was first, and opening again forgets it", () => {
    fc.assert(
      fc.property(task, (task) => {
        const completed = Task.complete(task, completion(later))
        const again = Task.complete(completed, { ...completion(created), by: UserId.make("user_2") })
        assert.strictEqual(again, completed)
        const { completedAt, completedBy, status } = Task.toTask(completed, later)
        assert.deepStrictEqual([completedAt, completedBy, status], [later, by, "completed"])
        assert.deepStrictEqual(Task.reopen(completed, task.updatedAt), task)
        assert.strictEqual(Task.reopen(task, later), task)
      })
    )
  })
})

describe("changes", () => {
  it("replace what they name, and are none when they name what is there", () => {
    fc.assert(
      fc.property(task, Generators.taskUpdate, zone, (task, changes, zone) => {
        const surroundings = { now: later, zone }
        const after = Task.update(task, changes, surroundings)
        const { dueDate: _dueDate, status: _status, ...plain } = changes
        for (const [name, value] of Object.entries(plain)) {
          const expected = typeof value === "string" && value.trim() === "" ? null : value
          assert.deepStrictEqual(Object.entries(after.fields).find(([field]) => field === name)?.[1], expected)
        }
        assert.strictEqual(Task.update(after, changes, surroundings), after)
        assert.strictEqual(Task.update(task, {}, surroundings), task)
        assert.deepStrictEqual(after.updatedAt, after === task ? task.updatedAt : later)
        assert.strictEqual(Task.update(after, { ...after.fields }, surroundings), after)
      })
    )
  })

  it("may hold what reading shows, as it was read or over the wire, and nothing else for it", () => {
    const view = Task.toTask(Task.complete(create({ title: "x", dueDate: "2026-01-26" }), completion(later)), later)
    assert.deepStrictEqual(Task.refused({ ...view }, view), [])
    const encoded = overTheWire(Schema.encodeSync(Task.Task)(view))
    assert.deepStrictEqual(Task.refused(Schema.decodeUnknownSync(Task.TaskUpdate)(encoded), view), [])
    const pathsOf = (changes: Task.TaskUpdate) => Task.refused(changes, view).map(({ path }) => path)
    assert.deepStrictEqual(pathsOf({ id: "task_2", completedBy: "me", completedAt: null }), [
      "id",
      "completedAt",
      "completedBy"
    ])
    assert.deepStrictEqual(pathsOf({ status: "overdue" }), ["status"])
    const overdue = Task.toTask(create({ title: "x", dueDate: "2026-01-01" }), later)
    assert.deepStrictEqual(Task.refused({ status: "overdue" }, overdue), [])
  })
})

describe("announcing", () => {
  const lead = fc.integer({ min: 0, max: 96 }).map((hours) => Duration.hours(hours))

  it("happens once for a due date, in the time before it, and never later", () => {
    fc.assert(
      fc.property(task, fc.array(instant, { maxLength: 6 }), lead, (task, looks, lead) => {
        let [current, told] = [task, Array<DateTime.Utc>()]
        for (const now of looks) {
          const { isTold, task } = Task.announce(current, now, lead)
          current = task
          if (isTold) told = [...told, now]
        }
        assert.isAtMost(told.length, 1)
        for (const now of told) {
          assert.isFalse(Task.isOverdue(task, now))
          assert.isTrue(DateTime.isGreaterThanOrEqualTo(DateTime.addDuration(now, lead), task.dueAt))
        }
        const first = looks.find((now) => DateTime.isGreaterThanOrEqualTo(DateTime.addDuration(now, lead), task.dueAt))
        const isDue = task.fields.dueDate !== null && first !== undefined && !Task.isOverdue(task, first)
        assert.strictEqual(told.length, isDue ? 1 : 0)
      })
    )
  })

  it("waits for the lead to begin, and is armed again by another due date", () => {
    const soon = create({ title: "x", dueDate: "2026-01-26T10:00:00Z" })
    const isTold = (task: Task.TaskRecord, now: string) => Task.announce(task, at(now), day).isTold
    assert.isFalse(isTold(soon, "2026-01-25T09:59:59.999Z"))
    assert.isTrue(isTold(soon, "2026-01-25T10:00:00.000Z"))
    assert.isTrue(isTold(soon, "2026-01-26T10:00:00.000Z"))
    assert.isFalse(isTold(soon, "2026-01-26T10:00:00.001Z"))
    const told = Task.announce(soon, at("2026-01-25T10:00:00Z"), day).task
    assert.isFalse(isTold(told, "2026-01-25T10:00:00Z"))
    const surroundings = { now: later, zone: utc }
    const moved = Task.update(told, { dueDate: "2026-01-26T11:00:00Z" }, surroundings)
    assert.isTrue(isTold(moved, "2026-01-25T11:00:00Z"))
    assert.isFalse(isTold(Task.update(told, { title: "y" }, surroundings), "2026-01-25T11:00:00Z"))
    assert.isFalse(isTold(Task.update(soon, { dueDate: null }, surroundings), "2026-01-25T11:00:00Z"))
    assert.isFalse(isTold(Task.complete(soon, completion(later)), "2026-01-25T11:00:00Z"))
  })
})

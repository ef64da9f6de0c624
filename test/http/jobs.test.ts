import { JobPage } from "@clientele/api/JobsApi"
import { JobRunner, Jobs } from "@clientele/core"
import { Job } from "@clientele/core/domain/Job"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { randomUUID } from "node:crypto"
import { beside, numbering } from "../support/jobs.ts"
import { type Client, jsonOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const jobOf = reader(Job)
const jobsOf = reader(JobPage)

describe.each(databases)("jobs over HTTP, on $name", (database) => {
  const server = useServer(database)

  /** A tenant with jobs of so many contacts, and a process beside the server that works on what is due. */
  const withJobs = async (sizes: ReadonlyArray<number>) => {
    const tenant = `tenant_${randomUUID()}`
    const run = beside(server.data(), tenant)
    const crm: Client = await server.tenant({ tenant_id: tenant })
    const made = await run(
      Effect.flatMap(Jobs, (jobs) => Effect.forEach(sizes, (contacts) => jobs.enqueue(numbering, { contacts })))
    )
    return { crm, ids: made.map(({ id }) => id), work: () => run(Effect.flatMap(DateTime.now, JobRunner.runDue)) }
  }

  it("a job is shown with all its members, from its start to its end", async () => {
    const { crm, ids, work } = await withJobs([3])
    const [id = ""] = ids
    const queued = jobOf(await crm.get(`/jobs/${id}`))
    assert.match(id, /^job_[0-9a-v]{26}$/)
    assert.match(queued.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    assert.deepStrictEqual(queued, {
      id,
      kind: "numbering",
      status: "queued",
      total: null,
      done: 0,
      result: null,
      failure: null,
      created_at: queued.created_at,
      started_at: null,
      finished_at: null
    })
    await work()
    const job = jobOf(await crm.get(`/jobs/${id}`))
    assert.deepInclude(job, { status: "completed", total: 3, done: 3, result: { created: 3 } })
    assert.isAtLeast(Date.parse(job.finished_at ?? ""), Date.parse(job.started_at ?? ""))
    assert.deepStrictEqual(jobsOf(await crm.get("/jobs")).data, [job])
  })

  it("the list goes by cursor, newest first", async () => {
    const { crm, ids } = await withJobs([1, 1, 1])
    const first = jobsOf(await crm.get("/jobs?limit=2"))
    const { next_cursor, ...pagination } = first.pagination
    assert.deepStrictEqual(pagination, { limit: 2, total: 3 })
    const second = jobsOf(await crm.get(`/jobs?limit=2&cursor=${next_cursor}`))
    assert.deepStrictEqual(
      [...first.data, ...second.data].map(({ id }) => id),
      ids.toReversed()
    )
    assert.isNull(second.pagination.next_cursor)
    assert.deepStrictEqual(pathsOf(await crm.get("/jobs?cursor=x")), ["cursor"])
    assert.deepStrictEqual(pathsOf(await crm.get("/jobs?limit=101")), ["limit"])
    assert.deepStrictEqual(pathsOf(await crm.get("/jobs?status=queued")), ["status"])
  })

  it("cancel ends a job for good, and leaves one that has ended as it is", async () => {
    const { crm, ids, work } = await withJobs([2, 2])
    const [first = "", second = ""] = ids
    const cancelled = jobOf(await crm.send("POST", `/jobs/${first}/cancel`))
    assert.deepInclude(cancelled, { status: "cancelled", done: 0, started_at: null })
    assert.isNotNull(cancelled.finished_at)
    await work()
    assert.deepStrictEqual(jobOf(await crm.get(`/jobs/${first}`)), cancelled)
    assert.deepStrictEqual(jobOf(await crm.send("POST", `/jobs/${first}/cancel`)), cancelled)
    assert.strictEqual(jobOf(await crm.send("POST", `/jobs/${second}/cancel`)).status, "completed")
  })

  it("events show a job from where it is to its end, and end with it", async () => {
    const { crm, ids, work } = await withJobs([2])
    const [id = ""] = ids
    const following = crm.get(`/jobs/${id}/events`)
    await work()
    const { headers, status, text } = await following
    assert.deepStrictEqual([status, headers["content-type"]], [200, "text/event-stream"])
    assert.strictEqual(headers["cache-control"], "private, no-store")
    const shown = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]): unknown => JSON.parse(data))
    assert.deepStrictEqual(shown.at(-1), jobOf(await crm.get(`/jobs/${id}`)))
    assert.isAtMost(shown.length, 4)
  })

  it("an id of nothing, or of another tenant's job, is the same 404", async () => {
    const { ids } = await withJobs([1])
    const [id = ""] = ids
    const mine = await server.tenant()
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/events"],
      ["POST", "/cancel"]
    ] as const) {
      for (const other of [id, "job_nothing", "%20", "x".repeat(200)]) {
        const problem = problemOf(await mine.send(method, `/jobs/${other}${path}`), "job_not_found")
        assert.strictEqual(problem.job_id, decodeURIComponent(other))
        assert.strictEqual(problem.detail, `No job has the id ${decodeURIComponent(other)}`)
      }
    }
    assert.deepStrictEqual(jsonOf(await mine.get("/jobs")), {
      data: [],
      pagination: { limit: 20, total: 0, next_cursor: null }
    })
  })
})

import { ActivityPage } from "@clientele/api/ActivitiesApi"
import { Activity } from "@clientele/core/domain/Activity"
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { type Client, detailOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const activityOf = reader(Activity)
const pageOf = reader(ActivityPage)

const log = async (crm: Client, fields: Readonly<Record<string, unknown>>) =>
  activityOf(await crm.post("/activities", { type: "call", ...fields }), 201)

const idsOf = async (crm: Client, query: string) =>
  pageOf(await crm.get(`/activities?${query}`)).data.map(({ id }) => id)

describe.each(databases)("activities over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("take the contract's example, and say when it happened and who said so", async () => {
    const crm = await server.tenant({ sub: "user_7" })
    const { id } = await crm.create()
    const example = {
      contact_id: id,
      type: "call",
      subject: "Discovery Call",
      description: "Discussed pain points and requirements",
      outcome: "positive",
      duration_minutes: 30,
      next_steps: "Send proposal by Friday"
    } as const
    const made = activityOf(await crm.post("/activities", example), 201)
    assert.deepInclude(made, { ...example, deal_id: null, created_by: "user_7" })
    assert.match(made.id, /^act_/)
    assert.strictEqual(made.occurred_at, made.created_at)
    assert.deepStrictEqual(activityOf(await crm.get(`/activities/${made.id}`)), made)
    const { activities, engagement } = detailOf(await crm.get(`/contacts/${id}`))
    assert.deepStrictEqual(activities, [{ type: "call", timestamp: made.occurred_at, details: "Discovery Call" }])
    assert.deepInclude(engagement, { total_interactions: 1, last_interaction: made.occurred_at })

    problemOf(await crm.post("/activities", { ...example, deal_id: "deal_001" }), "deal_not_found")
    problemOf(await crm.post("/activities", { ...example, contact_id: "contact_none" }), "contact_not_found")
    assert.strictEqual((await crm.delete(`/activities/${made.id}`)).status, 204)
    problemOf(await crm.delete(`/activities/${made.id}`), "activity_not_found")
    problemOf(await crm.get(`/activities/${made.id}`), "activity_not_found")
    assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).engagement.total_interactions, 0)
  })

  it("are listed by when they happened, whole days included, filtered, and walked or leafed through", async () => {
    const crm = await server.tenant()
    const [ann, ben] = [await crm.create(), await crm.create()]
    const at = (occurred_at: string, rest: object = {}) => log(crm, { contact_id: ann.id, occurred_at, ...rest })
    const last = await at("2026-01-25T00:00:00Z")
    const late = await at("2026-01-24T23:59:59.999Z", { type: "meeting" })
    const early = await at("2026-01-24T00:00:00Z")
    const before = await at("2026-01-23T23:59:59.999Z", { contact_id: ben.id })
    const all = [last, late, early, before].map(({ id }) => id)
    assert.deepStrictEqual(await idsOf(crm, ""), all)
    assert.deepStrictEqual(await idsOf(crm, "start_date=2026-01-24&end_date=2026-01-24"), [late.id, early.id])
    assert.deepStrictEqual(await idsOf(crm, "start_date=2026-01-24"), all.slice(0, 3))
    assert.deepStrictEqual(await idsOf(crm, "end_date=2026-01-23"), [before.id])
    assert.deepStrictEqual(await idsOf(crm, "end_date=2026-01-24T00:00:00Z"), [early.id, before.id])
    assert.deepStrictEqual(await idsOf(crm, `contact_id=${ben.id}`), [before.id])
    assert.deepStrictEqual(await idsOf(crm, `contact_id=${ann.id}&type=meeting`), [late.id])
    assert.deepStrictEqual(await idsOf(crm, "contact_id=nobody"), [])
    assert.deepStrictEqual(await idsOf(crm, "deal_id=none"), [])

    const first = pageOf(await crm.get("/activities?limit=3"))
    assert.deepInclude(first.pagination, { page: 1, limit: 3, total: 4 })
    const behind = pageOf(await crm.get(`/activities?limit=3&cursor=${first.pagination.next_cursor}`))
    assert.deepStrictEqual(behind.pagination, { limit: 3, total: 4, next_cursor: null })
    assert.deepStrictEqual(behind.data, pageOf(await crm.get("/activities?limit=3&page=2")).data)
    assert.deepStrictEqual(
      [...first.data, ...behind.data].map(({ id }) => id),
      all
    )
  })

  it("refuse what is wrong at its place", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    for (const [body, path] of [
      [{ contact_id: id }, "type"],
      [{ type: "call" }, "contact_id"],
      [{ type: "call", contact_id: null, deal_id: null }, "contact_id"],
      [{ type: "fax", contact_id: id }, "type"],
      [{ type: "call", contact_id: id, duration_minutes: "30" }, "duration_minutes"],
      [{ type: "call", contact_id: id, occurred_at: "2026-02-30" }, "occurred_at"],
      [{ type: "call", contact_id: id, subject: "a\0b" }, "subject"],
      [{ type: "call", contact_id: id, created_by: "me" }, "created_by"]
    ] as const) {
      assert.deepStrictEqual(pathsOf(await crm.post("/activities", body)), [path], JSON.stringify(body))
    }
    for (const query of [
      "type=fax",
      "start_date=today",
      "end_date=2026-02-30",
      "limit=0",
      "page=0",
      "sort=id",
      "cursor=x"
    ]) {
      assert.deepStrictEqual(pathsOf(await crm.get(`/activities?${query}`)), [query.replace(/=.*/, "")])
    }
    const call = await log(crm, { contact_id: id })
    await log(crm, { contact_id: id })
    const cursor = pageOf(await crm.get("/activities?limit=1")).pagination.next_cursor
    assert.deepStrictEqual(pathsOf(await crm.get(`/activities?cursor=${cursor}&type=call`)), ["cursor"])
    assert.deepStrictEqual(pathsOf(await crm.get(`/activities?cursor=${cursor}&page=2`)), ["page"])
    assert.deepStrictEqual(pathsOf(await crm.get(`/tasks?cursor=${cursor}`)), ["cursor"])
    problemOf(await crm.put(`/activities/${call.id}`, {}), "method_not_allowed")
  })

  it("count days in the zone that the server is told", async () => {
    const crm = await berlin.tenant()
    const { id } = await crm.create()
    const night = await log(crm, { contact_id: id, occurred_at: "2026-01-23T23:30:00Z" })
    assert.deepStrictEqual(await idsOf(crm, "start_date=2026-01-24&end_date=2026-01-24"), [night.id])
    assert.deepStrictEqual(await idsOf(crm, "end_date=2026-01-23"), [])
  })

  const berlin = useServer(database, { timeZone: DateTime.zoneMakeNamedUnsafe("Europe/Berlin") })
})

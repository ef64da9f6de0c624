import { assert, describe, it } from "@effect/vitest"
import { TrackingReport } from "@clientele/core/domain/TrackedEvent"
import { detailOf, jsonOf, pageOf, pathsOf, problemOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const reportOf = reader(TrackingReport)
const unknown = "contact_00000000000000000000000000"

describe.each(databases)("tracked events over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("one event is taken, counted, and shown in the contact's activities", async () => {
    const crm = await server.tenant()
    const before = await crm.create()
    const answer = await crm.post("/events", {
      id: "mail-1",
      contact_id: before.id,
      event: "email_opened",
      timestamp: "2026-01-24T15:00:00Z",
      properties: { details: "Opened pricing email", campaign: { name: "Q1", sent: 3 }, tags: [null, true] }
    })
    assert.deepStrictEqual(jsonOf(answer), { accepted: 1, duplicates: 0, failed: [] })
    const after = detailOf(await crm.get(`/contacts/${before.id}`))
    assert.deepStrictEqual(after.engagement, {
      last_interaction: "2026-01-24T15:00:00.000Z",
      total_interactions: 1,
      lifetime_value: 0
    })
    assert.deepStrictEqual(after.activities, [
      { type: "email_opened", timestamp: "2026-01-24T15:00:00.000Z", details: "Opened pricing email" }
    ])
    assert.deepInclude(after, { version: 1, updated_at: before.updated_at })
  })

  it("an array is taken event by event: new ones, those sent before, and those of nobody", async () => {
    const crm = await server.tenant()
    const [ann, bob] = [await crm.create({ name: "Ann" }), await crm.create({ name: "Bob" })]
    const at = (day: number) => `2026-01-0${day}T00:00:00+02:00`
    const batch = [
      { id: "a", contact_id: ann.id, event: "website_visit", timestamp: at(2) },
      { id: "b", contact_id: bob.id, event: "content_download", timestamp: at(3) },
      { contact_id: unknown, event: "website_visit" },
      { id: "a", contact_id: ann.id, event: "website_visit", timestamp: at(2) },
      { contact_id: ann.id, event: "demo_request", timestamp: at(1) },
      { contact_id: "not an id of ours".replaceAll(" ", "-"), event: "website_visit" }
    ]
    const report = reportOf(await crm.post("/events", batch))
    assert.deepInclude(report, { accepted: 3, duplicates: 1 })
    assert.deepStrictEqual(
      report.failed.map(({ code, index }) => [index, code]),
      [
        [2, "contact_not_found"],
        [5, "contact_not_found"]
      ]
    )
    for (const { message } of report.failed) assert.isNotEmpty(message)
    const again = reportOf(await crm.post("/events", batch.slice(0, 2)))
    assert.deepStrictEqual(again, { accepted: 0, duplicates: 2, failed: [] })
    const { activities, engagement } = detailOf(await crm.get(`/contacts/${ann.id}`))
    assert.deepInclude(engagement, { total_interactions: 2, last_interaction: "2026-01-01T22:00:00.000Z" })
    assert.deepStrictEqual(
      activities.map(({ details, type }) => [type, details]),
      [
        ["website_visit", "Website visit"],
        ["demo_request", "Demo request"]
      ]
    )
    assert.deepStrictEqual(reportOf(await crm.post("/events", [])), { accepted: 0, duplicates: 0, failed: [] })
  })

  it("a client id is one of its tenant's", async () => {
    const [one, two] = [await server.tenant(), await server.tenant()]
    for (const crm of [one, two]) {
      const { id } = await crm.create()
      assert.strictEqual(reportOf(await crm.post("/events", { id: "x", contact_id: id, event: "seen" })).accepted, 1)
    }
  })

  it("of the same thousand events sent by eight at once each is accepted once", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const batch = Array.from({ length: 1_000 }, (_, n) => ({ id: `e${n}`, contact_id: id, event: "website_visit" }))
    const reports = await Promise.all(
      Array.from({ length: 8 }, async (_, n) =>
        reportOf(await crm.post("/events", n % 2 === 0 ? batch : batch.toReversed()))
      )
    )
    assert.strictEqual(
      reports.reduce((sum, { accepted }) => sum + accepted, 0),
      1_000
    )
    for (const { accepted, duplicates } of reports) assert.strictEqual(accepted + duplicates, 1_000)
    const { activities, engagement } = detailOf(await crm.get(`/contacts/${id}`))
    assert.strictEqual(engagement.total_interactions, 1_000)
    assert.lengthOf(activities, 20)
  })

  it("names the path of each member that is not as it should be, and takes nothing of the request", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create()
    const good = { contact_id: id, event: "seen" }
    const all: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
      [{}, ["contact_id", "event"]],
      [{ ...good, event: "Email Opened" }, ["event"]],
      [{ ...good, event: "x".repeat(64) }, ["event"]],
      [{ ...good, event: 1 }, ["event"]],
      [{ ...good, contact_id: "" }, ["contact_id"]],
      [{ ...good, contact_id: null }, ["contact_id"]],
      [{ ...good, contact_id: "a\0" }, ["contact_id"]],
      [{ ...good, id: "" }, ["id"]],
      [{ ...good, id: "x".repeat(256) }, ["id"]],
      [{ ...good, id: "\0" }, ["id"]],
      ...[
        "yesterday",
        "2026-02-30",
        "5",
        1_700_000_000,
        null,
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00"
      ].map((timestamp) => [{ ...good, timestamp }, ["timestamp"]] as const),
      [{ ...good, properties: [] }, ["properties"]],
      [{ ...good, properties: { a: "x".repeat(10_001) } }, ["properties"]],
      [{ ...good, type: "seen" }, ["type"]],
      [{ ...good, contactId: id }, ["contactId"]],
      [[good, { ...good, event: "No" }], ["[1].event"]],
      [
        [{ event: "seen" }, good, { ...good, when: 1 }],
        ["[0].contact_id", "[2].when"]
      ],
      [[good, [good]], ["[1]"]],
      [Array.from({ length: 1_001 }, () => good), [""]],
      [null, [""]],
      ["x", [""]]
    ]
    for (const [body, paths] of all) {
      assert.sameMembers([...pathsOf(await crm.post("/events", body))], [...paths], JSON.stringify(body)?.slice(0, 200))
    }
    const properties = [{ a: "\0" }, { a: { b: ["\ud800"] } }, { "a\0": 1 }]
    for (const value of properties) {
      const paths = pathsOf(await crm.post("/events", { ...good, properties: value }))
      assert.isNotEmpty(paths)
      for (const path of paths) assert.match(path, /^properties/)
    }
    for (const depth of [33, 4_000, 100_000]) {
      for (const [opening, closing] of [
        ["[", "]"],
        ['{"a":', "}"]
      ] as const) {
        const nested = `${opening.repeat(depth)}1${closing.repeat(depth)}`
        const one = `{"contact_id":"${id}","event":"seen","properties":{"a":${nested}}}`
        const send = (body: string) => crm.send("POST", "/events", { body })
        assert.deepStrictEqual(pathsOf(await send(one)), ["properties"])
        assert.deepStrictEqual(pathsOf(await send(`[${one}]`)), ["[0].properties"])
      }
    }
    assert.deepStrictEqual(pathsOf(await crm.post("/events?dry_run=1", good)), ["dry_run"])
    assert.strictEqual(detailOf(await crm.get(`/contacts/${id}`)).engagement.total_interactions, 0)
  })

  it("a deleted contact takes no events; the list sorts by the last interaction", async () => {
    const crm = await server.tenant()
    const [ann, bob] = [await crm.create({ name: "Ann" }), await crm.create({ name: "Bob" })]
    await crm.post("/events", { contact_id: ann.id, event: "seen" })
    const { data } = pageOf(await crm.get("/contacts?sort=-last_interaction"))
    assert.deepStrictEqual(
      data.map(({ name }) => name),
      ["Ann", "Bob"]
    )
    await crm.delete(`/contacts/${bob.id}`)
    const report = reportOf(await crm.post("/events", { contact_id: bob.id, event: "seen" }))
    assert.deepStrictEqual(
      report.failed.map(({ code }) => code),
      ["contact_not_found"]
    )
    problemOf(await crm.get("/events"), "method_not_allowed")
  })
})

/** The report on the pipeline over HTTP. */
import { PipelineAnalytics } from "@clientele/core/domain/PipelineAnalytics"
import { assert, describe, it } from "@effect/vitest"
import { pathsOf, reader } from "./client.ts"
import { databases, useServer } from "./server.ts"

const analyticsOf = reader(PipelineAnalytics)

describe.each(databases)("pipeline analytics over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("have every key of the contract, with nothing in the pipeline too", async () => {
    const crm = await server.tenant()
    const analytics = analyticsOf(await crm.get("/pipeline/analytics"))
    assert.deepStrictEqual(analytics.pipeline, {
      total_value: 0,
      weighted_value: 0,
      deal_count: 0,
      avg_deal_size: null,
      open: { count: 0, value: 0, weighted: 0 }
    })
    assert.deepStrictEqual(
      analytics.by_stage.map(({ stage }) => stage),
      ["lead", "qualified", "proposal", "negotiation", "closed_won"]
    )
    assert.deepStrictEqual(analytics.velocity.avg_days_in_stage, {
      lead: null,
      qualified: null,
      proposal: null,
      negotiation: null
    })
    assert.deepStrictEqual([analytics.win_rate, analytics.forecast.this_month], [null, 0])
  })

  it("tell of deals as they are now, of an owner's alone, and of none before there were any", async () => {
    const crm = await server.tenant()
    await crm.post("/deals", { name: "A", value: 0.1, owner_id: "user_001" })
    await crm.post("/deals", { name: "B", value: 0.2, stage: "closed_won" })
    await crm.post("/deals", { name: "C", value: 7, stage: "closed_lost" })
    await crm.post("/deals", { name: "D", value: 12.5, currency: "GBP" })
    const all = analyticsOf(await crm.get("/pipeline/analytics"))
    assert.deepStrictEqual([all.pipeline.total_value, all.pipeline.deal_count], [0.3, 3])
    assert.deepStrictEqual([all.lost, all.win_rate], [{ count: 1, value: 7 }, 0.5])
    assert.deepStrictEqual([all.forecast.this_month, all.forecast.unscheduled.count], [0.2, 2])
    assert.deepStrictEqual(all.unconverted, [{ currency: "GBP", count: 1, value: 12.5 }])
    assert.isFalse(all.converted_all)
    const own = analyticsOf(await crm.get("/pipeline/analytics?owner_id=user_001&tz=Europe/Berlin"))
    assert.deepStrictEqual([own.pipeline.deal_count, own.win_rate], [1, null])
    const past = analyticsOf(await crm.get("/pipeline/analytics?as_of=2020-02-29"))
    assert.deepStrictEqual([past.pipeline.deal_count, past.converted_all], [0, true])
  })

  it.each([
    ["tz=Mars/Olympus", "tz"],
    ["from=2026-02-30", "from"],
    ["from=2026-02-02&to=2026-02-01", "to"],
    ["as_of=9000-01-01", "as_of"],
    ["as_of=0001-01-01", "as_of"],
    ["owner=user_001", "owner"]
  ])("refuse %s", async (query, path) => {
    const crm = await server.tenant()
    assert.deepStrictEqual(pathsOf(await crm.get(`/pipeline/analytics?${query}`)), [path])
  })
})

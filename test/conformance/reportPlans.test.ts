/** How databases find what reports on pipelines add up. */
import { Crm, CurrentActor, PhoneNormalizer, Reports, TenantId, TimeOrderedIds, UserId } from "@clientele/core"
import type { PipelineAnalytics } from "@clientele/core"
import { Storage } from "@clientele/sql"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import { insertDeals } from "../support/deals.ts"
import { databases } from "./databases.ts"
import { namesIn, planOf, sentBy } from "./explain.ts"

const actorOf = (tenant: string) =>
  CurrentActor.of({ tenantId: TenantId.make(tenant), userId: UserId.make("user_1"), userName: null, roles: [] })

/** What a plan reads of deals, by its indexes, and tables as a whole; kept sums by their keys apart. */
const readsOf = (plan: string): ReadonlyArray<string> => [
  ...namesIn(plan, /(?:Seq Scan on|^SCAN) (crm_(?:deal|pipeline)\w*)\b(?! USING)/gm).map((name) => `all of ${name}`),
  ...namesIn(plan, /(?:INDEX|Scan using|Scan Backward using|Index Scan on) (crm_deal\w+)/g)
]

// An end of the time is read from the visits that ended since: none, unless the time is past.
const [ended, returned] = ["crm_deal_visits_ended", "crm_deal_visits_returned"]
const after = "crm_deal_visits_repeated"
const questions: ReadonlyArray<readonly [PipelineAnalytics.AnalyticsQuery, ReadonlyArray<string>]> = [
  [{}, [after]],
  [{ from: "2026-01-01" }, []],
  [{ from: "2026-01-01", to: "2026-03-31" }, [after]],
  // A midnight elsewhere cuts days in two.
  [{ tz: "America/New_York" }, [after, ended, returned, "crm_deals_by_closed_at"]],
  [{ ownerId: UserId.make("owner7") }, ["crm_deal_visits_version", "crm_deals_by_owner_id"]]
]

const services = Crm.layer.pipe(
  Layer.provideMerge([TimeOrderedIds.layer, Layer.succeed(PhoneNormalizer, { toE164: () => null })])
)

describe.each(databases)("plans of reports on pipelines on $name", ({ dialect, fresh }) => {
  it.live(
    "read kept sums and short ranges of indexes",
    () =>
      Effect.flatMap(fresh, (client) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          const reports = yield* Reports
          const now = yield* DateTime.now
          for (const tenant of ["one", "two"]) yield* insertDeals(TenantId.make(tenant), 300, now)
          yield* sql`ANALYZE`
          for (const [query, allowed] of questions) {
            const sent = yield* sentBy(/^\s*SELECT.*crm_(?:deal|pipeline)/s, reports.pipelineAnalytics(query))
            const plans = yield* Effect.forEach(sent, planOf)
            assert.lengthOf(plans, 2)
            for (const read of plans.flatMap(readsOf)) assert.include(allowed, read, JSON.stringify(query))
          }
        }).pipe(
          Effect.provideService(CurrentActor, actorOf("one")),
          Effect.provide(
            Layer.fresh(services.pipe(Layer.provideMerge(Storage.layer), Layer.provide(dialect))).pipe(
              Layer.provideMerge(client)
            )
          )
        )
      ),
    60_000
  )
})

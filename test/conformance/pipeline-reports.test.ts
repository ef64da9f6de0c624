/** The migration of reports on pipelines fills their tables from the deals that there are. */
import { PipelineReports, TenantId, TimeOrderedIds } from "@clientele/core"
import { Dialect, Storage, tables } from "@clientele/sql"
import { pipelineReports } from "@clientele/sql/migrations/pipelineReports"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import { insertDeals } from "../support/deals.ts"
import { databases } from "./databases.ts"

const stores = Layer.provideMerge(Storage.layer, TimeOrderedIds.layer)

describe.each(databases)("sums for reports on $name", ({ dialect, fresh }) => {
  it.live("are filled, as the migration does it, to what changes have made them", () =>
    Effect.flatMap(fresh, (client) =>
      Effect.gen(function* () {
        const { name } = yield* Dialect
        const reports = yield* PipelineReports
        const sql = yield* SqlClient
        const tenantId = TenantId.make("one")
        yield* insertDeals(tenantId, 500, DateTime.makeUnsafe("2026-06-01T12:34:56.789Z"))
        assert.deepStrictEqual(yield* reports.differences(tenantId), [])
        const { dealVisits, pipelineDeltas, pipelineSums } = tables("crm_")
        for (const table of [dealVisits, pipelineDeltas, pipelineSums]) yield* sql`DELETE FROM ${sql(table.name)}`
        assert.isAbove((yield* reports.differences(tenantId)).length, 100)
        const statements = pipelineReports.statements[name](tables("crm_"))
        for (const statement of statements.filter((text) => text.startsWith("INSERT"))) yield* sql.unsafe(statement)
        assert.deepStrictEqual(yield* reports.differences(tenantId), [])
      }).pipe(Effect.provide(Layer.fresh(stores.pipe(Layer.provide(dialect))).pipe(Layer.provideMerge(client))))
    )
  )
})

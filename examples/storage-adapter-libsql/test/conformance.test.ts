/** The adapter does what every storage adapter has to do. */
import * as Conformance from "@clientele/testing/Conformance"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { layer } from "../src/index.ts"

Conformance.suite("libSQL", layer({ filename: ":memory:" }), {
  sqlClient: true,
  effort: 0.05,
  events: Effect.fnUntraced(function* (tenantId) {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql`SELECT body FROM crm_outbox WHERE tenant_id = ${tenantId} ORDER BY seq`.values
    return rows.map(([body]): unknown => JSON.parse(String(body)))
  })
})

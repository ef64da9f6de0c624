/** Reads the outbox of the adapters under test. */
import type { TenantId } from "@clientele/core"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

/** The bodies of a tenant's events, oldest first. */
export const events = Effect.fnUntraced(function* (tenantId: TenantId) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`SELECT CAST(body AS TEXT) FROM crm_outbox WHERE tenant_id = ${tenantId} ORDER BY seq`.values
  return rows.map(([body]): unknown => JSON.parse(String(body)))
})

/** Reads all that the adapters under test have of a tenant. */
import type { TenantId } from "@clientele/core"
import { Dialect, tables } from "@clientele/sql"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { join } from "effect/sql/Statement"

/** Every row of a tenant as text: its table, and the plain form of its columns. */
export const contents = Effect.fnUntraced(function* (tenantId: TenantId) {
  const sql = (yield* SqlClient.SqlClient).withoutTransforms()
  const { name: dialect, read } = yield* Dialect
  const { contactCounts, ...others } = tables("crm_")
  const array = dialect === "pg" ? "json_build_array" : "json_array"
  const selections = Object.values(others).flatMap((table) => {
    if (typeof table === "string") return []
    const columns = Object.entries(table.columns).map(([column, kind]) => read(column, kind))
    const row = sql.literal(`${array}('${table.name}', ${columns.join(", ")})`)
    return [sql`SELECT CAST(${row} AS TEXT) FROM ${sql(table.name)} WHERE tenant_id = ${tenantId}`]
  })
  // A number is the sum of its shards, and which there are differs.
  const counts = sql`
    SELECT CAST(${sql.literal(`${array}(counted, sum(number))`)} AS TEXT) FROM ${sql(contactCounts.name)}
    WHERE tenant_id = ${tenantId} GROUP BY counted HAVING sum(number) <> 0`
  const rows = yield* sql`${join(" UNION ALL ", false)([...selections, counts])}`.values
  return rows.map(([row]) => String(row))
})

/** The adapter keeps what commands promise when its database fails, statement by statement. */
import type { TenantId } from "@clientele/core"
import { Dialect, Storage, tables } from "@clientele/sql"
import { Faults } from "@clientele/testing"
import * as FaultSuite from "@clientele/testing/FaultSuite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { join } from "effect/sql/Statement"
import * as LibsqlClient from "../src/LibsqlClient.ts"
import * as LibsqlDialect from "../src/LibsqlDialect.ts"

const storage = Storage.layer.pipe(
  Layer.provideMerge(LibsqlDialect.layer),
  Layer.provideMerge(Faults.layerSqlClient),
  Layer.provide(LibsqlClient.layer({ filename: ":memory:" }))
)

/** Every row of a tenant, of every table, as text. */
const contents = Effect.fnUntraced(function* (tenantId: TenantId) {
  const sql = yield* SqlClient.SqlClient
  const { read } = yield* Dialect
  const selections = Object.values(tables("crm_")).flatMap((table) => {
    if (typeof table === "string") return []
    const columns = Object.entries(table.columns).map(([column, kind]) => read(column, kind))
    const row = sql.literal(`json_array('${table.name}', ${columns.join(", ")})`)
    return [sql`SELECT ${row} FROM ${sql(table.name)} WHERE tenant_id = ${tenantId}`]
  })
  const rows = yield* sql`${join(" UNION ALL ", false)(selections)}`.values
  return rows.map(([row]) => String(row))
})

FaultSuite.suite("libSQL", storage, { contents, effort: 0.2 })

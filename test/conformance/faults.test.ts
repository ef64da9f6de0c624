import * as Postgres from "@clientele/sql-pg"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { Faults } from "@clientele/testing"
import * as FaultSuite from "@clientele/testing/FaultSuite"
import { PgClient } from "@effect/sql-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { contents } from "./contents.ts"
import { freshPostgres } from "./databases.ts"

FaultSuite.suite(
  "SQLite",
  Layer.merge(Sqlite.layerStorage, Sqlite.layerMigrations).pipe(
    Layer.provideMerge(Sqlite.SqliteDialect.layer),
    Layer.provideMerge(Faults.layerSqlClient),
    Layer.provide(Sqlite.SqliteClient.layer({ filename: ":memory:" }))
  ),
  { contents }
)

FaultSuite.suite(
  "Postgres",
  Layer.merge(Postgres.layerStorage, Postgres.layerMigrations).pipe(
    Layer.provideMerge(Postgres.PgDialect.layer),
    Layer.provideMerge(Faults.layerSqlClient),
    Layer.provide(
      Layer.unwrap(Effect.map(freshPostgres("faults"), (url) => PgClient.layer({ url: Redacted.make(url) })))
    )
  ),
  // Every point of every command is struck where a statement is cheap.
  { contents, effort: 0.1 }
)

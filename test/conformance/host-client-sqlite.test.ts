/** Storage in memory, over the client of a host that renames columns on their way in and out, as many do. */
import { layerMigrations, layerStorage, SqliteClient } from "@clientele/sql-sqlite-node"
import * as Conformance from "@clientele/testing/Conformance"
import * as Layer from "effect/Layer"
import * as String from "effect/String"
import { events } from "./events.ts"

const client = SqliteClient.layer({
  filename: ":memory:",
  transformQueryNames: String.camelToSnake,
  transformResultNames: String.snakeToCamel
})

Conformance.suite(
  "SQLite in memory, client of a host",
  Layer.merge(layerStorage, layerMigrations).pipe(Layer.provideMerge(client)),
  { events, sqlClient: true, concurrentReaders: true }
)

import { layer, SqliteClient } from "@clientele/sql-sqlite-node"
import * as Conformance from "@clientele/testing/Conformance"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { temporaryFolder } from "./databases.ts"
import { events } from "./events.ts"

Conformance.suite(
  "SQLite in a file",
  Layer.unwrap(Effect.map(temporaryFolder, (folder) => layer({ filename: join(folder, "crm.db") }))),
  {
    events,
    sqlClient: true,
    concurrentReaders: true,
    // Properties are tried in full where nothing waits for a disk.
    effort: 0.5,
    secondClient: Layer.unwrap(
      Effect.map(SqliteClient.SqliteClient, ({ config }) => layer({ filename: config.filename }))
    )
  }
)

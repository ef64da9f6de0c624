import { layer } from "@clientele/sql-pg"
import * as Conformance from "@clientele/testing/Conformance"
import { PgClient } from "@effect/sql-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { freshPostgres } from "./databases.ts"
import { events } from "./events.ts"

Conformance.suite(
  "Postgres",
  Layer.unwrap(Effect.map(freshPostgres("conformance"), (url) => layer({ url: Redacted.make(url) }))),
  {
    events,
    sqlClient: true,
    concurrentReaders: true,
    concurrentWriters: true,
    secondClient: Layer.unwrap(Effect.map(PgClient.PgClient, ({ config }) => layer(config))),
    // What does not depend on the database is looked at in full by the suite in memory.
    effort: 0.5
  }
)

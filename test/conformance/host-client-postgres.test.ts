/** Storage over the client of a host that renames columns on their way in and out, as many do. */
import { layerMigrations, layerStorage } from "@clientele/sql-pg"
import * as Conformance from "@clientele/testing/Conformance"
import { PgClient } from "@effect/sql-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as String from "effect/String"
import { freshPostgres } from "./databases.ts"
import { events } from "./events.ts"

const transforms = { transformQueryNames: String.camelToSnake, transformResultNames: String.snakeToCamel }

Conformance.suite(
  "Postgres, client of a host",
  freshPostgres("host").pipe(
    Effect.map((url) => PgClient.layer({ url: Redacted.make(url), ...transforms })),
    Layer.unwrap,
    (client) => Layer.merge(layerStorage, layerMigrations).pipe(Layer.provideMerge(client))
  ),
  // Properties are tried in full by the other suites.
  { events, sqlClient: true, concurrentReaders: true, concurrentWriters: true, effort: 0.1 }
)

/** Stores over an empty database of either kind, another one whenever they are built. */
import * as Postgres from "@clientele/sql-pg"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { Effect, Layer, Redacted } from "effect"
import { freshDatabase } from "./database.ts"

export const databases = [
  { name: "SQLite", stores: Layer.fresh(Sqlite.layer({ filename: ":memory:" })) },
  {
    name: "Postgres",
    stores: Layer.unwrap(Effect.map(freshDatabase("stores"), (url) => Postgres.layer({ url: Redacted.make(url) })))
  }
]

/** Which database, told by a URL, and the layers over it: the client alone, or the stores with it. */
import * as Storage from "@clientele/sql/Storage"
import * as Postgres from "@clientele/sql-pg"
import * as PgDialect from "@clientele/sql-pg/PgDialect"
import * as SqliteClient from "@clientele/sql-sqlite-node/SqliteClient"
import * as SqliteDialect from "@clientele/sql-sqlite-node/SqliteDialect"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** Where the data is. */
export type Database =
  | { readonly _tag: "Sqlite"; readonly filename: string }
  | { readonly _tag: "Postgres"; readonly url: Redacted.Redacted<string> }

/** How a database is spelled in configuration. */
export const DatabaseUrl = Schema.String.check(
  Schema.isPattern(/^(sqlite:|postgres(ql)?:\/\/)./, {
    message: "Expected sqlite:FILE, sqlite::memory: or postgres://…"
  })
)

/** How a replica of one is. */
export const ReplicaUrl = Schema.String.check(
  Schema.isPattern(/^postgres(ql)?:\/\/./, { message: "Expected postgres://…" })
)

/** The database that a {@link DatabaseUrl} names. */
export const fromUrl = (url: string): Database =>
  url.startsWith("sqlite:")
    ? { _tag: "Sqlite", filename: url.slice("sqlite:".length) }
    : { _tag: "Postgres", url: Redacted.make(url) }

export interface Options {
  /** Of SQLite: what a commit survives. */
  readonly synchronous?: "full" | "normal" | undefined
  /** Of SQLite: opens a file that is there, and never writes to it. */
  readonly readonly?: boolean | undefined
  /** Of Postgres: the URL of a standby, for reads that may be a little old. */
  readonly replica?: Redacted.Redacted<string> | undefined
}

/** The client and its dialect. Runs no DDL. */
export const layerClient = (database: Database, options: Options = {}) =>
  database._tag === "Sqlite"
    ? SqliteDialect.layer.pipe(Layer.provideMerge(SqliteClient.layer({ filename: database.filename, ...options })))
    : PgDialect.layer.pipe(Layer.provideMerge(PgClient.layer({ url: database.url, applicationName: "clientele" })))

/** The stores over that client. Runs no DDL. */
export const layerStorage = (database: Database, options: Options = {}) =>
  Storage.layerStorage.pipe(Layer.provide(layerReplica(options)), Layer.provideMerge(layerClient(database, options)))

/** The same, migrated when the layer is built. */
export const layer = (database: Database, options: Options = {}) =>
  Storage.layer.pipe(Layer.provide(layerReplica(options)), Layer.provideMerge(layerClient(database, options)))

// internal

const layerReplica = ({ replica }: Options) =>
  replica === undefined ? Layer.empty : Postgres.layerReplica({ url: replica, applicationName: "clientele" })

/** Clientele on SQLite: `layer({ filename })` is all a host without a client of its own needs. */
import type { StorageError } from "@clientele/core/domain/Errors"
import type { Storage as Stores } from "@clientele/core/services/Crm"
import { type Dialect, type Migrations, Storage } from "@clientele/sql"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as SqliteClient from "./SqliteClient.ts"
import * as SqliteDialect from "./SqliteDialect.ts"

export { SqliteClient, SqliteDialect }

/** Stores and their client over one database file, migrated when the layer is built. */
export const layer = (
  config: SqliteClient.SqliteClientConfig
): Layer.Layer<
  Dialect | SqlClient.SqlClient | SqliteClient.SqliteClient | Stores,
  Migrations.MigrationError | SqlError | StorageError
> => Storage.layer.pipe(Layer.provideMerge(SqliteDialect.layer), Layer.provideMerge(SqliteClient.layer(config)))

/** Stores over a client of the host, whose transactions every command joins. Runs no DDL. */
export const layerStorage: Layer.Layer<Stores, never, SqlClient.SqlClient> = Storage.layerStorage.pipe(
  Layer.provide(SqliteDialect.layer),
  // The host's own tables are in the file too: rewriting it is the host's decision.
  Layer.provide(Layer.succeed(SqliteDialect.VacuumUpTo, 0))
)

/** Brings the host's database to what the stores need. */
export const layerMigrations: Layer.Layer<never, Migrations.MigrationError | StorageError, SqlClient.SqlClient> =
  Storage.layerMigrations.pipe(Layer.provide(SqliteDialect.layer))

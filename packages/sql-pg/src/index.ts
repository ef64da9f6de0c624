/** Clientele on Postgres: `layer({ url })` is all a host without a client of its own needs. */
import type { StorageError } from "@clientele/core/domain/Errors"
import type { Storage as Stores } from "@clientele/core/services/Crm"
import { type Dialect, type Migrations, Replica, Storage } from "@clientele/sql"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as PgDialect from "./PgDialect.ts"

export * as Distribution from "./Distribution.ts"
export { PgDialect }

/** Stores and their connection pool, migrated when the layer is built. */
export const layer = (
  config: PgClient.PgPoolConfig
): Layer.Layer<
  Dialect | PgClient.PgClient | SqlClient.SqlClient | Stores,
  Migrations.MigrationError | SqlError | StorageError
> => Storage.layer.pipe(Layer.provideMerge(PgDialect.layer), Layer.provideMerge(PgClient.layer(config)))

/** A standby that follows the stores' database, for reads that may be a little old. Connected when it is first asked. */
export const layerReplica = (config: PgClient.PgPoolConfig): Layer.Layer<never, SqlError> =>
  Layer.effect(Replica, PgClient.make(config)).pipe(Layer.provide(Reactivity.layer))

/** Stores over a client of the host, whose transactions every command joins. Runs no DDL. */
export const layerStorage: Layer.Layer<Stores, never, SqlClient.SqlClient> = Storage.layerStorage.pipe(
  Layer.provide(PgDialect.layer)
)

/** Brings the host's database to what the stores need. */
export const layerMigrations: Layer.Layer<never, Migrations.MigrationError | StorageError, SqlClient.SqlClient> =
  Storage.layerMigrations.pipe(Layer.provide(PgDialect.layer))

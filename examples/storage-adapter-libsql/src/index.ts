/** Clientele on libSQL. */
import type { Crm, StorageError } from "@clientele/core"
import { type Dialect, type Migrations, Storage } from "@clientele/sql"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as LibsqlClient from "./LibsqlClient.ts"
import * as LibsqlDialect from "./LibsqlDialect.ts"

/** Stores and their database, migrated when the layer is built. */
export const layer = (
  config: LibsqlClient.LibsqlConfig
): Layer.Layer<Crm.Storage | Dialect | SqlClient.SqlClient, Migrations.MigrationError | SqlError | StorageError> =>
  Storage.layer.pipe(Layer.provideMerge(LibsqlDialect.layer), Layer.provideMerge(LibsqlClient.layer(config)))

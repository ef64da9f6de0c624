/**
 * Storage for the whole domain over a `SqlClient` and its `Dialect`.
 *
 * `layerStorage` runs no DDL: a host that embeds the library migrates in its deploy step with `layerMigrations` and
 * gives the stores its own client, so that commands join its transactions. `layer` does both.
 */
import type { StorageError } from "@clientele/core/domain/Errors"
import type { Storage } from "@clientele/core/services/Crm"
import * as Layer from "effect/Layer"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "./Dialect.ts"
import * as Migrations from "./Migrations.ts"
import * as SqlActivityStore from "./SqlActivityStore.ts"
import * as SqlContactStore from "./SqlContactStore.ts"
import * as SqlDealStore from "./SqlDealStore.ts"
import * as SqlDuplicateStore from "./SqlDuplicateStore.ts"
import * as SqlEnrichmentStore from "./SqlEnrichmentStore.ts"
import * as SqlErasedEmails from "./SqlErasedEmails.ts"
import * as SqlHistoryStore from "./SqlHistoryStore.ts"
import * as SqlImportStore from "./SqlImportStore.ts"
import * as SqlIdempotencyStore from "./SqlIdempotencyStore.ts"
import * as SqlJobStore from "./SqlJobStore.ts"
import * as SqlNoteStore from "./SqlNoteStore.ts"
import * as SqlOutbox from "./SqlOutbox.ts"
import * as SqlPipelineReports from "./SqlPipelineReports.ts"
import * as SqlPersonStore from "./SqlPersonStore.ts"
import * as SqlProducts from "./SqlProducts.ts"
import * as SqlScoreStore from "./SqlScoreStore.ts"
import * as SqlSegmentStore from "./SqlSegmentStore.ts"
import * as SqlTaskStore from "./SqlTaskStore.ts"
import * as SqlTrackedEventStore from "./SqlTrackedEventStore.ts"
import * as SqlUnitOfWork from "./SqlUnitOfWork.ts"
import * as SqlUsers from "./SqlUsers.ts"
import * as SqlWebhookStore from "./SqlWebhookStore.ts"

export const layerStorage: Layer.Layer<Storage, never, Dialect | SqlClient> = Layer.mergeAll(
  SqlActivityStore.layer,
  SqlContactStore.layer,
  SqlDealStore.layer,
  SqlDuplicateStore.layer,
  SqlEnrichmentStore.layer,
  SqlErasedEmails.layer,
  SqlHistoryStore.layer,
  SqlImportStore.layer,
  SqlIdempotencyStore.layer,
  SqlJobStore.layer,
  SqlNoteStore.layer,
  SqlOutbox.layer,
  SqlPersonStore.layer,
  SqlPipelineReports.layer,
  SqlProducts.layer,
  SqlScoreStore.layer,
  SqlSegmentStore.layer,
  SqlTaskStore.layer,
  SqlTrackedEventStore.layer,
  SqlUnitOfWork.layer,
  SqlUsers.layer,
  SqlWebhookStore.layer
)

export const layerMigrations: Layer.Layer<never, Migrations.MigrationError | StorageError, Dialect | SqlClient> =
  Migrations.layer

export const layer: Layer.Layer<Storage, Migrations.MigrationError | StorageError, Dialect | SqlClient> =
  layerStorage.pipe(Layer.provideMerge(layerMigrations))

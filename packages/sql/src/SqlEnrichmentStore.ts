/** What enrichment found, in a table beside that of contacts. */
import { EnrichmentStore } from "@clientele/core/ports/EnrichmentStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { contactEnrichment } from "./internal/contactEnrichment.ts"
import { toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<EnrichmentStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  EnrichmentStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const enrichment = contactEnrichment({ sql, dialect: yield* Dialect, tables: tables(yield* TablePrefix) })
    return EnrichmentStore.of({
      find: Effect.fn("EnrichmentStore.find")(enrichment.find, Effect.mapError(toStorageError("EnrichmentStore.find"))),
      write: Effect.fn("EnrichmentStore.write")(
        enrichment.write,
        Effect.mapError(toStorageError("EnrichmentStore.write"))
      )
    })
  })
)

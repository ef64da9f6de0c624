/** Pipelines as they are in force, and what their totals are in. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StorageError } from "../domain/Errors.ts"
import { BaseCurrency } from "../domain/Money.ts"
import { CurrentPipeline, type Pipeline } from "../domain/Pipeline.ts"
import type { Conversion } from "../domain/PipelineSummary.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { ExchangeRates } from "../ports/ExchangeRates.ts"
import { PipelineReports } from "../ports/PipelineReports.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"

export class Pipelines extends Context.Service<
  Pipelines,
  {
    /** The pipeline that deals are in. */
    readonly current: Pipeline
    /** Every pipeline of the tenant. */
    readonly list: Effect.Effect<ReadonlyArray<Pipeline>, never, CurrentActor>
    /** The base currency and today's rates. */
    readonly conversion: Effect.Effect<Conversion, StorageError, CurrentActor>
    /** Folds what has changed into the kept sums of deals, of all tenants; answers how many changes those were. */
    readonly compact: Effect.Effect<number, StorageError>
  }
>()("@clientele/core/services/Pipelines") {
  static readonly layer: Layer.Layer<Pipelines, never, DealStore | PipelineReports | UnitOfWork> = Layer.effect(
    Pipelines,
    Effect.gen(function* () {
      const base = yield* BaseCurrency
      const current = yield* CurrentPipeline
      const deals = yield* DealStore
      const exchange = yield* ExchangeRates
      const reports = yield* PipelineReports
      const uow = yield* UnitOfWork

      const conversion = Effect.gen(function* () {
        const { tenantId } = yield* CurrentActor
        return { base, rates: yield* exchange.ratesTo(tenantId, base) }
      })

      const batch = uow.transaction(Effect.all([deals.compact(batchSize), reports.compact(batchSize)]))
      const compact = Effect.gen(function* () {
        let compacted = 0
        for (;;) {
          const [ofLists, ofReports] = yield* batch
          compacted += ofLists + ofReports
          if (ofLists < batchSize && ofReports < batchSize) return compacted
        }
      }).pipe(Effect.withSpan("Pipelines.compact"))

      return Pipelines.of({ current, list: Effect.succeed([current]), conversion, compact })
    })
  )
}

// internal

/** How many changes one transaction folds. */
const batchSize = 5_000

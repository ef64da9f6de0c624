/** Reports on what the tenant has: its pipeline. Each reads one state of the database. */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { StorageError, ValidationError } from "../domain/Errors.ts"
import { AnalyticsQuery, type PipelineAnalytics, questionOf, report, scopeOf } from "../domain/PipelineAnalytics.ts"
import { TenantZone } from "../domain/Time.ts"
import { validator } from "../domain/Validation.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { PipelineReports } from "../ports/PipelineReports.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { Pipelines } from "./Pipelines.ts"

export class Reports extends Context.Service<
  Reports,
  {
    /** What the pipeline is worth, how fast deals move through it, how many are won, and what is to be expected. */
    readonly pipelineAnalytics: (
      query: AnalyticsQuery
    ) => Effect.Effect<PipelineAnalytics, StorageError | ValidationError, CurrentActor>
  }
>()("@clientele/core/services/Reports") {
  static readonly layer: Layer.Layer<Reports, never, PipelineReports | Pipelines | UnitOfWork> = Layer.effect(
    Reports,
    Effect.gen(function* () {
      const pipelines = yield* Pipelines
      const reports = yield* PipelineReports
      const uow = yield* UnitOfWork
      const zone = yield* TenantZone

      const pipelineAnalytics = Effect.fn("Reports.pipelineAnalytics")(function* (query: AnalyticsQuery) {
        const { tenantId } = yield* CurrentActor
        const now = yield* DateTime.now
        const question = yield* Effect.fromResult(
          Result.flatMap(validate(query), (valid) => questionOf(valid, { now, zone }))
        )
        const scope = scopeOf(question)
        // An owner's deals, and those of an earlier day, are counted one by one.
        const isLong = scope.ownerId !== null || scope.before !== null
        const tally = yield* (isLong ? uow.longSnapshot : uow.snapshot)(
          reports.tally(tenantId, pipelines.current, scope)
        )
        return report(tally, pipelines.current, yield* pipelines.conversion)
      })

      return Reports.of({ pipelineAnalytics })
    })
  )
}

// internal

const validate = validator(AnalyticsQuery)

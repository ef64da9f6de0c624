/** Adds up the deals of a tenant for reports on a pipeline, as `PipelineAnalytics.tallyOf` does of their histories. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { TenantId } from "../domain/Ids.ts"
import type { Pipeline } from "../domain/Pipeline.ts"
import type { PipelineScope } from "../domain/PipelinePeriods.ts"
import type { PipelineTally } from "../domain/PipelineTally.ts"

/** A kept sum that is not what the deals and their histories give: the day and what it is of, and how far it is off. */
export interface SumDifference {
  readonly pipeline: string
  readonly kind: string
  readonly stage: string
  readonly currency: string
  readonly day: string
  readonly number: number
  readonly value: bigint
  readonly weighted: bigint
  readonly millis: bigint
}

export class PipelineReports extends Context.Service<
  PipelineReports,
  {
    /**
     * The tally of a scope. Without an owner and an earlier day it is read from kept sums, in a time that does not
     * depend on how many deals there are.
     */
    readonly tally: (
      tenantId: TenantId,
      pipeline: Pipeline,
      scope: PipelineScope
    ) => Effect.Effect<PipelineTally, StorageError>
    /** Counts all deals again and answers where kept sums differ, which is nowhere unless something is wrong. */
    readonly differences: (tenantId: TenantId) => Effect.Effect<ReadonlyArray<SumDifference>, StorageError>
    /** Brings kept sums up to date with up to so many changes, of all tenants; answers how many it found. */
    readonly compact: (limit: number) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/PipelineReports") {}

/**
 * Whoever knows more of contacts: a directory, a verification of addresses, a service on the network. What a provider
 * answers is not believed before it was validated, and whatever goes wrong with one is told of it alone: no failure,
 * defect or silence of a provider becomes one of the request.
 *
 * @example
 * ```ts
 * import { type EnrichmentProvider, EnrichmentProviders } from "@clientele/core"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const handbook: EnrichmentProvider = {
 *   name: "handbook",
 *   fields: ["company"],
 *   enrich: ({ company }) =>
 *     Effect.succeed(
 *       company === "Acme Corp"
 *         ? { data: { company: { employees: 850, industry: "Technology" } }, confidence: 0.95 }
 *         : { data: {}, confidence: 0 }
 *     )
 * }
 *
 * const providers = Layer.succeed(EnrichmentProviders, [handbook])
 * ```
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Answer, Field, Subject } from "../domain/Enrichment.ts"

/** A provider cannot answer; the reasons are told at `Enrichment.Fault`. The first two are passing, and tried again. */
export class ProviderFailed extends Schema.TaggedError<ProviderFailed>("@clientele/core/ports/ProviderFailed")(
  "ProviderFailed",
  { reason: Schema.Literals(["timeout", "unavailable", "refused", "invalid_answer"]) }
) {
  override get message(): string {
    return `The provider's answer: ${this.reason}`
  }
}

export interface EnrichmentProvider {
  /** By which values are known to come from it; another one for each provider. */
  readonly name: string
  /** What it can be asked for. */
  readonly fields: ReadonlyArray<Field>
  /**
   * Answers what it knows for some of these fields; more than was asked for is left out. It may be interrupted at any
   * time, and is asked again after a passing failure.
   */
  readonly enrich: (subject: Subject, fields: ReadonlyArray<Field>) => Effect.Effect<Answer, ProviderFailed>
}

/** The providers that are asked, each for itself, all at the same time; none unless a host says which. */
export const EnrichmentProviders = Context.Reference<ReadonlyArray<EnrichmentProvider>>(
  "@clientele/core/ports/EnrichmentProviders",
  { defaultValue: () => [] }
)

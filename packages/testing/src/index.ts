/**
 * What a library author needs to test against the domain: generators of its inputs. The storage conformance suite has an
 * entry of its own, `@clientele/testing/Conformance`, because it can only be loaded under Vitest.
 */
export * as DealGenerators from "./DealGenerators.ts"
export * as EnrichmentGenerators from "./EnrichmentGenerators.ts"
export * as Faults from "./Faults.ts"
export * as Generators from "./Generators.ts"
export * as PipelineGenerators from "./PipelineGenerators.ts"
export * as ScoringGenerators from "./ScoringGenerators.ts"
export * as ScoringLaws from "./ScoringLaws.ts"

/** The providers of enrichment that the suite's services ask: they know what tests have told them, by contact. */
import {
  type ContactId,
  Enrichment,
  type EnrichmentProvider,
  EnrichmentProviders,
  type ProviderFailed
} from "@clientele/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

type Answers = (subject: Enrichment.Subject) => Effect.Effect<Enrichment.Answer, ProviderFailed>

const names = ["almanac", "directory"] as const

const known = new Map<string, Answers>()

const keyOf = (name: string, id: ContactId) => `${name} ${id}`

/** Tells a provider what to answer about a contact from now on. */
export const tell = (name: (typeof names)[number], id: ContactId, answers: Answers) =>
  Effect.sync(() => void known.set(keyOf(name, id), answers))

/** Tells a provider what it knows of a contact. */
export const teach = (name: (typeof names)[number], id: ContactId, answer: Enrichment.Answer) =>
  tell(name, id, () => Effect.succeed(answer))

const provider = (name: string): EnrichmentProvider => ({
  name,
  fields: Enrichment.allFields,
  enrich: (subject) => known.get(keyOf(name, subject.id))?.(subject) ?? Effect.succeed(Enrichment.nothingFound)
})

export const knowledge: Layer.Layer<never> = Layer.succeed(EnrichmentProviders, names.map(provider))

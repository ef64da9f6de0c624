/**
 * The providers that come with the library, none of which needs an account anywhere: what an e-mail address, its domain
 * and a phone number tell by themselves. Only the first asks anybody, the name servers.
 */
import { type EnrichmentProvider, EnrichmentProviders } from "@clientele/core/ports/EnrichmentProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as EmailDomain from "./EmailDomain.ts"
import * as EmailVerification from "./EmailVerification.ts"
import * as PhoneMetadata from "./PhoneMetadata.ts"

export const builtIn: Effect.Effect<ReadonlyArray<EnrichmentProvider>> = Effect.map(
  EmailVerification.make,
  (emailVerification) => [emailVerification, EmailDomain.provider, PhoneMetadata.provider]
)

/**
 * The providers that are asked: those of the library, and others beside them.
 *
 * @example
 * ```ts
 * import { HttpProvider, Providers } from "@clientele/enrichment"
 * import * as Layer from "effect/Layer"
 * import { FetchHttpClient } from "effect/http"
 *
 * const directory = HttpProvider.make({ name: "directory", url: "https://api.example.com/people?email={email}" })
 *
 * export const providers = Providers.layer(directory).pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 */
export const layer = <E = never, R = never>(
  ...others: ReadonlyArray<Effect.Effect<EnrichmentProvider, E, R>>
): Layer.Layer<never, E, R> =>
  Layer.effect(
    EnrichmentProviders,
    Effect.gen(function* () {
      return [...(yield* builtIn), ...(yield* Effect.all(others))]
    })
  )

/**
 * What can be told of an e-mail address without writing to it: whether anybody takes mail for its domain, whether its
 * service is one for throwing away, and whether anybody can have an address there. That a mailbox exists only its owner
 * can tell.
 */
import type { EnrichmentProvider } from "@clientele/core/ports/EnrichmentProvider"
import * as Effect from "effect/Effect"
import { domainOf } from "./internal/emailDomain.ts"
import { isDisposable, isFree } from "./internal/emailDomains.ts"
import { MxResolver } from "./MxResolver.ts"

/** Fills `verified_email`, `disposable_email` and `free_email`. */
export const make: Effect.Effect<EnrichmentProvider> = Effect.map(MxResolver, ({ acceptsMail }) => ({
  name: "email_verification",
  fields: ["email_verification"],
  enrich: Effect.fnUntraced(function* ({ email }) {
    const domain = domainOf(email)
    if (domain === undefined) return { data: {}, confidence: 0 }
    const verified = yield* acceptsMail(domain)
    return {
      data: {
        email_verification: {
          verified_email: verified,
          disposable_email: isDisposable(domain),
          free_email: isFree(domain)
        }
      },
      confidence: verified ? knownDomain : unknownDomain
    }
  })
}))

// internal

/** The domain is there, and who reads at it is not known. */
const knownDomain = 0.7
/** Nobody takes the mail, whoever might read it. */
const unknownDomain = 0.95

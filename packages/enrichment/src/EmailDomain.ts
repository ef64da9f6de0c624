/**
 * The company behind an e-mail address, as far as its domain tells: the domain that somebody has registered, by the public
 * suffix list, and the website that is most often there. Of addresses that anybody can have it tells nothing.
 */
import type { EnrichmentProvider } from "@clientele/core/ports/EnrichmentProvider"
import * as Effect from "effect/Effect"
import { parse } from "tldts"
import { domainOf } from "./internal/emailDomain.ts"
import { isDisposable, isFree } from "./internal/emailDomains.ts"

/** Fills `domain` and `website` of the company. */
export const provider: EnrichmentProvider = {
  name: "email_domain",
  fields: ["company"],
  enrich: ({ email }) => {
    const domain = companyDomain(email)
    return Effect.succeed(
      domain === undefined
        ? { data: {}, confidence: 0 }
        : { data: { company: { domain, website: `https://${domain}` } }, confidence: likely }
    )
  }
}

/**
 * The domain that the company of an address has registered; undefined when the address tells of none.
 *
 * @example
 * ```ts
 * import { EmailDomain } from "@clientele/enrichment"
 *
 * EmailDomain.companyDomain("jane@sales.acme.co.uk") // "acme.co.uk"
 * EmailDomain.companyDomain("jane@gmail.com") // undefined
 * ```
 */
export const companyDomain = (email: string | null): string | undefined => {
  const domain = domainOf(email)
  if (domain === undefined || isFree(domain) || isDisposable(domain)) return undefined
  const { domain: registrable, isIcann, isPrivate } = parse(domain, { allowPrivateDomains: true })
  return isIcann === true || isPrivate === true ? (registrable ?? undefined) : undefined
}

// internal

/** Most companies have their website where they have their mail. */
const likely = 0.6

/**
 * Whether anybody takes mail for a domain, as the DNS tells it: it has an MX record, or, as RFC 5321 has it of domains
 * without one, an address; but not the null MX of RFC 7505, which says that nobody does.
 */
import { ProviderFailed } from "@clientele/core/ports/EnrichmentProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Resolver } from "node:dns/promises"

export interface MxResolver {
  /** Fails when it cannot be found out now. */
  readonly acceptsMail: (domain: string) => Effect.Effect<boolean, ProviderFailed>
}

/** Asks name servers, those of the machine unless others are given, each twice for at most two seconds. */
export const dns = (servers: ReadonlyArray<string> = []): MxResolver => {
  /** By a resolver of its own for each question, because only a whole resolver can be cancelled. */
  const records = <A>(ask: (resolver: Resolver) => Promise<ReadonlyArray<A>>) =>
    Effect.tryPromise({
      try: (signal) => {
        const resolver = new Resolver({ timeout: 2_000, tries: 2 })
        if (servers.length > 0) resolver.setServers(servers)
        signal.addEventListener("abort", () => resolver.cancel())
        return ask(resolver)
      },
      catch: (error) => (error instanceof Error && "code" in error ? error.code : undefined)
    }).pipe(
      Effect.catch((code) =>
        absent.has(code) ? Effect.succeed([]) : Effect.fail(new ProviderFailed({ reason: "unavailable" }))
      )
    )
  return {
    acceptsMail: Effect.fn("MxResolver.acceptsMail")(function* (domain: string) {
      const exchanges = yield* records((resolver) => resolver.resolveMx(domain))
      if (exchanges.length > 0) return exchanges.some(({ exchange }) => exchange !== "")
      const v4 = yield* records((resolver) => resolver.resolve4(domain))
      return v4.length > 0 || (yield* records((resolver) => resolver.resolve6(domain))).length > 0
    })
  }
}

/** The resolver that is asked: the machine's, unless a host says otherwise. */
export const MxResolver = Context.Reference<MxResolver>("@clientele/enrichment/MxResolver", {
  defaultValue: () => dns()
})

// internal

/** No such domain, or no such record of it. */
const absent = new Set<unknown>(["ENOTFOUND", "ENODATA"])

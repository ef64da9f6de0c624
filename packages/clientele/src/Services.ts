/** The services of the domain over some storage, with the ports and settings that configuration speaks of. */
import type { Definition } from "@clientele/core/domain/Definition"
import { BaseCurrency, type Currency } from "@clientele/core/domain/Money"
import { TenantZone } from "@clientele/core/domain/Time"
import { CrmDefinition } from "@clientele/core/ports/CrmDefinition"
import { ExchangeRates, fixedRates } from "@clientele/core/ports/ExchangeRates"
import * as Crm from "@clientele/core/services/Crm"
import * as TimeOrderedIds from "@clientele/core/services/TimeOrderedIds"
import * as HttpProvider from "@clientele/enrichment/HttpProvider"
import * as PhoneNumbers from "@clientele/enrichment/PhoneNumbers"
import * as Providers from "@clientele/enrichment/Providers"
import type { BigDecimal } from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Layer from "effect/Layer"
import { FetchHttpClient } from "effect/http"

export interface Options {
  readonly currency: Currency
  /** What one unit of other currencies is worth in that one. */
  readonly exchangeRates: ReadonlyMap<string, BigDecimal>
  readonly timeZone: DateTime.TimeZone
  readonly phoneRegion: PhoneNumbers.Region | undefined
  /** The service that is asked for more about contacts, beside what the library knows by itself. */
  readonly enrichment: HttpProvider.Options | undefined
  /** Which custom fields contacts have; any, unless there is one. */
  readonly definition?: Definition | undefined
}

/**
 * Adds the services to a storage layer, which stays usable beside them. `replaced` holds ports that a host has in place
 * of ours.
 */
export const layer = <A, E>(
  options: Options,
  storage: Layer.Layer<A | Crm.Storage, E>,
  replaced: Layer.Layer<never> = Layer.empty
) =>
  Crm.layer.pipe(
    Layer.provideMerge([
      PhoneNumbers.layer({ defaultRegion: options.phoneRegion }),
      TimeOrderedIds.layer,
      storage,
      replaced
    ]),
    // Stores read some of these, too.
    Layer.provide([
      providers(options.enrichment),
      Layer.succeed(BaseCurrency, options.currency),
      Layer.succeed(ExchangeRates, fixedRates(options.exchangeRates)),
      Layer.succeed(TenantZone, options.timeZone),
      options.definition === undefined ? Layer.empty : Layer.succeed(CrmDefinition, options.definition),
      replaced
    ])
  )

// internal

const providers = (enrichment: Options["enrichment"]) =>
  Providers.layer(...(enrichment === undefined ? [] : [HttpProvider.make(enrichment)])).pipe(
    Layer.provide(FetchHttpClient.layer),
    // The configuration was checked by the same schemas.
    Layer.orDie
  )

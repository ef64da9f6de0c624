/** The services of the domain over some storage, with the ports and settings that configuration speaks of. */
import { BaseCurrency, type Currency } from "@clientele/core/domain/Money"
import { TenantZone } from "@clientele/core/domain/Time"
import { ExchangeRates, fixedRates } from "@clientele/core/ports/ExchangeRates"
import * as Crm from "@clientele/core/services/Crm"
import * as TimeOrderedIds from "@clientele/core/services/TimeOrderedIds"
import * as PhoneNumbers from "@clientele/enrichment/PhoneNumbers"
import type { BigDecimal } from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Layer from "effect/Layer"

export interface Options {
  readonly currency: Currency
  /** What one unit of other currencies is worth in that one. */
  readonly exchangeRates: ReadonlyMap<string, BigDecimal>
  readonly timeZone: DateTime.TimeZone
  readonly phoneRegion: PhoneNumbers.Region | undefined
}

/** Adds the services to a storage layer, which stays usable beside them. */
export const layer = <A, E>(options: Options, storage: Layer.Layer<A | Crm.Storage, E>) =>
  Crm.layer.pipe(
    Layer.provide(PhoneNumbers.layer({ defaultRegion: options.phoneRegion })),
    Layer.provideMerge([storage, TimeOrderedIds.layer]),
    // Stores read some of these, too.
    Layer.provide([
      Layer.succeed(BaseCurrency, options.currency),
      Layer.succeed(ExchangeRates, fixedRates(options.exchangeRates)),
      Layer.succeed(TenantZone, options.timeZone)
    ])
  )

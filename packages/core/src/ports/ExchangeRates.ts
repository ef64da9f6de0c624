/**
 * What currencies are worth in the base currency of totals, today. Without rates, amounts of other currencies are counted
 * and listed, and not converted.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { TenantId } from "../domain/Ids.ts"
import type { Currency } from "../domain/Money.ts"

export interface ExchangeRates {
  /** By currency, what one unit of it is worth in units of the base currency. */
  readonly ratesTo: (
    tenantId: TenantId,
    base: Currency
  ) => Effect.Effect<ReadonlyMap<string, BigDecimal.BigDecimal>, StorageError>
}

/** Rates that never change, the same for every tenant. */
export const fixedRates = (rates: ReadonlyMap<string, BigDecimal.BigDecimal>): ExchangeRates => ({
  ratesTo: () => Effect.succeed(rates)
})

export const ExchangeRates = Context.Reference<ExchangeRates>("@clientele/core/ports/ExchangeRates", {
  defaultValue: () => fixedRates(new Map())
})

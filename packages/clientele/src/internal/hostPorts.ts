/** Ports of the domain over plain functions of a host without Effect. */
import { type Answer, type Field, nothingFound, type Subject } from "@clientele/core/domain/Enrichment"
import type { TenantId, UserId } from "@clientele/core/domain/Ids"
import { Currency } from "@clientele/core/domain/Money"
import { type EnrichmentProvider, EnrichmentProviders, ProviderFailed } from "@clientele/core/ports/EnrichmentProvider"
import { ExchangeRates, fixedRates } from "@clientele/core/ports/ExchangeRates"
import { IdGenerator } from "@clientele/core/ports/IdGenerator"
import { PhoneNormalizer } from "@clientele/core/ports/PhoneNormalizer"
import { Products } from "@clientele/core/ports/Products"
import { Users } from "@clientele/core/ports/Users"
import * as BigDecimal from "effect/BigDecimal"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { asked, type Awaitable } from "./asked.ts"
import { clockOf } from "./clock.ts"
import { type HostProduct, type HostProducts, productsOf } from "./hostProducts.ts"

export type { HostProduct, HostProducts }

/** Whom the host asks for more about a contact. What it answers is checked before it is believed. */
export interface HostProvider {
  /** By which values are known to come from it; another one for each provider. */
  readonly name: string
  /** What it can be asked for. */
  readonly fields: ReadonlyArray<Field>
  /** What it knows, or null. One that is rejected could not be asked now, and is asked again; `signal` says when it is too late. */
  readonly enrich: (subject: Subject, fields: ReadonlyArray<Field>, signal: AbortSignal) => Awaitable<Answer | null>
}

/** What takes the place of ours; whatever is left out stays as it is. */
export interface HostPorts {
  /** The names of the host's users; an id that is not in the answer is shown as it is. */
  readonly users?: (tenant: string, ids: ReadonlyArray<string>) => Awaitable<ReadonlyMap<string, string>>
  /** What one unit of other currencies is worth in the base currency, today: constant, or asked for each time. */
  readonly rates?:
    | { readonly [currency: string]: number }
    | ((tenant: string, base: string) => Awaitable<{ readonly [currency: string]: number }>)
  /** The host's catalog of products. */
  readonly products?: HostProducts
  /** Who is asked for more about contacts, in place of the library's providers and the service of `enrichment`. */
  readonly providers?: ReadonlyArray<HostProvider>
  /** What time it is. */
  readonly clock?: () => Date
  /** A new id's body, unique and later ones greater. */
  readonly ids?: () => string
  /** A phone number in E.164, or null when it cannot be understood. */
  readonly phones?: (phone: string) => string | null
}

/** They as services. */
export const layer = ({ clock, ids, phones, products, providers, rates, users }: HostPorts): Layer.Layer<never> => {
  const replaced: ReadonlyArray<Layer.Layer<never>> = [
    ...(clock === undefined ? [] : [Layer.succeed(Clock.Clock, clockOf(clock))]),
    ...(rates === undefined ? [] : [Layer.succeed(ExchangeRates, ratesOf(rates))]),
    ...(users === undefined ? [] : [Layer.succeed(Users, usersOf(users))]),
    ...(products === undefined ? [] : [Layer.succeed(Products, productsOf(products))]),
    ...(providers === undefined ? [] : [Layer.succeed(EnrichmentProviders, providers.map(providerOf))]),
    ...(ids === undefined ? [] : [Layer.succeed(IdGenerator, idsOf(ids))]),
    ...(phones === undefined ? [] : [Layer.succeed(PhoneNormalizer, { toE164: phones })])
  ]
  return Layer.mergeAll(Layer.empty, ...replaced)
}

// internal

/** Rates that the host knows. */
const ratesOf = (rates: NonNullable<HostPorts["rates"]>): ExchangeRates =>
  typeof rates === "function"
    ? { ratesTo: (tenantId, base) => asked("rates", () => rates(tenantId, base)).pipe(Effect.map(decimals)) }
    : fixedRates(decimals(rates))

const usersOf = (names: NonNullable<HostPorts["users"]>) =>
  Users.of({
    names: (tenantId: TenantId, ids: ReadonlyArray<UserId>) => asked("users", () => names(tenantId, ids)),
    // The host knows its users: there is nothing to note.
    remember: () => Effect.void
  })

const providerOf = ({ enrich, fields, name }: HostProvider): EnrichmentProvider => ({
  name,
  fields,
  enrich: (subject, wanted) =>
    Effect.tryPromise({
      try: async (signal) => (await enrich(subject, wanted, signal)) ?? nothingFound,
      catch: () => new ProviderFailed({ reason: "unavailable" })
    })
})

const idsOf = (next: () => string) =>
  IdGenerator.of({ bodies: (count) => Effect.sync(() => Array.from({ length: count }, next)) })

const decimals = (rates: { readonly [currency: string]: number }): ReadonlyMap<Currency, BigDecimal.BigDecimal> =>
  new Map(
    Object.entries(rates).map(([currency, rate]) => [
      Currency.make(currency),
      BigDecimal.fromStringUnsafe(String(rate))
    ])
  )

/** Ports of the domain over plain functions of a host without Effect. */
import type { TenantId, UserId } from "@clientele/core/domain/Ids"
import { Currency } from "@clientele/core/domain/Money"
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
  /** What time it is. */
  readonly clock?: () => Date
  /** A new id's body, unique and later ones greater. */
  readonly ids?: () => string
  /** A phone number in E.164, or null when it cannot be understood. */
  readonly phones?: (phone: string) => string | null
}

/** They as services. */
export const layer = ({ clock, ids, phones, products, rates, users }: HostPorts): Layer.Layer<never> => {
  const replaced: ReadonlyArray<Layer.Layer<never>> = [
    ...(clock === undefined ? [] : [Layer.succeed(Clock.Clock, clockOf(clock))]),
    ...(rates === undefined ? [] : [Layer.succeed(ExchangeRates, ratesOf(rates))]),
    ...(users === undefined ? [] : [Layer.succeed(Users, usersOf(users))]),
    ...(products === undefined ? [] : [Layer.succeed(Products, productsOf(products))]),
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

const idsOf = (next: () => string) =>
  IdGenerator.of({ bodies: (count) => Effect.sync(() => Array.from({ length: count }, next)) })

const decimals = (rates: { readonly [currency: string]: number }): ReadonlyMap<Currency, BigDecimal.BigDecimal> =>
  new Map(
    Object.entries(rates).map(([currency, rate]) => [
      Currency.make(currency),
      BigDecimal.fromStringUnsafe(String(rate))
    ])
  )

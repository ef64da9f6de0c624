/** The catalog of a host in place of the library's, over plain functions. What it answers is checked. */
import { StorageCorrupt, StorageError } from "@clientele/core/domain/Errors"
import { Product } from "@clientele/core/domain/Product"
import { Products } from "@clientele/core/ports/Products"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { asked, type Awaitable } from "./asked.ts"

/** A product with the price of one piece. */
export interface HostProduct {
  readonly id: string
  readonly name: string
  readonly price: number
  readonly currency: string
  readonly createdAt: Date
}

/**
 * The host's products, tenant by tenant. They are asked inside of the CRM's transactions and cannot join them: what was
 * inserted stays when a command fails afterwards.
 */
export interface HostProducts {
  /** Those of the ids that there are. */
  readonly find: (tenant: string, ids: ReadonlyArray<string>) => Awaitable<ReadonlyArray<HostProduct>>
  /** At most so many, newest first, and by descending id where two are alike; only those behind `after`, when it is given. */
  readonly newest: (
    tenant: string,
    limit: number,
    after?: { readonly createdAt: Date; readonly id: string }
  ) => Awaitable<ReadonlyArray<HostProduct>>
  readonly count: (tenant: string) => Awaitable<number>
  readonly insert: (tenant: string, product: HostProduct) => Awaitable<void>
  /** Whether there was such a product to replace; when it was made stays. */
  readonly replace: (tenant: string, product: HostProduct) => Awaitable<boolean>
  /** Whether there was such a product to remove. */
  readonly remove: (tenant: string, id: string) => Awaitable<boolean>
}

/** They as the port. */
export const productsOf = (host: HostProducts): Products["Service"] =>
  Products.of({
    find: (tenantId, ids) => products("products.find", () => host.find(tenantId, ids)),
    newest: (tenantId, limit, after) =>
      products("products.newest", () =>
        host.newest(
          tenantId,
          limit,
          ...(after === undefined ? [] : [{ createdAt: new Date(String(after.key)), id: after.id }])
        )
      ),
    count: (tenantId) => asked("products.count", () => host.count(tenantId)),
    insert: (tenantId, product) => asked("products.insert", () => host.insert(tenantId, toHost(product))),
    replace: (tenantId, product) => asked("products.replace", () => host.replace(tenantId, toHost(product))),
    remove: (tenantId, id) => asked("products.remove", () => host.remove(tenantId, id))
  })

// internal

const decode = Schema.decodeUnknownEffect(Schema.Array(Product))

const products = (operation: string, ask: () => Awaitable<ReadonlyArray<HostProduct>>) =>
  asked(operation, async () =>
    (await ask()).map(({ createdAt, ...product }) => ({ ...product, created_at: createdAt.toISOString() }))
  ).pipe(
    Effect.flatMap((found) =>
      Effect.mapError(decode(found), (cause) => new StorageError({ operation, reason: new StorageCorrupt({ cause }) }))
    )
  )

const toHost = ({ createdAt, price, ...product }: Product): HostProduct => ({
  ...product,
  price: Number(BigDecimal.format(price)),
  createdAt: DateTime.toDateUtc(createdAt)
})

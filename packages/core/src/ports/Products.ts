/** Keeps products; a host with a catalog of its own can put it here. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Position } from "../domain/Cursor.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { ProductId, TenantId } from "../domain/Ids.ts"
import type { Product } from "../domain/Product.ts"

export class Products extends Context.Service<
  Products,
  {
    /** The products that exist of a set. */
    readonly find: (
      tenantId: TenantId,
      ids: ReadonlyArray<ProductId>
    ) => Effect.Effect<ReadonlyArray<Product>, StorageError>
    /** Products, newest first, behind a position when one is given. */
    readonly newest: (
      tenantId: TenantId,
      limit: number,
      after?: Position
    ) => Effect.Effect<ReadonlyArray<Product>, StorageError>
    readonly count: (tenantId: TenantId) => Effect.Effect<number, StorageError>
    readonly insert: (tenantId: TenantId, product: Product) => Effect.Effect<void, StorageError>
    /** Whether there was such a product to replace; when it was made stays. */
    readonly replace: (tenantId: TenantId, product: Product) => Effect.Effect<boolean, StorageError>
    /** Whether there was such a product to remove. */
    readonly remove: (tenantId: TenantId, id: ProductId) => Effect.Effect<boolean, StorageError>
  }
>()("@clientele/core/ports/Products") {}

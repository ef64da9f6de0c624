/** The products of a tenant. Deals keep what they were told of one: changing or deleting a product changes no deal. */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { ProductNotFound, type StorageError, ValidationError } from "../domain/Errors.ts"
import { type ProductId, productId } from "../domain/Ids.ts"
import * as Money from "../domain/Money.ts"
import { maxMinor, type Product, ProductInput } from "../domain/Product.ts"
import type * as Query from "../domain/Query.ts"
import { validator } from "../domain/Validation.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { Products } from "../ports/Products.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import * as Walk from "./Walk.ts"

export class ProductCatalog extends Context.Service<
  ProductCatalog,
  {
    readonly create: (input: ProductInput) => Effect.Effect<Product, StorageError | ValidationError, CurrentActor>
    readonly get: (id: ProductId) => Effect.Effect<Product, ProductNotFound | StorageError, CurrentActor>
    /** Products, newest first. */
    readonly list: (
      query: Walk.WalkQuery
    ) => Effect.Effect<Query.Page<Product>, StorageError | ValidationError, CurrentActor>
    /** Replaces name, price and currency. */
    readonly replace: (
      id: ProductId,
      input: ProductInput
    ) => Effect.Effect<Product, ProductNotFound | StorageError | ValidationError, CurrentActor>
    readonly remove: (id: ProductId) => Effect.Effect<void, ProductNotFound | StorageError, CurrentActor>
  }
>()("@clientele/core/services/ProductCatalog") {
  static readonly layer: Layer.Layer<ProductCatalog, never, IdGenerator | Products | UnitOfWork> = Layer.effect(
    ProductCatalog,
    Effect.gen(function* () {
      const base = yield* Money.BaseCurrency
      const ids = yield* IdGenerator
      const products = yield* Products
      const uow = yield* UnitOfWork

      /** What an input says of a product, its price one of its currency. */
      const read = (input: ProductInput) =>
        Result.gen(function* () {
          const { currency = base, name, price } = yield* validate(input)
          const money = yield* Result.mapError(Money.fromDecimal(price, currency), ({ message }) => refusal(message))
          if (money.minor < 0n || money.minor > maxMinor) return yield* Result.fail(refusal(outOfRange))
          return { name: name.trim(), price: Money.toDecimal(money), currency }
        })

      const get = Effect.fn("ProductCatalog.get")(function* (id: ProductId) {
        const { tenantId } = yield* CurrentActor
        const [found] = yield* products.find(tenantId, [id])
        return found ?? (yield* new ProductNotFound({ productId: id }))
      })

      const create = Effect.fn("ProductCatalog.create")(function* (input: ProductInput) {
        const said = yield* Effect.fromResult(read(input))
        const { tenantId } = yield* CurrentActor
        const [body = ""] = yield* ids.bodies(1)
        const product = { id: productId(body), ...said, createdAt: yield* DateTime.now }
        yield* products.insert(tenantId, product)
        return product
      }, uow.transaction)

      const list = Effect.fn("ProductCatalog.list")(function* (query: Walk.WalkQuery) {
        const { tenantId } = yield* CurrentActor
        return yield* Walk.page({
          query,
          scope: { products: "all" },
          read: (limit, after) => products.newest(tenantId, limit, after),
          count: products.count(tenantId),
          positionOf: ({ createdAt, id }) => ({ key: DateTime.formatIso(createdAt), id })
        })
      }, uow.snapshot)

      const replace = Effect.fn("ProductCatalog.replace")(function* (id: ProductId, input: ProductInput) {
        const said = yield* Effect.fromResult(read(input))
        const { tenantId } = yield* CurrentActor
        const product = { ...(yield* get(id)), ...said }
        if (!(yield* products.replace(tenantId, product))) return yield* new ProductNotFound({ productId: id })
        return product
      }, uow.transaction)

      const remove = Effect.fn("ProductCatalog.remove")(function* (id: ProductId) {
        const { tenantId } = yield* CurrentActor
        if (!(yield* products.remove(tenantId, id))) return yield* new ProductNotFound({ productId: id })
      }, uow.transaction)

      return ProductCatalog.of({ create, get, list, replace, remove })
    })
  )
}

// internal

const validate = validator(ProductInput)

const outOfRange = "Expected a price from 0 to one of 14 digits"

const refusal = (message: string) => new ValidationError({ issues: [{ path: "price", message }] })

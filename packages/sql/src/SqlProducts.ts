/** The default catalog of products: a table, managed over the API. */
import type { Position } from "@clientele/core/domain/Cursor"
import { ProductId, type TenantId } from "@clientele/core/domain/Ids"
import * as Money from "@clientele/core/domain/Money"
import type { Product } from "@clientele/core/domain/Product"
import { Products } from "@clientele/core/ports/Products"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, type Rows, toStorageError, totalOf } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"
import { timestamp } from "./internal/columns.ts"

export const layer: Layer.Layer<Products, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  Products,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { products } = tables(yield* TablePrefix)
    const createdAt = sql.literal(`${products.name}.created_at`)
    const selection = sql.literal(
      `id, name, ${dialect.read("price", "bigint")} AS price, currency, ` +
        `${dialect.read("created_at", "timestamp")} AS created_at`
    )

    const find = Effect.fn("Products.find")(
      (tenantId: TenantId, ids: ReadonlyArray<ProductId>) =>
        ids.length === 0
          ? Effect.succeed([])
          : decodeProducts(sql`
              SELECT ${selection} FROM ${sql(products.name)} WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}`),
      Effect.mapError(toStorageError("Products.find"))
    )

    const newest = Effect.fn("Products.newest")(
      (tenantId: TenantId, limit: number, after?: Position) => {
        const further =
          after === undefined || after.key === null
            ? sql`tenant_id = ${tenantId}`
            : sql`tenant_id = ${tenantId} AND (${createdAt}, id) < (${dialect.value("timestamp", after.key)}, ${after.id})`
        return decodeProducts(sql`
          SELECT ${selection} FROM ${sql(products.name)} WHERE ${further}
          ORDER BY ${createdAt} DESC, id DESC LIMIT ${limit}`)
      },
      Effect.mapError(toStorageError("Products.newest"))
    )

    const count = Effect.fn("Products.count")(
      (tenantId: TenantId) =>
        totalOf(sql`
          SELECT CAST(count(*) AS TEXT) AS total FROM ${sql(products.name)} WHERE tenant_id = ${tenantId}`),
      Effect.mapError(toStorageError("Products.count"))
    )

    const insert = Effect.fn("Products.insert")(
      (tenantId: TenantId, product: Product) =>
        dialect.insert(products, [
          {
            tenant_id: tenantId,
            id: product.id,
            name: product.name,
            price: minorOf(product),
            currency: product.currency,
            created_at: DateTime.formatIso(product.createdAt)
          }
        ]),
      Effect.asVoid,
      Effect.mapError(toStorageError("Products.insert"))
    )

    const replace = Effect.fn("Products.replace")(
      (tenantId: TenantId, product: Product) =>
        Effect.map(
          sql`
            UPDATE ${sql(products.name)}
            SET name = ${product.name}, price = ${dialect.value("bigint", minorOf(product))}, currency = ${product.currency}
            WHERE tenant_id = ${tenantId} AND id = ${product.id} RETURNING id`,
          (replaced) => replaced.length > 0
        ),
      Effect.mapError(toStorageError("Products.replace"))
    )

    const remove = Effect.fn("Products.remove")(
      (tenantId: TenantId, id: ProductId) =>
        Effect.map(
          sql`DELETE FROM ${sql(products.name)} WHERE tenant_id = ${tenantId} AND id = ${id} RETURNING id`,
          (removed) => removed.length > 0
        ),
      Effect.mapError(toStorageError("Products.remove"))
    )

    return Products.of({ find, newest, count, insert, replace, remove })
  })
)

// internal

const minorOf = ({ currency, price }: Product): string =>
  String(BigDecimal.scale(price, Money.exponent(currency)).value)

const decodeProductRows = decodeRows(
  Schema.Struct({
    id: ProductId,
    name: Schema.String,
    price: Schema.BigIntFromString,
    currency: Money.Currency,
    created_at: timestamp
  })
)
const decodeProducts = (rows: Rows) =>
  Effect.map(decodeProductRows(rows), (found) =>
    found.map(({ created_at, price, ...row }): Product => ({
      ...row,
      price: Money.toDecimal({ currency: row.currency, minor: price }),
      createdAt: created_at
    }))
  )

/**
 * The products of a deal. A line names a product, whose name and price it then keeps as they are at that moment, or says
 * itself what it is and what it costs. Its value is that of the whole line: the price of one piece times the quantity.
 *
 * A line whose product is not known, and which says nothing of its own, has the id as its name and no value.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Issue } from "./Errors.ts"
import { ProductId } from "./Ids.ts"
import * as Money from "./Money.ts"
import * as Personal from "./Personal.ts"
import { type Product, ProductName } from "./Product.ts"

export const maxProducts = 100

const Quantity = Personal.notPersonal(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })))

/** A line of a deal. */
export const DealProduct = Schema.Struct({
  productId: Schema.NullOr(ProductId),
  name: ProductName,
  quantity: Quantity,
  value: Schema.NullOr(Money.Decimal)
}).pipe(Schema.encodeKeys({ productId: "product_id" }))
export interface DealProduct extends Schema.Schema.Type<typeof DealProduct> {}

/** A line as it is given: by its product, or by name and value; the quantity is 1 unless given. */
export const DealProductInput = Schema.Struct({
  productId: Schema.optionalKey(Schema.NullOr(ProductId)),
  name: Schema.optionalKey(ProductName),
  quantity: Schema.optionalKey(Quantity),
  value: Schema.optionalKey(Schema.NullOr(Money.Amount))
}).pipe(Schema.encodeKeys({ productId: "product_id" }))
export interface DealProductInput extends Schema.Schema.Type<typeof DealProductInput> {}

export type Catalog = ReadonlyMap<ProductId, Product>

/** The products that lines are to be looked up for. */
export const wanted = (lines: ReadonlyArray<DealProductInput>): ReadonlyArray<ProductId> => [
  ...new Set(lines.flatMap(({ productId }) => (productId === undefined || productId === null ? [] : [productId])))
]

/** Lines as a deal in a currency keeps them, or what is wrong with them. */
export const resolve = (
  lines: ReadonlyArray<DealProductInput>,
  catalog: Catalog,
  currency: Money.Currency
): Result.Result<ReadonlyArray<DealProduct>, ReadonlyArray<Issue>> => {
  const resolved = lines.map((line, index) => resolveLine(line, `products[${index}]`, catalog, currency))
  const issues = resolved.flatMap((line) => (Result.isFailure(line) ? [line.failure] : []))
  return issues.length > 0
    ? Result.fail(issues)
    : Result.succeed(resolved.flatMap((line) => (Result.isSuccess(line) ? [line.success] : [])))
}

/** What lines are worth together, in minor units; a line without a value makes it unknown. */
export const valueOf = (
  lines: ReadonlyArray<DealProduct>,
  currency: Money.Currency
): Result.Result<bigint, ReadonlyArray<Issue>> => {
  let minor = 0n
  const issues: Array<Issue> = []
  for (const [index, { productId, value }] of lines.entries()) {
    const money = value === null ? undefined : Money.fromDecimal(value, currency)
    if (money !== undefined && Result.isSuccess(money)) minor += money.success.minor
    else {
      const path = `products[${index}].${productId === null ? "value" : "product_id"}`
      issues.push({ path, message: "Expected a product that is known, or a value of the deal or of this line" })
    }
  }
  return issues.length > 0 ? Result.fail(issues) : Result.succeed(minor)
}

// internal

const resolveLine = (
  line: DealProductInput,
  path: string,
  catalog: Catalog,
  currency: Money.Currency
): Result.Result<DealProduct, Issue> => {
  const { productId = null, quantity = 1 } = line
  const product = productId === null ? undefined : catalog.get(productId)
  const name = line.name ?? product?.name ?? productId
  if (name === null) return Result.fail({ path: `${path}.name`, message: "Expected a name, or the id of a product" })
  // A line that says what it is says what it costs, also that nobody knows: so it can be sent back as it was read.
  const own = line.value !== undefined && (line.value !== null || line.name !== undefined)
  if (own) {
    const money = line.value === null ? undefined : Money.fromDecimal(line.value, currency)
    return money !== undefined && Result.isFailure(money)
      ? Result.fail({ path: `${path}.value`, message: money.failure.message })
      : Result.succeed({
          productId,
          name,
          quantity,
          value: money === undefined ? null : Money.toDecimal(money.success)
        })
  }
  if (product === undefined) return Result.succeed({ productId, name, quantity, value: null })
  const price = Money.fromDecimal(product.price, product.currency)
  return product.currency !== currency || Result.isFailure(price)
    ? Result.fail({ path: `${path}.product_id`, message: `Expected a product priced in ${currency}` })
    : Result.succeed({
        productId,
        name,
        quantity,
        value: Money.toDecimal({ currency, minor: price.success.minor * BigInt(quantity) })
      })
}

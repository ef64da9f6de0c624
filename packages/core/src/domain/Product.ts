/** Products: what deals are made of, by name and price. A deal keeps what it was told of one, and follows no changes. */
import * as Schema from "effect/Schema"
import { ProductId } from "./Ids.ts"
import * as Money from "./Money.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

export const ProductName = Personal.notPersonal(Text.filled(500))

/** The largest amount of a product or a deal, in minor units: 14 digits are exact wherever they are read or compared. */
export const maxMinor = 10n ** 14n - 1n

/** A product with the price of one piece. */
export const Product = Schema.Struct({
  id: ProductId,
  name: ProductName,
  price: Money.Decimal,
  currency: Personal.notPersonal(Money.Currency),
  createdAt: Time.Timestamp
})
  .pipe(Schema.encodeKeys({ createdAt: "created_at" }))
  .annotate({ identifier: "Product" })
export interface Product extends Schema.Schema.Type<typeof Product> {}

/** What a product may be given; its currency is the tenant's unless it says another. */
export const ProductInput = Schema.Struct({
  name: ProductName,
  price: Money.Amount,
  currency: Schema.optionalKey(Money.Currency)
}).annotate({ identifier: "ProductInput" })
export interface ProductInput extends Schema.Schema.Type<typeof ProductInput> {}

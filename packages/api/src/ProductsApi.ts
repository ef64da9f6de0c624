/** The endpoints of products. */
import { Product, ProductInput } from "@clientele/core/domain/Product"
import { Pagination } from "@clientele/core/domain/Query"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, cursorQuery, noQuery, withBody, writing } from "./Endpoints.ts"
import { Idempotency } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

const productId = { product_id: Schema.String }

export const ProductPage = Schema.Struct({ data: Schema.Array(Product), pagination: Pagination }).annotate({
  identifier: "ProductPage"
})

export class ProductsApi extends HttpApiGroup.make("products")
  .add(
    HttpApiEndpoint.get("list", "/products", {
      query: cursorQuery,
      success: ProductPage,
      error: [Problems.ValidationProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "List products, newest first"),
    HttpApiEndpoint.post("create", "/products", {
      query: noQuery,
      payload: ProductInput,
      success: Product.pipe(HttpApiSchema.status(201)),
      error: [Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Add a product"),
    HttpApiEndpoint.get("get", "/products/:product_id", {
      params: productId,
      query: noQuery,
      success: Product,
      error: [Problems.ProductNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Get a product"),
    HttpApiEndpoint.put("replace", "/products/:product_id", {
      params: productId,
      query: noQuery,
      payload: ProductInput,
      success: Product,
      error: [Problems.ProductNotFoundProblem, Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Replace name, price and currency of a product"),
    HttpApiEndpoint.delete("remove", "/products/:product_id", {
      params: productId,
      query: noQuery,
      success: HttpApiSchema.NoContent,
      error: [Problems.ProductNotFoundProblem, ...writing]
    }).annotate(OpenApi.Summary, "Delete a product; deals keep what they know of it")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .annotate(OpenApi.Title, "Products") {}

/** The form that a table is uploaded with: `file`, and as JSON text `mapping` and `options`, in any order. */
import { Mapping } from "@clientele/core/domain/Importing"
import * as Schema from "effect/Schema"
import { Multipart } from "effect/http"
import { HttpApiSchema } from "effect/http-api"

/** The file is spooled to disk, whatever its size. With `async` the answer is the job, at once. */
export const importParts = <
  const Fields extends Schema.Struct.Fields,
  const Keys extends { readonly [field in keyof Fields]?: PropertyKey }
>(
  fields: Fields,
  keys: Keys
) => {
  const options = Schema.Struct({ ...fields, async: Schema.optionalKey(Schema.Boolean) }).pipe(Schema.encodeKeys(keys))
  return Schema.Struct({
    file: Multipart.SingleFileSchema,
    mapping: Schema.optionalKey(Schema.fromJsonString(Mapping)),
    options: Schema.optionalKey(Schema.fromJsonString(options))
  }).pipe(HttpApiSchema.asMultipart())
}

/** Uploads that cannot be parsed. */
import * as Effect from "effect/Effect"
import { type HttpServerRequest, Multipart } from "effect/http"

/**
 * The request, whose upload fails as one that cannot be parsed also where the parser throws: it does for a part that
 * ends before its headers do.
 */
export const withSoundUpload = (request: HttpServerRequest.HttpServerRequest): HttpServerRequest.HttpServerRequest =>
  new Proxy(request, {
    get: (target, property) =>
      property === "multipart"
        ? Effect.catchDefect(target.multipart, (cause) =>
            Effect.fail(Multipart.MultipartError.fromReason("Parse", cause))
          )
        : Reflect.get(target, property, target)
  })

/** The call to jose, and its errors in our words. */
import * as Effect from "effect/Effect"
import { type CryptoKey, errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from "jose"
import { type InvalidToken, invalidToken } from "./tokenErrors.ts"

const reasonOf = (error: unknown): InvalidToken["reason"] => {
  if (error instanceof errors.JWTExpired) return "expired"
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") return "issuer"
    if (error.claim === "aud") return "audience"
    return error.claim === "nbf" && error.reason === "check_failed" ? "not_yet_valid" : "claims"
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "algorithm"
  if (error instanceof errors.JWSSignatureVerificationFailed) return "signature"
  // What is left of jose's own errors is about form; any other comes from a key that cannot be used.
  return error instanceof errors.JOSEError ? "malformed" : "unknown_key"
}

/** The claims, if one of the keys signed them and they hold now. */
export const verifySignature = Effect.fnUntraced(function* (
  token: string,
  keys: ReadonlyArray<CryptoKey>,
  options: JWTVerifyOptions
): Effect.fn.Return<JWTPayload, InvalidToken> {
  let refused = invalidToken("unknown_key")
  for (const key of keys) {
    const verified = yield* Effect.result(
      Effect.tryPromise({
        try: () => jwtVerify(token, key, options),
        catch: (error) => invalidToken(reasonOf(error))
      })
    )
    if (verified._tag === "Success") return verified.success.payload
    refused = verified.failure
    // Another key may have signed it; any other refusal is about what was signed, and final.
    if (refused.reason !== "signature" && refused.reason !== "unknown_key") break
  }
  return yield* refused
})

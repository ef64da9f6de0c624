/** What verification of tokens can answer but a token, and what is wrong with its configuration. */
import * as Schema from "effect/Schema"

/**
 * Why a token is refused.
 *
 * - `malformed`: too long, not three parts of canonical base64url, or a header or claims that are not a JSON object.
 * - `header`: a header that demands what is not supported (`crit`).
 * - `algorithm`: an algorithm that the configured key is not for; `none` always is one.
 * - `unknown_key`: no key of the published set fits the header.
 * - `signature`: not signed by the key.
 * - `expired`, `not_yet_valid`: outside `exp` and `nbf`, skew included.
 * - `issuer`, `audience`: not the configured ones.
 * - `claims`: a claim is missing or of another type than it has to be.
 */
export const InvalidTokenReason = Schema.Literals([
  "malformed",
  "header",
  "algorithm",
  "unknown_key",
  "signature",
  "expired",
  "not_yet_valid",
  "issuer",
  "audience",
  "claims"
])
export type InvalidTokenReason = typeof InvalidTokenReason.Type

/** The token is refused. Carries nothing of the token: it may be logged as it is. */
export class InvalidToken extends Schema.TaggedError<InvalidToken>("@clientele/http/InvalidToken")("InvalidToken", {
  reason: InvalidTokenReason
}) {
  override get message(): string {
    return `The token is refused: ${this.reason}`
  }
}

const refusals = new Map(InvalidTokenReason.literals.map((reason) => [reason, new InvalidToken({ reason })]))

/** One value per reason: a flood of bad tokens is not worth a stack trace each. */
export const invalidToken = (reason: InvalidTokenReason): InvalidToken =>
  refusals.get(reason) ?? new InvalidToken({ reason })

/**
 * The published keys could not be fetched, and none of those known from before fits: nothing is said about the token,
 * and asking again later may help.
 */
export class KeysUnavailable extends Schema.TaggedError<KeysUnavailable>("@clientele/http/KeysUnavailable")(
  "KeysUnavailable",
  { reason: Schema.Literals(["network", "timeout", "status", "too_large", "malformed"]) }
) {
  override get message(): string {
    return `The token keys could not be fetched: ${this.reason}`
  }
}

/** A setting that tokens cannot be verified or issued with. Never contains the value. */
export class InvalidTokensConfig extends Schema.TaggedError<InvalidTokensConfig>("@clientele/http/InvalidTokensConfig")(
  "InvalidTokensConfig",
  {
    setting: Schema.Literals([
      "secret",
      "publicKey",
      "jwksUrl",
      "jwksTiming",
      "issuer",
      "audience",
      "claims",
      "clockSkew",
      "cache",
      "lifetime"
    ]),
    reason: Schema.String
  }
) {
  override get message(): string {
    return `${this.setting}: ${this.reason}`
  }
}

/** The token is good, but its roles do not allow the call (`role`) or the tenant asked for (`tenant`). */
export class Forbidden extends Schema.TaggedError<Forbidden>("@clientele/http/Forbidden")("Forbidden", {
  reason: Schema.Literals(["role", "tenant"])
}) {
  override get message(): string {
    return this.reason === "role" ? "None of the token's roles allows this" : "The token is for another tenant"
  }
}

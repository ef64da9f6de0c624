/**
 * The outer form of a token, checked before any cryptography.
 *
 * Decoders of base64url differ in what they forgive: padding, white space, the other alphabet, bits that are left over.
 * Only the one canonical spelling passes here, so that a token has exactly one spelling, for every cache and log.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeProtectedHeader } from "jose"
import { type InvalidToken, invalidToken } from "./tokenErrors.ts"

/** Header lines of servers and proxies end at 8 or 16 KB, so no longer token arrives through them. */
export const maxTokenLength = 16_384

// Groups of four characters; at the end two that carry one byte, or three that carry two: the last one's remaining
// bits must be zero. One character alone carries no byte.
const part = "(?=[^.])(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?"
const compactToken = new RegExp(`^${part}\\.${part}\\.${part}$`)

export const isCanonical = (token: string): boolean => token.length <= maxTokenLength && compactToken.test(token)

const Header = Schema.Struct({
  alg: Schema.String,
  kid: Schema.optionalKey(Schema.String),
  crit: Schema.optionalKey(Schema.Unknown)
})

/** What of a header is looked at: keys and addresses of keys that a header may hold are not. */
export interface TokenHeader {
  readonly alg: string
  readonly kid?: string
}

const decodeHeader = Schema.decodeUnknownOption(Header)
const parseHeader = Option.liftThrowable(decodeProtectedHeader)

const refuse = (reason: InvalidToken["reason"]) => Result.fail(invalidToken(reason))

/** The header of a well-formed token whose algorithm is allowed. */
export const readHeader = (
  token: string,
  algorithms: ReadonlySet<string>
): Result.Result<TokenHeader, InvalidToken> => {
  if (!isCanonical(token)) return refuse("malformed")
  const header = Option.getOrUndefined(Option.flatMap(parseHeader(token), decodeHeader))
  if (header === undefined) return refuse("malformed")
  if (!algorithms.has(header.alg)) return refuse("algorithm")
  if ("crit" in header) return refuse("header")
  return Result.succeed(header.kid === undefined ? { alg: header.alg } : { alg: header.alg, kid: header.kid })
}

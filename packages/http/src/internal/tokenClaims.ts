/**
 * What the claims of a token mean here. The signature was checked before, but the issuer may still be wrong about types,
 * and a token for another service may lack what is needed.
 */
import { TenantId, UserId } from "@clientele/core/domain/Ids"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { JWTPayload } from "jose"
import { type InvalidToken, invalidToken } from "./tokenErrors.ts"

export const defaultClaimNames = { subject: "sub", tenant: "tenant_id", roles: "roles", name: "name" }
export type ClaimNames = typeof defaultClaimNames

/** What a token says once it is verified. */
export interface VerifiedToken {
  readonly tenantId: TenantId
  readonly userId: UserId
  readonly userName: string | null
  readonly roles: ReadonlyArray<string>
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** The last second that a `Date` can hold. */
const maxSeconds = 8_640_000_000_000

const Claims = Schema.Struct({
  exp: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: maxSeconds })),
  nbf: Schema.UndefinedOr(Schema.Finite),
  iat: Schema.UndefinedOr(Schema.Finite),
  subject: UserId,
  tenant: TenantId,
  roles: Schema.UndefinedOr(Schema.Union([Schema.String, Schema.Array(Schema.String)]))
})
const decodeClaims = Schema.decodeUnknownOption(Claims)

/** A name is shown to people and stored with what they do, so a name that cannot be is no name, and no obstacle. */
const isName = Schema.is(Schema.String.check(Schema.isPattern(/^(?=.*\S)[^\p{Cc}\p{Cs}]{1,255}$/u)))

export const makeReadClaims =
  (names: ClaimNames) =>
  (payload: JWTPayload): Result.Result<VerifiedToken, InvalidToken> => {
    const own = (name: string): unknown => (Object.hasOwn(payload, name) ? payload[name] : undefined)
    const claims = decodeClaims({
      exp: own("exp"),
      nbf: own("nbf"),
      iat: own("iat"),
      subject: own(names.subject),
      tenant: own(names.tenant),
      roles: own(names.roles)
    })
    if (Option.isNone(claims)) return Result.fail(invalidToken("claims"))
    const { exp, roles = [], subject, tenant } = claims.value
    const name = own(names.name)
    // One object serves all requests that bring the token: nobody may change it.
    return Result.succeed(
      Object.freeze({
        tenantId: tenant,
        userId: subject,
        userName: isName(name) ? name.trim() : null,
        roles: Object.freeze(typeof roles === "string" ? [roles] : [...roles]),
        expiresAt: exp
      })
    )
  }

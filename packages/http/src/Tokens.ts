/**
 * Who calls: verifies the JSON Web Tokens that come as bearer tokens, and issues them for demos and tests.
 *
 * Guarantees: a token is accepted only when it is spelled canonically, signed by the configured key with an algorithm
 * that this kind of key is for, within `exp` and `nbf` by the Effect `Clock`, for the configured issuer and audience, and
 * when its claims name a possible user and tenant. What a header says about keys is never followed.
 *
 * A verified token is remembered for at most a minute and never past its `exp`, so a key that is withdrawn stops working
 * within that minute; refused tokens are not remembered.
 *
 * Fails with {@link InvalidToken}, which carries an enumerated reason and nothing of the token, and with
 * {@link KeysUnavailable} when keys have to be fetched and cannot be. No token makes it die.
 */
import type { CurrentActor } from "@clientele/core/ports/CurrentActor"
import { TenantId } from "@clientele/core/domain/Ids"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type JWTPayload, SignJWT } from "jose"
import { fromJwks } from "./internal/jwks.ts"
import { makeTokenCache } from "./internal/tokenCache.ts"
import { defaultClaimNames, makeReadClaims, type VerifiedToken } from "./internal/tokenClaims.ts"
import { Forbidden, InvalidToken, InvalidTokensConfig, KeysUnavailable } from "./internal/tokenErrors.ts"
import { readHeader } from "./internal/tokenFormat.ts"
import { fromPublicKey, fromSecret, importSecret } from "./internal/tokenKeys.ts"
import { verifySignature } from "./internal/tokenVerify.ts"

export { Forbidden, InvalidToken, InvalidTokensConfig, KeysUnavailable }
export type { VerifiedToken }

/**
 * What tokens are verified with, and by that the algorithms that are allowed.
 *
 * - `Secret`: HS256, HS384, HS512; at least 32 bytes of UTF-8.
 * - `PublicKey`: SPKI as PEM. RSA (2048 bits or more): RS and PS with 256, 384, 512; EC: ES256, ES384 or ES512 by curve;
 *   Ed25519: EdDSA.
 * - `Jwks`: all of the `PublicKey` kinds, found by key id in a set at a URL. The set is fetched again when it is older
 *   than `maxAge` (10 minutes), or for a key id that it does not hold, but not before `cooldown` (30 seconds) has passed;
 *   a fetch is given up after `timeout` (5 seconds).
 */
export type TokenKey =
  | { readonly _tag: "Secret"; readonly secret: Redacted.Redacted<string> }
  | { readonly _tag: "PublicKey"; readonly pem: string }
  | {
      readonly _tag: "Jwks"
      readonly url: URL
      readonly maxAge?: Duration.Input | undefined
      readonly cooldown?: Duration.Input | undefined
      readonly timeout?: Duration.Input | undefined
    }

export interface TokensConfig {
  readonly key: TokenKey
  /** When given, `iss` has to be it, or one of them. */
  readonly issuer?: string | ReadonlyArray<string> | undefined
  /** When given, `aud` has to be or contain it, or one of them. */
  readonly audience?: string | ReadonlyArray<string> | undefined
  /** Names of the claims where they differ from `sub`, `tenant_id`, `roles` and `name`. */
  readonly claims?:
    | {
        readonly subject?: string | undefined
        readonly tenant?: string | undefined
        readonly roles?: string | undefined
        readonly name?: string | undefined
      }
    | undefined
  /** How far this clock and the issuer's may be apart: 5 seconds unless given, 5 minutes at most. */
  readonly clockSkew?: Duration.Input | undefined
  /** How many verified tokens are remembered (10,000; 0: none) and for how long (60 seconds, which is also the most). */
  readonly cache?: { readonly size?: number | undefined; readonly timeToLive?: Duration.Input | undefined } | undefined
}

/**
 * Verification of bearer tokens.
 *
 * @example
 * ```ts
 * import { Tokens } from "@clientele/http/Tokens"
 * import { Effect, Redacted } from "effect"
 *
 * const whoAmI = Effect.gen(function* () {
 *   const tokens = yield* Tokens
 *   const { userId, tenantId } = yield* tokens.verify("eyJhbGciOiJIUzI1NiJ9.e30.c2ln")
 *   return `${userId} of ${tenantId}`
 * })
 *
 * const secret = Redacted.make("a secret of at least thirty-two bytes")
 * whoAmI.pipe(Effect.provide(Tokens.layer({ key: { _tag: "Secret", secret }, issuer: "https://id.example" })))
 * ```
 */
export class Tokens extends Context.Service<
  Tokens,
  { readonly verify: (token: string) => Effect.Effect<VerifiedToken, InvalidToken | KeysUnavailable> }
>()("@clientele/http/Tokens") {
  static readonly layer = (config: TokensConfig): Layer.Layer<Tokens, InvalidTokensConfig> =>
    Layer.effect(Tokens, make(config))
}

const maxTimeToLive = Duration.toMillis("60 seconds")
const maxClockSkew = Duration.toMillis("5 minutes")

const make = Effect.fnUntraced(function* (config: TokensConfig) {
  const issuer = yield* nonEmpty("issuer", config.issuer)
  const audience = yield* nonEmpty("audience", config.audience)
  const clockTolerance = (yield* atMost("clockSkew", config.clockSkew ?? "5 seconds", maxClockSkew)) / 1000
  const timeToLive = yield* atMost("cache", config.cache?.timeToLive ?? maxTimeToLive, maxTimeToLive)
  const size = config.cache?.size ?? 10_000
  if (!Number.isSafeInteger(size) || size < 0) {
    return yield* new InvalidTokensConfig({ setting: "cache", reason: "its size must be a whole number, 0 or more" })
  }
  const { name, roles, subject, tenant } = { ...config.claims }
  const names = {
    subject: subject ?? defaultClaimNames.subject,
    tenant: tenant ?? defaultClaimNames.tenant,
    roles: roles ?? defaultClaimNames.roles,
    name: name ?? defaultClaimNames.name
  }
  yield* nonEmpty("claims", Object.values(names))
  const readClaims = makeReadClaims(names)
  const keys = yield* keySource(config.key)
  const expectations = {
    algorithms: [...keys.algorithms],
    clockTolerance,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience })
  }
  const cache = makeTokenCache<Remembered>(size)

  const verifyNew = Effect.fnUntraced(function* (token: string) {
    const header = yield* Effect.fromResult(readHeader(token, keys.algorithms))
    const candidates = yield* keys.find(header)
    const now = yield* Clock.currentTimeMillis
    const payload = yield* verifySignature(token, candidates, { ...expectations, currentDate: new Date(now) })
    const verified = yield* Effect.fromResult(readClaims(payload))
    const until = Math.min(now + timeToLive, verified.expiresAt * 1000)
    if (until > now) cache.set(token, { from: now, until, answer: Effect.succeed(verified) })
    return verified
  })

  const verify = (token: string): Effect.Effect<VerifiedToken, InvalidToken | KeysUnavailable> =>
    Clock.clockWith((clock) => {
      const known = cache.get(token)
      if (known === undefined) return verifyNew(token)
      const now = clock.currentTimeMillisUnsafe()
      // The lower bound ends what a clock that is set back would otherwise prolong.
      if (known.from <= now && now < known.until) return known.answer
      cache.delete(token)
      return verifyNew(token)
    })

  return Tokens.of({ verify })
})

interface Remembered {
  readonly from: number
  readonly until: number
  /** Made once, so that answering from memory allocates nothing. */
  readonly answer: Effect.Effect<VerifiedToken>
}

const keySource = (key: TokenKey) => {
  switch (key._tag) {
    case "Secret":
      return fromSecret(key.secret)
    case "PublicKey":
      return fromPublicKey(key.pem)
    case "Jwks":
      return fromJwks(key)
  }
}

const nonEmpty = (setting: "issuer" | "audience" | "claims", value: string | ReadonlyArray<string> | undefined) => {
  if (value === undefined) return Effect.succeed(undefined)
  const values = typeof value === "string" ? [value] : [...value]
  // jose takes an empty list for "no one will do", and an empty string for a name: both are mistakes.
  return values.length > 0 && values.every((text) => text !== "")
    ? Effect.succeed(values)
    : Effect.fail(new InvalidTokensConfig({ setting, reason: "must not be empty" }))
}

const atMost = (setting: "clockSkew" | "cache", input: Duration.Input, limit: number) => {
  const millis = Option.getOrElse(Option.map(Duration.fromInput(input), Duration.toMillis), () => NaN)
  return millis >= 0 && millis <= limit
    ? Effect.succeed(millis)
    : Effect.fail(new InvalidTokensConfig({ setting, reason: `must be a time of at most ${limit / 1000} seconds` }))
}

/** The roles that may call; which of them may call what is for the host's policy to say. */
export const requiredRoles = [
  "marketing",
  "sales",
  "manager",
  "restaurant_manager",
  "tenant_admin",
  "platform_admin",
  "system_admin",
  "super_admin"
] as const

/** The roles that may act on another tenant than the token's own. */
export const crossTenantRoles = ["platform_admin", "system_admin", "super_admin"] as const

/** Whether the token has one of the roles, spelled exactly so. */
export const hasRole = (token: Pick<VerifiedToken, "roles">, roles: ReadonlyArray<string>): boolean =>
  token.roles.some((role) => roles.includes(role))

const decodeTenantId = Schema.decodeUnknownOption(TenantId)

/**
 * The actor that a token and the `X-Tenant-Id` header make. Without one of the {@link requiredRoles} there is none;
 * another tenant than the token's own needs one of the {@link crossTenantRoles}.
 *
 * @example
 * ```ts
 * import { actorFor, Tokens } from "@clientele/http/Tokens"
 * import { Effect } from "effect"
 *
 * const actor = (token: string, tenantHeader: string | undefined) =>
 *   Effect.gen(function* () {
 *     const verified = yield* (yield* Tokens).verify(token)
 *     return yield* Effect.fromResult(actorFor(verified, tenantHeader))
 *   })
 * ```
 */
export const actorFor = (
  token: VerifiedToken,
  requestedTenant: string | undefined
): Result.Result<CurrentActor["Service"], Forbidden> => {
  if (!hasRole(token, requiredRoles)) return Result.fail(new Forbidden({ reason: "role" }))
  const { roles, tenantId, userId, userName } = token
  if (requestedTenant === undefined || requestedTenant === tenantId) {
    return Result.succeed({ tenantId, userId, userName, roles })
  }
  const other = hasRole(token, crossTenantRoles) ? decodeTenantId(requestedTenant) : Option.none()
  return Option.match(other, {
    onNone: () => Result.fail(new Forbidden({ reason: "tenant" })),
    onSome: (tenantId) => Result.succeed({ tenantId, userId, userName, roles })
  })
}

/**
 * Signs claims with HS256, for `expiresInSeconds` from now. For demos, tests and the command line: real tokens come from
 * an identity provider.
 *
 * @example
 * ```ts
 * import { issue } from "@clientele/http/Tokens"
 * import { Redacted } from "effect"
 *
 * const secret = Redacted.make("a secret of at least thirty-two bytes")
 * const token = issue(secret, { sub: "user_1", tenant_id: "tenant_1", roles: ["sales"] }, 3600)
 * ```
 */
export const issue = Effect.fnUntraced(function* (
  secret: Redacted.Redacted<string>,
  claims: JWTPayload,
  expiresInSeconds: number
): Effect.fn.Return<string, InvalidTokensConfig> {
  if (!Number.isFinite(expiresInSeconds) || expiresInSeconds <= 0) {
    return yield* new InvalidTokensConfig({ setting: "lifetime", reason: "must be a number of seconds above zero" })
  }
  const key = yield* importSecret(secret, "HS256", "sign")
  const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const token = new SignJWT({ ...claims, iat: now, exp: now + expiresInSeconds })
  return yield* Effect.promise(() => token.setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key))
})

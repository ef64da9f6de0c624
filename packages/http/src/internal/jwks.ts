/**
 * Keys that an identity provider publishes at a URL and changes when it likes.
 *
 * The set is fetched when it is first needed, when it is older than `maxAge`, and when a token names a key that it does
 * not hold; never by two fetches at once, and never again before `cooldown` has passed, so that tokens with invented
 * key ids cost the provider nothing. A fetch belongs to the layer, not to the request that happened to cause it.
 *
 * While the provider cannot be reached the keys of the last answer go on being used, up to `maxStale`; only a token that
 * none of them fits fails with `KeysUnavailable`. Private and symmetric keys in the set are passed over.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import { createLocalJWKSet, type CryptoKey, errors, type LocalJWKSet } from "jose"
import { invalidToken, InvalidTokensConfig, KeysUnavailable } from "./tokenErrors.ts"
import type { TokenHeader } from "./tokenFormat.ts"
import { asymmetricAlgorithms, type KeySource } from "./tokenKeys.ts"

export interface JwksOptions {
  readonly url: URL
  readonly maxAge?: Duration.Input | undefined
  readonly cooldown?: Duration.Input | undefined
  readonly timeout?: Duration.Input | undefined
}

const maxBytes = 512 * 1024

/** A token without a key id may be signed by any key of its kind; trying them all is work for a few only. */
const maxCandidates = 8

/** Keys not confirmed for this long may have been withdrawn for a reason, and are used no more. */
const maxStale = Duration.toMillis("24 hours")

/** How soon another attempt follows a failed one while there are no keys at all. */
const retryDelay = Duration.toMillis("5 seconds")

const Text = Schema.optionalKey(Schema.String)
const PublicJwk = Schema.Struct({
  kty: Schema.Literals(["RSA", "EC", "OKP"]),
  kid: Text,
  alg: Text,
  use: Text,
  key_ops: Schema.optionalKey(Schema.mutable(Schema.Array(Schema.String))),
  crv: Text,
  x: Text,
  y: Text,
  n: Text,
  e: Text,
  d: Schema.optionalKey(Schema.Never)
})
const decodeJwk = Schema.decodeUnknownOption(PublicJwk)
const decodeSet = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ keys: Schema.Array(Schema.Unknown) }))
)

const unavailable = (reason: KeysUnavailable["reason"]) => new KeysUnavailable({ reason })

const download = async (fetch: typeof globalThis.fetch, url: string, signal: AbortSignal): Promise<string> => {
  const headers = { accept: "application/jwk-set+json, application/json" }
  // A redirect would let another host than the configured one name the keys.
  const response = await fetch(url, { signal, redirect: "manual", headers })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw unavailable("status")
  }
  const decoder = new TextDecoder()
  let size = 0
  let text = ""
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw unavailable("too_large")
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** All keys of the set that fit the header; those that cannot be imported do not. */
const candidates = async (set: LocalJWKSet, { alg, kid }: TokenHeader): Promise<ReadonlyArray<CryptoKey>> => {
  try {
    return [await set(kid === undefined ? { alg } : { alg, kid })]
  } catch (error) {
    const found: Array<CryptoKey> = []
    if (error instanceof errors.JWKSMultipleMatchingKeys) {
      for await (const key of error) if (found.push(key) === maxCandidates) break
    }
    return found
  }
}

const timing = Effect.fnUntraced(function* (name: string, input: Duration.Input | undefined, fallback: Duration.Input) {
  const millis = Option.map(Duration.fromInput(input ?? fallback), Duration.toMillis)
  if (Option.isSome(millis) && Number.isFinite(millis.value) && millis.value > 0) return millis.value
  return yield* new InvalidTokensConfig({ setting: "jwksTiming", reason: `${name} must be a finite time above zero` })
})

const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

export const fromJwks = Effect.fnUntraced(function* (
  options: JwksOptions
): Effect.fn.Return<KeySource, InvalidTokensConfig, Scope.Scope> {
  const maxAge = yield* timing("maxAge", options.maxAge, "10 minutes")
  const cooldown = yield* timing("cooldown", options.cooldown, "30 seconds")
  const timeout = yield* timing("timeout", options.timeout, "5 seconds")
  const { host, hostname, href, protocol } = options.url
  if (protocol !== "https:" && protocol !== "http:") {
    return yield* new InvalidTokensConfig({ setting: "jwksUrl", reason: "must begin with https:// or http://" })
  }
  if (protocol === "http:" && !/^(localhost|127\..*|\[::1\])$/.test(hostname)) {
    yield* Effect.logWarning("Token keys are fetched without TLS: whoever sits between can replace them", { host })
  }
  const fetch = yield* FetchHttpClient.Fetch
  const scope = yield* Effect.scope

  let current: { readonly set: LocalJWKSet; readonly at: number } | undefined
  let failure: KeysUnavailable | undefined
  let nextAttempt = -Infinity
  let pending: Deferred.Deferred<void> | undefined

  const load = Effect.tryPromise({
    try: (signal) => download(fetch, href, signal),
    catch: (error) => (error instanceof KeysUnavailable ? error : unavailable("network"))
  }).pipe(
    Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(unavailable("timeout")) }),
    Effect.flatMap((text) =>
      Option.match(decodeSet(text), {
        onNone: () => Effect.fail(unavailable("malformed")),
        onSome: ({ keys }) =>
          Effect.succeed(createLocalJWKSet({ keys: keys.flatMap((key) => Option.toArray(decodeJwk(key))) }))
      })
    )
  )

  const attempt = Effect.matchEffect(load, {
    onSuccess: (set) =>
      Effect.map(monotonicMillis, (now) => {
        current = { set, at: now }
        failure = undefined
        nextAttempt = now + cooldown
      }),
    onFailure: (error) =>
      Effect.flatMap(monotonicMillis, (now) => {
        failure = error
        nextAttempt = now + (current === undefined ? Math.min(retryDelay, cooldown) : cooldown)
        return Effect.logWarning("Token keys could not be fetched", { host, reason: error.reason })
      })
  })

  const refresh = Effect.uninterruptibleMask((restore) => {
    if (pending !== undefined) return restore(Deferred.await(pending))
    const done = Deferred.makeUnsafe<void>()
    pending = done
    return Effect.flatMap(Effect.forkIn(attempt, scope), (fiber) => {
      // Also called when the scope is closed already, so that nobody waits for a fetch that never begins.
      fiber.addObserver(() => {
        pending = undefined
        Deferred.doneUnsafe(done, Effect.void)
      })
      return restore(Deferred.await(done))
    })
  })

  const find = Effect.fnUntraced(function* (header: TokenHeader) {
    const fitting = Effect.suspend(() => {
      const set = current?.set
      return set === undefined ? Effect.succeed([]) : Effect.promise(() => candidates(set, header))
    })
    const now = yield* monotonicMillis
    const mayRefresh = pending !== undefined || now >= nextAttempt
    const isStale = current === undefined || now - current.at >= maxAge
    if (current !== undefined && now - current.at >= maxStale) current = undefined
    if (isStale && mayRefresh) yield* refresh
    const found = yield* fitting
    if (found.length > 0) return found
    if (!isStale && mayRefresh) {
      yield* refresh
      const refreshed = yield* fitting
      if (refreshed.length > 0) return refreshed
    }
    return yield* failure ?? (current === undefined ? unavailable("network") : invalidToken("unknown_key"))
  })

  return { algorithms: asymmetricAlgorithms, find }
})

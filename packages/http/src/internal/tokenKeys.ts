/**
 * Keys that are given with the configuration. A key decides which algorithms are allowed, and is imported once for each
 * of them: WebCrypto ties a key to its algorithm, so that even a mistake elsewhere cannot use it for another.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type CryptoKey, importSPKI } from "jose"
import { type InvalidToken, invalidToken, InvalidTokensConfig, type KeysUnavailable } from "./tokenErrors.ts"
import type { TokenHeader } from "./tokenFormat.ts"

export interface KeySource {
  /** The only algorithms that tokens may name. */
  readonly algorithms: ReadonlySet<string>
  /** The keys that may have signed a token with this header; never empty. */
  readonly find: (header: TokenHeader) => Effect.Effect<ReadonlyArray<CryptoKey>, InvalidToken | KeysUnavailable>
}

const rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
const ed25519 = ["EdDSA", "Ed25519"]

export const asymmetricAlgorithms: ReadonlySet<string> = new Set([...rsa, "ES256", "ES384", "ES512", ...ed25519])

/** A key has one of these kinds; it can be imported for the algorithms of no other. */
const kinds = [rsa, ["ES256"], ["ES384"], ["ES512"], ed25519]

/** RFC 7518 asks for a key as long as the hash of HS256. */
const minSecretBytes = 32

const byAlgorithm = (keys: ReadonlyMap<string, CryptoKey>): KeySource => {
  const found = new Map([...keys].map(([alg, key]) => [alg, Effect.succeed([key])]))
  const none = Effect.fail(invalidToken("algorithm"))
  return { algorithms: new Set(keys.keys()), find: ({ alg }) => found.get(alg) ?? none }
}

/** The key for one HMAC, `HS256` and so on. */
export const importSecret = Effect.fnUntraced(function* (
  secret: Redacted.Redacted<string>,
  alg: "HS256" | "HS384" | "HS512",
  usage: "sign" | "verify"
): Effect.fn.Return<CryptoKey, InvalidTokensConfig> {
  const bytes = new TextEncoder().encode(Redacted.value(secret))
  if (bytes.length < minSecretBytes) {
    return yield* new InvalidTokensConfig({
      setting: "secret",
      reason: `must be at least ${minSecretBytes} bytes long, and is ${bytes.length}`
    })
  }
  const algorithm = { name: "HMAC", hash: `SHA-${alg.slice(2)}` }
  return yield* Effect.promise(() => crypto.subtle.importKey("raw", bytes, algorithm, false, [usage]))
})

export const fromSecret = Effect.fnUntraced(function* (
  secret: Redacted.Redacted<string>
): Effect.fn.Return<KeySource, InvalidTokensConfig> {
  const keys = new Map<string, CryptoKey>()
  for (const alg of ["HS256", "HS384", "HS512"] as const) keys.set(alg, yield* importSecret(secret, alg, "verify"))
  return byAlgorithm(keys)
})

const invalidPublicKey = (reason: string) => new InvalidTokensConfig({ setting: "publicKey", reason })

const onePublicKey = /^-----BEGIN PUBLIC KEY-----[\sA-Za-z0-9+/=]+-----END PUBLIC KEY-----$/

export const fromPublicKey = Effect.fnUntraced(function* (
  pem: string
): Effect.fn.Return<KeySource, InvalidTokensConfig> {
  // Environment files often hold the line breaks of a PEM as backslash and n.
  const text = pem.replaceAll("\\n", "\n").trim()
  if (text.includes("PRIVATE KEY")) {
    return yield* invalidPublicKey("is a private key; give the public key that belongs to it")
  }
  if (!onePublicKey.test(text)) {
    return yield* invalidPublicKey("must be one PEM block that begins with -----BEGIN PUBLIC KEY-----")
  }
  for (const algorithms of kinds) {
    const keys = yield* Effect.option(
      Effect.tryPromise(() => Promise.all(algorithms.map(async (alg) => [alg, await importSPKI(text, alg)] as const)))
    )
    if (keys._tag === "None") continue
    if (keys.value.some(([, key]) => isShortRsa(key))) return yield* invalidPublicKey("must have at least 2048 bits")
    return byAlgorithm(new Map(keys.value))
  }
  return yield* invalidPublicKey("must be an RSA, P-256, P-384, P-521 or Ed25519 key")
})

/** jose refuses such keys when they are used; a start that succeeds and then refuses every token would be worse. */
const isShortRsa = ({ algorithm }: CryptoKey): boolean =>
  "modulusLength" in algorithm && typeof algorithm.modulusLength === "number" && algorithm.modulusLength < 2048

import { assert, describe, it } from "@effect/vitest"
import { TenantId, UserId } from "@clientele/core/domain/Ids"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { createHmac, generateKeyPairSync, type KeyObject, sign as signWith } from "node:crypto"
import { createServer, type ServerResponse } from "node:http"
import { makeTokenCache } from "../src/internal/tokenCache.ts"
import { isCanonical, maxTokenLength } from "../src/internal/tokenFormat.ts"
import {
  actorFor,
  crossTenantRoles,
  hasRole,
  issue,
  requiredRoles,
  type TokenKey,
  Tokens,
  type TokensConfig,
  type VerifiedToken
} from "../src/Tokens.ts"

// --- making tokens, good and bad: by node:crypto, so that what is under test does not make its own input

const phrase = "correct horse battery staple, thrice over"
const secret = Redacted.make(phrase)
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 })
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048 })
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
const ed = generateKeyPairSync("ed25519")
const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString()

type Signer = (input: string) => Buffer
const hmac =
  (key: string | Buffer, hash = "sha256"): Signer =>
  (input) =>
    createHmac(hash, key).update(input).digest()
const by =
  (key: KeyObject, hash: string | null = "sha256"): Signer =>
  (input) =>
    signWith(hash, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" })

const encode = (part: unknown): string =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url")

/** Strings are taken as the JSON text itself, so that no serialiser repairs them. */
const forge = (header: unknown, claims: unknown, signer: Signer = hmac(phrase)): string => {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${signer(input).toString("base64url")}`
}

const hs256 = { alg: "HS256", typ: "JWT" }
const claims = { sub: "user_1", tenant_id: "tenant_1", roles: ["sales"], name: "Ada", exp: 3600 }
const good = forge(hs256, claims)

const withSecret: TokensConfig = { key: { _tag: "Secret", secret } }
const withPem = (key: KeyObject): TokensConfig => ({ key: { _tag: "PublicKey", pem: pemOf(key) } })

const verify = (token: string) => Effect.flatMap(Tokens, (tokens) => tokens.verify(token))
/** The verified token, or the reason why not; anything but a typed failure fails the test. */
const outcome = (token: string) =>
  Effect.match(verify(token), { onFailure: ({ reason }): string | VerifiedToken => reason, onSuccess: (it) => it })
const outcomeWith = (config: TokensConfig, token: string) => Effect.provide(outcome(token), Tokens.layer(config))

const expectReasons = (config: TokensConfig, cases: Readonly<Record<string, readonly [string, string]>>) =>
  Effect.gen(function* () {
    const found: Record<string, unknown> = {}
    for (const [name, [token]] of Object.entries(cases)) found[name] = yield* outcome(token)
    assert.deepStrictEqual(found, Object.fromEntries(Object.entries(cases).map(([name, [, reason]]) => [name, reason])))
  }).pipe(Effect.provide(Tokens.layer(config)))

const verified = (over: Partial<VerifiedToken> = {}): VerifiedToken => ({
  tenantId: TenantId.make("tenant_1"),
  userId: UserId.make("user_1"),
  userName: "Ada",
  roles: ["sales"],
  expiresAt: 3600,
  ...over
})

describe("what is accepted", () => {
  it.effect("every algorithm of a key's kind", () =>
    Effect.gen(function* () {
      const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" })
      const p521 = generateKeyPairSync("ec", { namedCurve: "P-521" })
      const pss =
        (bits: number): Signer =>
        (input) =>
          signWith(`sha${bits}`, Buffer.from(input), { key: rsa.privateKey, padding: 6, saltLength: bits / 8 })
      const cases: ReadonlyArray<readonly [string, TokensConfig, Signer]> = [
        ["HS256", withSecret, hmac(phrase)],
        ["HS384", withSecret, hmac(phrase, "sha384")],
        ["HS512", withSecret, hmac(phrase, "sha512")],
        ["RS256", withPem(rsa.publicKey), by(rsa.privateKey)],
        ["RS384", withPem(rsa.publicKey), by(rsa.privateKey, "sha384")],
        ["RS512", withPem(rsa.publicKey), by(rsa.privateKey, "sha512")],
        ["PS256", withPem(rsa.publicKey), pss(256)],
        ["PS384", withPem(rsa.publicKey), pss(384)],
        ["PS512", withPem(rsa.publicKey), pss(512)],
        ["ES256", withPem(ec.publicKey), by(ec.privateKey)],
        ["ES384", withPem(p384.publicKey), by(p384.privateKey, "sha384")],
        ["ES512", withPem(p521.publicKey), by(p521.privateKey, "sha512")],
        ["EdDSA", withPem(ed.publicKey), by(ed.privateKey, null)],
        ["Ed25519", withPem(ed.publicKey), by(ed.privateKey, null)]
      ]
      for (const [alg, config, signer] of cases) {
        assert.deepStrictEqual(yield* outcomeWith(config, forge({ alg }, claims, signer)), verified(), alg)
      }
      const escaped = { _tag: "PublicKey", pem: `  ${pemOf(ec.publicKey).replaceAll("\n", "\\n")}` } as const
      assert.deepStrictEqual(
        yield* outcomeWith({ key: escaped }, forge({ alg: "ES256" }, claims, by(ec.privateKey))),
        verified()
      )
    })
  )

  it.effect("what issue makes, for as long as it says", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_900)
      const token = yield* issue(secret, { sub: "user_1", tenant_id: "tenant_1", roles: "sales", name: " Ada " }, 60)
      assert.deepStrictEqual(yield* outcome(token), verified({ expiresAt: 1_700_000_060 }))
      yield* TestClock.setTime(1_700_000_059_999)
      assert.isObject(yield* outcome(token))
      yield* TestClock.setTime(1_700_000_060_000)
      assert.strictEqual(yield* outcome(token), "expired")
    }).pipe(Effect.provide(Tokens.layer({ ...withSecret, clockSkew: 0 })))
  )

  it.effect("roles and names of every shape", () =>
    Effect.gen(function* () {
      const roles = (roles: unknown) => outcome(forge(hs256, { ...claims, roles }))
      assert.deepStrictEqual(yield* roles("sales"), verified())
      assert.deepStrictEqual(yield* roles(undefined), verified({ roles: [] }))
      assert.deepStrictEqual(yield* roles([]), verified({ roles: [] }))
      assert.deepStrictEqual(yield* roles(["sales", "x"]), verified({ roles: ["sales", "x"] }))
      for (const odd of [null, 1, true, {}, { 0: "sales", length: 1 }, [1], ["sales", null], [["sales"]]]) {
        assert.strictEqual(yield* roles(odd), "claims")
      }
      for (const odd of [undefined, null, 7, {}, "", "  ", "a\0b", "a\nb", "x".repeat(256), "\ud800"]) {
        assert.deepStrictEqual(
          yield* outcome(forge(hs256, { ...claims, name: odd })),
          verified({ userName: null }),
          JSON.stringify(odd)
        )
      }
    }).pipe(Effect.provide(Tokens.layer(withSecret)))
  )

  it.effect("claims under other names", () =>
    Effect.gen(function* () {
      const config = {
        ...withSecret,
        claims: { tenant: "https://x.example/tenant", subject: "uid", roles: "__proto__" }
      }
      const token = forge(hs256, `{"uid":"u","https://x.example/tenant":"t","__proto__":["manager"],"exp":9}`)
      const expected = {
        tenantId: TenantId.make("t"),
        userId: UserId.make("u"),
        userName: null,
        roles: ["manager"],
        expiresAt: 9
      }
      assert.deepStrictEqual(yield* outcomeWith(config, token), expected)
      assert.strictEqual(yield* outcomeWith(config, good), "claims")
      const inherited = { ...withSecret, claims: { roles: "constructor" } }
      assert.deepStrictEqual(yield* outcomeWith(inherited, good), verified({ roles: [] }))
    })
  )

  it.effect("an answer that nobody can change for the next request", () =>
    Effect.gen(function* () {
      const token = yield* verify(good)
      assert.isTrue(Object.isFrozen(token) && Object.isFrozen(token.roles))
      assert.strictEqual(yield* verify(good), token)
    }).pipe(Effect.provide(Tokens.layer(withSecret)))
  )
})

describe("what is refused", () => {
  it.effect("algorithms that the key is not for", () =>
    Effect.gen(function* () {
      const confused = [
        hmac(pemOf(rsa.publicKey)),
        hmac(pemOf(rsa.publicKey).trim()),
        hmac(rsa.publicKey.export({ type: "spki", format: "der" }))
      ]
      for (const signer of confused) {
        assert.strictEqual(yield* outcomeWith(withPem(rsa.publicKey), forge(hs256, claims, signer)), "algorithm")
      }
      const unsigned = `${encode({ alg: "none" })}.${encode(claims)}`
      const nones = [
        "none",
        "None",
        "NONE",
        "nOnE",
        "none ",
        "",
        "HS256\0",
        "hs256",
        "HS1",
        "HS256,none",
        "dir",
        "__proto__",
        "constructor",
        "toString"
      ]
      for (const alg of nones) {
        for (const config of [withSecret, withPem(rsa.publicKey), withPem(ed.publicKey)]) {
          assert.strictEqual(yield* outcomeWith(config, forge({ alg }, claims)), "algorithm", alg)
        }
      }
      yield* expectReasons(withSecret, {
        noSignature: [`${unsigned}.`, "malformed"],
        twoParts: [unsigned, "malformed"],
        noneWithSignature: [forge({ alg: "none" }, claims), "algorithm"],
        noAlgorithm: [forge({}, claims), "malformed"],
        nullAlgorithm: [forge({ alg: null }, claims), "malformed"],
        listOfAlgorithms: [forge({ alg: ["HS256"] }, claims), "malformed"],
        repeated: [forge(`{"alg":"HS256","alg":"none"}`, claims), "algorithm"],
        rsa: [forge({ alg: "RS256" }, claims, by(rsa.privateKey)), "algorithm"],
        wrongHash: [forge({ alg: "HS512" }, claims), "signature"]
      })
      yield* expectReasons(withPem(ec.publicKey), {
        otherCurve: [forge({ alg: "ES384" }, claims, by(ec.privateKey, "sha384")), "algorithm"],
        rsa: [forge({ alg: "RS256" }, claims, by(rsa.privateKey)), "algorithm"],
        zeroSignature: [forge({ alg: "ES256" }, claims, () => Buffer.alloc(64)), "signature"],
        derSignature: [
          forge({ alg: "ES256" }, claims, (input) => signWith("sha256", Buffer.from(input), ec.privateKey)),
          "signature"
        ]
      })
    })
  )

  it.effect("headers that bring their own key, or demand something", () => {
    const jwk = otherRsa.publicKey.export({ format: "jwk" })
    const own = (header: object) => forge({ alg: "RS256", ...header }, claims, by(otherRsa.privateKey))
    return expectReasons(withPem(rsa.publicKey), {
      jwk: [own({ jwk }), "signature"],
      jku: [own({ jku: "http://127.0.0.1:1/jwks", kid: "1" }), "signature"],
      x5u: [own({ x5u: "http://127.0.0.1:1/cert" }), "signature"],
      x5c: [own({ x5c: [pemOf(otherRsa.publicKey)] }), "signature"],
      crit: [forge({ alg: "RS256", crit: ["exp"], exp: 1 }, claims, by(rsa.privateKey)), "header"],
      critB64: [forge({ alg: "RS256", crit: ["b64"], b64: true }, claims, by(rsa.privateKey)), "header"],
      critNull: [forge({ alg: "RS256", crit: null }, claims, by(rsa.privateKey)), "header"],
      oddKid: [forge({ alg: "RS256", kid: 1 }, claims, by(rsa.privateKey)), "malformed"]
    })
  })

  it.effect("spellings that lax decoders take for the same token", () => {
    const [header = "", payload = "", signature = ""] = good.split(".")
    // 32 bytes of signature leave two bits in the last character: its three neighbours decode alike.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    const last = alphabet.indexOf(signature.slice(-1))
    const trailing = [1, 2, 3].map((bits) => `${good.slice(0, -1)}${alphabet[last + bits]}`)
    const loose = {
      ...Object.fromEntries(trailing.map((token, i) => [`trailing bits ${i + 1}`, token])),
      padding: `${good}=`,
      innerPadding: `${header}=.${payload}.${signature}`,
      space: ` ${good}`,
      newline: `${good}\n`,
      innerNewline: `${header}.${payload.slice(0, 8)}\n${payload.slice(8)}.${signature}`,
      innerTab: `${header}.\t${payload}.${signature}`,
      plus: forge(hs256, { ...claims, x: "??>>??>>~~" }).replace(/[-_]/g, (char) => (char === "-" ? "+" : "/")),
      impossibleLength: `${header}A.${payload}.${signature}`,
      fourParts: `${good}.`,
      leadingDot: `.${good}`,
      emptyHeader: `.${payload}.${signature}`,
      emptyPayload: `${header}..${signature}`,
      noSignature: `${header}.${payload}.`,
      dots: "..",
      empty: "",
      unicode: `${header}.${payload}.é😀\ud800`,
      fullwidth: `${header}．${payload}．${signature}`,
      nul: `${good}\0`,
      bearer: `Bearer ${good}`,
      swapped: `${payload}.${header}.${signature}`,
      notJson: forge("{", claims),
      headerIsArray: forge([], claims),
      headerIsString: forge(`"HS256"`, claims),
      headerNotUtf8: `${Buffer.from([0xff]).toString("base64url")}.${payload}.${signature}`,
      claimsNotJson: forge(hs256, "{"),
      claimsAreArray: forge(hs256, []),
      claimsAreNull: forge(hs256, "null"),
      huge: forge(hs256, { ...claims, x: "x".repeat(maxTokenLength) }),
      endless: "a".repeat(5_000_000),
      manyDots: ".".repeat(1_000_000)
    }
    assert.notStrictEqual(loose.plus, forge(hs256, { ...claims, x: "??>>??>>~~" }))
    return expectReasons(
      withSecret,
      Object.fromEntries(Object.entries(loose).map(([name, token]) => [name, [token, "malformed"] as const]))
    )
  })

  it.effect("a payload or signature that was changed, or made with another key", () => {
    const [header, , signature] = good.split(".")
    const es256 = forge({ alg: "ES256" }, claims, by(ec.privateKey))
    return Effect.andThen(
      expectReasons(withSecret, {
        payload: [`${header}.${encode({ ...claims, roles: ["super_admin"] })}.${signature}`, "signature"],
        otherKey: [forge(hs256, claims, hmac(`${phrase}.`)), "signature"],
        emptyKey: [forge(hs256, claims, hmac("")), "signature"],
        short: [forge(hs256, claims, (input) => hmac(phrase)(input).subarray(0, 31)), "signature"],
        long: [forge(hs256, claims, (input) => Buffer.concat([hmac(phrase)(input), Buffer.alloc(1)])), "signature"]
      }),
      expectReasons(withPem(otherRsa.publicKey), {
        otherRsa: [forge({ alg: "RS256" }, claims, by(rsa.privateKey)), "signature"],
        es256: [es256, "algorithm"]
      })
    )
  })

  it.effect("odd times", () => {
    const exp = (json: string) => forge(hs256, `{"sub":"u","tenant_id":"t","exp":${json}}`)
    const time = (json: string) => forge(hs256, `{"sub":"u","tenant_id":"t","exp":9,${json}}`)
    return Effect.gen(function* () {
      yield* expectReasons(withSecret, {
        missing: [forge(hs256, { sub: "u", tenant_id: "t" }), "claims"],
        string: [exp(`"9"`), "claims"],
        infinite: [exp("1e999"), "claims"],
        null: [exp("null"), "claims"],
        boolean: [exp("true"), "claims"],
        list: [exp("[9]"), "claims"],
        object: [exp("{}"), "claims"],
        negativeInfinite: [exp("-1e999"), "expired"],
        negative: [exp("-6"), "expired"],
        negativeInSkew: [exp("-1"), "claims"],
        negativeBySkew: [exp("-5"), "expired"],
        beyondDates: [exp("1e13"), "claims"],
        milliseconds: [exp("1e300"), "claims"],
        repeated: [exp(`9,"exp":"9"`), "claims"],
        inPrototype: [forge(hs256, `{"sub":"u","tenant_id":"t","__proto__":{"exp":9}}`), "claims"],
        nbfString: [time(`"nbf":"1"`), "claims"],
        nbfNull: [time(`"nbf":null`), "claims"],
        nbfInfinite: [time(`"nbf":1e999`), "not_yet_valid"],
        nbfNegativeInfinite: [time(`"nbf":-1e999`), "claims"],
        nbfLater: [time(`"nbf":6`), "not_yet_valid"],
        iatString: [time(`"iat":"1"`), "claims"],
        iatInfinite: [time(`"iat":1e999`), "claims"]
      })
      for (const token of [exp("0.5"), exp("253402300799"), time(`"nbf":5`), time(`"nbf":-7`), time(`"iat":1.5`)]) {
        assert.isObject(yield* outcomeWith(withSecret, token))
      }
    })
  })

  it.effect("users and tenants that cannot be", () =>
    Effect.gen(function* () {
      for (const odd of [
        undefined,
        null,
        "",
        " ",
        "a b",
        "a\n",
        "a\0",
        "\ud800",
        "x".repeat(129),
        1,
        true,
        ["t"],
        {}
      ]) {
        assert.strictEqual(
          yield* outcome(forge(hs256, { ...claims, sub: odd })),
          "claims",
          `sub ${JSON.stringify(odd)}`
        )
        assert.strictEqual(yield* outcome(forge(hs256, { ...claims, tenant_id: odd })), "claims", JSON.stringify(odd))
      }
    }).pipe(Effect.provide(Tokens.layer(withSecret)))
  )

  it.effect("other issuers and audiences", () =>
    Effect.gen(function* () {
      const config = { ...withSecret, issuer: "https://id.example", audience: ["crm", "crm-test"] }
      const token = (iss: unknown, aud: unknown) => forge(hs256, { ...claims, iss, aud })
      for (const aud of ["crm", "crm-test", ["x", "crm"], ["crm"]]) {
        assert.isObject(yield* outcomeWith(config, token("https://id.example", aud)))
      }
      const oddIssuers = [undefined, null, "", "https://id.example/", "HTTPS://ID.EXAMPLE", ["https://id.example"], {}]
      for (const iss of oddIssuers) assert.strictEqual(yield* outcomeWith(config, token(iss, "crm")), "issuer")
      for (const aud of [undefined, null, "", "CRM", "crm ", [], ["x"], [["crm"]], { crm: 1 }, 0]) {
        assert.strictEqual(yield* outcomeWith(config, token("https://id.example", aud)), "audience")
      }
      const unchecked = yield* outcomeWith(withSecret, token("anyone", ["anything"]))
      assert.isObject(unchecked)
    })
  )

  const es256 = forge({ alg: "ES256" }, claims, by(ec.privateKey))
  const change = Arbitrary.array(
    Arbitrary.schema(
      Schema.Struct({
        kind: Schema.Literals(["replace", "insert", "delete", "swap", "repeat", "cut"]),
        at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 })),
        char: Schema.Literals([..."AZaz09-_gwQ.=+/ \n\0é", "é", "\ud83d"])
      })
    ),
    { minLength: 1, maxLength: 3 }
  )
  it.effect.prop(
    "any change to a valid token, typed and without a defect",
    { changes: change, kind: Arbitrary.schema(Schema.Literals(["HS256", "ES256"])) },
    ({ changes, kind }) =>
      Effect.gen(function* () {
        const original = kind === "HS256" ? good : es256
        let token = original
        for (const { at, char, kind } of changes) {
          const i = at % (token.length + 1)
          const [before, after] = [token.slice(0, i), token.slice(i)]
          if (kind === "replace") token = before + char + after.slice(1)
          if (kind === "insert") token = before + char + after
          if (kind === "delete") token = before + after.slice(1)
          if (kind === "swap") token = before + after.slice(1, 2) + after.slice(0, 1) + after.slice(2)
          if (kind === "repeat") token = before + after.slice(0, 4) + after
          if (kind === "cut") token = before
        }
        if (token === original) return
        assert.isString(yield* outcomeWith(kind === "HS256" ? withSecret : withPem(ec.publicKey), token), token)
      }),
    { arbitrary: { runs: 400 } }
  )

  it.effect.prop("text that is no token", { text: Schema.String, header: Schema.Json, payload: Schema.Json }, (it) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* outcome(it.text), "malformed")
      assert.isString(yield* outcome(forge(it.header, it.payload)))
      assert.isString(yield* outcome(forge(hs256, it.payload)))
    }).pipe(Effect.provide(Tokens.layer(withSecret)))
  )
})

it.prop(
  "a part is canonical exactly when encoding its bytes gives it back",
  { parts: Arbitrary.array(Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[A-D_\-wgQ048=+]{0,9}$/)))) },
  ({ parts }) => {
    for (const part of parts) {
      const expected = part !== "" && Buffer.from(part, "base64url").toString("base64url") === part
      assert.strictEqual(isCanonical(`AA.${part}.AA`), expected, part)
      assert.strictEqual(isCanonical(`AA.AA.${part}`), expected, part)
    }
  }
)

describe("memory of verified tokens", () => {
  const second = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 }))
  it.effect.prop("never outlives exp", { exp: second, first: second, wait: second }, ({ exp, first, wait }) =>
    Effect.gen(function* () {
      const token = forge(hs256, { ...claims, exp })
      yield* TestClock.setTime(first * 1000)
      assert.strictEqual(typeof (yield* outcome(token)) === "object", first < exp)
      yield* TestClock.adjust(wait * 1000)
      assert.strictEqual(typeof (yield* outcome(token)) === "object", first + wait < exp)
    }).pipe(Effect.provide(Tokens.layer({ ...withSecret, clockSkew: 0 })))
  )

  it.effect("keeps to nbf when the clock is set back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(100_000)
      const token = forge(hs256, { ...claims, nbf: 100 })
      assert.isObject(yield* outcome(token))
      yield* TestClock.setTime(50_000)
      assert.strictEqual(yield* outcome(token), "not_yet_valid")
    }).pipe(Effect.provide(Tokens.layer(withSecret)))
  )

  const step = Schema.Struct({ set: Schema.Boolean, key: Schema.Literals([..."abcdefghij"]) })
  it.prop(
    "is bounded, and gives what was put in last",
    { steps: Arbitrary.array(Arbitrary.schema(step), { maxLength: 100 }), capacity: Schema.Literals([0, 1, 2, 4, 6]) },
    ({ capacity, steps }) => {
      const cache = makeTokenCache<number>(capacity)
      const last = new Map<string, number>()
      steps.forEach(({ key, set }, i) => {
        if (set) {
          last.set(key, i)
          cache.set(key, i)
          if (capacity >= 2) assert.strictEqual(cache.get(key), i)
        } else {
          const found = cache.get(key)
          if (found !== undefined) assert.strictEqual(found, last.get(key))
        }
        assert.isAtMost(cache.size(), capacity)
      })
    }
  )

  it("keeps what is in use", () => {
    const cache = makeTokenCache<number>(10)
    for (let i = 0; i < 100; i++) {
      cache.set(`${i}`, i)
      assert.strictEqual(cache.get("0"), 0)
    }
    assert.isUndefined(cache.get("1"))
  })
})

// --- published keys

const jwkOf = (key: KeyObject, extra: object = {}) => ({ ...key.export({ format: "jwk" }), ...extra })
const setOf = (...keys: ReadonlyArray<object>) => JSON.stringify({ keys })

const provider = Effect.acquireRelease(
  Effect.callback<{ readonly url: URL; hits: number; answer: (response: ServerResponse) => void }>((resume) => {
    const server = createServer((_, response) => {
      state.hits++
      state.answer(response)
    })
    const state = {
      url: new URL("http://127.0.0.1"),
      hits: 0,
      answer: (response: ServerResponse): void => void response.end(),
      close: () => {
        server.closeAllConnections()
        server.close()
      }
    }
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (typeof address === "object" && address !== null) state.url.port = String(address.port)
      resume(Effect.succeed(state))
    })
  }),
  (state) => Effect.sync(() => "close" in state && typeof state.close === "function" && state.close())
)

const answering =
  (body: string, status = 200) =>
  (response: ServerResponse) => {
    response.writeHead(status, { location: "/elsewhere" }).end(body)
  }

const jwks = (url: URL, over: Partial<TokenKey & { readonly _tag: "Jwks" }> = {}): TokensConfig => ({
  key: { _tag: "Jwks", url, ...over },
  cache: { size: 0 }
})

const rs256 = (kid: string, key: KeyObject = rsa.privateKey) =>
  forge({ alg: "RS256", kid }, { ...claims, exp: 1_000_000 }, by(key))

describe("published keys", () => {
  it.effect("are found by id, fetched once for many, and fetched again when they changed", () =>
    Effect.gen(function* () {
      const server = yield* provider
      server.answer = answering(setOf(jwkOf(rsa.publicKey, { kid: "a", alg: "RS256", use: "sig" })))
      yield* Effect.gen(function* () {
        const tokens = Array.from({ length: 50 }, (_, i) =>
          forge({ alg: "RS256", kid: "a", i }, claims, by(rsa.privateKey))
        )
        const all = yield* Effect.forEach(tokens, outcome, { concurrency: "unbounded" })
        assert.isTrue(all.every((one) => typeof one === "object"))
        assert.strictEqual(server.hits, 1)

        server.answer = answering(setOf(jwkOf(otherRsa.publicKey, { kid: "b" })))
        assert.strictEqual(yield* outcome(rs256("b", otherRsa.privateKey)), "unknown_key")
        yield* TestClock.adjust("30 seconds")
        assert.isObject(yield* outcome(rs256("b", otherRsa.privateKey)))
        assert.strictEqual(yield* outcome(rs256("a")), "unknown_key")
        assert.strictEqual(server.hits, 2)
        assert.strictEqual(yield* outcome(rs256("b")), "signature")
        yield* TestClock.adjust("10 minutes")
        assert.isObject(yield* outcome(rs256("b", otherRsa.privateKey)))
        assert.strictEqual(server.hits, 3)
      }).pipe(Effect.provide(Tokens.layer(jwks(server.url))))
    })
  )

  it.effect("cost the provider nothing when key ids are invented", () =>
    Effect.gen(function* () {
      const server = yield* provider
      server.answer = answering(setOf(jwkOf(rsa.publicKey, { kid: "a" })))
      yield* Effect.gen(function* () {
        const storm = Effect.forEach(
          Array.from({ length: 200 }, (_, i) =>
            forge({ alg: "RS256", kid: `x${i}` }, claims, () => Buffer.alloc(256, 1))
          ),
          outcome,
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(new Set(yield* storm), new Set(["unknown_key"]))
        assert.strictEqual(server.hits, 1)
        yield* TestClock.adjust("30 seconds")
        yield* storm
        yield* storm
        assert.strictEqual(server.hits, 2)
      }).pipe(Effect.provide(Tokens.layer(jwks(server.url))))
    })
  )

  it.effect("go on being used while the provider is away, for a day", () =>
    Effect.gen(function* () {
      const server = yield* provider
      const set = answering(setOf(jwkOf(rsa.publicKey, { kid: "a" })))
      server.answer = set
      yield* Effect.gen(function* () {
        assert.isObject(yield* outcome(rs256("a")))
        server.answer = (response) => response.destroy()
        yield* TestClock.adjust("1 hour")
        assert.isObject(yield* outcome(rs256("a")))
        assert.strictEqual(yield* outcome(rs256("b")), "network")
        assert.strictEqual(server.hits, 2)
        yield* TestClock.adjust("23 hours")
        assert.strictEqual(yield* outcome(rs256("a")), "network")
        server.answer = set
        yield* TestClock.adjust("5 seconds")
        assert.isObject(yield* outcome(rs256("a")))
        assert.strictEqual(yield* outcome(rs256("b")), "unknown_key")
      }).pipe(Effect.provide(Tokens.layer(jwks(server.url))))
    })
  )

  it.effect("that cannot be fetched say so, and are tried again soon", () =>
    Effect.gen(function* () {
      const server = yield* provider
      const failures: ReadonlyArray<readonly [string, (response: ServerResponse) => void]> = [
        ["network", (response) => response.destroy()],
        ["status", answering("", 503)],
        ["status", answering("", 302)],
        ["malformed", answering("<html>")],
        ["malformed", answering(`{"keys":{}}`)],
        ["too_large", answering(setOf({ x: "x".repeat(600_000) }))]
      ]
      yield* Effect.gen(function* () {
        for (const [reason, answer] of failures) {
          server.answer = answer
          assert.strictEqual(yield* outcome(rs256("a")), reason)
          assert.strictEqual(yield* outcome(rs256("a")), reason)
          yield* TestClock.adjust("5 seconds")
        }
        assert.strictEqual(server.hits, failures.length)
        server.answer = answering(setOf(jwkOf(rsa.publicKey, { kid: "a" })))
        assert.isObject(yield* outcome(rs256("a")))
      }).pipe(Effect.provide(Tokens.layer(jwks(server.url))))
    })
  )

  it.effect("are given up after a while, and fetched on when the caller goes away", () =>
    Effect.gen(function* () {
      const server = yield* provider
      const asked: Array<ServerResponse> = []
      const untilAsked = (n: number) =>
        TestClock.withLive(
          Effect.gen(function* () {
            while (asked.length < n) yield* Effect.sleep(2)
          })
        )
      server.answer = (response) => void asked.push(response)
      yield* Effect.gen(function* () {
        const hanging = yield* Effect.forkChild(outcome(rs256("a")))
        yield* untilAsked(1)
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(yield* Fiber.join(hanging), "timeout")

        yield* TestClock.adjust("5 seconds")
        const impatient = yield* Effect.forkChild(outcome(rs256("a")))
        yield* untilAsked(2)
        const patient = yield* Effect.forkChild(outcome(rs256("a")), { startImmediately: true })
        yield* Fiber.interrupt(impatient)
        asked[1]?.end(setOf(jwkOf(rsa.publicKey, { kid: "a" })))
        assert.isObject(yield* Fiber.join(patient))
        assert.strictEqual(server.hits, 2)
      }).pipe(Effect.provide(Tokens.layer(jwks(server.url))))
    })
  )

  it.effect("serve asymmetric algorithms alone, and only by keys that are fit for it", () =>
    Effect.gen(function* () {
      const server = yield* provider
      const short = generateKeyPairSync("rsa", { modulusLength: 1024 })
      server.answer = answering(
        setOf(
          { kty: "oct", k: Buffer.from(phrase).toString("base64url"), kid: "secret" },
          jwkOf(otherRsa.privateKey, { kid: "private" }),
          jwkOf(rsa.publicKey, { kid: "enc", use: "enc" }),
          jwkOf(short.publicKey, { kid: "short" }),
          { kty: "RSA", n: "!!", e: "AQAB", kid: "broken" },
          { kty: "AKP", kid: "new" },
          { kty: 1 },
          jwkOf(otherRsa.publicKey, { kid: "1" }),
          jwkOf(rsa.publicKey, { kid: "2" }),
          jwkOf(ec.publicKey, { kid: "3" }),
          jwkOf(ed.publicKey)
        )
      )
      yield* expectReasons(jwks(server.url), {
        secret: [forge({ alg: "HS256", kid: "secret" }, claims), "algorithm"],
        none: [forge({ alg: "none" }, claims), "algorithm"],
        private: [rs256("private", otherRsa.privateKey), "unknown_key"],
        enc: [rs256("enc"), "unknown_key"],
        short: [rs256("short", short.privateKey), "unknown_key"],
        broken: [rs256("broken"), "unknown_key"],
        wrongKind: [rs256("3"), "unknown_key"],
        wrongKey: [rs256("1"), "signature"],
        noIdNoKey: [forge({ alg: "ES384" }, claims, by(ec.privateKey, "sha384")), "unknown_key"],
        noIdWrongKey: [
          forge({ alg: "EdDSA" }, claims, by(generateKeyPairSync("ed25519").privateKey, null)),
          "signature"
        ]
      })
      const one = (header: object, signer: Signer) => outcomeWith(jwks(server.url), forge(header, claims, signer))
      assert.isObject(yield* one({ alg: "RS256", kid: "2" }, by(rsa.privateKey)))
      assert.isObject(yield* one({ alg: "RS256" }, by(rsa.privateKey)))
      assert.isObject(yield* one({ alg: "ES256", kid: "3" }, by(ec.privateKey)))
      assert.isObject(yield* one({ alg: "EdDSA" }, by(ed.privateKey, null)))
    })
  )

  it.effect("that are withdrawn end a remembered token within a minute", () =>
    Effect.gen(function* () {
      const server = yield* provider
      server.answer = answering(setOf(jwkOf(rsa.publicKey, { kid: "a" })))
      yield* Effect.gen(function* () {
        assert.isObject(yield* outcome(rs256("a")))
        server.answer = answering(setOf())
        const token = rs256("a")
        yield* TestClock.adjust("59999 millis")
        assert.isObject(yield* outcome(token))
        assert.strictEqual(server.hits, 1)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* outcome(token), "unknown_key")
      }).pipe(Effect.provide(Tokens.layer({ key: { _tag: "Jwks", url: server.url, maxAge: "1 second" } })))
    })
  )
})

describe("configuration", () => {
  const refusal = (config: TokensConfig) =>
    Effect.map(Effect.flip(Effect.provide(outcome(good), Tokens.layer(config))), ({ message }) => message)

  it.effect("that cannot work stops the start and says why", () =>
    Effect.gen(function* () {
      const weak = Redacted.make("é".repeat(15))
      assert.strictEqual(
        yield* refusal({ key: { _tag: "Secret", secret: weak } }),
        "secret: must be at least 32 bytes long, and is 30"
      )
      const pem = (pem: string) => refusal({ key: { _tag: "PublicKey", pem } })
      const pkcs8 = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
      assert.include(yield* pem(pkcs8), "publicKey: is a private key")
      assert.include(yield* pem(rsa.publicKey.export({ type: "pkcs1", format: "pem" }).toString()), "BEGIN PUBLIC KEY")
      assert.include(yield* pem(pemOf(rsa.publicKey) + pemOf(ec.publicKey)), "one PEM block")
      assert.include(yield* pem(""), "one PEM block")
      assert.include(yield* pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"), "must be an RSA")
      assert.include(
        yield* pem(pemOf(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey)),
        "must be an RSA"
      )
      assert.include(yield* pem(pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey)), "2048 bits")
      assert.include(yield* refusal(jwks(new URL("file:///etc/keys"))), "jwksUrl: ")
      assert.include(yield* refusal(jwks(new URL("https://x.example"), { timeout: 0 })), "jwksTiming: timeout")
      assert.include(yield* refusal(jwks(new URL("https://x.example"), { maxAge: Infinity })), "jwksTiming: maxAge")
      assert.strictEqual(yield* refusal({ ...withSecret, issuer: "" }), "issuer: must not be empty")
      assert.strictEqual(yield* refusal({ ...withSecret, audience: [] }), "audience: must not be empty")
      assert.strictEqual(yield* refusal({ ...withSecret, claims: { tenant: "" } }), "claims: must not be empty")
      assert.include(yield* refusal({ ...withSecret, clockSkew: "6 minutes" }), "clockSkew: ")
      assert.include(yield* refusal({ ...withSecret, clockSkew: "-1 seconds" }), "clockSkew: ")
      assert.include(yield* refusal({ ...withSecret, cache: { timeToLive: "61 seconds" } }), "cache: ")
      assert.include(yield* refusal({ ...withSecret, cache: { size: 1.5 } }), "cache: ")
    })
  )

  it.effect("issue takes no weak secret and no odd lifetime", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(issue(Redacted.make("short"), {}, 60))).setting, "secret")
      for (const odd of [0, -1, NaN, Infinity]) {
        assert.strictEqual((yield* Effect.flip(issue(secret, {}, odd))).setting, "lifetime")
      }
    })
  )
})

describe("actorFor", () => {
  const actor = (roles: ReadonlyArray<string>, tenant?: string) =>
    Result.match(actorFor(verified({ roles }), tenant), {
      onFailure: ({ reason }) => reason,
      onSuccess: ({ tenantId }) => tenantId.toString()
    })

  it("needs one of the roles, spelled exactly", () => {
    for (const role of requiredRoles) assert.strictEqual(actor(["x", role]), "tenant_1")
    for (const odd of [[], ["x"], ["Sales"], ["sales "], ["sales manager"], ["admin"], ["__proto__"]]) {
      assert.strictEqual(actor(odd), "role")
      assert.strictEqual(actor(odd, "tenant_1"), "role")
    }
    assert.isTrue(hasRole({ roles: ["sales"] }, requiredRoles))
    assert.isFalse(hasRole({ roles: ["sales"] }, crossTenantRoles))
  })

  it("lets only some act on another tenant", () => {
    for (const role of requiredRoles) {
      const crosses = crossTenantRoles.some((one) => one === role)
      assert.strictEqual(actor([role], "tenant_1"), "tenant_1")
      assert.strictEqual(actor([role], "tenant_2"), crosses ? "tenant_2" : "tenant")
      for (const odd of ["", " ", "tenant_1, tenant_2", "a\0", "x".repeat(129)]) {
        assert.strictEqual(actor([role], odd), "tenant")
      }
    }
  })

  it("keeps who it is", () => {
    assert.deepStrictEqual(
      actorFor(verified({ roles: ["super_admin"] }), "tenant_2"),
      Result.succeed({
        tenantId: TenantId.make("tenant_2"),
        userId: UserId.make("user_1"),
        userName: "Ada",
        roles: ["super_admin"]
      })
    )
  })
})

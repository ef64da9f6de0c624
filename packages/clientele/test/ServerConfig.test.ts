import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, ByteSize, ConfigProvider, DateTime, Duration, Effect, Redacted, Result } from "effect"
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as ServerConfig from "../src/ServerConfig.ts"

const secret = "a secret of thirty-two bytes or so"

const read = (env: Readonly<Record<string, string>>) =>
  ServerConfig.read.pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })))

describe("the server's configuration", () => {
  it.effect("has a value for everything but the key", () =>
    Effect.gen(function* () {
      const expected: ServerConfig.ServerConfig = {
        host: "127.0.0.1",
        port: 3000,
        basePath: "/api/v1/crm",
        database: { _tag: "Sqlite", filename: "./clientele.db" },
        synchronous: "full",
        key: undefined,
        issuer: undefined,
        audience: undefined,
        currency: (yield* read({})).currency,
        exchangeRates: new Map(),
        timeZone: DateTime.zoneMakeOffset(0),
        phoneRegion: undefined,
        enrichment: undefined,
        definition: undefined,
        rateLimit: undefined,
        maxBody: ByteSize.megabytes(1),
        maxUpload: ByteSize.gigabytes(1),
        webhookAllowPrivate: false,
        logLevel: "Info",
        otlpEndpoint: undefined
      }
      assert.deepStrictEqual(yield* read({}), expected)
      assert.strictEqual(expected.currency, "USD")
      assert.deepStrictEqual(
        yield* read({ CLIENTELE_PORT: " ", CLIENTELE_JWT_SECRET: "", CLIENTELE_HOST: "\t" }),
        expected
      )
    })
  )

  it.effect("takes each variable, without the white space around it", () =>
    Effect.gen(function* () {
      const config = yield* read({
        CLIENTELE_HOST: "0.0.0.0",
        CLIENTELE_PORT: " 8080 ",
        CLIENTELE_BASE_PATH: "/crm",
        CLIENTELE_DATABASE_URL: "sqlite::memory:",
        CLIENTELE_SQLITE_SYNCHRONOUS: "normal",
        CLIENTELE_JWT_SECRET: secret,
        CLIENTELE_JWT_ISSUER: "https://id.example",
        CLIENTELE_JWT_AUDIENCE: "crm",
        CLIENTELE_CURRENCY: "EUR",
        CLIENTELE_EXCHANGE_RATES: "USD=0.92, GBP=1.17",
        CLIENTELE_TIME_ZONE: "Europe/Berlin",
        CLIENTELE_PHONE_REGION: "DE",
        CLIENTELE_RATE_LIMIT: "600/minute",
        CLIENTELE_MAX_BODY: "512 KiB",
        CLIENTELE_MAX_UPLOAD: "2GB",
        CLIENTELE_LOG_LEVEL: "Debug",
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318"
      })
      assert.deepInclude(config, {
        host: "0.0.0.0",
        port: 8080,
        basePath: "/crm",
        database: { _tag: "Sqlite", filename: ":memory:" },
        synchronous: "normal",
        issuer: "https://id.example",
        audience: "crm",
        timeZone: DateTime.zoneMakeNamedUnsafe("Europe/Berlin"),
        phoneRegion: "DE",
        rateLimit: { requests: 600, per: Duration.minutes(1) },
        maxBody: ByteSize.kibibytes(512),
        maxUpload: ByteSize.gigabytes(2),
        logLevel: "Debug",
        otlpEndpoint: new URL("http://localhost:4318")
      })
      assert.strictEqual(config.currency, "EUR")
      assert.deepStrictEqual(
        [...config.exchangeRates].map(([currency, rate]) => [currency, BigDecimal.format(rate)]),
        [
          ["USD", "0.92"],
          ["GBP", "1.17"]
        ]
      )
      assert.strictEqual(config.key?._tag === "Secret" ? Redacted.value(config.key.secret) : undefined, secret)
    })
  )

  it("tells which variables it does not know", () => {
    const environment = { CLIENTELE_PORT: "1", CLIENTELE_PROT: "2", CLIENTELE_RATE_LIMT: "off", HOME: "/" }
    assert.deepStrictEqual(ServerConfig.unknownVariables(environment), ["CLIENTELE_PROT", "CLIENTELE_RATE_LIMT"])
  })

  it.effect("takes Postgres by its URL, and keeps the URL to itself", () =>
    Effect.gen(function* () {
      for (const url of ["postgres://u:p4ss@db.example/crm", "postgresql://u:p4ss@db.example/crm"]) {
        const { database } = yield* read({ CLIENTELE_DATABASE_URL: url })
        assert.strictEqual(database._tag === "Postgres" ? Redacted.value(database.url) : undefined, url)
        assert.notInclude(JSON.stringify(database), "p4ss")
      }
    })
  )

  const wrong: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["CLIENTELE_PORT", ["abc", "-1", "65536", "1.5", "0x50", "1e3", "80 80"]],
    ["CLIENTELE_BASE_PATH", ["crm", "/", "/crm/", "//crm", "/a b", "/:id", "/*", "/crm?x"]],
    ["CLIENTELE_DATABASE_URL", ["clientele.db", "mysql://u:p4ss@h/d", "sqlite:", "postgres:", "file:x.db"]],
    ["CLIENTELE_SQLITE_SYNCHRONOUS", ["off", "FULL", "1"]],
    ["CLIENTELE_JWT_JWKS_URL", ["nope", "id.example/keys"]],
    ["CLIENTELE_TIME_ZONE", ["CEST", "Europe", "Mars/Olympus", "1"]],
    ["CLIENTELE_EXCHANGE_RATES", ["1.08", "EUR", "EUR=", "eur=1", "EUR=1;GBP=2", "EUR=1,", "EUR=-1", "EUR=1e3"]],
    ["CLIENTELE_CURRENCY", ["usd", "EURO", "€"]],
    ["CLIENTELE_PHONE_REGION", ["XX", "de", "+49"]],
    [
      "CLIENTELE_ENRICHMENT_URL",
      ["api.example.com", "https://p4ss@a.example/{email}", "https://{email}/", "https://a.example/"]
    ],
    ["CLIENTELE_ENRICHMENT_NAME", ["Clear Bit", "1", "x".repeat(64)]],
    ["CLIENTELE_ENRICHMENT_KEY", ["p4ss\r\nHost: x", "p4ßß"]],
    ["CLIENTELE_ENRICHMENT_KEY_HEADER", ["X Key", "X:Key"]],
    ["CLIENTELE_ENRICHMENT_MAPPING", ["company", "company=name", "company.name", "a.b=c", "company.name=a..b"]],
    ["CLIENTELE_ENRICHMENT_CONFIDENCE", ["1.1", "-1", "high"]],
    ["CLIENTELE_RATE_LIMIT", ["0/minute", "600", "600/week", "-1/second", "1.5/second", "600 / minute", "on"]],
    ["CLIENTELE_MAX_BODY", ["lots", "-1 MB", "1", "1 mb", "0.1 KiB"]],
    ["CLIENTELE_MAX_UPLOAD", ["1e9 B", "MB"]],
    ["CLIENTELE_LOG_LEVEL", ["loud", "debug"]],
    ["CLIENTELE_DEFINITION", ["./no/such/module.ts", "package.json", import.meta.filename]],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", ["localhost:4318", "collector", "file:///tmp"]]
  ]

  it.effect.each(wrong)("refuses %s by name, in one line, when it is one of %j", ([variable, values]) =>
    Effect.gen(function* () {
      for (const value of values) {
        const error = yield* Effect.flip(read({ [variable]: value }))
        assert.strictEqual(error.variable, variable)
        assert.match(error.message, new RegExp(`^${variable}: Expected \\S.*$`))
        assert.notInclude(error.message, "p4ss")
      }
    })
  )

  it.effect("takes a definition from a module", () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "clientele-definition-"))
      symlinkSync(join(import.meta.dirname, "../../../node_modules"), join(folder, "node_modules"), "junction")
      const file = join(folder, "crm.definition.ts")
      writeFileSync(
        file,
        `import { defineCrm } from "@clientele/core"
         import { Schema } from "effect"
         export default defineCrm({ contact: { seats: Schema.Int } })`
      )
      const { definition } = yield* Effect.ensuring(
        read({ CLIENTELE_DEFINITION: file }),
        Effect.sync(() => rmSync(folder, { recursive: true }))
      )
      assert.deepStrictEqual(Object.keys(definition?.contact.schemas ?? {}), ["seats"])
      assert.isTrue(Result.isFailure(definition?.contact.normalise({ seats: "5" }) ?? Result.succeed({})))
    })
  )

  it.effect("takes a service for enrichment, and keeps its key to itself", () =>
    Effect.gen(function* () {
      const url = "https://api.example.com/people?email={email}"
      const plain = yield* read({ CLIENTELE_ENRICHMENT_URL: url })
      assert.deepStrictEqual(plain.enrichment, { name: "http", url })
      const { enrichment } = yield* read({
        CLIENTELE_ENRICHMENT_URL: url,
        CLIENTELE_ENRICHMENT_NAME: "directory",
        CLIENTELE_ENRICHMENT_KEY: "p4ss",
        CLIENTELE_ENRICHMENT_MAPPING: "company.name=organization.name, social.linkedin=profiles.0.url",
        CLIENTELE_ENRICHMENT_CONFIDENCE: "0.9"
      })
      assert.deepInclude(enrichment, {
        name: "directory",
        mapping: { "company.name": "organization.name", "social.linkedin": "profiles.0.url" },
        confidence: 0.9
      })
      assert.strictEqual(enrichment?.key?.header, "Authorization")
      assert.strictEqual(enrichment?.key && Redacted.value(enrichment.key.value), "Bearer p4ss")
      assert.notInclude(JSON.stringify(enrichment), "p4ss")
      const named = { CLIENTELE_ENRICHMENT_URL: url, CLIENTELE_ENRICHMENT_KEY_HEADER: "X-Api-Key" }
      const { enrichment: withHeader } = yield* read({ ...named, CLIENTELE_ENRICHMENT_KEY: "p4ss" })
      assert.deepInclude(withHeader?.key, { header: "X-Api-Key" })
      assert.strictEqual((yield* Effect.flip(read(named))).variable, "CLIENTELE_ENRICHMENT_KEY_HEADER")
    })
  )

  it.effect("refuses what is said of a service that it is not told of", () =>
    Effect.gen(function* () {
      for (const [name, value] of Object.entries({ NAME: "directory", KEY: "p4ss", KEY_HEADER: "X-Key" })) {
        const { message, variable } = yield* Effect.flip(read({ [`CLIENTELE_ENRICHMENT_${name}`]: value }))
        assert.strictEqual(variable, `CLIENTELE_ENRICHMENT_${name}`)
        assert.include(message, "CLIENTELE_ENRICHMENT_URL")
        assert.notInclude(message, "p4ss")
      }
    })
  )

  it.effect("takes one key and not two", () =>
    Effect.gen(function* () {
      const pem = "-----BEGIN PUBLIC KEY-----"
      const url = "https://id.example/keys"
      for (const env of [
        { CLIENTELE_JWT_SECRET: secret, CLIENTELE_JWT_PUBLIC_KEY: pem },
        { CLIENTELE_JWT_SECRET: secret, CLIENTELE_JWT_JWKS_URL: url },
        { CLIENTELE_JWT_PUBLIC_KEY: pem, CLIENTELE_JWT_JWKS_URL: url }
      ]) {
        const { message } = yield* Effect.flip(read(env))
        for (const variable of Object.keys(env)) assert.include(message, variable)
        assert.notInclude(message, secret)
      }
    })
  )

  it.effect("without a key serves nobody but this machine", () =>
    Effect.gen(function* () {
      for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
        assert.strictEqual((yield* read({ CLIENTELE_HOST: host })).key, undefined)
      }
      for (const host of ["0.0.0.0", "::", "192.168.0.1", "example.com", "127.0.0.1.example.com", "::ffff:127.0.0.1"]) {
        const error = yield* Effect.flip(read({ CLIENTELE_HOST: host }))
        assert.strictEqual(error.variable, "CLIENTELE_JWT_SECRET")
        assert.include(error.message, host)
        assert.strictEqual((yield* read({ CLIENTELE_HOST: host, CLIENTELE_JWT_SECRET: secret })).host, host)
      }
    })
  )
})

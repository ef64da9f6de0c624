/**
 * The server's configuration, from environment variables. Every variable is checked when the server starts; a wrong one
 * stops it with one line that names the variable and says why.
 */
import type { Definition } from "@clientele/core/domain/Definition"
import { Currency } from "@clientele/core/domain/Money"
import { issuesOf } from "@clientele/core/domain/Validation"
import * as HttpProvider from "@clientele/enrichment/HttpProvider"
import { Region } from "@clientele/enrichment/PhoneNumbers"
import * as Edge from "@clientele/http/Edge"
import type { RateLimit } from "@clientele/http/RateLimit"
import type { TokenKey } from "@clientele/http/Tokens"
import { type BigDecimal, format, fromStringUnsafe } from "effect/BigDecimal"
import type { ByteSize } from "effect/ByteSize"
import * as Config from "effect/Config"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { LogLevel } from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { pathToFileURL } from "node:url"
import { type Database, DatabaseUrl, fromUrl } from "./Database.ts"
import type * as Services from "./Services.ts"

export type { Database }

export interface ServerConfig extends Services.Options {
  readonly host: string
  readonly port: number
  readonly basePath: `/${string}`
  readonly database: Database
  readonly synchronous: "full" | "normal"
  /** Undefined: demo mode. */
  readonly key: TokenKey | undefined
  readonly issuer: string | undefined
  readonly audience: string | undefined
  /** Undefined: none. */
  readonly rateLimit: RateLimit | undefined
  readonly maxBody: ByteSize
  readonly maxUpload: ByteSize
  /** Whether webhooks may be sent to addresses of private networks. */
  readonly webhookAllowPrivate: boolean
  readonly logLevel: LogLevel
  /** The collector that traces and metrics are sent to. */
  readonly otlpEndpoint: URL | undefined
}

/** A variable that cannot be used as it is. */
export class InvalidConfig extends Schema.TaggedError<InvalidConfig>("clientele/InvalidConfig")("InvalidConfig", {
  variable: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.variable}: ${this.reason}`
  }
}

/** Reads the configuration from the current `ConfigProvider`: the environment, unless a host says otherwise. */
export const read: Effect.Effect<ServerConfig, InvalidConfig> = Effect.gen(function* () {
  const host = (yield* variable("HOST", Schema.String)) ?? "127.0.0.1"
  const key = yield* readKey
  if (key === undefined && !isLoopback(host)) {
    return yield* new InvalidConfig({
      variable: "CLIENTELE_JWT_SECRET",
      reason: `a key is needed to serve on ${host}; without one only the loopback address is served, for a demonstration`
    })
  }
  return {
    host,
    port: (yield* variable("PORT", Port, "Expected a whole number from 0 to 65535")) ?? 3000,
    basePath:
      (yield* variable("BASE_PATH", BasePath, "Expected a path such as /api/v1/crm, without a slash at its end")) ??
      "/api/v1/crm",
    database: fromUrl((yield* variable("DATABASE_URL", DatabaseUrl)) ?? "sqlite:./clientele.db"),
    synchronous: (yield* variable("SQLITE_SYNCHRONOUS", Schema.Literals(["full", "normal"]))) ?? "full",
    key,
    issuer: yield* variable("JWT_ISSUER", Schema.String),
    audience: yield* variable("JWT_AUDIENCE", Schema.String),
    currency: (yield* variable("CURRENCY", Currency)) ?? Currency.make("USD"),
    exchangeRates: (yield* variable("EXCHANGE_RATES", Rates, "Expected rates such as EUR=1.08,GBP=1.27")) ?? new Map(),
    timeZone:
      (yield* variable(
        "TIME_ZONE",
        Schema.TimeZoneFromString,
        "Expected a time zone such as Europe/Berlin or +01:00"
      )) ?? DateTime.zoneMakeOffset(0),
    phoneRegion: yield* variable("PHONE_REGION", Region),
    enrichment: yield* readEnrichment,
    definition: yield* readDefinition,
    rateLimit: toRateLimit(
      (yield* variable("RATE_LIMIT", Rate, "Expected off, or a limit such as 600/minute")) ?? "off"
    ),
    maxBody: (yield* variable("MAX_BODY", Schema.ByteSizeFromString, aSize)) ?? Edge.defaultLimits.maxBody,
    maxUpload: (yield* variable("MAX_UPLOAD", Schema.ByteSizeFromString, aSize)) ?? Edge.defaultLimits.maxUpload,
    webhookAllowPrivate: (yield* variable("WEBHOOK_ALLOW_PRIVATE", Schema.Literals(["true", "false"]))) === "true",
    logLevel: (yield* variable("LOG_LEVEL", LogLevelName)) ?? "Info",
    otlpEndpoint: yield* readVariable(
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      HttpUrl,
      "Expected a URL such as http://localhost:4318"
    )
  }
})

/** Variables that look like ours and are none: a misspelt one must not be lost in silence. */
export const unknownVariables = (environment: { readonly [name: string]: unknown }): ReadonlyArray<string> => {
  const known = new Set<string>(names.map((name) => `CLIENTELE_${name}`))
  return Object.keys(environment).filter((name) => name.startsWith("CLIENTELE_") && !known.has(name))
}

// internal

const names = [
  "HOST",
  "PORT",
  "BASE_PATH",
  "DATABASE_URL",
  "SQLITE_SYNCHRONOUS",
  "JWT_SECRET",
  "JWT_PUBLIC_KEY",
  "JWT_JWKS_URL",
  "JWT_ISSUER",
  "JWT_AUDIENCE",
  "CURRENCY",
  "EXCHANGE_RATES",
  "TIME_ZONE",
  "PHONE_REGION",
  "DEFINITION",
  "ENRICHMENT_URL",
  "ENRICHMENT_NAME",
  "ENRICHMENT_KEY",
  "ENRICHMENT_KEY_HEADER",
  "ENRICHMENT_MAPPING",
  "ENRICHMENT_CONFIDENCE",
  "RATE_LIMIT",
  "MAX_BODY",
  "MAX_UPLOAD",
  "WEBHOOK_ALLOW_PRIVATE",
  "LOG_LEVEL"
] as const

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host)

// In digits: `Number` reads other spellings, too, some of them as a number that nobody meant.
const Port = Schema.String.check(Schema.isPattern(/^\d{1,5}$/)).pipe(
  Schema.decodeTo(
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 })),
    SchemaTransformation.transform({ decode: Number, encode: String })
  )
)

const BasePath = Schema.TemplateLiteral(["/", Schema.String]).check(Schema.isPattern(/^(\/[A-Za-z0-9._~-]+)+$/))

const Rates = Schema.String.check(
  Schema.isPattern(/^[A-Z]{3}=\d{1,15}(\.\d{1,15})?(\s*,\s*[A-Z]{3}=\d{1,15}(\.\d{1,15})?)*$/)
).pipe(
  Schema.decodeTo(
    Schema.ReadonlyMap(Schema.String, Schema.BigDecimal),
    SchemaTransformation.transform({
      decode: (text: string): ReadonlyMap<string, BigDecimal> =>
        new Map(
          text.split(",").map((rate): readonly [string, BigDecimal] => {
            const [currency = "", value = ""] = rate.trim().split("=")
            return [currency, fromStringUnsafe(value)]
          })
        ),
      encode: (rates) => [...rates].map(([currency, rate]) => `${currency}=${format(rate)}`).join(",")
    })
  )
)

const Rate = Schema.String.check(Schema.isPattern(/^(off|[1-9]\d{0,6}\/(second|minute|hour|day))$/))

const toRateLimit = (rate: string): RateLimit | undefined => {
  const [requests, unit] = rate.split("/")
  switch (unit) {
    case "second":
      return { requests: Number(requests), per: Duration.seconds(1) }
    case "minute":
      return { requests: Number(requests), per: Duration.minutes(1) }
    case "hour":
      return { requests: Number(requests), per: Duration.hours(1) }
    case "day":
      return { requests: Number(requests), per: Duration.days(1) }
    default:
      return undefined
  }
}

const HttpUrl = Schema.String.check(Schema.isPattern(/^https?:\/\//i)).pipe(Schema.decodeTo(Schema.URLFromString))

const aSize = "Expected a size such as 1 MB or 512 KiB"

const LogLevelName = Schema.Literals(["All", "Fatal", "Error", "Warn", "Info", "Debug", "Trace", "None"])

/**
 * Reads one variable; blank is as if it were not set. A value that may be secret never appears in the reason, which is
 * `expected`, or what the schema says.
 */
const variable = <A>(
  name: (typeof names)[number],
  schema: Schema.ConstraintCodec<A, string>,
  expected?: string
): Effect.Effect<A | undefined, InvalidConfig> => readVariable(`CLIENTELE_${name}`, schema, expected)

const readVariable = <A>(
  full: string,
  schema: Schema.ConstraintCodec<A, string>,
  expected?: string
): Effect.Effect<A | undefined, InvalidConfig> => {
  const invalid = (reason: string) => new InvalidConfig({ variable: full, reason })
  return Effect.gen(function* () {
    const given = yield* Effect.mapError(Config.option(Config.String(full)), (error) => invalid(error.message))
    const value = Option.getOrElse(given, () => "").trim()
    if (value === "") return undefined
    return yield* Effect.fromResult(
      Result.mapError(Schema.decodeUnknownResult(schema)(value), (error) => invalid(expected ?? complaints(error)))
    )
  })
}

const complaints = (error: Schema.SchemaError): string =>
  issuesOf(error)
    .map(({ message }) => message)
    .join("; ")

const readKey = Effect.gen(function* () {
  const secret = yield* variable("JWT_SECRET", Schema.String)
  const pem = yield* variable("JWT_PUBLIC_KEY", Schema.String)
  const url = yield* variable("JWT_JWKS_URL", Schema.URLFromString)
  const keys: ReadonlyArray<TokenKey> = [
    ...(secret === undefined ? [] : [{ _tag: "Secret", secret: Redacted.make(secret) } as const]),
    ...(pem === undefined ? [] : [{ _tag: "PublicKey", pem } as const]),
    ...(url === undefined ? [] : [{ _tag: "Jwks", url } as const])
  ]
  if (keys.length > 1) {
    return yield* new InvalidConfig({
      variable: "CLIENTELE_JWT_SECRET",
      reason: "only one of CLIENTELE_JWT_SECRET, CLIENTELE_JWT_PUBLIC_KEY and CLIENTELE_JWT_JWKS_URL can be set"
    })
  }
  return keys[0]
})

/** What a module of the host's exports by default, which this copy of the library or another has made by `defineCrm`. */
const readDefinition = Effect.gen(function* () {
  const file = yield* variable("DEFINITION", Schema.String)
  if (file === undefined) return undefined
  const invalid = (reason: string) => new InvalidConfig({ variable: "CLIENTELE_DEFINITION", reason })
  const module: unknown = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(file).href),
    catch: (error) => invalid(`Expected a module that can be loaded, got ${String(error).split("\n", 1)[0]}`)
  })
  const definition = Predicate.hasProperty(module, "default") ? module.default : undefined
  return isDefinition(definition)
    ? definition
    : yield* invalid("Expected a module that exports a definition by default")
})

const isDefinition = (value: unknown): value is Definition =>
  Predicate.hasProperty(value, "contact") &&
  Predicate.hasProperty(value.contact, "normalise") &&
  Predicate.isFunction(value.contact.normalise)

// -- Enrichment -------------------------------------------------------------------------------------------------------

const ProviderName = HttpProvider.Options.fields.name
const KeyValue = Schema.String.check(Schema.isPattern(/^[\x20-\x7e]+$/))

const MappingText = Schema.String.check(Schema.isPattern(/^[^\s=,]+=[^\s=,]+(\s*,\s*[^\s=,]+=[^\s=,]+)*$/)).pipe(
  Schema.decodeTo(
    HttpProvider.Mapping,
    SchemaTransformation.transform({
      decode: (text: string): HttpProvider.Mapping =>
        Object.fromEntries(
          text.split(",").map((pair): readonly [string, string] => {
            const [target = "", path = ""] = pair.trim().split("=")
            return [target, path]
          })
        ),
      encode: (mapping) =>
        Object.entries(mapping)
          .map(([target, path]) => `${target}=${path}`)
          .join(",")
    })
  )
)

const ConfidenceText = Schema.FiniteFromString.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

const readEnrichment = Effect.gen(function* () {
  const url = yield* variable("ENRICHMENT_URL", HttpProvider.UrlTemplate)
  const name = yield* variable("ENRICHMENT_NAME", ProviderName, "Expected a name such as clearbit, of a-z, 0-9 and _")
  const key = yield* variable("ENRICHMENT_KEY", KeyValue, "Expected a key of printable ASCII characters")
  const header = yield* variable("ENRICHMENT_KEY_HEADER", HttpProvider.HeaderName, "Expected the name of a header")
  const mapping = yield* variable(
    "ENRICHMENT_MAPPING",
    MappingText,
    "Expected values and where they are, such as company.name=organization.name,social.linkedin=profiles.0.url"
  )
  const confidence = yield* variable("ENRICHMENT_CONFIDENCE", ConfidenceText, "Expected a number from 0 to 1")
  if (url === undefined) {
    const idle = Object.entries({ NAME: name, KEY: key, KEY_HEADER: header, MAPPING: mapping, CONFIDENCE: confidence })
    const [variable] = idle.find(([, value]) => value !== undefined) ?? []
    if (variable === undefined) return undefined
    return yield* new InvalidConfig({
      variable: `CLIENTELE_ENRICHMENT_${variable}`,
      reason: "it has no effect without CLIENTELE_ENRICHMENT_URL"
    })
  }
  if (key === undefined && header !== undefined) {
    return yield* new InvalidConfig({
      variable: "CLIENTELE_ENRICHMENT_KEY_HEADER",
      reason: "it has no effect without CLIENTELE_ENRICHMENT_KEY"
    })
  }
  return {
    name: name ?? "http",
    url,
    ...(key !== undefined && {
      key:
        header === undefined
          ? { header: "Authorization", value: Redacted.make(`Bearer ${key}`) }
          : { header, value: Redacted.make(key) }
    }),
    ...(mapping !== undefined && { mapping }),
    ...(confidence !== undefined && { confidence })
  }
})

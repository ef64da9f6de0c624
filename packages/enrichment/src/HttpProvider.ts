/**
 * A provider that asks a service over HTTP, told by configuration: a URL with placeholders, a header with a key, and where
 * in the JSON that is answered the values are.
 *
 * Nothing that comes back is trusted. Redirects are refused, an answer has a limited size, and what is no JSON of the
 * expected form is no answer. URLs have personal data in them, and keys: neither ever goes into a log or a trace.
 */
import * as CustomFields from "@clientele/core/domain/CustomFields"
import * as Enrichment from "@clientele/core/domain/Enrichment"
import type { ValidationError } from "@clientele/core/domain/Errors"
import { validator } from "@clientele/core/domain/Validation"
import { type EnrichmentProvider, ProviderFailed } from "@clientele/core/ports/EnrichmentProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { FetchHttpClient, HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { domainOf } from "./internal/emailDomain.ts"

/** What may stand in braces in a URL. A contact that has none of it is not asked about. */
export const placeholders = ["email", "email_domain", "phone", "name", "company", "contact_id"] as const

/** A URL with at least one placeholder, in its path or query. */
export const UrlTemplate = Schema.String.check(
  Schema.makeFilter((template: string) =>
    isTemplate(template)
      ? undefined
      : `Expected a URL such as https://api.example.com/people?email={email}, with placeholders of ${placeholders.join(", ")} behind the host`
  )
)

/**
 * Where in an answer the values are: by what they become, such as `company.employees`, the path to them, such as
 * `organization.metrics.employees` or `profiles.0.url`.
 */
export const Mapping = Schema.Record(Schema.String, Schema.String.check(Schema.isPattern(/^[^.]+(\.[^.]+)*$/))).check(
  Schema.makeFilter((mapping: { readonly [target: string]: string }) => {
    const targets = Object.keys(mapping)
    if (targets.length === 0) return "Expected at least one value"
    const wrong = targets.find((target) => !isTarget(target))
    return wrong === undefined
      ? undefined
      : `Expected ${wrong} to be a name of ${Enrichment.allFields.join(", ")}, such as company.employees`
  })
)
export type Mapping = typeof Mapping.Type

export const HeaderName = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/))

/** A header that lets us in. Its value must not break out of it. */
const Key = Schema.Struct({
  header: HeaderName,
  value: Schema.Redacted(Schema.String.check(Schema.isPattern(/^[\x20-\x7e]+$/)))
})

export const Options = Schema.Struct({
  /** By which values are known to come from it. */
  name: Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_]{0,62}$/)),
  url: UrlTemplate,
  key: Schema.optionalKey(Key),
  /** Without it an answer has to be `{company, social, contact, email_verification, phone}`, each with values by name. */
  mapping: Schema.optionalKey(Mapping),
  /** How sure the service is of what it knows; 0.8 unless given. */
  confidence: Schema.optionalKey(Enrichment.Answer.fields.confidence),
  /** How large an answer may be; 256 KiB unless given. */
  maxBytes: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0)))
})
export interface Options extends Schema.Schema.Type<typeof Options> {}

/**
 * The provider that options tell of.
 *
 * @example
 * ```ts
 * import { HttpProvider } from "@clientele/enrichment"
 * import * as Redacted from "effect/Redacted"
 *
 * const directory = HttpProvider.make({
 *   name: "directory",
 *   url: "https://api.example.com/v1/people?email={email}",
 *   key: { header: "Authorization", value: Redacted.make("Bearer 1234") },
 *   mapping: { "company.name": "organization.name", "social.linkedin": "profiles.0.url" }
 * })
 * ```
 */
export const make = Effect.fn("HttpProvider.make")(function* (
  options: Options
): Effect.fn.Return<EnrichmentProvider, ValidationError, HttpClient.HttpClient> {
  const {
    confidence = 0.8,
    key,
    mapping,
    maxBytes = 256 * 1024,
    name,
    url
  } = yield* Effect.fromResult(validate(options))
  const client = HttpClient.withScope(yield* HttpClient.HttpClient)
  const read = mapping === undefined ? (body: unknown) => body : mapped(mapping)

  const ask = Effect.fnUntraced(
    function* (target: string) {
      const request = HttpClientRequest.get(target).pipe(
        HttpClientRequest.acceptJson,
        key === undefined ? (same) => same : HttpClientRequest.setHeader(key.header, Redacted.value(key.value))
      )
      const response = yield* Effect.mapError(client.execute(request), () => failed("unavailable"))
      const fault = faultOf(response.status)
      if (fault !== undefined) return yield* failed(fault)
      if (response.status !== 200) return Enrichment.nothingFound
      const data = read(yield* parse(yield* textOf(response, maxBytes)))
      return yield* Effect.mapError(decode({ data, confidence }), () => failed("invalid_answer"))
    },
    Effect.scoped,
    unseen
  )

  return {
    name,
    fields: mapping === undefined ? Enrichment.allFields : fieldsOf(mapping),
    enrich: (subject) => {
      const target = expand(url, subject)
      return target === undefined ? Effect.succeed(Enrichment.nothingFound) : ask(target)
    }
  }
})

// internal

const failed = (reason: ProviderFailed["reason"]) => new ProviderFailed({ reason })

/** Without redirects by a client that would follow them, and without the URL in a trace. */
const unseen = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  self.pipe(
    Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
    Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
    Effect.provideService(HttpClient.TracerPropagationEnabled, false)
  )

/** Nobody known there is an answer like any other. */
const faultOf = (status: number): ProviderFailed["reason"] | undefined => {
  if ((status >= 200 && status < 300) || status === 404) return undefined
  return status === 408 || status === 429 || status >= 500 ? "unavailable" : "refused"
}

// -- The question -----------------------------------------------------------------------------------------------------

const placeholder = /\{([^{}]*)\}/g

const isTemplate = (template: string): boolean => {
  const names: ReadonlyArray<string> = placeholders
  const used = [...template.matchAll(placeholder)].map(([, name = ""]) => name)
  // The host, and whoever is to be let in there, are the configuration's alone.
  const isBehindHost = /^https?:\/\/[^\s/?#@\\{}]+[/?][^\s#\\]*$/i.test(template)
  const rest = template.replace(placeholder, "x")
  return (
    isBehindHost &&
    !/[{}]/.test(rest) &&
    URL.canParse(rest) &&
    used.length > 0 &&
    used.every((name) => names.includes(name))
  )
}

const valuesOf = ({ company, email, id, name, phone }: Enrichment.Subject) =>
  new Map<string, string | null | undefined>([
    ["email", email],
    ["email_domain", domainOf(email)],
    ["phone", phone?.e164],
    ["name", name],
    ["company", company],
    ["contact_id", id]
  ])

/** The URL for a contact; undefined when the contact lacks what stands in it. */
const expand = (template: string, subject: Enrichment.Subject): string | undefined => {
  const values = valuesOf(subject)
  const missing = [...template.matchAll(placeholder)].some(([, name = ""]) => !canStand(values.get(name)))
  return missing
    ? undefined
    : template.replace(placeholder, (_, name: string) => encodeURIComponent(values.get(name) ?? ""))
}

/** Dots alone would be a step in the path, escaped or not. */
const canStand = (value: string | null | undefined): boolean =>
  value !== null && value !== undefined && !/^\.{0,2}$/.test(value.trim())

// -- The answer -------------------------------------------------------------------------------------------------------

const textOf = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse, maxBytes: number) {
  let size = 0
  const chunks = yield* response.stream.pipe(
    Stream.mapError(() => failed("unavailable")),
    Stream.tap((chunk) => ((size += chunk.length) > maxBytes ? Effect.fail(failed("invalid_answer")) : Effect.void)),
    Stream.runCollect
  )
  return yield* Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)),
    catch: () => failed("invalid_answer")
  })
})

const parse = (text: string) =>
  Effect.try({ try: (): unknown => JSON.parse(text), catch: () => failed("invalid_answer") })

const decode = Schema.decodeUnknownEffect(Enrichment.Answer)

const isField = Schema.is(Enrichment.Field)

const isTarget = (target: string): boolean => {
  const dot = target.indexOf(".")
  return isField(target.slice(0, dot)) && CustomFields.isKey(target.slice(dot + 1))
}

const fieldsOf = (mapping: Mapping): ReadonlyArray<Enrichment.Field> =>
  Enrichment.allFields.filter((field) => Object.keys(mapping).some((target) => target.startsWith(`${field}.`)))

/** Puts values where the mapping wants them; those that are not there are not found. */
const mapped = (mapping: Mapping) => (body: unknown) =>
  Object.fromEntries(
    fieldsOf(mapping).map((field) => [
      field,
      Object.fromEntries(
        Object.entries(mapping).flatMap(([target, path]) =>
          target.startsWith(`${field}.`) ? [[target.slice(field.length + 1), at(body, path) ?? null]] : []
        )
      )
    ])
  )

const at = (body: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (value, name) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, name)
          ? Reflect.get(value, name)
          : undefined,
      body
    )

const validate = validator(Options)

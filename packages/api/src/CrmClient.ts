/**
 * The client of the HTTP surface, derived from the same value as the server: groups of endpoints as methods, typed in and
 * out, with every problem as an error. Knows nothing of the server's code, and runs wherever there is `fetch`.
 *
 * Two faces: `make` answers with effects, `createClient` with promises and plain values (`Date`s, numbers, strings).
 */
import type { Definition } from "@clientele/core/domain/Definition"
import type { Given, Plain } from "@clientele/core/domain/Plain"
import { faces, type Rejecting } from "@clientele/core/domain/Promised"
import { type Gives, type Takes, typed } from "@clientele/core/domain/Typed"
import * as Effect from "effect/Effect"
import { mapEntries } from "effect/Record"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { FetchHttpClient, type HttpClientError, HttpClientRequest } from "effect/http"
import { HttpApiClient, type HttpApiEndpoint, HttpApiMiddleware } from "effect/http-api"
import * as CrmApi from "./CrmApi.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

export interface Options {
  /** Where the server is: `https://crm.example`. */
  readonly baseUrl: string
  /** Under which path it has the API; `/api/v1/crm` unless given. */
  readonly basePath?: `/${string}` | undefined
  /** The bearer token, or where it comes from before each request. */
  readonly token: string | (() => string | PromiseLike<string>)
}

/**
 * The client as effects.
 *
 * @example
 * ```ts
 * import * as CrmClient from "@clientele/api/CrmClient"
 * import { Effect } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const program = Effect.gen(function* () {
 *   const crm = yield* CrmClient.make({ baseUrl: "https://crm.example", token: "…" })
 *   return yield* crm.contacts.list({ query: { status: "active" } })
 * })
 *
 * program.pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 */
export const make = ({ basePath, baseUrl, token }: Options) =>
  HttpApiClient.make(CrmApi.make(basePath), { baseUrl }).pipe(
    Effect.provide(
      HttpApiMiddleware.layerClient(Authorization, ({ next, request }) =>
        Effect.flatMap(
          Effect.promise(async () => (typeof token === "string" ? token : await token())),
          (bearer) => next(HttpClientRequest.bearerToken(request, bearer))
        )
      )
    )
  )

/** The client as promises, by group and endpoint, with the custom fields of a definition if there is one. */
export type PromiseClient<D extends Definition | undefined = undefined> = {
  readonly [G in keyof Groups]: {
    readonly [E in keyof Groups[G]["endpoints"]]: Method<
      Groups[G]["endpoints"][E],
      G extends "contacts" | "segments" ? D : undefined
    >
  }
}

export interface PromiseOptions<D extends Definition | undefined = Definition | undefined> extends Options {
  /** The definition that the server has. */
  readonly definition?: D
}

/**
 * The client as promises. One is rejected with the problem that the server answers, which `code` tells from the others,
 * or with a `HttpClientError` when there was no answer.
 *
 * @example
 * ```ts
 * import { createClient } from "@clientele/api/CrmClient"
 *
 * const crm = createClient({ baseUrl: "https://crm.example", token: "…" })
 * const jane = await crm.contacts.create({ payload: { name: "Jane Doe", email: "jane@example.com" } })
 * const { data } = await crm.contacts.list({ query: { search: "jane" } })
 * ```
 */
export const createClient = <D extends Definition | undefined = undefined>(
  options: PromiseOptions<D>
): PromiseClient<D> => {
  const client = Effect.runSync(Effect.provide(make(options), FetchHttpClient.layer))
  return faces<PromiseClient<D>, never>(withFields(complete(client), options.definition), {
    promise: (call) => Effect.runPromise(call),
    iterable: (stream) => Stream.toAsyncIterable(stream)
  })
}

/** Every problem that the server answers. */
export type Problem = InstanceType<(typeof Problems)[keyof typeof Problems]>

/** Whether a promise was rejected with a problem that the server answered. */
export const isProblem = (error: unknown): error is Problem =>
  Object.values(Problems).some((problem) => error instanceof problem)

// internal

type Groups = CrmApi.CrmApi["groups"]

/** Parts of a request that may be empty may be left out. */
type Request<E extends HttpApiEndpoint.ConstraintRequest, D> = Loose<
  Given<
    Taken<
      Omit<
        HttpApiEndpoint.ClientRequest<E["~Params"], E["~Query"], E["~Payload"], E["~Headers"], "decoded-only">,
        "responseMode" | "sseOptions"
      >,
      D
    >
  >
>

type Taken<T, D> = D extends Definition ? Takes<T, D> : T

type Success<T, D> = D extends Definition ? Gives<T, D> : T

type Loose<Parts> = {
  readonly [K in keyof Parts as Nothing extends Parts[K] ? never : K]: Parts[K]
} & { readonly [K in keyof Parts as Nothing extends Parts[K] ? K : never]?: Parts[K] }

type Nothing = Readonly<Record<never, never>>

type Method<E, D> = E extends HttpApiEndpoint.ConstraintRequest
  ? (
      ...request: Nothing extends Request<E, D> ? [request?: Request<E, D>] : [request: Request<E, D>]
    ) => Rejecting<
      Plain<Success<HttpApiClient.SuccessType<E["~Success"]>, D>>,
      | E["~Error"]["Type"]
      | HttpApiMiddleware.Error<E["~Middleware"]>
      | HttpClientError.HttpClientError
      | Schema.SchemaError
    >
  : never

/** Endpoints want every part of a request, also an empty one. */
const complete = (client: { readonly [group: string]: { readonly [endpoint: string]: unknown } }) =>
  Object.fromEntries(
    Object.entries(client).map(([name, group]) => [
      name,
      Object.fromEntries(Object.entries(group).map(([endpoint, call]) => [endpoint, completed(call)]))
    ])
  )

/** Custom fields as they are defined, where contacts are taken and given. */
const withFields = (
  client: { readonly [group: string]: { readonly [endpoint: string]: unknown } },
  definition: Definition | undefined
) =>
  definition === undefined
    ? client
    : mapEntries(client, (group, name) => [name, name === "contacts" ? typed(group, definition) : group])

const completed = (call: unknown) =>
  typeof call === "function" ? (request?: object): unknown => call({ query: {}, headers: {}, ...request }) : call

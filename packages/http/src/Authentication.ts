/**
 * Who calls: the bearer token, verified, with `X-Tenant-Id` for those who may act on other tenants. The name a token
 * carries is noted in the directory of users, once per process and name, so that owners and authors have names.
 */
import { FromReplica } from "@clientele/api/FromReplica"
import { Authorization } from "@clientele/api/Middleware"
import * as Problems from "@clientele/api/Problems"
import { CurrentActor } from "@clientele/core/ports/CurrentActor"
import { MayLag } from "@clientele/core/ports/UnitOfWork"
import { Users } from "@clientele/core/ports/Users"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { HttpServerRequest } from "effect/http"
import { atEdge } from "./AtEdge.ts"
import { CurrentRoute } from "./Metrics.ts"
import { Policy } from "./Policy.ts"
import * as RateLimit from "./RateLimit.ts"
import { sendRetryAfter } from "./Responses.ts"
import { actorFor, Tokens } from "./Tokens.ts"

export const layer = (rateLimit?: RateLimit.RateLimit): Layer.Layer<Authorization, never, Tokens | Users> =>
  Layer.effect(
    Authorization,
    Effect.gen(function* () {
      const tokens = yield* Tokens
      const users = yield* Users
      const policy = yield* Policy
      const take = rateLimit === undefined ? undefined : RateLimit.make(rateLimit)
      const remembered = new Set<string>()

      const remember = Effect.fnUntraced(function* (actor: CurrentActor["Service"]) {
        if (actor.userName === null) return
        const key = JSON.stringify([actor.tenantId, actor.userId, actor.userName])
        if (remembered.has(key)) return
        yield* Effect.catchTags(users.remember(actor.tenantId, actor.userId, actor.userName), {
          StorageError: atEdge.StorageError
        })
        // A bound on memory, not on correctness: forgetting only costs one more write per user.
        if (remembered.size >= maxRemembered) remembered.clear()
        remembered.add(key)
      })

      return Authorization.of({
        bearer: Effect.fnUntraced(function* (httpEffect, { credential, endpoint, group }) {
          const route = yield* CurrentRoute
          if (route !== undefined) route.pattern = endpoint.path
          const request = yield* HttpServerRequest.HttpServerRequest
          const token = yield* tokens.verify(Redacted.value(credential)).pipe(
            Effect.catchTags({
              InvalidToken: ({ reason }) =>
                Effect.fail(new Problems.Unauthorized({ detail: `The token is refused: ${reason}` })),
              KeysUnavailable: () =>
                Effect.fail(
                  new Problems.Unavailable({ detail: "The keys that tokens are verified with cannot be had now" })
                )
            })
          )
          const actor = yield* Effect.fromResult(actorFor(token, request.headers["x-tenant-id"])).pipe(
            Effect.mapError(({ reason }) => new Problems.Forbidden({ detail: forbidden[reason] }))
          )
          if (take !== undefined) {
            yield* Effect.catch(take(signatureOf(Redacted.value(credential))), ({ retryAfter }) =>
              Effect.andThen(
                sendRetryAfter(retryAfter),
                Effect.fail(new Problems.RateLimited({ detail: "The token has made more requests than it may" }))
              )
            )
          }
          if (!(yield* policy(actor, `${group.identifier}.${endpoint.identifier}`))) {
            return yield* new Problems.Forbidden({ detail: forbidden.policy })
          }
          yield* remember(actor)
          const mayLag = Context.get(endpoint.annotations, FromReplica) && !wantsNewest(request)
          return yield* httpEffect.pipe(
            Effect.provideService(CurrentActor, actor),
            Effect.provideService(MayLag, mayLag)
          )
        })
      })
    })
  )

// internal

const wantsNewest = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  /(^|[\s,])no-cache([\s,]|$)/i.test(headers["cache-control"] ?? "")

/** The part of a token that is of a fixed size and no other's. */
const signatureOf = (token: string): string => token.slice(token.lastIndexOf(".") + 1)

const maxRemembered = 100_000

const forbidden = {
  role: "The token has none of the roles that may use this API",
  tenant: "The token may not act on this tenant",
  policy: "The user may not do this"
}

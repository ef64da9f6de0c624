/** The HTTP API over services that are built already, as functions from `Request` to `Response`. */
import type { Definition } from "@clientele/core/domain/Definition"
import type { Users } from "@clientele/core/ports/Users"
import type { Crm } from "@clientele/core/services/Crm"
import * as CrmHttp from "@clientele/http/CrmHttp"
import { Policy } from "@clientele/http/Policy"
import { type TokenKey, Tokens, type TokensConfig } from "@clientele/http/Tokens"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

export interface HandlerOptions extends Omit<TokensConfig, "key"> {
  /** What tokens are verified with: a secret of at least 32 bytes, or one of the other kinds of keys. */
  readonly key: string | TokenKey
  /** Where the API is mounted; `/api/v1/crm` unless given. */
  readonly basePath?: `/${string}`
  /**
   * Whether a user may do an operation, such as `contacts.list` or `privacy.erase`: group and endpoint of the API's
   * description. Unless given, everybody with a role may do everything in the tenant.
   */
  readonly allow?: (user: Caller, operation: string) => boolean | PromiseLike<boolean>
}

/** Who calls, as the token says. */
export interface Caller {
  readonly tenant: string
  readonly user: string
  readonly roles: ReadonlyArray<string>
}

/** Makes handlers, and lets all of them go. */
export const makeHandlers = (services: Context.Context<Crm | Users>, definition: Definition | undefined) => {
  const disposals: Array<() => Promise<void>> = []
  return {
    make: async ({ allow = () => true, basePath, key, ...config }: HandlerOptions) => {
      const tokens = Tokens.layer({ ...config, key: typeof key === "string" ? secretKey(key) : key })
      // Now, so that a key that cannot be used is told of here and not with the first request.
      const verification = await Effect.runPromise(Effect.provide(Effect.context<Tokens>(), tokens))
      const app = Layer.mergeAll(
        Layer.succeedContext(services),
        Layer.succeedContext(verification),
        Layer.succeed(Policy, policyOf(allow)),
        NodeHttpServer.layerHttpServices
      )
      const { dispose, handler } = CrmHttp.toWebHandler(app, { basePath, definition })
      disposals.push(dispose)
      return handler
    },
    dispose: async () => {
      await Promise.all(disposals.map((dispose) => dispose()))
    }
  }
}

// internal

/** An answer that cannot be had is a defect, and the request not allowed. */
const policyOf =
  (allow: NonNullable<HandlerOptions["allow"]>): Policy =>
  ({ roles, tenantId, userId }, operation) =>
    Effect.promise(async () => await allow({ tenant: tenantId, user: userId, roles }, operation))

const secretKey = (secret: string): TokenKey => ({ _tag: "Secret", secret: Redacted.make(secret) })

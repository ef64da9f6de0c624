import * as CrmHttp from "@clientele/http/CrmHttp"
import { Tokens } from "@clientele/http/Tokens"
import { Layer, Redacted } from "effect"

const secret = Redacted.make("a secret of at least thirty-two bytes")

/** Routes for the host's HttpRouter; they ask for the services of `Crm`, `Users` and the platform. */
export const routes = CrmHttp.layer({ basePath: "/crm" }).pipe(
  Layer.provide(Tokens.layer({ key: { _tag: "Secret", secret } }))
)

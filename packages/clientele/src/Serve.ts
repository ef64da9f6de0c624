/** `clientele serve`: reads the configuration, serves, and says where. */
import { type TokenKey, issue } from "@clientele/http/Tokens"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import { HttpServer } from "effect/http"
import { randomBytes } from "node:crypto"
import { explained } from "./cli/Failure.ts"
import * as Server from "./Server.ts"
import * as ServerConfig from "./ServerConfig.ts"

/** Serves until interrupted. Whatever keeps it from starting is one line on the error output. */
export const serve = Effect.gen(function* () {
  const config = yield* ServerConfig.read
  for (const name of ServerConfig.unknownVariables(process.env)) {
    yield* Console.error(`${name} is not known to this version, and has no effect`)
  }
  const secret = Redacted.make(randomBytes(32).toString("base64url"))
  const key: TokenKey = config.key ?? { _tag: "Secret", secret }
  const greeting = Layer.effectDiscard(
    HttpServer.addressFormattedWith((origin) => greet(config, origin, config.key === undefined ? secret : undefined))
  )
  yield* Layer.launch(greeting.pipe(Layer.provide(Server.layer(config, key)))).pipe(
    Effect.provideService(References.MinimumLogLevel, config.logLevel)
  )
}).pipe(explained)

// internal

const greet = Effect.fnUntraced(function* (
  config: ServerConfig.ServerConfig,
  origin: string,
  demoSecret: Redacted.Redacted<string> | undefined
) {
  const api = `${origin}${config.basePath}`
  const data = config.database._tag === "Sqlite" ? config.database.filename : "Postgres"
  yield* Console.log(`Clientele serves ${api}\n  data in ${data}, API docs at ${api}/docs`)
  if (demoSecret === undefined) return
  const claims = { sub: "user_demo", tenant_id: "demo", name: "Demo User", roles: ["tenant_admin"] }
  const token = yield* issue(demoSecret, claims, demoLifetime)
  yield* Console.log(
    `
No key is configured, so this is a demonstration: only this machine is served, with a token that lasts a day.
Paste this:

export TOKEN=${token}
curl ${api}/contacts -H "Authorization: Bearer $TOKEN"
`
  )
})

const demoLifetime = 24 * 60 * 60

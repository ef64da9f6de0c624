import { Server, ServerConfig } from "clientele"
import { Effect, Layer, Redacted } from "effect"

const secret = Redacted.make("a secret of at least thirty-two bytes")

/** The server of the command line inside a program of your own, configured by the same variables. */
export const server = Effect.flatMap(ServerConfig.read, (config) =>
  Layer.launch(Server.layer(config, { _tag: "Secret", secret }))
)

/** `clientele serve` */
import { Command } from "effect/cli"
import { serve as start } from "../Serve.ts"

export const serve = Command.make("serve", {}, () => start).pipe(
  Command.withDescription("Serve the HTTP API. Configured by CLIENTELE_… environment variables.")
)

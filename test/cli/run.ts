/** The command line in this process: what it prints, and how it ends. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Command } from "effect/cli"
import { clientele } from "clientele/cli/Cli"

export const run = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
) {
  const output: Array<string> = []
  const errors: Array<string> = []
  const into = (lines: Array<string>) => (text: unknown) => void lines.push(String(text))
  const exit = yield* Effect.exit(Command.runWith(clientele, { version: "0.0.0" })(args)).pipe(
    Effect.provideService(Console.Console, { ...console, log: into(output), error: into(errors) }),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })),
    Effect.provide(NodeServices.layer)
  )
  return { output: output.join("\n"), errors: errors.join("\n"), succeeded: Exit.isSuccess(exit) }
})

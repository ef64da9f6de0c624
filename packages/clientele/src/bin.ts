#!/usr/bin/env node
/** The command line. */
import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import { Command } from "effect/cli"
import packageJson from "../package.json" with { type: "json" }
import { serve } from "./Serve.ts"

const clientele = Command.make("clientele").pipe(
  Command.withDescription("A CRM in a file, or on Postgres."),
  Command.withSubcommands([
    Command.make("serve", {}, () => serve).pipe(
      Command.withDescription("Serve the HTTP API. Configured by CLIENTELE_… environment variables.")
    )
  ])
)

Command.run(clientele, { version: packageJson.version }).pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)

#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --min-semi-space-size=4 --max-semi-space-size=4 --heap-growing-percent=10
/**
 * The command line. V8 is told to collect earlier than it would by itself, and the C library to keep few pools of memory,
 * which keeps the server small beside a host's other processes: docs/performance.md has the figures.
 */
// oxlint-disable-next-line import/no-unassigned-import -- importing it is what enables it
import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import { Command } from "effect/cli"
import packageJson from "../package.json" with { type: "json" }
import { clientele } from "./cli/Cli.ts"

const interrupted = 130

Command.run(clientele, { version: packageJson.version }).pipe(
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({
    // A server that was told to stop and has drained did what it should: whoever told it must not take that for a crash.
    teardown: (exit, onExit) => Runtime.defaultTeardown(exit, (code) => onExit(code === interrupted ? 0 : code))
  })
)

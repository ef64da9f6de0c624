/** `clientele doctor`: with which configuration a server would start here, and whether its database is as it needs it. */
import * as Migrations from "@clientele/sql/Migrations"
import * as SqlJobStore from "@clientele/sql/SqlJobStore"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { CliError, Command } from "effect/cli"
import { SqlClient } from "effect/sql/SqlClient"
import * as Database from "../Database.ts"
import * as ServerConfig from "../ServerConfig.ts"
import { explain, explained } from "./Failure.ts"
import { describe } from "./ConfigText.ts"

export const doctor = Command.make("doctor", {}, () => diagnose).pipe(
  Command.withDescription(
    "Check configuration, database and jobs. Writes nothing; exits with 1 when something is wrong."
  )
)

// internal

const diagnose = Effect.gen(function* () {
  const config = yield* ServerConfig.read.pipe(explained)
  yield* Console.log(describe(config))
  for (const name of ServerConfig.unknownVariables(process.env)) {
    yield* Console.error(`${name} is not known to this version, and has no effect`)
  }
  yield* checks.pipe(
    Effect.provide(Database.layerClient(config.database, { readonly: true })),
    Effect.tapError((error) => Console.log(`wrong    ${explain(error)}`)),
    Effect.mapError((error) => new CliError.UserError({ cause: error, userMessage: "Something is wrong" }))
  )
})

/** Each goes by what the one before it found. */
const checks = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [took] = yield* Effect.timed(sql`SELECT 1`)
  yield* Console.log(`fine     the database answers, in ${Duration.toMillis(took).toFixed(1)} ms`)
  yield* Migrations.check
  yield* Console.log("fine     every migration has been run")
  const now = yield* DateTime.now
  const { running, since, waiting } = yield* SqlJobStore.backlog(now)
  const lag = since === null ? "" : `, for ${Duration.format(DateTime.distance(since, now))}`
  yield* Console.log(`fine     jobs: ${running} running, ${waiting} waiting${lag}`)
})

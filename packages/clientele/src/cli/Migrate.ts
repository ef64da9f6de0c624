/** `clientele migrate`: brings the database to what this version needs, or says what that would take. */
import * as Migrations from "@clientele/sql/Migrations"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Command, Flag } from "effect/cli"
import * as Database from "../Database.ts"
import * as ServerConfig from "../ServerConfig.ts"
import { explained } from "./Failure.ts"

export const migrate = Command.make(
  "migrate",
  {
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Only look: exit with 1 when a migration has not been run"),
      Flag.withDefault(false)
    ),
    printSql: Flag.Boolean("print-sql").pipe(
      Flag.withDescription("Only print the statements that would run, for you to run in one transaction"),
      Flag.withDefault(false)
    )
  },
  ({ check, printSql }) => withDatabase(printSql ? print : check ? look : run).pipe(explained)
).pipe(Command.withDescription("Create or update the tables of CLIENTELE_DATABASE_URL. serve does so by itself."))

// internal

const run = Effect.gen(function* () {
  const done = yield* Migrations.run
  yield* Console.log(done.length === 0 ? "Nothing to do" : `Migrated: ${done.join(", ")}`)
})

const look = Effect.andThen(Migrations.check, Console.log("Nothing to do"))

const print = Effect.gen(function* () {
  for (const statement of yield* Migrations.script) yield* Console.log(`${statement};`)
})

const withDatabase = Effect.fnUntraced(function* <A, E>(
  self: Effect.Effect<A, E, Effect.Services<typeof Migrations.run>>
) {
  const { database, synchronous } = yield* ServerConfig.read
  return yield* Effect.provide(self, Database.layerClient(database, { synchronous }))
})

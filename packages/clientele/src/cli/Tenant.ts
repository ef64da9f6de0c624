/** What commands about one tenant share: the flag that names it, and its services over the configured database. */
import { TenantId, UserId } from "@clientele/core/domain/Ids"
import { CurrentActor } from "@clientele/core/ports/CurrentActor"
import * as Migrations from "@clientele/sql/Migrations"
import * as Effect from "effect/Effect"
import { Flag } from "effect/cli"
import * as Database from "../Database.ts"
import * as ServerConfig from "../ServerConfig.ts"
import * as Services from "../Services.ts"
import { explained } from "./Failure.ts"

/** The tenant of the demonstration, unless it is given. */
export const tenant = Flag.String("tenant").pipe(
  Flag.withDescription("Whose data it is"),
  Flag.withSchema(TenantId),
  Flag.withDefault(TenantId.make("demo"))
)

/** Runs as a user of the command line in a database that `migrate` or `serve` has brought up to date. */
export const inTenant = <A, E extends Error, R>(tenantId: TenantId, self: Effect.Effect<A, E, R>) =>
  onDatabase(Effect.provideService(self, CurrentActor, { ...commandLine, tenantId }))

/** Runs with the services over the configured database, for nobody yet. */
export const onDatabase = <A, E extends Error, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const config = yield* ServerConfig.read
    const storage = Database.layerStorage(config.database, { synchronous: config.synchronous })
    return yield* Effect.andThen(Migrations.check, self).pipe(Effect.provide(Services.layer(config, storage)))
  }).pipe(explained)

// internal

const commandLine = { userId: UserId.make("command_line"), userName: "Command line", roles: ["tenant_admin"] }

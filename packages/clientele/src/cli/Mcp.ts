/** `clientele mcp`: a tenant's data as tools of an assistant, on standard input and output. */
import { UserId } from "@clientele/core/domain/Ids"
import { requiredRoles } from "@clientele/http/Tokens"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { Command, Flag } from "effect/cli"
import { onDatabase, tenant } from "./Tenant.ts"

export const mcp = Command.make(
  "mcp",
  {
    tenant,
    user: Flag.String("user").pipe(
      Flag.withDescription("The id of the user that everything is done for"),
      Flag.withSchema(UserId),
      Flag.withDefault(UserId.make("assistant"))
    ),
    name: Flag.String("name").pipe(Flag.withDescription("The user's name, for people to read"), Flag.optional),
    role: Flag.Literals("role", requiredRoles).pipe(
      Flag.withDescription("What the user is; may be repeated"),
      Flag.atLeast(1)
    ),
    allowWrites: Flag.Boolean("allow-writes").pipe(
      Flag.withDescription("Also offer tools that create and change"),
      Flag.withDefault(false)
    )
  },
  ({ allowWrites, name, role, tenant, user }) =>
    Effect.gen(function* () {
      const { layer } = yield* Effect.promise(() => import("../Mcp.ts"))
      const actor = { tenantId: tenant, userId: user, userName: Option.getOrNull(name), roles: role }
      yield* Layer.launch(layer({ actor, allowWrites }))
    }).pipe(onDatabase, Effect.provideService(Logger.LogToStderr, true))
).pipe(
  Command.withDescription("Offer a tenant's data to an assistant, over the Model Context Protocol on standard input."),
  Command.withExamples([
    {
      command: "clientele mcp --tenant acme --user user_1 --role sales",
      description: "What a host of assistants starts, to read as this user"
    }
  ])
)

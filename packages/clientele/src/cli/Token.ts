/** `clientele token`: mints a token that a server with the same secret accepts. */
import { TenantId, UserId } from "@clientele/core/domain/Ids"
import { issue, requiredRoles } from "@clientele/http/Tokens"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Command, Flag } from "effect/cli"
import * as ServerConfig from "../ServerConfig.ts"
import { explained } from "./Failure.ts"

export const token = Command.make(
  "token",
  {
    tenant: Flag.String("tenant").pipe(
      Flag.withDescription("The tenant that it speaks for"),
      Flag.withSchema(TenantId)
    ),
    user: Flag.String("user").pipe(Flag.withDescription("The id of the user"), Flag.withSchema(UserId)),
    name: Flag.String("name").pipe(Flag.withDescription("The user's name, for people to read"), Flag.optional),
    role: Flag.Literals("role", requiredRoles).pipe(
      Flag.withDescription("What the user is; may be repeated"),
      Flag.atLeast(1)
    ),
    expiresIn: Flag.String("expires-in").pipe(
      Flag.withDescription('How long it lasts, such as "30 minutes" or "7 days"'),
      Flag.withSchema(Schema.DurationFromString),
      Flag.withDefault(Duration.hours(1))
    )
  },
  Effect.fnUntraced(function* ({ expiresIn, name, role, tenant, user }) {
    const { audience, issuer, key } = yield* ServerConfig.read
    if (key?._tag !== "Secret") {
      return yield* new ServerConfig.InvalidConfig({
        variable: "CLIENTELE_JWT_SECRET",
        reason: "a token can be signed only with the secret of the server, which is not set"
      })
    }
    const claims = {
      sub: user,
      tenant_id: tenant,
      roles: [...role],
      ...(Option.isSome(name) && { name: name.value }),
      ...(issuer !== undefined && { iss: issuer }),
      ...(audience !== undefined && { aud: audience })
    }
    yield* Console.log(yield* issue(key.secret, claims, Math.floor(Duration.toSeconds(expiresIn))))
  }, explained)
).pipe(
  Command.withDescription("Print a bearer token signed with CLIENTELE_JWT_SECRET."),
  Command.withExamples([
    {
      command: "clientele token --tenant acme --user user_1 --role sales --expires-in '8 hours'",
      description: "A token for a day's work"
    }
  ])
)

import { NodeServices } from "@effect/platform-node"
import { TenantId, UserId } from "@clientele/core"
import { Policy } from "@clientele/http/Policy"
import * as Mcp from "clientele/Mcp"
import { Effect, Layer } from "effect"

const readers = Layer.succeed(Policy, ({ roles }, operation) =>
  Effect.succeed(roles.includes("manager") || operation.startsWith("contacts."))
)
const actor = { tenantId: TenantId.make("acme"), userId: UserId.make("user_1"), userName: null, roles: ["sales"] }

export const assistant = Mcp.layer({ actor }).pipe(Layer.provide([readers, NodeServices.layer]))

/** `clientele pipeline`: the funnel and the forecast in the terminal. */
import { UserId } from "@clientele/core/domain/Ids"
import { Reports } from "@clientele/core/services/Reports"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Command, Flag } from "effect/cli"
import { draw } from "./PipelineChart.ts"
import { inTenant, tenant } from "./Tenant.ts"

export const pipeline = Command.make(
  "pipeline",
  {
    tenant,
    owner: Flag.String("owner").pipe(
      Flag.withDescription("Only the deals of this user"),
      Flag.withSchema(UserId),
      Flag.optional
    )
  },
  ({ owner, tenant }) =>
    inTenant(
      tenant,
      Effect.gen(function* () {
        const reports = yield* Reports
        const report = yield* reports.pipelineAnalytics(Option.isSome(owner) ? { ownerId: owner.value } : {})
        yield* Console.log(draw(report))
      })
    )
).pipe(Command.withDescription("Draw the pipeline of a tenant: deals by stage, and what is to be expected."))

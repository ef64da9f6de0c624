/** Works on jobs of a database until it is told to stop, with leases of as many milliseconds. */
import { JobRunner } from "@clientele/core"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Duration, Effect, Layer } from "effect"
import { servicesOver } from "../support/jobs.ts"

const [url = "", lease = ""] = process.argv.slice(2)

const ready = Layer.effectDiscard(Effect.sync(() => process.stdout.write("ready")))

NodeRuntime.runMain(
  Layer.launch(
    Layer.merge(JobRunner.layer, ready).pipe(
      Layer.provide(servicesOver(url)),
      Layer.provide(Layer.succeed(JobRunner.Settings, { concurrency: 2, lease: Duration.millis(Number(lease)) }))
    )
  )
)

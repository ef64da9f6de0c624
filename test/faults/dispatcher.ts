/** Delivers events of a database to webhooks until it is told to stop, with leases of as many milliseconds. */
import { Dispatcher, Sender } from "@clientele/webhooks"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Duration, Effect, Layer } from "effect"
import { servicesWithoutKind } from "../support/jobs.ts"

const [url = "", lease = ""] = process.argv.slice(2)

const ready = Layer.effectDiscard(Effect.sync(() => process.stdout.write("ready")))

NodeRuntime.runMain(
  Layer.launch(
    Layer.merge(Dispatcher.layer, ready).pipe(
      Layer.provide([servicesWithoutKind(url), Sender.layer({ allowPrivate: true })]),
      Layer.provide(Layer.succeed(Dispatcher.Settings, { endpoints: 1, lease: Duration.millis(Number(lease)) }))
    )
  )
)

/** Deals by their ids. There is no table of deals yet, so there are none. */
import { DealLookup } from "@clientele/core/ports/DealLookup"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export const layer: Layer.Layer<DealLookup> = Layer.succeed(DealLookup, { find: () => Effect.succeed(new Map()) })

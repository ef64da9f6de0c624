/** Which plan is in force, and coming to a point of it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Fault, Place } from "../Faults.ts"

/** What is to go wrong at the place that an effect has come to. */
export type Injection = (place: Place, detail: string) => Fault | undefined

/** The injection into an effect and its fibers. */
export const current = Context.Reference<Injection | undefined>("@clientele/testing/Faults", {
  defaultValue: () => undefined
})

/** A failure that whoever is struck tells in his own words. */
export interface Struck {
  readonly fault: "contention" | "corrupt" | "unavailable"
  readonly cause: Error
}

/** Comes to a point, and is struck there if the plan says so. */
export const reach = (place: Place, detail: string): Effect.Effect<void, Struck> =>
  Effect.flatMap(current, (injection) => {
    const fault = injection?.(place, detail)
    if (fault === undefined) return Effect.void
    if (typeof fault === "object") return Effect.sleep(fault.delay)
    const cause = new Error(`Injected at ${place}: ${fault}`)
    switch (fault) {
      case "defect":
        return Effect.die(cause)
      case "interruption":
        return Effect.interrupt
      default:
        return Effect.fail({ fault, cause })
    }
  })

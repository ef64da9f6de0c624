/**
 * Leaves alone what fails again and again. After so many failures in a row nothing is let through for a while, then one
 * call, whose outcome decides whether others are. What is known of failures lives in the process, and by its clock.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"

export interface Settings {
  /** How many failures in a row it takes. */
  readonly failures: number
  /** How long nothing is let through then. */
  readonly pause: Duration.Duration
}

/** Runs a call, or answers none without running it. `isFailure` says of its answer whether it counts as a failure. */
export type Guard = <A, E, R>(
  call: Effect.Effect<A, E, R>,
  isFailure: (answer: A) => boolean
) => Effect.Effect<Option.Option<A>, E, R>

export const make = (settings: Settings): Effect.Effect<Guard> =>
  Effect.map(Ref.make<State>(closed), (state): Guard => {
    const admit = Effect.flatMap(DateTime.now, (now) => Ref.modify(state, (current) => admitted(current, now)))
    const settle = (result: Result) =>
      Effect.flatMap(DateTime.now, (now) => Ref.update(state, (current) => settled(current, result, now, settings)))
    return (call, isFailure) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          if (!(yield* admit)) return Option.none()
          const answer = yield* Effect.onError(restore(call), () => settle("interrupted"))
          yield* settle(isFailure(answer) ? "failed" : "succeeded")
          return Option.some(answer)
        })
      )
  })

// internal

type State =
  | { readonly _tag: "Closed"; readonly failures: number }
  | { readonly _tag: "Open"; readonly until: DateTime.Utc }
  /** One call is on its way to find out. */
  | { readonly _tag: "Probing" }

type Result = "failed" | "interrupted" | "succeeded"

const closed: State = { _tag: "Closed", failures: 0 }

const admitted = (state: State, now: DateTime.Utc): readonly [boolean, State] => {
  switch (state._tag) {
    case "Closed":
      return [true, state]
    case "Open":
      return DateTime.isLessThanOrEqualTo(state.until, now) ? [true, { _tag: "Probing" }] : [false, state]
    case "Probing":
      return [false, state]
  }
}

const settled = (state: State, result: Result, now: DateTime.Utc, { failures, pause }: Settings): State => {
  if (result === "succeeded") return closed
  // Nothing was found out, so that the next call may.
  if (result === "interrupted") return state._tag === "Probing" ? { _tag: "Open", until: now } : state
  if (state._tag === "Open") return state
  const counted = state._tag === "Probing" ? failures : state.failures + 1
  return counted >= failures
    ? { _tag: "Open", until: DateTime.addDuration(now, pause) }
    : { _tag: "Closed", failures: counted }
}

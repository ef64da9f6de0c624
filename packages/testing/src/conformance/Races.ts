/** Races: calls at the same time, through every client that there is of the database. */
import type { CurrentActor } from "@clientele/core"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { Adapter, type Client } from "./Harness.ts"

type Call<A, E> = Effect.Effect<A, E, Client | CurrentActor>

/** Runs calls at the same time, in turn through each client that there is. */
export const race = Effect.fnUntraced(function* <A, E>(calls: ReadonlyArray<Call<A, E>>) {
  const { secondClient } = yield* Adapter
  const clients: ReadonlyArray<Context.Context<Client>> = [
    yield* Effect.context<Client>(),
    ...Option.toArray(secondClient)
  ]
  return yield* Effect.forEach(
    calls,
    (call, index) => {
      const client = clients[index % clients.length]
      return Effect.result(client === undefined ? call : Effect.provideContext(call, client))
    },
    { concurrency: "unbounded" }
  )
})

export const failures = <A, E>(outcomes: ReadonlyArray<Result.Result<A, E>>): ReadonlyArray<E> =>
  outcomes.flatMap((outcome) => (Result.isFailure(outcome) ? [outcome.failure] : []))

export const successes = <A, E>(outcomes: ReadonlyArray<Result.Result<A, E>>): ReadonlyArray<A> =>
  outcomes.flatMap((outcome) => (Result.isSuccess(outcome) ? [outcome.success] : []))

export const times = <A>(count: number, make: (index: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, index) => make(index))

/**
 * Services as promises: every method of a service under its name, with values in plain form. The types follow from the
 * service and so does the object, by one loop; there is no copy of a method to keep up.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { fromGiven, type Given, type Plain, toPlain } from "../domain/Plain.ts"

/** A promise that says what it may be rejected with. Nothing holds the errors: `E` is for the compiler alone. */
export interface Rejecting<A, E> extends Promise<A> {
  readonly "~errors"?: E
}

/**
 * The promise face of a service. Only what an `Actor` does is in it: methods that run for all tenants at once belong to
 * operators. So do methods for callers that speak the wire's language.
 */
export type Promised<S, Actor> = {
  readonly [
    K in keyof S as K extends `${string}Encoded` ? never : Answer<S[K], Actor> extends never ? never : K
  ]: Answer<S[K], Actor>
}

/** What the promises of a face may be rejected with. */
export type ErrorsOf<Face> = {
  readonly [K in keyof Face]: Face[K] extends (...args: never) => Rejecting<unknown, infer E> ? Known<E> : never
}[keyof Face]

/** How a face runs its effects. */
export interface Runner {
  readonly promise: (effect: Effect.Effect<unknown, unknown, unknown>) => Promise<unknown>
  readonly iterable: (stream: Stream.Stream<unknown, unknown, unknown>) => AsyncIterable<unknown>
}

/** The face of each of several services. */
export const faces = <Services extends object, Actor>(services: Services, runner: Runner) =>
  // The loop goes by values and the types by names; the compiler cannot see that both come to the same.
  Object.fromEntries(
    Object.entries(services).map(([name, service]) => [
      name,
      Object.fromEntries(Object.entries(service).map(([method, member]) => [method, promised(member, runner)]))
    ])
  ) as { readonly [K in keyof Services]: Promised<Services[K], Actor> }

// internal

type Answer<Member, Actor> = Member extends (...args: infer Args) => infer Result
  ? Outcome<Result, Actor> extends infer Given
    ? [Given] extends [never]
      ? never
      : (...args: GivenAll<Args>) => Given
    : never
  : Member extends Effect.Effect<unknown, unknown, unknown>
    ? Outcome<Member, Actor> extends infer Given
      ? [Given] extends [never]
        ? never
        : () => Given
      : never
    : never

type GivenAll<Args> = { [K in keyof Args]: Given<Args[K]> }

type Outcome<Result, Actor> =
  Result extends Effect.Effect<infer A, infer E, infer R>
    ? Actor extends R
      ? Rejecting<Plain<A>, E>
      : never
    : Result extends Stream.Stream<infer A, infer _E, infer R>
      ? Actor extends R
        ? AsyncIterable<Plain<A>>
        : never
      : never

/** Of a method that fails as its argument does, nothing is known. */
type Known<E> = unknown extends E ? never : E

const promised = (member: unknown, runner: Runner) => {
  const answer = (result: unknown) => {
    if (Effect.isEffect(result)) return runner.promise(Effect.map(result, toPlain))
    return Stream.isStream(result) ? runner.iterable(Stream.map(result, toPlain)) : result
  }
  return typeof member === "function"
    ? (...args: ReadonlyArray<unknown>) => answer(member(...args.map(fromGiven)))
    : () => answer(member)
}

/**
 * Services as promises: every method of a service under its name, with values in plain form. The types follow from the
 * service and so does the object, by one loop; there is no copy of a method to keep up.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { fromGiven, type Given, type Plain, toPlain } from "./Plain.ts"

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

/** A page of a list, in either face. */
export interface PlainPage<A> {
  readonly data: ReadonlyArray<A>
  readonly pagination: { readonly nextCursor: string | null }
}

/**
 * Everything that a list has, page by page as it is asked for. Each row comes once, also while others come and go.
 *
 * @example
 * ```ts
 * import { createCrm, walk } from "clientele"
 *
 * const sales = (await createCrm({ database: "sqlite:crm.db" })).as({ tenant: "acme", user: "user_1", roles: ["sales"] })
 * for await (const contact of walk(sales.contacts.list, { status: "active", limit: 100 })) {
 *   console.log(contact.name)
 * }
 * ```
 */
export async function* walk<Query extends { readonly cursor?: string }, A>(
  list: (query: Query) => PromiseLike<PlainPage<A>>,
  query: Query
): AsyncGenerator<A, void, undefined> {
  for (let next: Query | undefined = query; next !== undefined;) {
    const { data, pagination }: PlainPage<A> = await list(next)
    yield* data
    next = pagination.nextCursor === null ? undefined : { ...query, cursor: pagination.nextCursor }
  }
}

/** How a face runs its effects. */
export interface Runner<R> {
  readonly promise: (effect: Effect.Effect<unknown, unknown, R>) => Promise<unknown>
  readonly iterable: (stream: Stream.Stream<unknown, unknown, R>) => AsyncIterable<unknown>
}

/**
 * The faces of several services, by name, as the type that the caller has made of those services: this goes by values
 * and types go by names, and the compiler cannot see that both come to the same.
 */
export const faces = <Faces, R>(
  services: { readonly [name: string]: { readonly [method: string]: unknown } },
  runner: Runner<R>
) => mapValues(services, (service) => mapValues(service, (member) => promised(member, runner))) as Faces

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
    : Result extends Stream.Stream<infer _A, infer _E, infer R>
      ? Actor extends R
        ? Plain<Result>
        : never
      : never

/** Of a method that fails as its argument does, nothing is known. */
type Known<E> = unknown extends E ? never : E

const mapValues = <A, B>(record: { readonly [name: string]: A }, change: (value: A) => B) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))

// What methods need is what the runner has: their types said so.
const isEffect = <R>(value: unknown): value is Effect.Effect<unknown, unknown, R> => Effect.isEffect(value)
const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" &&
  value !== null &&
  !Stream.isStream(value) &&
  Object.getPrototypeOf(value) === Object.prototype
const isStream = <R>(value: unknown): value is Stream.Stream<unknown, unknown, R> => Stream.isStream(value)

const promised = <R>(member: unknown, runner: Runner<R>) => {
  const flowing = (value: unknown) => (isStream<R>(value) ? runner.iterable(Stream.map(value, toPlain)) : value)
  // A table has its rows as a member.
  const shown = (value: unknown) => {
    const plain = toPlain(value)
    return isRecord(plain) ? mapValues(plain, flowing) : flowing(plain)
  }
  const answer = (result: unknown) => (isEffect<R>(result) ? runner.promise(Effect.map(result, shown)) : shown(result))
  return typeof member === "function"
    ? (...args: ReadonlyArray<unknown>) => answer(member(...args.map(fromGiven)))
    : () => answer(member)
}

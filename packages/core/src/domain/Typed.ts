/**
 * Services whose custom fields are those of a definition: in what they take and in what they give. The types follow from
 * the service and so does the object, by one loop.
 *
 * Histories, exports, and all that is held about a person, tell of custom fields as they are kept.
 */
import type * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FieldRules, Fields } from "./CustomFieldRules.ts"
import type { Changes, Definition, MappingOf, PredicateOf, Values } from "./Definition.ts"
import { isRecord } from "./Plain.ts"

/** A service as the definition has it. */
export type Typed<S, D extends Definition> = { readonly [K in keyof S]: Member<S[K], D> }

/** What is given for a type, with the custom fields of a definition, and conditions and columns that ask for them. */
export type Takes<T, D extends Definition> = T extends Whole
  ? T
  : T extends object
    ? {
        readonly [K in keyof T]: K extends "customFields"
          ? Changes<D> | null
          : K extends "predicate"
            ? PredicateOf<D>
            : K extends "mapping"
              ? T extends TableOfContacts
                ? MappingOf<D> | undefined
                : T[K]
              : Takes<T[K], D>
      }
    : T

/** What comes of a type, with the custom fields of a definition. */
export type Gives<T, D extends Definition> = T extends Whole
  ? T
  : T extends object
    ? { readonly [K in keyof T]: K extends "customFields" ? Values<D> : Gives<T[K], D> }
    : T

/**
 * A service as the definition has it.
 *
 * @example
 * ```ts
 * import { Contacts, defineCrm, Typed } from "@clientele/core"
 * import { Effect, Schema } from "effect"
 *
 * const definition = defineCrm({ contact: { tier: Schema.Literals(["gold", "silver"]) } })
 * const program = Effect.gen(function* () {
 *   const contacts = Typed.typed(yield* Contacts, definition)
 *   const { customFields } = yield* contacts.create({ name: "Jane Doe", customFields: { tier: "gold" } })
 *   return customFields.tier // "gold" | "silver" | undefined
 * })
 * ```
 */
export const typed = <S extends object, D extends Definition>(service: S, { contact }: D): Typed<S, D> =>
  // This goes by values and types go by names, and the compiler cannot see that both come to the same.
  Object.fromEntries(Object.entries(service).map(([name, member]) => [name, memberOf(member, contact)])) as Typed<S, D>

// internal

type Callable = (...args: never) => unknown

type Whole =
  | Callable
  | DateTime.DateTime
  | BigDecimal.BigDecimal
  | Stream.Stream<unknown, unknown, unknown>
  | bigint
  | boolean
  | number
  | string
  | null
  | undefined

// Only tables of contacts have columns that nobody has named.
interface TableOfContacts {
  readonly options?: { readonly unmapped?: unknown } | undefined
}

type Member<M, D extends Definition> = M extends (...args: infer Args) => infer Answer
  ? (...args: { [K in keyof Args]: Takes<Args[K], D> }) => Given<Answer, D>
  : Given<M, D>

type Given<Answer, D extends Definition> =
  Answer extends Effect.Effect<infer A, infer E, infer R>
    ? Effect.Effect<Gives<A, D>, E, R>
    : Answer extends Stream.Stream<infer A, infer E, infer R>
      ? Stream.Stream<Gives<A, D>, E, R>
      : Answer

const memberOf = (member: unknown, rules: FieldRules): unknown =>
  typeof member === "function"
    ? (...args: ReadonlyArray<unknown>) =>
        answerOf(member(...args.map((arg) => changeFields(arg, rules.encode))), rules)
    : answerOf(member, rules)

const answerOf = (answer: unknown, { decode }: FieldRules): unknown => {
  const shown = (value: unknown) => changeFields(value, decode)
  if (Effect.isEffect(answer)) return Effect.map(answer, shown)
  return Stream.isStream(answer) ? Stream.map(answer, shown) : answer
}

// By name, because what stands elsewhere, such as what a provider has found, may be called as it likes.
const leadToContacts = new Set(["contact", "data", "event", "payload", "updates"])

/** Changes the custom fields of a contact, of contacts in a list, and of those in members that lead to contacts. */
const changeFields = (value: unknown, change: (fields: Fields) => Fields): unknown => {
  if (Array.isArray(value)) return value.map((item) => changeFields(item, change))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name === "customFields" && isRecord(member)) return [name, change(member)]
      return [name, leadToContacts.has(name) ? changeFields(member, change) : member]
    })
  )
}

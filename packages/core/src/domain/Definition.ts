/**
 * What a host says about its CRM: which custom fields contacts have, each with a schema of what it holds. Types follow
 * from a definition, and rules by which everything that is written is checked.
 *
 * A definition is about what is written. What a contact had before it never fails to be read: a value that does not fit
 * stays as it is until somebody replaces or clears it, and is left out where types say what a field holds.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Condition } from "./Condition.ts"
import type { ContactTarget } from "./ContactImport.ts"
import * as CustomFieldRules from "./CustomFieldRules.ts"
import * as CustomFields from "./CustomFields.ts"
import { type Issue, ValidationError } from "./Errors.ts"
import type { Mapping } from "./Importing.ts"
import type { FieldCondition, Predicate } from "./Segment.ts"
import { fittingIssues, type SegmentField } from "./SegmentFields.ts"
import { formatPath, issuesOf } from "./Validation.ts"

export interface Definition<
  Schemas extends CustomFieldRules.FieldSchemas = CustomFieldRules.FieldSchemas,
  Open extends boolean = boolean
> {
  readonly contact: CustomFieldRules.FieldRules<Schemas, Open>
}

/**
 * Defines custom fields of contacts. Keys are those of custom fields everywhere: a-z, 0-9 and `_`, beginning with a letter.
 * Throws a `ValidationError` when one is not.
 *
 * @example
 * ```ts
 * import { defineCrm } from "@clientele/core"
 * import { Schema } from "effect"
 *
 * const definition = defineCrm({
 *   contact: {
 *     tier: Schema.Literals(["gold", "silver"]),
 *     seats: Schema.Int,
 *     renews_on: Schema.DateTimeUtcFromString
 *   }
 * })
 * ```
 */
export const defineCrm = <
  const Schemas extends CustomFieldRules.FieldSchemas,
  const Open extends boolean = false
>(given: {
  readonly contact: Schemas & Named<Schemas>
  /** Whether contacts may have other custom fields, too: no, unless said so. */
  readonly open?: Open
}): Definition<Schemas, Open> => {
  const keys = Object.keys(given.contact)
  const issues: Array<Issue> = keys
    .filter((key) => !CustomFields.isKey(key))
    .map((key) => ({ path: `contact.${key}`, message: CustomFields.expectedKey }))
  if (keys.length > CustomFields.maxFields) issues.push({ path: "contact", message: CustomFields.expectedFewer })
  if (issues.length > 0) throw new ValidationError({ issues })
  return { contact: CustomFieldRules.make<Schemas, Open>(given.contact, given.open) }
}

/** Nothing said: custom fields of any key hold whatever custom fields can hold. */
export const open: Definition = { contact: CustomFieldRules.open }

// -- Types ------------------------------------------------------------------------------------------------------------

/** A key that is known not to be in lower case has a schema of no type. */
type Named<Schemas> = {
  readonly [K in keyof Schemas]: string extends K ? Schemas[K] : K extends Lowercase<K & string> ? Schemas[K] : never
}

type SchemasOf<D extends Definition> = D["contact"]["schemas"]

type Keys<D extends Definition> = keyof SchemasOf<D> & string

/** Of an open definition, fields without a schema hold what they like. */
type Others<D extends Definition> = true extends D["contact"]["open"] ? { readonly [key: string]: unknown } : unknown

/** The custom fields of a contact. Each may be absent. */
export type Values<D extends Definition> = { readonly [K in Keys<D>]?: SchemasOf<D>[K]["Type"] } & Others<D>

/** Changes to them, merged key by key; null clears a key. */
export type Changes<D extends Definition> = { readonly [K in Keys<D>]?: SchemasOf<D>[K]["Type"] | null } & Others<D>

/** A predicate of segments: of fields that there are, and with what can be asked of what they keep. */
export type PredicateOf<D extends Definition> =
  | { readonly all: ReadonlyArray<PredicateOf<D>> }
  | { readonly any: ReadonlyArray<PredicateOf<D>> }
  | { readonly not: PredicateOf<D> }
  | { readonly [K in Keys<D>]: Asked<`custom_fields.${K}`, SchemasOf<D>[K]["Encoded"]> }[Keys<D>]
  | (Condition & { readonly field: SegmentField | OtherField<D> })

/** How the columns of a table are mapped, to what there is. */
export type MappingOf<D extends Definition> = {
  readonly [T in ContactTarget | `custom_fields.${Keys<D>}` | `social.${string}` | OtherField<D>]?: Mapping[string]
}

type OtherField<D extends Definition> = true extends D["contact"]["open"] ? `custom_fields.${string}` : never

type Asked<Field, Kept> =
  | { readonly field: Field; readonly operator: "exists" | "not_exists" }
  | Question<Field, "eq" | "neq", ItemOf<Kept>>
  | Question<Field, "in" | "not_in", ReadonlyArray<ItemOf<Kept>>>
  | Question<Field, "gt" | "gte" | "lt" | "lte", OrderedOf<Kept>>
  | Question<Field, "between", readonly [OrderedOf<Kept>, OrderedOf<Kept>]>
  | Question<Field, "contains" | "not_contains" | "starts_with" | "ends_with", PartOf<Kept>>

/** One with an operand of no type cannot be asked. */
interface Question<Field, Operator, Operand> {
  readonly field: Field
  readonly operator: Operator
  readonly value: Operand
}

/** A list is asked for its items. */
type ItemOf<Kept> = Kept extends ReadonlyArray<infer Item> ? Item : Kept

/** Text of any form may hold a time or a number, which have an order. */
type OrderedOf<Kept> = Kept extends number ? Kept : string extends Kept ? string | number : never

type PartOf<Kept> = Kept extends string | ReadonlyArray<string> ? string : never

// -- Values -----------------------------------------------------------------------------------------------------------

/**
 * The custom fields of a contact as the definition has them. Reading never fails: what does not fit is left out.
 *
 * @example
 * ```ts
 * import { Definition, defineCrm } from "@clientele/core"
 * import { Schema } from "effect"
 *
 * const definition = defineCrm({ contact: { tier: Schema.Literals(["gold", "silver"]), seats: Schema.Int } })
 * Definition.read(definition, { tier: "gold", seats: "many" }) // { tier: "gold" }
 * ```
 */
export const read = <D extends Definition>({ contact }: D, kept: CustomFields.CustomFields): Values<D> =>
  // Every value is one of its schema, and the rules were made of these: the compiler knows them by other names.
  contact.decode(kept) as Values<D>

/** Custom fields, or changes to them, as services take them. Fails with all that does not fit, each at its path. */
export const write = <D extends Definition>(
  { contact }: D,
  changes: Changes<D>
): Result.Result<CustomFields.CustomFieldsPatch, ValidationError> =>
  decodePatch(contact.encode({ ...changes })).pipe(
    Result.mapError(issuesOf),
    Result.flatMap((patch) => contact.normalise(patch)),
    Result.mapError((issues) => refusal("customFields", issues))
  )

/** An input whose custom fields, if it has any, are as they are kept; or what is wrong with them, each at its path. */
export const fitting = <A extends { readonly customFields?: CustomFields.CustomFieldsPatch | null }>(
  { contact }: Definition,
  input: A,
  { current, path = "customFields" }: { readonly current?: CustomFields.CustomFields; readonly path?: string } = {}
): Result.Result<A, ValidationError> =>
  Result.mapError(CustomFieldRules.fit(contact, input, current), (issues) => refusal(path, issues))

/** Where a predicate asks of custom fields that there are not, or what cannot be asked of them. */
export const predicateIssues = (
  definition: Definition,
  predicate: Predicate,
  path = "predicate"
): ReadonlyArray<Issue> => {
  if ("not" in predicate) return predicateIssues(definition, predicate.not, `${path}.not`)
  if ("field" in predicate) {
    const key = /^custom_fields\.(.*)$/.exec(predicate.field)?.[1]
    return key === undefined ? [] : CustomFieldRules.below(path, conditionIssues(definition, key, predicate))
  }
  const [group, parts] = "all" in predicate ? ["all", predicate.all] : ["any", predicate.any]
  return parts.flatMap((part, index) => predicateIssues(definition, part, `${path}.${group}[${index}]`))
}

// internal

const conditionIssues = ({ contact }: Definition, key: string, condition: FieldCondition): ReadonlyArray<Issue> => {
  if (!contact.has(key)) return [{ path: "field", message: "Expected a custom field that is defined" }]
  const type = contact.cellType(key)
  const kind = type === "number" || type === "list" ? type : "custom"
  return fittingIssues(condition.field, condition, kind).map(({ issue, path }) => ({
    path: formatPath(path),
    message: issue
  }))
}

const decodePatch = Schema.decodeUnknownResult(CustomFields.CustomFieldsPatch, { errors: "all" })

const refusal = (path: string, issues: ReadonlyArray<Issue>): ValidationError =>
  new ValidationError({ issues: CustomFieldRules.below(path, issues) })

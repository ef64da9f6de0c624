/**
 * What custom fields may hold where a host has said so: a schema for each key, whose encoded side is what is kept. Rules
 * are asked by whatever writes custom fields. They refuse keys that they do not know, unless they are open, and what does
 * not fit a key's schema; what fits is kept in the one spelling that the schema gives it.
 */
import type * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { type CustomFields, type CustomFieldsPatch, CustomFieldValue } from "./CustomFields.ts"
import type { Issue } from "./Errors.ts"
import type { Target } from "./ImportColumns.ts"
import { issuesOf } from "./Validation.ts"

/** What a custom field may be in process: what can be kept of one, or an instant. */
export type Value = CustomFieldValue | DateTime.Utc

export type FieldSchema = Schema.ConstraintCodec<Value, CustomFieldValue>

export interface FieldSchemas {
  readonly [key: string]: FieldSchema
}

/** Values by key, of whatever kind. */
export interface Fields {
  readonly [key: string]: unknown
}

/** Rules of some fields. The paths of issues begin with a key. */
export interface FieldRules<Schemas extends FieldSchemas = FieldSchemas, Open extends boolean = boolean> {
  readonly schemas: Schemas
  /** Whether there may be fields without a schema, which hold what they like; not unless said so. */
  readonly open: Open | undefined
  readonly has: (key: string) => boolean
  /** What the cells of a table are read as. */
  readonly cellType: (key: string) => Target["type"]
  /** Changes as they are kept. Keys that are cleared, or that hold the same already, are not looked at. */
  readonly normalise: (
    changes: CustomFieldsPatch,
    current?: CustomFields
  ) => Result.Result<CustomFieldsPatch, ReadonlyArray<Issue>>
  /**
   * From what schemas hold in process to what is kept. Whatever is not one of their values stays as it is, for
   * `normalise` to refuse as everything else that is wrong.
   */
  readonly encode: (values: Fields) => Fields
  /** From what is kept to what schemas hold in process. Never fails: what does not fit is left out. */
  readonly decode: (kept: Fields) => Fields
}

/** No rules: every key holds whatever custom fields can hold. */
export const open: FieldRules = {
  schemas: {},
  open: true,
  has: () => true,
  cellType: () => "text",
  normalise: Result.succeed,
  encode: (values) => values,
  decode: (kept) => kept
}

/** The rules that schemas make. */
export const make = <const Schemas extends FieldSchemas, Open extends boolean>(
  schemas: Schemas,
  open: Open | undefined
): FieldRules<Schemas, Open> => {
  const fields = new Map(Object.entries<FieldSchema>(schemas).map(([key, schema]) => [key, fieldOf(schema)]))
  const keys = fields.size === 0 ? "none" : [...fields.keys()].sort().join(", ")
  const expected = `Expected one of the custom fields that are defined: ${keys}`
  const has = (key: string) => open === true || fields.has(key)

  const normalise: FieldRules["normalise"] = (changes, current = {}) =>
    changeEach(changes, (value, key) => {
      const isKept = value === null || (Object.hasOwn(current, key) && Equal.equals(current[key], value))
      if (isKept || (open === true && !fields.has(key))) return Result.succeed(value)
      return fields.get(key)?.normalise(value) ?? Result.fail([{ path: "", message: expected }])
    })

  const encode: FieldRules["encode"] = (values) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fields.get(key)?.encode(value) ?? value]))

  const decode: FieldRules["decode"] = (kept) =>
    Object.fromEntries(
      Object.entries(kept).flatMap(([key, value]) => {
        const field = fields.get(key)
        if (field === undefined) return open === true ? [[key, value]] : []
        return Result.match(field.decode(value), { onSuccess: (held) => [[key, held]], onFailure: () => [] })
      })
    )

  return { schemas, open, has, cellType: (key) => fields.get(key)?.cellType ?? "text", normalise, encode, decode }
}

/** An input whose custom fields, if it has any, are as they are kept. */
export const fit = <A extends { readonly customFields?: CustomFieldsPatch | null }>(
  { normalise }: FieldRules,
  input: A,
  current?: CustomFields
): Result.Result<A, ReadonlyArray<Issue>> => {
  const { customFields } = input
  if (customFields === undefined || customFields === null) return Result.succeed(input)
  const withFields = (kept: CustomFieldsPatch) => (kept === customFields ? input : { ...input, customFields: kept })
  return Result.map(normalise(customFields, current), withFields)
}

/** Issues of what stands at a path, with that path before their own. */
export const below = (path: string, issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map((issue) => ({
    message: issue.message,
    path: issue.path === "" || issue.path.startsWith("[") ? `${path}${issue.path}` : `${path}.${issue.path}`
  }))

// internal

/** What is done with values of one field. */
const fieldOf = (schema: FieldSchema) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all" })
  const encode = Schema.encodeUnknownResult(schema, { errors: "all" })
  const normalise = (value: unknown) =>
    decode(value).pipe(Result.flatMap(encode), Result.flatMap(decodeKept), Result.mapError(issuesOf))
  return {
    decode,
    encode: (value: unknown) => Result.getOrElse(encode(value), () => value),
    normalise,
    cellType: cellTypeOf(SchemaAST.toEncoded(schema.ast))
  }
}

// What a schema makes of a value is its own affair, and may be longer than what can be kept.
const decodeKept = Schema.decodeUnknownResult(CustomFieldValue, { errors: "all" })

/** Changes every member, or tells what is wrong with all of them. */
const changeEach = <A, B>(
  record: { readonly [key: string]: A },
  change: (value: A, key: string) => Result.Result<B, ReadonlyArray<Issue>>
): Result.Result<{ readonly [key: string]: B }, ReadonlyArray<Issue>> => {
  const changed = Object.entries(record).map(([key, value]) => ({ key, outcome: change(value, key) }))
  const issues = changed.flatMap(({ key, outcome }) => (Result.isFailure(outcome) ? below(key, outcome.failure) : []))
  return issues.length > 0
    ? Result.fail(issues)
    : Result.succeed(
        Object.fromEntries(
          changed.flatMap(({ key, outcome }) => (Result.isSuccess(outcome) ? [[key, outcome.success]] : []))
        )
      )
}

/** One type for all that a schema may encode to, and text where there is none. */
const cellTypeOf = (ast: SchemaAST.AST): Target["type"] => {
  switch (ast._tag) {
    case "Number":
      return "number"
    case "Boolean":
      return "boolean"
    case "Arrays":
      return "list"
    case "Literal":
      return typeof ast.literal === "number" ? "number" : typeof ast.literal === "boolean" ? "boolean" : "text"
    case "Union": {
      const [type = "text", ...others] = new Set(ast.types.map(cellTypeOf))
      return others.length === 0 ? type : "text"
    }
    default:
      return "text"
  }
}

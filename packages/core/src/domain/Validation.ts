/** Turns a schema's complaints into issues with paths such as `custom_fields.size` and `tags[3]`. */
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { type Issue, ValidationError } from "./Errors.ts"
import * as Personal from "./Personal.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const segment = (part: PropertyKey | { readonly key: PropertyKey }): PropertyKey =>
  typeof part === "object" ? part.key : part

/** Joins path segments: names by dots, positions in brackets. */
export const formatPath = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>): string =>
  path.map(segment).reduce<string>((joined, part) => {
    if (typeof part === "number") return `${joined}[${part}]`
    return joined === "" ? String(part) : `${joined}.${String(part)}`
  }, "")

/** Every complaint of a schema error, each once, with its path. */
export const issuesOf = (error: Schema.SchemaError): ReadonlyArray<Issue> => {
  const issues = format(error.issue).issues.map((issue) => ({
    path: formatPath(issue.path ?? []),
    message: issue.message
  }))
  return [...new Map(issues.map((issue) => [`${issue.path}\n${issue.message}`, issue])).values()]
}

/** A member that only reading shows, and that may be sent back as it was read. */
export const echoed = Schema.optionalKey(Personal.personal(Schema.Unknown))

/**
 * The echoed members of changes whose values are not the current ones. They may come as they were read, from the wire or
 * in process.
 */
export const readOnlyDifferences =
  <N extends string, A extends { readonly [name in N]: unknown }>(
    names: ReadonlyArray<N>,
    encode: (current: A) => { readonly [name in NoInfer<N>]?: unknown }
  ) =>
  (changes: { readonly [name in N]?: unknown }, current: A): ReadonlyArray<Issue> => {
    const given = names.filter((name) => Object.hasOwn(changes, name))
    if (given.length === 0) return []
    const encoded = encode(current)
    return given
      .filter((name) => !Equal.equals(changes[name], current[name]) && !Equal.equals(changes[name], encoded[name]))
      .map((path) => ({ path, message: "Expected the current value: this member cannot be set" }))
  }

/** How deep values of any form may be nested. */
export const maxDepth = 32

/** A check, before any other, that values of any form can be walked through by recursion without an end of the stack. */
export const isShallow = Schema.makeFilter(
  (value: unknown) => {
    const children = (parent: unknown) => (typeof parent === "object" && parent !== null ? Object.values(parent) : [])
    let level: ReadonlyArray<unknown> = [value]
    for (let depth = 0; level.length > 0 && depth <= maxDepth; depth++) level = level.flatMap(children)
    return level.length === 0 ? undefined : `Expected values nested at most ${maxDepth} deep`
  },
  undefined,
  true
)

/** Checks a value that TypeScript already gave a type, against what the types cannot say: lengths, forms, ranges. */
export const validator = <S extends Schema.Constraint>(schema: S) => {
  const decode = Schema.decodeUnknownResult(Schema.toType(schema), { errors: "all", onExcessProperty: "error" })
  return (value: S["Type"]): Result.Result<S["Type"], ValidationError> =>
    Result.mapError(decode(value), (error) => new ValidationError({ issues: issuesOf(error) }))
}

/**
 * Custom fields: what a tenant adds to its contacts. Values are text, numbers, booleans or lists of text, under keys of
 * the form `[a-z][a-z0-9_]{0,62}`. Names that exist on `Object.prototype` are just keys.
 */
import * as Schema from "effect/Schema"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

export const maxFields = 100

export const CustomFieldValue = Schema.Union([
  Text.text(10_000),
  Schema.Finite,
  Schema.Boolean,
  Schema.Array(Text.text(1_000)).check(Schema.isMaxLength(1_000))
])
export type CustomFieldValue = typeof CustomFieldValue.Type

export const isKey = (key: string): boolean => /^[a-z][a-z0-9_]{0,62}$/.test(key)

export const expectedKey = "Expected a key of a-z, 0-9 and _, beginning with a letter, at most 63 long"
export const expectedFewer = `Expected at most ${maxFields} keys`

/** Refuses malformed keys and too many of them, each at its own path. */
export const hasOpenKeys = Schema.makeFilter((fields: { readonly [key: string]: unknown }) => {
  const keys = Object.keys(fields)
  const issues: Array<Schema.FilterIssue> = keys
    .filter((key) => !isKey(key))
    .map((key) => ({ path: [key], issue: expectedKey }))
  if (keys.length > maxFields) issues.push(expectedFewer)
  return issues
})

export const CustomFields = Personal.personal(Schema.Record(Schema.String, CustomFieldValue).check(hasOpenKeys))
export type CustomFields = typeof CustomFields.Type

/** Changes to custom fields, merged key by key; null clears a key. */
export const CustomFieldsPatch = Personal.personal(
  Schema.Record(Schema.String, Schema.NullOr(CustomFieldValue)).check(hasOpenKeys)
)
export type CustomFieldsPatch = typeof CustomFieldsPatch.Type

/** Merges a patch into fields key by key; a null patch clears everything. */
export const patch = <A>(
  fields: { readonly [key: string]: A },
  changes: { readonly [key: string]: A | null } | null | undefined
): { readonly [key: string]: A } => {
  if (changes === undefined) return fields
  if (changes === null) return {}
  const merged = new Map(Object.entries(fields))
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) merged.delete(key)
    else merged.set(key, value)
  }
  return Object.fromEntries(merged)
}

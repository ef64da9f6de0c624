/**
 * History: who changed which field of a contact, when, and through what. An entry is written in the transaction of its
 * change, under the id of the domain event that tells of it, so that the two are never apart.
 *
 * Changes are per field in wire names, dotted for the parts of `address` and the keys of `social` and `custom_fields`; of
 * a key that was not there, or is there no more, the value is null. Lists change as a whole.
 */
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import { type ContactFields, encodeFields } from "./ContactRecord.ts"
import { Actor, Cause } from "./Events.ts"
import { EventId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import * as Time from "./Time.ts"

/** What happened to one field. */
export const Change = Schema.Struct({
  field: Personal.notPersonal(Schema.String),
  before: Personal.personal(Schema.Json),
  after: Personal.personal(Schema.Json)
})
export interface Change extends Schema.Schema.Type<typeof Change> {}

/** One change of a contact. */
export const HistoryEntry = Schema.Struct({
  id: EventId,
  at: Time.Timestamp,
  actor: Actor,
  cause: Cause,
  changes: Schema.Array(Change)
}).annotate({ identifier: "HistoryEntry" })
export interface HistoryEntry extends Schema.Schema.Type<typeof HistoryEntry> {}

/** The settable fields of a contact in wire shape, as `ContactRecord.encodeFields` gives them. */
export type EncodedFields = { readonly [field: string]: Schema.Json }

/**
 * What happened between two states of a contact, field by field, in the order of the fields and of their keys' names.
 * Before a contact's creation there is nothing: then every field that has a value is a change.
 *
 * @example
 * ```ts
 * import { type ContactRecord, History } from "@clientele/core"
 *
 * declare const before: ContactRecord.ContactFields
 * declare const after: ContactRecord.ContactFields
 * History.changes(before, after)
 * // [{ field: "title", before: null, after: "VP" }, { field: "custom_fields.size", before: "50", after: "500+" }]
 * ```
 */
export const changes = (before: ContactFields | null, after: ContactFields): ReadonlyArray<Change> => {
  const to = encodeFields(after)
  const from = before === null ? {} : encodeFields(before)
  const changeOf = (field: string, before: Schema.Json = null, after: Schema.Json = null): ReadonlyArray<Change> =>
    Equal.equals(before, after) ? [] : [{ field, before, after }]
  return Object.keys(to).flatMap((field) => {
    if (!groups.has(field))
      return before === null && isEmptyList(to[field]) ? [] : changeOf(field, from[field], to[field])
    const current = membersOf(to, field)
    const old = before === null ? none : membersOf(from, field)
    return [...(old.size === 0 ? current.keys() : new Set([...old.keys(), ...current.keys()]))]
      .sort()
      .flatMap((key) => changeOf(`${field}.${key}`, old.get(key), current.get(key)))
  })
}

/** The fields after changes, from the fields before them. */
export const redo = (fields: EncodedFields, changes: ReadonlyArray<Change>): EncodedFields =>
  changes.reduce((fields, { after, field }) => set(fields, field, after), fields)

/** The fields before changes, from the fields after them. */
export const undo = (fields: EncodedFields, changes: ReadonlyArray<Change>): EncodedFields =>
  changes.reduce((fields, { before, field }) => set(fields, field, before), fields)

// internal

const openGroups: ReadonlySet<string> = new Set(["social", "custom_fields"])
const groups: ReadonlySet<string> = new Set(["address", ...openGroups])

const none: ReadonlyMap<string, Schema.Json> = new Map()

const isEmptyList = (value: Schema.Json | undefined): boolean => Array.isArray(value) && value.length === 0

const membersOf = (fields: EncodedFields, group: string): ReadonlyMap<string, Schema.Json> => {
  const members = Object.hasOwn(fields, group) ? fields[group] : undefined
  return new Map(typeof members === "object" && members !== null ? Object.entries(members) : [])
}

const set = (fields: EncodedFields, field: string, value: Schema.Json): EncodedFields => {
  const dot = field.indexOf(".")
  if (dot < 0) return { ...fields, [field]: value }
  const group = field.slice(0, dot)
  const key = field.slice(dot + 1)
  const members = new Map(membersOf(fields, group)).set(key, value)
  if (value === null && openGroups.has(group)) members.delete(key)
  return { ...fields, [group]: Object.fromEntries(members) }
}

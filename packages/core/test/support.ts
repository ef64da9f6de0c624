/** What the domain's tests share: fixed times, a reader of phone numbers, and contacts made of generated inputs. */
import {
  type Contact,
  ContactRecord,
  contactId,
  type Issue,
  type Note,
  noteId,
  UserId,
  Validation
} from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"

export const created = DateTime.makeUnsafe("2026-01-20T10:00:00.000Z")
export const later = DateTime.makeUnsafe("2026-01-24T15:00:00.000Z")

/** Understands numbers with a plus, and those of ten digits as North American. */
export const toE164 = (phone: string): string | null => {
  const digits = phone.replace(/\D/g, "")
  if (phone.trim().startsWith("+")) return `+${digits}`
  return digits.length === 10 ? `+1${digits}` : null
}

export const create = (input: Contact.ContactDraft): ContactRecord.ContactRecord =>
  ContactRecord.create(input, { id: contactId("001"), now: created, toE164 })

export const update = (
  record: ContactRecord.ContactRecord,
  changes: Contact.ContactUpdate
): ContactRecord.ContactRecord => ContactRecord.update(record, changes, { now: later, toE164 })

/** Contacts as stores keep them. */
export const record: fc.Arbitrary<ContactRecord.ContactRecord> = Generators.contactCreate.map(create)

export const owner: Contact.Owner = { id: UserId.make("user_001"), name: "Sales Rep Mike" }

export const notes: ReadonlyArray<Note.Note> = [
  { id: noteId("001"), content: "Very interested", createdBy: owner.id, createdAt: created }
]

/** What a schema finds wrong with an input from outside; nothing when it is accepted. */
export const issuesIn = (schema: Schema.ConstraintDecoder<unknown>) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })
  return (input: unknown): ReadonlyArray<Issue> =>
    Result.match(decode(input), { onFailure: Validation.issuesOf, onSuccess: () => [] })
}

/** The paths at which a schema refuses an input. */
export const pathsIn = (schema: Schema.ConstraintDecoder<unknown>) => {
  const issues = issuesIn(schema)
  return (input: unknown): ReadonlyArray<string> => issues(input).map(({ path }) => path)
}

/** A value as it arrives after a round over the wire. */
export const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/**
 * What becomes of the rows of a batch: which are new contacts, which change one that is there, and which are skipped or
 * fail. A row is recognised by its external id, else by any of its e-mail addresses; one that has neither by an equal row
 * of an earlier import. Rows are decided in their order, each after those before it, so that it makes no difference where
 * a table is cut into batches.
 */
import type * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { type ContactDraft, ContactUpdate } from "./Contact.ts"
import * as ContactImport from "./ContactImport.ts"
import * as ContactRecord from "./ContactRecord.ts"
import * as Email from "./Email.ts"
import { DuplicateContact, EmailErased } from "./Errors.ts"
import type { ContactId, JobId } from "./Ids.ts"
import { rowError } from "./ImportColumns.ts"
import type { Fingerprint, ImportOptions, Outcome, RowError } from "./Importing.ts"
import * as ImportFingerprints from "./ImportFingerprints.ts"
import * as Text from "./Text.ts"
import { validator } from "./Validation.ts"

/** A row, and the id of the contact that it makes if it makes one. */
export interface Candidate extends ContactImport.ReadContact {
  readonly id: ContactId
}

/** What is known of the contacts that rows may be of. */
export interface Known {
  /** To whom identities belong, by their keys. */
  readonly owners: ReadonlyMap<string, ContactId>
  /** Those owners, where rows may change them. */
  readonly records: ReadonlyMap<ContactId, ContactRecord.ContactRecord>
  /** What is noted about them, where rows may add notes. */
  readonly notes: ReadonlyMap<ContactId, ReadonlySet<string>>
  /** Addresses of persons who were erased. */
  readonly erased: ReadonlySet<string>
  /** Equal rows of earlier imports, by what they say. */
  readonly fingerprints: ReadonlyMap<string, ReadonlyArray<Fingerprint>>
}

export interface Decision {
  readonly outcomes: ReadonlyArray<Outcome>
  readonly created: ReadonlyArray<ContactRecord.ContactRecord>
  readonly updated: ReadonlyArray<{
    readonly before: ContactRecord.ContactRecord
    readonly after: ContactRecord.ContactRecord
  }>
  readonly notes: ReadonlyArray<{ readonly contactId: ContactId; readonly content: string }>
  readonly fingerprints: ReadonlyArray<ImportFingerprints.Entry>
  /** To whom identities belong now, as far as that has changed; null when to nobody. */
  readonly claims: ReadonlyMap<string, ContactId | null>
}

/** The identities that a draft has; those of the contact that it makes are the same. */
export const identitiesOfDraft = ({
  email,
  externalId,
  secondaryEmails
}: ContactDraft): ReadonlyArray<ContactRecord.Identity> => [
  ...(externalId ? [{ kind: "external_id", value: externalId } satisfies ContactRecord.Identity] : []),
  ...[email ?? "", ...(secondaryEmails ?? [])].flatMap((address) => {
    const value = Email.key(address)
    return value === undefined ? [] : [{ kind: "email", value } satisfies ContactRecord.Identity]
  })
]

/** Decides about rows; the same rows, and the same that is known, come to the same. */
export const decide = (
  rows: ReadonlyArray<Candidate>,
  known: Known,
  context: {
    readonly importId: JobId
    readonly options: ImportOptions
    readonly now: DateTime.Utc
    readonly toE164: (phone: string) => string | null
  }
): Decision => {
  const { importId, options } = context
  const owners = new Map(known.owners)
  const claims = new Map<string, ContactId | null>()
  const records = new Map(known.records)
  const created = new Set<ContactId>()
  const noted = new Map([...known.notes].map(([id, contents]) => [id, new Set(contents)]))
  const notes: Array<{ readonly contactId: ContactId; readonly content: string }> = []
  const fingerprints = ImportFingerprints.make(known.fingerprints, importId)

  const ownerOf = (identity: ContactRecord.Identity) => owners.get(ContactRecord.identityKey(identity))
  const claim = (record: ContactRecord.ContactRecord) => {
    const before = records.get(record.id)
    const kept = new Set(ContactRecord.identities(record.fields).map(ContactRecord.identityKey))
    for (const key of before === undefined
      ? []
      : ContactRecord.identities(before.fields).map(ContactRecord.identityKey)) {
      if (kept.has(key)) continue
      owners.delete(key)
      claims.set(key, null)
    }
    for (const key of kept) {
      owners.set(key, record.id)
      claims.set(key, record.id)
    }
    records.set(record.id, record)
  }
  const isNoted = (contactId: ContactId, content: string) => noted.get(contactId)?.has(content) ?? false
  const note = (contactId: ContactId, content: string) => {
    notes.push({ contactId, content })
    noted.set(contactId, (noted.get(contactId) ?? new Set()).add(content))
  }

  const create = (row: Candidate, record: ContactRecord.ContactRecord): Outcome => {
    claim(record)
    created.add(record.id)
    const content = Text.filledOrNull(row.draft.notes)
    if (content !== null) note(record.id, content)
    return { row: row.row, ending: "imported", errors: [] }
  }

  const update = (row: Candidate, before: ContactRecord.ContactRecord): Outcome => {
    const changes = validateUpdate(ContactImport.changesFor(before.fields, row, options.overwrite))
    if (Result.isFailure(changes)) {
      return failed(
        row.row,
        changes.failure.issues.map((issue) => ContactImport.errorOf(row.row, issue, row.cells))
      )
    }
    const after = ContactRecord.update(before, changes.success, context)
    const taken = ContactRecord.identities(after.fields).find(
      (identity) => (ownerOf(identity) ?? after.id) !== after.id
    )
    if (taken !== undefined) return failed(row.row, [duplicate(row.row, taken, ownerOf(taken) ?? after.id)])
    const content = Text.filledOrNull(row.draft.notes)
    const isNew = content !== null && !isNoted(before.id, content)
    if (after === before && !isNew) {
      return skipped(row.row, rowError(row.row, "unchanged", "The contact has all of this already"))
    }
    // However many rows of a batch change a contact, or make and change it, it is one change.
    if (after !== before) claim({ ...after, version: netVersion(before.id, after) })
    if (isNew) note(before.id, content)
    return { row: row.row, ending: "updated", errors: [] }
  }
  const netVersion = (id: ContactId, after: ContactRecord.ContactRecord) =>
    (created.has(id) ? 0 : (known.records.get(id)?.version ?? after.version - 1)) + 1

  const decideRow = (row: Candidate): Outcome => {
    const record = ContactRecord.create(row.draft, { ...context, id: row.id })
    const own = ContactRecord.identities(record.fields)
    if (own.some(({ kind, value }) => kind === "email" && known.erased.has(value))) {
      return skipped(row.row, erasedRow(row.row))
    }
    const found = own.find((identity) => ownerOf(identity) !== undefined)
    const owner = found === undefined ? undefined : ownerOf(found)
    if (found !== undefined && owner !== undefined) {
      const current = records.get(owner)
      if (options.updateExisting === true && current !== undefined) return update(row, current)
      return options.skipDuplicates === true
        ? { row: row.row, ending: "skipped", errors: [] }
        : failed(row.row, [duplicate(row.row, found, owner)])
    }
    if (own.length > 0) return create(row, record)
    return Option.match(fingerprints.recognise(ContactImport.fingerprint(row), record.id), {
      onNone: () => create(row, record),
      onSome: () => skipped(row.row, ImportFingerprints.alreadyImported(row.row))
    })
  }

  const outcomes = rows.map(decideRow)
  const ofContact = (id: ContactId) => records.get(id) ?? []
  return {
    outcomes,
    created: [...created].flatMap(ofContact),
    updated: [...known.records.values()].flatMap((before) => {
      const after = records.get(before.id) ?? before
      // Rows may have changed it back.
      return Equal.equals(after.fields, before.fields) ? [] : [{ before, after }]
    }),
    notes,
    fingerprints: fingerprints.entries(),
    claims
  }
}

/** A row whose person was erased. */
export const erasedRow = (row: number): RowError => rowError(row, "erased", new EmailErased().message)

// internal

const validateUpdate = validator(ContactUpdate)

const failed = (row: number, errors: ReadonlyArray<RowError>): Outcome => ({ row, ending: "failed", errors })

const skipped = (row: number, reason: RowError): Outcome => ({ row, ending: "skipped", errors: [reason] })

const duplicate = (row: number, { kind }: ContactRecord.Identity, contactId: ContactId): RowError =>
  rowError(row, "duplicate_contact", new DuplicateContact({ contactId, reason: kind }).message)

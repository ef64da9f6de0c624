/**
 * What becomes of the rows of a batch of deals: which are new, which change one that is there, and which are skipped or fail.
 * A row is recognised by its external id, one that has none by an equal row of an earlier import. A new deal has its true
 * times: its history begins when it was created, or, when it is closed already, when it was closed.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { DealUpdate } from "./Deal.ts"
import * as DealImport from "./DealImport.ts"
import type { Catalog } from "./DealProducts.ts"
import * as DealRecord from "./DealRecord.ts"
import { EmailErased, type InvalidStage, type ValidationError } from "./Errors.ts"
import type { ContactId, DealId, JobId } from "./Ids.ts"
import { rowError } from "./ImportColumns.ts"
import type { DealImportOptions, Fingerprint, Outcome, RowError } from "./Importing.ts"
import * as ImportFingerprints from "./ImportFingerprints.ts"
import type { Currency } from "./Money.ts"
import { type Pipeline, typeOf } from "./Pipeline.ts"
import * as Text from "./Text.ts"

/** A row, and the id of the deal that it makes if it makes one. */
export interface Candidate extends DealImport.ReadDeal {
  readonly id: DealId
}

/** Somebody whom a row names. */
export interface LinkedContact {
  readonly id: ContactId
  readonly company: string | null
}

/** What is known of deals and contacts that rows may be of. */
export interface Known {
  /** By external id. */
  readonly owners: ReadonlyMap<string, DealId>
  /** Those owners, where rows may change them. */
  readonly records: ReadonlyMap<DealId, DealRecord.DealRecord>
  readonly notes: ReadonlyMap<DealId, ReadonlySet<string>>
  /** By how rows name them. */
  readonly contacts: ReadonlyMap<string, LinkedContact>
  /** Addresses of persons who were erased. */
  readonly erased: ReadonlySet<string>
  readonly fingerprints: ReadonlyMap<string, ReadonlyArray<Fingerprint>>
}

/** A deal before and after one change; before its creation it is null. */
export interface Step {
  readonly before: DealRecord.DealRecord | null
  readonly after: DealRecord.DealRecord
  readonly note: string | null
}

export interface Decision {
  readonly outcomes: ReadonlyArray<Outcome>
  /** In the order in which they happen. */
  readonly steps: ReadonlyArray<Step>
  /** Notes that come without a change. */
  readonly notes: ReadonlyArray<{ readonly dealId: DealId; readonly content: string }>
  readonly fingerprints: ReadonlyArray<ImportFingerprints.Entry>
}

export interface Surroundings {
  readonly importId: JobId
  readonly options: DealImportOptions
  readonly now: DateTime.Utc
  readonly pipeline: Pipeline
  readonly currency: Currency
}

/** How a row names its contact. */
export const linkKey = ({ kind, value }: NonNullable<DealImport.ReadDeal["contact"]>): string => `${kind}:${value}`

/** Decides about rows; the same rows, and the same that is known, come to the same. */
export const decide = (rows: ReadonlyArray<Candidate>, known: Known, surroundings: Surroundings): Decision => {
  const { importId, options } = surroundings
  const owners = new Map(known.owners)
  const records = new Map(known.records)
  const noted = new Map([...known.notes].map(([id, contents]) => [id, new Set(contents)]))
  const steps: Array<Step> = []
  const notes: Array<{ readonly dealId: DealId; readonly content: string }> = []
  const fingerprints = ImportFingerprints.make(known.fingerprints, importId)

  /** The note of a row, unless it is noted already. */
  const newNote = (id: DealId, { input }: Candidate): string | null => {
    const content = Text.filledOrNull(input.notes)
    const contents = noted.get(id) ?? new Set()
    if (content === null || contents.has(content)) return null
    noted.set(id, contents.add(content))
    return content
  }
  const take = (step: Step) => {
    const { externalId } = step.after.fields
    const former = step.before?.fields.externalId ?? null
    if (former !== null && former !== externalId) owners.delete(former)
    if (externalId !== null) owners.set(externalId, step.after.id)
    records.set(step.after.id, step.after)
    steps.push(step)
  }

  const create = (row: Candidate, contact: LinkedContact | null): Outcome => {
    const made = created(row, contact, surroundings)
    if (Result.isFailure(made)) return failed(row, made.failure)
    take({ before: null, after: made.success, note: newNote(row.id, row) })
    return { row: row.row, ending: "imported", errors: [] }
  }

  const update = (row: Candidate, before: DealRecord.DealRecord, contact: LinkedContact | null): Outcome => {
    const changes = changed(row, before, contact, surroundings)
    if (Result.isFailure(changes)) return failed(row, changes.failure)
    const { edited, moved } = changes.success
    const note = newNote(before.id, row)
    if (moved === before && note === null) {
      return skipped(row.row, rowError(row.row, "unchanged", "The deal has all of this already"))
    }
    if (edited !== before) take({ before, after: edited, note: moved === edited ? note : null })
    if (moved !== edited) take({ before: edited, after: moved, note })
    if (moved === before && note !== null) notes.push({ dealId: before.id, content: note })
    return { row: row.row, ending: "updated", errors: [] }
  }

  const decideRow = (row: Candidate): Outcome => {
    const link = row.contact === null ? null : linkKey(row.contact)
    const contact = link === null ? null : (known.contacts.get(link) ?? null)
    if (row.contact !== null && contact === null) {
      return row.contact.kind === "email" && known.erased.has(row.contact.value)
        ? skipped(row.row, rowError(row.row, "erased", new EmailErased().message))
        : { row: row.row, ending: "failed", errors: [unknownContact(row, row.contact.kind)] }
    }
    const { externalId } = row.input
    const owner = externalId === undefined || externalId === null ? undefined : owners.get(externalId)
    if (owner !== undefined) {
      const current = records.get(owner)
      if (options.updateExisting === true && current !== undefined) return update(row, current, contact)
      if (options.skipDuplicates === true) return { row: row.row, ending: "skipped", errors: [] }
      return { row: row.row, ending: "failed", errors: [rowError(row.row, "duplicate_deal", duplicateMessage)] }
    }
    if (externalId !== undefined && externalId !== null) return create(row, contact)
    return Option.match(fingerprints.recognise(DealImport.fingerprint(row), row.id), {
      onNone: () => create(row, contact),
      onSome: () => skipped(row.row, ImportFingerprints.alreadyImported(row.row))
    })
  }

  const outcomes = rows.map(decideRow)
  const imported = new Set<string>(steps.flatMap(({ after, before }) => (before === null ? [after.id] : [])))
  const earlier = new Set([...known.fingerprints.values()].flat().map(({ recordId }) => recordId))
  return {
    outcomes,
    steps,
    notes,
    // A row that turned out to make no deal is to be recognised no more than any other that failed.
    fingerprints: fingerprints.entries().filter(({ recordId }) => imported.has(recordId) || earlier.has(recordId))
  }
}

// internal

const duplicateMessage = "A deal with this external id already exists"

const skipped = (row: number, reason: RowError): Outcome => ({ row, ending: "skipped", errors: [reason] })

const failed = (row: Candidate, error: InvalidStage | ValidationError): Outcome => ({
  row: row.row,
  ending: "failed",
  errors:
    error._tag === "InvalidStage"
      ? [DealImport.errorAt(row, "stage", "invalid_stage", error.message)]
      : error.issues.map(({ message, path }) => DealImport.errorAt(row, path, "validation_error", message))
})

const unknownContact = (row: Candidate, kind: "email" | "id"): RowError =>
  kind === "email"
    ? DealImport.errorAt(row, "contact_email", "contact_not_found", "No contact has this e-mail address")
    : DealImport.errorAt(row, "contact_id", "contact_not_found", "No contact has this id or external id")

const noProducts: Catalog = new Map()

const created = (
  { closedAt, createdAt, id, input }: Candidate,
  contact: LinkedContact | null,
  { currency, now, pipeline }: Surroundings
): Result.Result<DealRecord.DealRecord, InvalidStage | ValidationError> => {
  const company = contact?.company ?? null
  const linked = contact === null ? input : { ...input, contactId: contact.id }
  return Result.map(
    DealRecord.create(linked, { id, now, pipeline, catalog: noProducts, currency, company }),
    (record) => {
      const closed = record.closedAt === null ? null : (closedAt ?? DateTime.max(now, createdAt ?? now))
      return { ...record, createdAt: createdAt ?? DateTime.min(now, closed ?? now), closedAt: closed }
    }
  )
}

/** The deal after what a row says of its fields, and then after the move to the stage that it says. */
const changed = (
  { implied, input }: Candidate,
  before: DealRecord.DealRecord,
  contact: LinkedContact | null,
  { currency, now, options, pipeline }: Surroundings
) =>
  Result.gen(function* () {
    const { notes: _notes, ownerId, probability, stage, ...rest } = input
    const isOpen = typeOf(pipeline, stage ?? before.stage) === "open"
    const said: DealUpdate = {
      ...rest,
      ...(ownerId !== undefined && !implied.includes("ownerId") && { ownerId }),
      ...(contact !== null && { contactId: contact.id })
    }
    const isFill = options.overwrite === "fill"
    const changes = isFill ? fillingOnly(before.fields, said) : said
    const edited = yield* DealRecord.edit(before, changes, { now, pipeline, catalog: noProducts, currency })
    const manual = probability !== undefined && isOpen && !(isFill && before.fields.manualProbability !== null)
    const moved = yield* DealRecord.moveToStage(
      edited,
      { stage: isFill ? before.stage : (stage ?? before.stage), ...(manual && { probability }) },
      { now, pipeline }
    )
    return { edited, moved }
  })

/** Changes without those to what is there already. */
const fillingOnly = (current: DealRecord.DealFields, changes: DealUpdate): DealUpdate => {
  const fields = new Map<string, unknown>(Object.entries(current))
  return Object.fromEntries(Object.entries(changes).filter(([field]) => fields.get(field) === null))
}

/**
 * Importing tables of contacts and of deals: what holds for both. How a table is mapped and with which options, what becomes
 * of each row, and the report of it. Rows are read by `ContactImport` and `DealImport`, which are pure: the same header,
 * mapping, options and cells give the same drafts.
 */
import * as Schema from "effect/Schema"
import * as Email from "./Email.ts"
import { JobId, UserId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

/** What a table is of. */
export const ImportKind = Schema.Literals(["contacts", "deals"])
export type ImportKind = typeof ImportKind.Type

/** From target to the header of its column, or of several columns where the target takes several. */
export const Mapping = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.NonEmptyArray(Schema.String)]))
export type Mapping = typeof Mapping.Type

const sharedOptions = {
  /** A row that is recognised is skipped; otherwise it fails. */
  skipDuplicates: Schema.optionalKey(Schema.Boolean),
  /** A row that is recognised changes what it is recognised as. */
  updateExisting: Schema.optionalKey(Schema.Boolean),
  /** What such a change writes: every cell that says something (`replace`, the default), or only what is empty yet. */
  overwrite: Schema.optionalKey(Schema.Literals(["replace", "fill"])),
  /** Nothing is written but the report. */
  dryRun: Schema.optionalKey(Schema.Boolean),
  /** For rows that say none themselves. */
  ownerId: Schema.optionalKey(UserId)
}
const sharedKeys = {
  skipDuplicates: "skip_duplicates",
  updateExisting: "update_existing",
  dryRun: "dry_run",
  ownerId: "owner_id"
} as const

export const importOptionFields = {
  ...sharedOptions,
  /** For rows that say none themselves. */
  source: Schema.optionalKey(Text.text(255)),
  /** Added to every row. */
  tags: Schema.optionalKey(Schema.Array(Text.filled(100))),
  /** What becomes of columns that the mapping does not name. */
  unmapped: Schema.optionalKey(Schema.Literals(["ignore", "custom_fields"]))
}
export const importOptionKeys = sharedKeys

/** What holds for every row of an import of contacts. */
export const ImportOptions = Schema.Struct(importOptionFields).pipe(Schema.encodeKeys(importOptionKeys))
export interface ImportOptions extends Schema.Schema.Type<typeof ImportOptions> {}

export const dealImportOptionFields = {
  ...sharedOptions,
  /** From the stages of the table to those of the pipeline. */
  stageMap: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** How dates are written, such as `M/D/YYYY` or `DD.MM.YYYY HH:mm`; ISO 8601 unless given. */
  dateFormat: Schema.optionalKey(Text.filled(100))
}
export const dealImportOptionKeys = { ...sharedKeys, stageMap: "stage_map", dateFormat: "date_format" } as const

/** What holds for every row of an import of deals. */
export const DealImportOptions = Schema.Struct(dealImportOptionFields).pipe(Schema.encodeKeys(dealImportOptionKeys))
export interface DealImportOptions extends Schema.Schema.Type<typeof DealImportOptions> {}

/** The cells of a row; null are those of a person who was erased while the row waited. */
export type Cells = ReadonlyArray<string> | null

/** A row of the table: its number from 1, the header not counted, and its cells as text. */
export interface ImportRow {
  readonly row: number
  readonly cells: ReadonlyArray<string>
}

/**
 * Why a row failed: the column at fault when one is, its cell, and a code with an explanation. `erased`, `already_imported`
 * and `unchanged` are no failures: such a row was skipped, because the person with its e-mail address was erased, because an
 * earlier import had an equal row, or because what it says is so already.
 */
export const RowError = Schema.Struct({
  row: Personal.notPersonal(Schema.Int),
  column: Schema.NullOr(Personal.notPersonal(Schema.String)),
  value: Schema.NullOr(Personal.personal(Schema.String)),
  code: Schema.Literals([
    "validation_error",
    "duplicate_contact",
    "duplicate_deal",
    "contact_not_found",
    "invalid_stage",
    "ragged_row",
    "erased",
    "already_imported",
    "unchanged"
  ]),
  message: Personal.notPersonal(Schema.String)
})
export interface RowError extends Schema.Schema.Type<typeof RowError> {}

/** What became of a row, and why it failed, or was skipped where that has a reason of its own. */
export interface Outcome {
  readonly row: number
  readonly ending: "imported" | "updated" | "skipped" | "failed"
  readonly errors: ReadonlyArray<RowError>
}

/** A row that failed, with its cells as they were. */
export const FailedRow = Schema.Struct({
  row: Schema.Int,
  cells: Schema.Array(Schema.String),
  errors: Schema.Array(RowError)
})
export interface FailedRow extends Schema.Schema.Type<typeof FailedRow> {}

/** What an import has come to: each row is exactly one of imported, updated, skipped, failed. */
export const ImportReport = Schema.Struct({
  jobId: JobId,
  status: Schema.Literals(["running", "completed", "failed", "cancelled"]),
  rows: Schema.Int,
  imported: Schema.Int,
  updated: Schema.Int,
  skipped: Schema.Int,
  failed: Schema.Int,
  mapping: Mapping,
  unmapped: Schema.Array(Schema.String),
  warnings: Schema.Array(Schema.String),
  /** The first 100 by row, failures before what else has a reason; the failures are added when the import has ended. */
  errors: Schema.Array(RowError)
})
  .pipe(Schema.encodeKeys({ jobId: "job_id" }))
  .annotate({ identifier: "ImportReport" })
export interface ImportReport extends Schema.Schema.Type<typeof ImportReport> {}

/** What an import created and still is there, because somebody has touched it. */
export const KeptRecord = Schema.Struct({
  id: Personal.notPersonal(Schema.String),
  code: Schema.Literals(["changed", "in_use"]),
  message: Personal.notPersonal(Schema.String)
})
export interface KeptRecord extends Schema.Schema.Type<typeof KeptRecord> {}

/** Which import is taken back. */
export const RevertParams = Schema.Struct({ importId: JobId, kind: ImportKind })
export interface RevertParams extends Schema.Schema.Type<typeof RevertParams> {}

/** What taking an import back has come to: of what it created and is there still, so many were deleted and so many kept. */
export const RevertReport = Schema.Struct({
  jobId: JobId,
  importId: JobId,
  status: Schema.Literals(["running", "completed", "failed", "cancelled"]),
  reverted: Schema.Int,
  kept: Schema.Int,
  /** Why the first 100 were kept. */
  reasons: Schema.Array(KeptRecord)
})
  .pipe(Schema.encodeKeys({ jobId: "job_id", importId: "import_id" }))
  .annotate({ identifier: "RevertReport" })
export interface RevertReport extends Schema.Schema.Type<typeof RevertReport> {}

/** How many errors, and how many warnings, a report names. */
export const maxErrors = 100

/** A report with what was left out of rows. */
export const withLeft = (report: ImportReport, left: ReadonlyArray<RowError>): ImportReport =>
  left.length === 0 ? report : { ...report, warnings: [...report.warnings, ...left.map(warningOf)].slice(0, maxErrors) }

const warningOf = ({ column, message, row }: RowError): string =>
  `Row ${row}: the cell of ${JSON.stringify(column)} was left out: ${message}`

/** A report with the outcomes of further rows. */
export const withOutcomes = (report: ImportReport, outcomes: ReadonlyArray<Outcome>): ImportReport => {
  const ended = (ending: Outcome["ending"]) => outcomes.filter((outcome) => outcome.ending === ending).length
  const reasons = outcomes.flatMap(({ ending, errors }) => (ending === "failed" ? [] : errors))
  return {
    ...report,
    rows: report.rows + outcomes.length,
    imported: report.imported + ended("imported"),
    updated: report.updated + ended("updated"),
    skipped: report.skipped + ended("skipped"),
    failed: report.failed + ended("failed"),
    errors: [...report.errors, ...reasons].slice(0, maxErrors)
  }
}

/** A report with the errors of the rows that failed, which are named before what else has a reason. */
export const withFailures = (report: ImportReport, failures: ReadonlyArray<RowError>): ImportReport => ({
  ...report,
  errors: [...failures, ...report.errors].slice(0, maxErrors).sort((a, b) => a.row - b.row)
})

/** A row that an earlier import has had: `ordinal` numbers equal rows of one table. */
export interface Fingerprint {
  readonly ordinal: number
  /** The last import that had the row. */
  readonly importId: JobId
  /** What the row became. */
  readonly recordId: string
  /** Whether that is there still. */
  readonly live: boolean
}

/**
 * Whether cells of a row tell of a person with these names and addresses. A name fills a cell, or two side by side; beside
 * an address of somebody else it is that of a namesake.
 */
export const tellsOf = (words: ReadonlyArray<string>): ((cells: ReadonlyArray<string>) => boolean) => {
  const folded = words.map(Text.fold)
  const addresses = folded.filter((word) => word.includes("@"))
  const names = new Set(folded.filter((word) => !word.includes("@")))
  return (cells) => {
    const texts = cells.map(Text.fold)
    if (texts.some((text) => addresses.some((address) => text.includes(address)))) return true
    if (texts.some((text) => Email.key(text) !== undefined)) return false
    return texts.some((text, index) => {
      const next = texts[index + 1] ?? ""
      return names.has(text) || names.has(`${text} ${next}`) || names.has(`${next} ${text}`)
    })
  }
}

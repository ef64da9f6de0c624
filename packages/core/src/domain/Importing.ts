/**
 * Importing contacts: from the cells of a table to drafts, and the report of what became of each row. Pure: the same
 * header, mapping, options and cells give the same drafts.
 *
 * With a mapping nothing is guessed. Without one a column is taken when its header is the name of a target.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { ContactDraft } from "./Contact.ts"
import * as CustomFields from "./CustomFields.ts"
import { type Issue, ValidationError } from "./Errors.ts"
import { UserId } from "./Ids.ts"
import * as ListCell from "./ListCell.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"
import { issuesOf } from "./Validation.ts"

/** From target to the header of its column, or of several columns where the target takes several. */
export const Mapping = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.NonEmptyArray(Schema.String)]))
export type Mapping = typeof Mapping.Type

/** What holds for every row of an import. */
export const ImportOptions = Schema.Struct({
  /** A row whose contact exists already is skipped; otherwise it fails. */
  skipDuplicates: Schema.optionalKey(Schema.Boolean),
  /** For rows that say none themselves. */
  source: Schema.optionalKey(Text.text(255)),
  /** For rows that say none themselves. */
  ownerId: Schema.optionalKey(UserId),
  /** Added to every row. */
  tags: Schema.optionalKey(Schema.Array(Text.filled(100)))
}).pipe(Schema.encodeKeys({ skipDuplicates: "skip_duplicates", ownerId: "owner_id" }))
export interface ImportOptions extends Schema.Schema.Type<typeof ImportOptions> {}

/** A row of the table: its number from 1, the header not counted, and its cells as text. */
export interface ImportRow {
  readonly row: number
  readonly cells: ReadonlyArray<string>
  /** Whether the row has as many cells as the header. */
  readonly ragged: boolean
}

/**
 * Why a row failed: the column at fault when one is, its cell, and a code with an explanation. `erased` is no failure: the
 * row was skipped, because the person with its e-mail address was erased.
 */
export const RowError = Schema.Struct({
  row: Personal.notPersonal(Schema.Int),
  column: Schema.NullOr(Personal.notPersonal(Schema.String)),
  value: Schema.NullOr(Personal.personal(Schema.String)),
  code: Schema.Literals(["validation_error", "duplicate_contact", "ragged_row", "erased"]),
  message: Personal.notPersonal(Schema.String)
})
export interface RowError extends Schema.Schema.Type<typeof RowError> {}

/** What became of an import: each row is exactly one of imported, updated, skipped, failed. */
export const ImportReport = Schema.Struct({
  jobId: Schema.NullOr(Schema.String),
  status: Schema.Literals(["completed"]),
  rows: Schema.Int,
  imported: Schema.Int,
  updated: Schema.Int,
  skipped: Schema.Int,
  failed: Schema.Int,
  mapping: Mapping,
  unmapped: Schema.Array(Schema.String),
  warnings: Schema.Array(Schema.String),
  /** The first 100. */
  errors: Schema.Array(RowError)
})
  .pipe(Schema.encodeKeys({ jobId: "job_id" }))
  .annotate({ identifier: "ImportReport" })
export interface ImportReport extends Schema.Schema.Type<typeof ImportReport> {}

/** Reads rows of one table. */
export interface RowReader {
  /** The mapping in force: given, or taken from the header. */
  readonly mapping: Mapping
  /** Headers of columns that nothing is read from. */
  readonly unmapped: ReadonlyArray<string>
  readonly read: (row: ImportRow) => Result.Result<ContactDraft, ReadonlyArray<RowError>>
}

/** Headers that a mapping names and the table lacks. */
export const missingHeaders = (mapping: Mapping, header: ReadonlyArray<string>): ReadonlyArray<string> =>
  Object.values(mapping)
    .flat()
    .filter((name) => !header.includes(name))

/** Prepares reading: fails when the mapping names an unknown target or a header that the table lacks. */
export const rowReader = (
  header: ReadonlyArray<string>,
  options: ImportOptions,
  given?: Mapping
): Result.Result<RowReader, ValidationError> => {
  const mapping = given ?? mappingOf(header)
  const issues = mappingIssues(mapping, header)
  if (issues.length > 0) return Result.fail(new ValidationError({ issues }))

  const columns = Object.entries(mapping).flatMap(([name, headers]) =>
    [headers].flat().map((column) => ({ ...parseTarget(name, column), column, index: header.indexOf(column) }))
  )
  const used = new Set(columns.map(({ column }) => column))
  return Result.succeed({
    mapping,
    unmapped: header.filter((name) => !used.has(name)),
    read: (row) => {
      if (row.ragged) return Result.fail([raggedRow(row, header.length)])
      // A blank cell is as if it were not there.
      const cells = columns
        .map((column) => ({ ...column, cell: row.cells[column.index] ?? "" }))
        .filter(({ cell }) => cell.trim() !== "")
      return Result.mapError(decodeDraft(draftOf(cells, options)), (error) =>
        issuesOf(error).map((issue) => rowError(row.row, issue, cells))
      )
    }
  })
}

// internal

const plainTargets = new Set([
  "name",
  "first_name",
  "last_name",
  "email",
  "secondary_emails",
  "phone",
  "secondary_phones",
  "company",
  "title",
  "source",
  "type",
  "status",
  "owner_id",
  "notes",
  "tags",
  "external_id",
  "created_at"
])
const groups = new Set(["address", "social", "custom_fields"])
const manyColumns = new Set(["email", "phone"])
const addressParts = new Set(["street", "city", "state", "zip", "country"])
const types = ["number", "boolean", "list", "json"] as const

interface Target {
  /** The plain target, or the group that `key` belongs to. */
  readonly target: string
  readonly key: string
  readonly type: (typeof types)[number] | "text"
}

interface Cell extends Target {
  readonly column: string
  readonly cell: string
}

// No look-out for unknown members, which costs on every row: `draftOf` makes none.
const decodeDraft = Schema.decodeUnknownResult(ContactDraft, { errors: "all" })

const suffixOf = (text: string) => types.find((type) => text.endsWith(`:${type}`))

const parseTarget = (name: string, column: string): Target => {
  const suffix = suffixOf(name)
  const bare = suffix === undefined ? name : name.slice(0, -suffix.length - 1)
  const dot = bare.indexOf(".")
  const type = suffix ?? suffixOf(column) ?? "text"
  return dot < 0 ? { target: bare, key: "", type } : { target: bare.slice(0, dot), key: bare.slice(dot + 1), type }
}

/** Whether a mapping may name it: something a contact has. */
export const isTarget = (name: string): boolean => {
  const { key, target } = parseTarget(name, "")
  if (key === "") return plainTargets.has(target)
  return groups.has(target) && (target === "address" ? addressParts.has(key) : CustomFields.isKey(key))
}

const mappingOf = (header: ReadonlyArray<string>): Mapping =>
  Object.fromEntries(header.filter((name) => isTarget(name.trim())).map((name) => [name.trim(), name]))

const mappingIssues = (mapping: Mapping, header: ReadonlyArray<string>): ReadonlyArray<Issue> => {
  const issues = Object.entries(mapping).flatMap(([target, columns]): ReadonlyArray<Issue> => {
    const path = `mapping.${target}`
    if (!isTarget(target)) return [{ path, message: "Expected the name of something a contact has" }]
    if (Array.isArray(columns) && columns.length > 1 && !manyColumns.has(target)) {
      return [{ path, message: "Expected one column; only email and phone take several" }]
    }
    return missingHeaders({ [target]: columns }, header).map((name) => ({
      path,
      message: `No column has the header ${JSON.stringify(name)}`
    }))
  })
  return issues.length === 0 && Object.keys(mapping).length === 0
    ? [{ path: "mapping", message: "No header is the name of something a contact has; give a mapping" }]
    : issues
}

/** The draft of a row in the shape of the wire. */
const draftOf = (cells: ReadonlyArray<Cell>, options: ImportOptions): { readonly [key: string]: unknown } => {
  const all = (target: string) => cells.filter((cell) => cell.target === target)
  const text = (target: string) => all(target)[0]?.cell
  const word = (target: string) => text(target)?.trim().toLowerCase()
  const group = (target: string) => Object.fromEntries(all(target).map((cell) => [cell.key, typed(cell)]))
  const items = (target: string, separators?: RegExp) =>
    all(target).flatMap(({ cell }) => ListCell.read(cell, separators))
  const [email, ...otherEmails] = all("email").map(({ cell }) => cell)
  const [phone, ...otherPhones] = all("phone").map(({ cell }) => cell)
  const secondaryEmails = [...otherEmails, ...items("secondary_emails")]
  const secondaryPhones = [...otherPhones, ...items("secondary_phones")]
  const tags = [...items("tags", /[;,]|:::/), ...(options.tags ?? [])]
  const draft = {
    name: text("name") ?? fullName(text("first_name"), text("last_name")) ?? text("company") ?? email,
    external_id: text("external_id")?.trim(),
    type: word("type"),
    status: word("status"),
    email,
    secondary_emails: secondaryEmails.length === 0 ? undefined : secondaryEmails,
    phone,
    secondary_phones: secondaryPhones.length === 0 ? undefined : secondaryPhones,
    company: text("company"),
    title: text("title"),
    source: text("source") ?? options.source,
    address: all("address").length === 0 ? undefined : group("address"),
    social: all("social").length === 0 ? undefined : group("social"),
    tags: tags.length === 0 ? undefined : tags,
    custom_fields: all("custom_fields").length === 0 ? undefined : group("custom_fields"),
    owner_id: text("owner_id")?.trim() ?? options.ownerId,
    notes: text("notes"),
    created_at: text("created_at")?.trim()
  }
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined))
}

const fullName = (first = "", last = ""): string | undefined => {
  const name = `${first.trim()} ${last.trim()}`.trim()
  return name === "" ? undefined : name
}

// A cell that is not of its column's type stays text, which the schema then refuses at the right place or keeps.
const typed = ({ cell, target, type }: Cell): unknown => {
  if (target !== "custom_fields") return cell
  const value = cell.trim()
  switch (type) {
    case "number":
      return Number.isFinite(Number(value)) ? Number(value) : notOfType
    case "boolean":
      return /^(true|yes|1)$/i.test(value) ? true : /^(false|no|0)$/i.test(value) ? false : notOfType
    case "list":
      return ListCell.read(value)
    case "json":
      return Result.getOrElse(
        Result.try(() => JSON.parse(value)),
        () => notOfType
      )
    case "text":
      return cell
  }
}

// Of no type that a custom field may have, so that the schema names the field.
const notOfType = Symbol("not of the column's type")

const raggedRow = (row: ImportRow, expected: number): RowError => ({
  row: row.row,
  column: null,
  value: null,
  code: "ragged_row",
  message: `Expected ${expected} cells, found ${row.cells.length}`
})

const rowError = (row: number, issue: Issue, cells: ReadonlyArray<Cell>): RowError => {
  const origin = originOf(issue, cells)
  return {
    row,
    column: origin?.column ?? null,
    value: origin?.cell ?? null,
    code: "validation_error",
    message: explain(issue, origin)
  }
}

/** The cell an issue is about. The secondary addresses are the cells of the main one's target but for the first. */
const originOf = (issue: Issue, cells: ReadonlyArray<Cell>): Cell | undefined => {
  const [field = "", key = ""] = issue.path.split(/[.[\]]+/)
  const main = /^secondary_(.*)s$/.exec(field)?.[1]
  return main === undefined
    ? cells.find(({ target, ...cell }) => target === field && (cell.key === "" || cell.key === key))
    : (cells.filter(({ target }) => target === main)[Number(key) + 1] ?? cells.find(({ target }) => target === field))
}

const explain = ({ message, path }: Issue, origin: Cell | undefined): string => {
  if (path === "name" && message === "Missing key") return "No name, company or e-mail"
  if (origin?.target === "custom_fields" && origin.type === "number") return "Expected a number"
  if (origin?.target === "custom_fields" && origin.type === "boolean") return "Expected true or false"
  return message
}

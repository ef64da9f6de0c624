/**
 * Reading rows of a table as contacts: from the cells to a draft, and to the changes of a contact that is there already.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { ContactDraft, type ContactUpdate } from "./Contact.ts"
import type { ContactFields } from "./ContactRecord.ts"
import * as CustomFieldRules from "./CustomFieldRules.ts"
import * as CustomFields from "./CustomFields.ts"
import * as Email from "./Email.ts"
import type { Issue, ValidationError } from "./Errors.ts"
import {
  type Cell,
  cellError,
  type Column,
  columnsOf,
  fingerprintOf,
  parseTarget,
  readerOf,
  type RowReader as TableReader,
  suffixOf,
  type Target,
  type Targets
} from "./ImportColumns.ts"
import type { ImportOptions, Mapping, RowError } from "./Importing.ts"
import * as ListCell from "./ListCell.ts"
import * as Text from "./Text.ts"
import { issuesOf } from "./Validation.ts"

/** A row that could be read. */
export interface ReadContact {
  readonly row: number
  readonly draft: ContactDraft
  /** Members of the draft that no cell says, but other cells or the options. */
  readonly implied: ReadonlyArray<"name" | "ownerId" | "source">
  readonly cells: ReadonlyArray<Cell>
  /** What is wrong with cells that were left out. */
  readonly left: ReadonlyArray<RowError>
}

export type RowReader = TableReader<ReadContact>

/** What every contact can be given by a table. */
export type ContactTarget = (typeof plainTargets)[number] | `address.${(typeof addressParts)[number]}`

/**
 * Prepares reading: fails when the mapping names an unknown target or a header that the table lacks. With a mapping that was
 * `guessed` a cell that cannot be read is left out, and does not fail its row. Cells of custom fields that say of no type
 * are of the type that `rules` have for them.
 */
export const rowReader = (
  header: ReadonlyArray<string>,
  options: ImportOptions,
  given: Mapping,
  guessed = false,
  rules: CustomFieldRules.FieldRules = CustomFieldRules.open
): Result.Result<RowReader, ValidationError> => {
  const known = guessed ? definedOnly(given, rules) : given
  const mapping = options.unmapped === "custom_fields" ? withOthers(known, header, rules) : known
  const readDraft = (row: number, cells: ReadonlyArray<Cell>): Result.Result<ContactDraft, ReadonlyArray<RowError>> => {
    const draft = decodeDraft(draftOf(cells, options))
    return Result.isSuccess(draft)
      ? Result.mapError(CustomFieldRules.fit(rules, draft.success), (issues) => misfits(row, issues, cells))
      : Result.fail(issuesOf(draft.failure).map((issue) => errorOf(row, issue, cells)))
  }
  return Result.map(columnsOf(definedTargets(rules), mapping, header), (columns) =>
    readerOf(header, mapping, columns.map(typedBy(rules)), guessed, (row, cells, left) =>
      Result.map(readDraft(row, cells), (draft) => ({ row, draft, implied: impliedBy(cells), cells, left }))
    )
  )
}

/** What a row says under which an equal row of another table is recognised. */
export const fingerprint = ({ cells }: ReadContact): string => fingerprintOf(cells)

/** What is wrong with a row of which something was refused later. */
export const errorOf = (row: number, issue: Issue, cells: ReadonlyArray<Cell>): RowError => {
  const origin = originOf(issue, cells)
  return cellError(row, origin, "validation_error", explain(issue, origin))
}

/**
 * What a row changes of a contact that is there: what its cells say, and no more. Tags and secondary addresses are added; a
 * customer stays one.
 */
export const changesFor = (
  current: ContactFields,
  { draft, implied }: Pick<ReadContact, "draft" | "implied">,
  overwrite: ImportOptions["overwrite"] = "replace"
): ContactUpdate => {
  const { secondaryEmails, secondaryPhones, tags, type, ...rest } = Struct.omit(draft, ["createdAt", "notes"])
  const said = Object.fromEntries(Object.entries(rest).filter(([field]) => !implied.some((name) => name === field)))
  const changes: ContactUpdate = {
    ...said,
    ...(type !== undefined && !(type === "lead" && current.type === "customer") && { type }),
    ...(tags && { tags: [...current.tags, ...tags] }),
    ...(secondaryEmails && { secondaryEmails: [...keptEmails(current, draft), ...secondaryEmails] }),
    ...(secondaryPhones && {
      secondaryPhones: [...current.secondaryPhones.map(({ raw }) => raw), ...secondaryPhones]
    })
  }
  return overwrite === "fill" ? fillingOnly(current, changes) : changes
}

// internal

const plainTargets = [
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
] as const
const addressParts = ["street", "city", "state", "zip", "country"] as const
const groups = new Set(["address", "social", "custom_fields"])
const plainTargetNames = new Set<string>(plainTargets)
const addressPartNames = new Set<string>(addressParts)

const isDefined =
  (rules: CustomFieldRules.FieldRules) =>
  ({ key, target }: Target): boolean =>
    target !== "custom_fields" || rules.has(key)

const definedTargets = (rules: CustomFieldRules.FieldRules): Targets => ({
  ...targets,
  isTarget: (target) => targets.isTarget(target) && isDefined(rules)(target)
})

/** A guess without the columns that nothing may be read from. */
const definedOnly = (mapping: Mapping, rules: CustomFieldRules.FieldRules): Mapping =>
  Object.fromEntries(Object.entries(mapping).filter(([name]) => isDefined(rules)(parseTarget(name))))

const typedBy =
  (rules: CustomFieldRules.FieldRules) =>
  (column: Column): Column =>
    column.target === "custom_fields" && column.type === "text"
      ? { ...column, type: rules.cellType(column.key) }
      : column

const misfits = (row: number, issues: ReadonlyArray<Issue>, cells: ReadonlyArray<Cell>): ReadonlyArray<RowError> =>
  CustomFieldRules.below("custom_fields", issues).map((issue) =>
    cellError(row, originOf(issue, cells), "validation_error", issue.message)
  )

const targets: Targets = {
  isTarget: ({ key, target }) =>
    key === ""
      ? plainTargetNames.has(target)
      : groups.has(target) && (target === "address" ? addressPartNames.has(key) : CustomFields.isKey(key)),
  many: new Set(["email", "phone"]),
  of: "a contact"
}

/** Whether a mapping may name it: something a contact has. */
export const isTarget = (name: string): boolean => targets.isTarget(parseTarget(name))

/** Columns that the failed rows of an import have in front. */
export const errorColumns: ReadonlyArray<string> = ["error_code", "error_message"]

/** The mapping with a custom field for each header that it does not name, as far as there is a key for it. */
const withOthers = (mapping: Mapping, header: ReadonlyArray<string>, rules: CustomFieldRules.FieldRules): Mapping => {
  const named = new Set(Object.values(mapping).flat())
  const others: Record<string, string> = {}
  for (const name of header) {
    const key = keyOf(name)
    const target = `custom_fields.${key}`
    if (named.has(name) || errorColumns.includes(name) || !CustomFields.isKey(key) || !rules.has(key)) continue
    if (!Object.hasOwn(mapping, target) && !Object.hasOwn(others, target)) others[target] = name
  }
  return { ...mapping, ...others }
}

const keyOf = (header: string): string => {
  const suffix = suffixOf(header)
  const bare = suffix === undefined ? header : header.slice(0, -suffix.length - 1)
  return Text.fold(bare)
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 63)
}

// No look-out for unknown members, which costs on every row: `draftOf` makes none.
const decodeDraft = Schema.decodeUnknownResult(ContactDraft, { errors: "all" })

const impliedBy = (cells: ReadonlyArray<Cell>): ReadContact["implied"] => {
  const says = (target: string) => cells.some((cell) => cell.target === target)
  return [
    ...(says("name") || says("first_name") || says("last_name") ? [] : (["name"] as const)),
    ...(says("source") ? [] : (["source"] as const)),
    ...(says("owner_id") ? [] : (["ownerId"] as const))
  ]
}

/** The draft of a row in the shape of the wire. */
const draftOf = (cells: ReadonlyArray<Cell>, options: ImportOptions): { readonly [key: string]: unknown } => {
  const byTarget = new Map<string, Array<Cell>>()
  for (const cell of cells) {
    const others = byTarget.get(cell.target)
    if (others === undefined) byTarget.set(cell.target, [cell])
    else others.push(cell)
  }
  const all = (target: string): ReadonlyArray<Cell> => byTarget.get(target) ?? []
  const text = (target: string) => byTarget.get(target)?.[0]?.cell
  const word = (target: string) => text(target)?.trim().toLowerCase()
  const group = (target: string) => {
    const members = all(target)
    return members.length === 0 ? undefined : Object.fromEntries(members.map((cell) => [cell.key, typed(cell)]))
  }
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
    address: group("address"),
    social: group("social"),
    tags: tags.length === 0 ? undefined : tags,
    custom_fields: group("custom_fields"),
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
const typed = ({ cell, target, type }: Pick<Cell, "cell" | "target" | "type">): unknown => {
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

/** The cell an issue is about. The secondary addresses are the cells of the main one's target but for the first. */
const originOf = (issue: Issue, cells: ReadonlyArray<Cell>): Cell | undefined => {
  const [field = "", key = ""] = issue.path.split(/[.[\]]+/)
  const main = /^secondary_(.*)s$/.exec(field)?.[1]
  return main === undefined
    ? cells.find((cell) => cell.target === field && (cell.key === "" || cell.key === key))
    : (cells.filter(({ target }) => target === main)[Number(key) + 1] ?? cells.find(({ target }) => target === field))
}

const explain = ({ message, path }: Issue, origin: Target | undefined): string => {
  if (path === "name" && message === "Missing key") return "No name, company or e-mail"
  if (origin?.target === "custom_fields" && origin.type === "number") return "Expected a number"
  if (origin?.target === "custom_fields" && origin.type === "boolean") return "Expected true or false"
  return message
}

/** The secondary addresses that stay, among them the main one when it changes places with one of them. */
const keptEmails = ({ email, secondaryEmails }: ContactFields, draft: ContactDraft): ReadonlyArray<string> => {
  const key = Email.key(draft.email ?? "")
  const swapped = email !== null && secondaryEmails.some((secondary) => Email.key(secondary) === key)
  return swapped ? [...secondaryEmails, email] : secondaryEmails
}

/** Changes without those to what is there already. */
const fillingOnly = (current: ContactFields, changes: ContactUpdate): ContactUpdate => {
  const { address, customFields, social, ...rest } = changes
  const isEmpty = (value: unknown) => value === null || (Array.isArray(value) && value.length === 0)
  const others = new Map<string, unknown>(Object.entries(current))
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([field]) => isEmpty(others.get(field)))),
    ...(address && { address: emptyOf({ ...current.address }, address) }),
    ...(social && { social: emptyOf(current.social, social) }),
    ...(customFields && { customFields: emptyOf(current.customFields, customFields) })
  }
}

const emptyOf = <A>(
  current: { readonly [key: string]: unknown },
  changes: { readonly [key: string]: A }
): { readonly [key: string]: A } =>
  Object.fromEntries(Object.entries(changes).filter(([key]) => !Object.hasOwn(current, key) || current[key] === null))
